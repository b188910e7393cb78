"""The days that a question about what has happened speaks of: «в октябре», «на прошлой неделе», "last 30 days"."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

from tools.brief_reading.dates import periods

_YEAR: Final = re.compile(r"\b(?:in|during|за|в)\s+((?:19|20)\d\d)(?:\s+год\w*)?\b")
_COUNTS: Final = {
    "два": 2,
    "две": 2,
    "три": 3,
    "четыре": 4,
    "пять": 5,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
}
_LAST: Final = {"last_days": 1, "last_weeks": 7, "last_months": 30, "last_half_years": 182, "last_years": 365}
_EXPLICIT: Final = re.compile(r"\b(?:19|20)\d\d\b")


@dataclass(frozen=True)
class Said:
    """question[start:end] means the days from `first` to `last`, both included; None is an open end."""

    first: date | None
    last: date | None
    start: int
    end: int


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("agents.words").joinpath("periods.toml").read_text(encoding="utf-8"))


def period_said(question: str, today: date) -> Said | None:
    """The first period of a question. One without a year that has not begun yet is that of the year before."""
    text = question.lower()
    for row in _table()["relative"]:
        found = re.search(rf"\b(?:{row['words']})\b", text)
        if found:
            said = [
                figure for name, figure in found.groupdict().items() if name.startswith("count") and figure
            ]
            count = (_COUNTS.get(said[0]) or int(said[0])) if said else 1
            return Said(*_relative(row["unit"], row["back"], count, today), found.start(), found.end())
    for period in periods(question, today):
        begins = period.first or period.last
        if begins is None:
            continue
        back = 0
        if not _EXPLICIT.search(question[period.start : period.end]):
            while _years_before(begins, back) > today:
                back += 1
        first, last = (day and _years_before(day, back) for day in (period.first, period.last))
        return Said(first, last, period.start, period.end)
    year = _YEAR.search(text)
    if year:
        return Said(date(int(year[1]), 1, 1), date(int(year[1]), 12, 31), year.start(), year.end())
    return None


def _years_before(day: date, years: int) -> date:
    leap = years and day.month == 2 and day.day == 29
    return date(day.year - years, day.month, 28 if leap else day.day)


def _relative(unit: str, back: int, count: int, today: date) -> tuple[date | None, date]:
    """`back` whole units ago, 0 being the present one; for "last days" the `count` days, weeks or months up to today; "older" ends so many ago."""
    if unit.startswith("ago_"):
        day = today - timedelta(days={"ago_days": 1, "ago_weeks": 7, "ago_months": 30}[unit] * count)
        return day, day
    if unit.startswith("older_"):
        days = {"older_days": 1, "older_weeks": 7, "older_months": 30}[unit] * count
        return None, today - timedelta(days=days)
    if unit.startswith("last_"):
        days = _LAST[unit] * count
        return today - timedelta(days=days - 1), today
    if unit == "day":
        return today - timedelta(days=back), today - timedelta(days=back)
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * back)
        return monday, monday + timedelta(days=6)
    if unit == "year":
        return date(today.year - back, 1, 1), date(today.year - back, 12, 31)
    size = 3 if unit == "quarter" else 1
    months = today.year * 12 + (today.month - 1) // size * size - back * size
    after = months + size
    return date(*_month(months)), date(*_month(after)) - timedelta(days=1)


def _month(months: int) -> tuple[int, int, int]:
    return months // 12, months % 12 + 1, 1
