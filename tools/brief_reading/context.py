"""Whether a figure or a place in a sentence is the campaign's own, or of the past, a competitor, a price, an example."""

from __future__ import annotations

import re

from tools.brief_reading.annotated import AnnotatedText, Passage

_CONTRAST = re.compile(
    r"\b(?:сейчас|теперь|в\s+этом|в\s+эт(?:от|ом)\s+(?:раз|году)|на\s+этот\s+раз|нынешн\w+|this\s+(?:year|time)|now|планируем|в\s+новом|пробуем|попробуем|можно|поэтому|"
    r"в\s+2027|стал[ои]?|хотим)\b",
    re.IGNORECASE,
)
_WAS = re.compile(r"\b(?:был[аио]?|составлял[аио]?|составил[аио]?|was|were)\b", re.IGNORECASE)
_WISHED = re.compile(r"\b(?:чтоб\w*|хотелось|хорошо)\b", re.IGNORECASE)
_NOT_BEFORE = re.compile(r"\bне\s+$", re.IGNORECASE)
_INSTEAD_BEFORE = re.compile(r"\b(?:вместо|а не|instead of|not)\s+(?:[а-яёa-z]+\s+)?$", re.IGNORECASE)


def of_another_time(note: AnnotatedText, passage: Passage, start: int, end: int) -> bool:
    """Whether text[start:end] is told of the past or of a competitor, and not set against it."""
    left, right = note.clause(start, end, passage)
    for flag in ("past", "competitor"):
        for found in note.about(flag, passage.start, passage.end):
            inside = left <= found.start < right
            if inside and found.start >= end and _CONTRAST.search(note.text, left, start):
                continue
            if inside and found.end <= start and _CONTRAST.search(note.text, found.end, start):
                continue
            if inside:
                return True
            if found.end <= start and not _CONTRAST.search(note.text, found.end, right):
                return True
    was = _WAS.search(note.text, left, start)
    if was and _WISHED.search(note.text, left, was.start()):
        return False  # "чтобы заявок было 400" is no past
    return bool(was) and not _CONTRAST.search(note.text, left, start)


def within_clause(note: AnnotatedText, passage: Passage, start: int, end: int, *flags: str) -> bool:
    """Whether one of the context flags stands in the clause around text[start:end]."""
    left, right = note.clause(start, end, passage)
    return any(note.about(flag, left, right) for flag in flags)


def taken_back(text: str, start: int) -> bool:
    """Whether what begins at `start` is denied: "не 3 млн, а 4", "вместо 3 млн"."""
    before = text[max(0, start - 30) : start]
    return bool(_NOT_BEFORE.search(before) or _INSTEAD_BEFORE.search(before))
