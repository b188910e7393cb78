"""Counts by day put together to weeks, months or quarters, as fine as the number of points allows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from typing import Any, Final

WHAT: Final = ("created", "won", "lost", "breached")
UNITS: Final[dict[str, tuple[float, Callable[[date], date]]]] = {
    "day": (1, lambda day: day),
    "week": (7, lambda day: day - timedelta(days=day.weekday())),
    "month": (30.4, lambda day: day.replace(day=1)),
    "quarter": (91.3, lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)),
    "year": (365.2, lambda day: day.replace(month=1, day=1)),
}
"""Length in days, and the first day of the unit that a day is in."""


def unit_of(days: float, points: int) -> str:
    """The finest unit of which so many days make no more than `points`."""
    return next((name for name, (length, _) in UNITS.items() if days / length <= points), "year")


def bounds_of(day: date, unit: str) -> tuple[date, date]:
    """The first day of the unit that a day is in, and of the next one."""
    length, first_of = UNITS[unit]
    first = first_of(day)
    try:
        return first, first_of(first + timedelta(days=1 if unit == "day" else int(length * 1.5)))
    except OverflowError:
        return first, date.max


def points(rows: Iterable[tuple[str, Any, int]], unit: str) -> list[dict[str, Any]]:
    """What happened per unit, in order; units in which nothing did are left out."""
    first_of = UNITS[unit][1]
    found: dict[date, dict[str, int]] = {}
    for what, moment, number in rows:
        day = moment.date() if isinstance(moment, datetime) else moment
        counts = found.setdefault(first_of(day), dict.fromkeys(WHAT, 0))
        counts[what] += number
    return [{"from": str(day), **counts} for day, counts in sorted(found.items())]
