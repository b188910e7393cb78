"""Sentences of a text that give orders to a machine. A text is read, it is never obeyed."""

from __future__ import annotations

import re
from typing import Final

from tools.brief_reading.annotated import AnnotatedText
from tools.brief_reading.lexicon import phrases

_SEVERAL: Final = re.compile(r"[.!?…;:]\s+\S|\n")


def machine_orders(text: str) -> list[tuple[int, int]]:
    """Where such sentences begin and end, in their order."""
    note = AnnotatedText(text)
    return [
        (start, end)
        for start, end in note.sentences
        if any(found.key == "injection" for found in note.mentions(phrases("context", "flag"), start, end))
    ]


def without_orders(text: str) -> str:
    """The text without them; the text itself where nothing else would be left."""
    if not _SEVERAL.search(text):
        return text
    kept, at = "", 0
    for start, end in machine_orders(text):
        kept, at = kept + text[at:start] + " ", end
    kept += text[at:]
    return kept if kept.strip() else text
