"""An answer held against its own evidence, by anyone who has both: every figure in it stands in a piece of evidence that
its sentence is marked with, and every mark has its value in the sentence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

_MARKS: Final = re.compile(r" \[(e\d+(?:, e\d+)*)\](?=\n|$)")
_WORD: Final = re.compile(r"\S*\d\S*")
# Words of our own sentences that hold a figure and claim nothing.
_OURS: Final = frozenset({"p90"})


def unbound(text: str, evidence: Sequence[Mapping[str, Any]], asked: str = "") -> list[str]:
    """What in an answer is carried by nothing: figures outside the evidence of their sentence, marks whose value does
    not stand in it, marks of no evidence, evidence without a mark. Words of the question may be said back."""
    by_id = {item["id"]: item for item in evidence}
    wrong: list[str] = []
    used: set[str] = set()
    end = 0
    for found in _MARKS.finditer(text):
        marks = found[1].split(", ")
        used.update(marks)
        wrong += [mark for mark in marks if mark not in by_id]
        wrong += [mark for mark in set(marks) if marks.count(mark) > 1]
        wrong += _of_sentence(
            text[end : found.start()], [by_id[mark] for mark in marks if mark in by_id], asked
        )
        end = found.end()
    wrong += _of_sentence(text[end:], [], asked)
    wrong += [mark for mark in by_id if mark not in used]
    return wrong


def _of_sentence(sentence: str, items: Sequence[Mapping[str, Any]], asked: str) -> list[str]:
    wrong: list[str] = []
    rest = sentence
    for item in sorted(items, key=lambda one: len(one["shown"]), reverse=True):
        pattern = re.compile(rf"(?<!\d){re.escape(item['shown'])}(?!\d)")
        alike = sum(other["shown"] == item["shown"] for other in items)
        if len(pattern.findall(sentence)) < alike:
            wrong.append(item["id"])
        rest = pattern.sub(" ", rest)
    for word in _WORD.findall(rest):
        bare = word.strip('«»"“”(),.;:!?')
        if bare not in _OURS and bare not in asked:
            wrong.append(word)
    return wrong
