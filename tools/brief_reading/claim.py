"""What a reader says about one field, before it is weighed against what else the text says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tools.brief_reading.thread import Message

LABELLED = 3
"""Stands under the field's own heading."""

SAID = 2
"""Said in a sentence with the words of the field."""

GUESSED = 0
"""Made out from the kind of words alone; taken when nothing else names the field."""

HINTED = 1
"""Only hinted; taken when nothing better stands in the text."""


@dataclass(frozen=True, slots=True)
class Claim:
    """`value` read from text[start:end], with how firmly it is said and where in the thread."""

    field: str
    value: Any
    start: int
    end: int
    strength: int
    message: Message
    corrects: bool = False
    note: str | None = None
    removes: bool = False
