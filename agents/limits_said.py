"""Limits of SLA timers as a question supposes them: «КП → договор был бы 2 дня», "offer to contract in 36 hours"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from agents.spoken import Word
from agents.understand import timers_said

# The letter that a limit is written with, by the dictionary forms of the unit.
_UNITS: Final[Mapping[str, frozenset[str]]] = {
    "d": frozenset({"день", "дн", "сутки", "day", "days", "d", "д"}),
    "h": frozenset({"час", "hour", "hours", "h", "ч"}),
    "m": frozenset({"минута", "мин", "minute", "minutes", "min"}),
    "w": frozenset({"неделя", "week", "weeks"}),
}
_COUNTS: Final[Mapping[int, frozenset[str]]] = {
    1: frozenset({"один", "one"}),
    2: frozenset({"два", "двое", "two"}),
    3: frozenset({"три", "трое", "three"}),
    4: frozenset({"четыре", "four"}),
    5: frozenset({"пять", "five"}),
    6: frozenset({"шесть", "six"}),
    7: frozenset({"семь", "seven"}),
    8: frozenset({"восемь", "eight"}),
    9: frozenset({"девять", "nine"}),
    10: frozenset({"десять", "ten"}),
    12: frozenset({"двенадцать", "twelve"}),
    14: frozenset({"четырнадцать", "fourteen"}),
    30: frozenset({"тридцать", "thirty"}),
}
_DAYS_A_WEEK: Final = 7
# Words that compare with the limit there is: "a day shorter" names no limit.
_RELATIVE: Final = frozenset(
    {
        "короткий", "короче", "длинный", "длиннее", "мало", "меньше", "много", "больше", "вдвое", "втрое", "сократить", "увеличить", "продлить",
        "shorter", "longer", "less", "more", "twice", "halve", "double", "extend", "cut",
    }
)  # fmt: skip
_TO: Final = frozenset({"до", "to"})


def limits_said(words: Sequence[Word]) -> dict[str, str]:
    """Timer -> limit ("2d", "36h"), each timer with the limit said next after it, or before it where none follows.
    Nothing where a limit is said only in comparison with the one there is."""
    spans = _spans(words)
    relative = any(word.forms & _RELATIVE for word in words)
    if relative and not any(words[at - 1].forms & _TO for at, _ in spans if at):
        return {}
    found: dict[str, str] = {}
    for place, timer in timers_said(words):
        following = [limit for at, limit in spans if at > place]
        before = [limit for at, limit in spans if at < place]
        if following or before:
            found[timer] = following[0] if following else before[-1]
    return found


def _spans(words: Sequence[Word]) -> list[tuple[int, str]]:
    """Where lengths of time stand, and what they are."""
    found: list[tuple[int, str]] = []
    for at, word in enumerate(words):
        count = _count(word)
        # «2 рабочих дня», "2 calendar days": one word may stand between.
        unit = next(
            (
                letter
                for following in words[at + 1 : at + 3]
                for letter, forms in _UNITS.items()
                if following.forms & forms or following.text.casefold() in forms
            ),
            None,
        )
        if count and unit:
            found.append((at, _written(count, unit)))
    if not found:
        alone = next(
            (
                (at, letter)
                for at, word in enumerate(words)
                for letter, forms in _UNITS.items()
                if letter in "dw" and word.forms & forms
            ),
            None,
        )
        if alone is not None:
            found.append((alone[0], _written(1, alone[1])))
    return found


def _count(word: Word) -> int | None:
    if word.text.isdigit() and len(word.text) <= 4:
        return int(word.text)
    return next((count for count, forms in _COUNTS.items() if word.forms & forms), None)


def _written(count: int, unit: str) -> str:
    return f"{count * _DAYS_A_WEEK}d" if unit == "w" else f"{count}{unit}"
