"""A document cut into clauses: every character belongs to exactly one of them."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, Field

_NUMBER = r"(?:[1-9]\d?(?:\.[1-9]\d{0,2}){1,4}\.?|[1-9]\d?[.)])"
_HEAD = r"(?:(?:раздел|статья|глава|приложение)\s+(?:№\s*)?(?:\d{1,2}|[IVX]{1,5})\b\.?)|[IVX]{1,5}\."
_LINE_START = re.compile(
    rf"^[ \t\u00a0]*(?P<number>{_NUMBER}|{_HEAD})(?!\.?\d)(?=[ \t\u00a0]*\S)", re.IGNORECASE | re.MULTILINE
)
_INLINE = re.compile(r"(?<=[.;:])\s+(?P<number>[1-9]\d?\.[1-9]\d?(?:\.[1-9]\d?)?\.)\s*(?=[А-ЯЁA-Z«])")
# A plain number inside a line begins a clause only where it follows the number before it: «1. … . 2. …».
_NEXT_INLINE = re.compile(r"(?<=[.;])\s+(?P<number>[1-9]\d?[.)])\s+(?=[А-ЯЁA-Z«])")
_REFERENCE = re.compile(r"(?<!\w)(?:ст|стр|п|пп|пунк|ч|гл|разд|прил|абз|д|кв|корп)\.$", re.IGNORECASE)
_PARAGRAPH = re.compile(r"\n[ \t\u00a0]*\n\s*|(?<=[.;:])[ \t]*\n[ \t\u00a0]*(?=[А-ЯЁA-Z«])")


class Clause(BaseModel):
    """One clause at text[start:end]."""

    model_config = ConfigDict(frozen=True)

    number: str | None = Field(
        description="As printed, without a closing full stop or bracket; None for an unnumbered paragraph"
    )
    start: int
    end: int

    @property
    def top(self) -> str | None:
        """Number of the section the clause belongs to."""
        return self.number.split(".")[0] if self.number and self.number[0].isdigit() else None


def cut(text: str) -> tuple[Clause, ...]:
    """The clauses of a document in order; together they are the whole text."""
    numbers: dict[int, str | None] = {0: None}
    for found in _PARAGRAPH.finditer(text):
        if found.end() < len(text):
            numbers.setdefault(found.end(), None)
    for pattern in (_LINE_START, _INLINE):
        for found in pattern.finditer(text):
            numbers[found.start("number")] = found["number"].rstrip(".)").strip()
    for found in _NEXT_INLINE.finditer(text):
        number, place = found["number"].rstrip(".)"), found.start("number")
        if _REFERENCE.search(text, 0, found.start()) is None and _follows(numbers, number, place):
            numbers[place] = number
    starts = sorted(numbers)
    kept = [starts[0]]
    for start in starts[1:]:
        if text[kept[-1] : start].strip():
            kept.append(start)
        else:
            numbers[kept[-1]] = numbers[start]
    return tuple(
        Clause(number=numbers[start], start=start, end=end) for start, end in pairwise([*kept, len(text)])
    )


def _follows(numbers: dict[int, str | None], number: str, place: int) -> bool:
    """Whether a plain number continues the numbers before the place."""
    before = [start for start, known in numbers.items() if start < place and known is not None]
    return bool(before) and numbers[max(before)] == str(int(number) - 1)


def clause_at(clauses: tuple[Clause, ...], place: int) -> int:
    """Which clause a character belongs to."""
    return bisect_right(clauses, place, key=lambda clause: clause.start) - 1
