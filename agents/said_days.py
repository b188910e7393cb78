"""Days as people say them in a request: «до пятницы», «вчера в 15:30», "by Friday", "in 3 days"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tools.brief_reading.dates import moments

_WEEKDAYS: Final = (
    "понедельник|monday", "вторник|tuesday", "сред[ауеы]|wednesday", "четверг|thursday", "пятниц|friday", "суббот|saturday", "воскресень|sunday",
)  # fmt: skip
_SHIFTS: Final = {
    "позавчера": -2, "вчера": -1, "сегодня": 0, "послезавтра": 2, "завтра": 1, "day before yesterday": -2, "yesterday": -1, "today": 0,
    "day after tomorrow": 2, "tomorrow": 1,
}  # fmt: skip
_UNITS: Final = {"дн": 1, "ден": 1, "day": 1, "недел": 7, "week": 7}
_COUNTS: Final = {"один": 1, "одну": 1, "два": 2, "две": 2, "три": 3, "one": 1, "two": 2, "three": 3, "a": 1}
_BEFORE: Final = r"(?:\b(?:до|к|ко|не позднее|не позже|во?|на|by|until|till|before|on|от|с)\s+)?(?:(?:конца|the|this|next|эту|этой|этот|следующ\w+|прошл\w+|last)\s+)?"
_SHIFT: Final = re.compile(
    rf"{_BEFORE}\b(?:the )?({'|'.join(sorted(_SHIFTS, key=len, reverse=True))})(?:шн\w+)?\b", re.IGNORECASE
)
_WEEKDAY: Final = re.compile(
    rf"{_BEFORE}\b(?:{'|'.join(f'(?P<w{place}>{names})' for place, names in enumerate(_WEEKDAYS))})\w*",
    re.IGNORECASE,
)
_AHEAD: Final = re.compile(
    r"\b(?:через|in|спустя)\s+(?:(\d{1,3}|один|одну|два|две|три|one|two|three|a)\s+)?(дн|ден|day|недел|week)\w*",
    re.IGNORECASE,
)
_AGO: Final = re.compile(
    r"\b(?:(\d{1,3}|один|одну|два|две|три|one|two|three|a)\s+)?(дн|ден|day|недел|week)\w*\s+(?:назад|ago)\b",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(r"\b(?:в|at|около)?\s*([01]?\d|2[0-3])[:.]([0-5]\d)\b(?!\.\d)", re.IGNORECASE)
_LEADING: Final = re.compile(
    r"\b(?:до|к|ко|не позднее|не позже|by|until|till|before|on|от|с|в)\s+$", re.IGNORECASE
)


@dataclass(frozen=True)
class Day:
    """A day that text[start:end] says, its preposition with it."""

    day: date
    start: int
    end: int


def day_said(text: str, today: date, past: bool = False) -> Day | None:
    """The first day a text says, seen from `today`: the coming one, or with `past` the last one. None where it says
    none, or a stretch of days."""
    found = [day for day in (_shift(text, today), _weekday(text, today, past), _counted(text, today)) if day]
    found += _dated(text, today, past)
    return min(found, key=lambda day: day.start, default=None)


def clock_said(text: str) -> tuple[str, int, int] | None:
    """HH:MM that a text says, and where."""
    found = _CLOCK.search(text)
    if found is None:
        return None
    return f"{int(found.group(1)):02d}:{found.group(2)}", found.start(), found.end()


def _shift(text: str, today: date) -> Day | None:
    found = _SHIFT.search(text)
    if found is None:
        return None
    return Day(today + timedelta(_SHIFTS[found.group(1).lower()]), found.start(), found.end())


def _weekday(text: str, today: date, past: bool) -> Day | None:
    found = _WEEKDAY.search(text)
    if found is None:
        return None
    number = next(place for place in range(7) if found.group(f"w{place}"))
    ahead = (number - today.weekday() - 1) % 7 + 1
    back = (today.weekday() - number - 1) % 7 + 1
    return Day(today + timedelta(-back if past else ahead), found.start(), found.end())


def _counted(text: str, today: date) -> Day | None:
    for pattern, sign in ((_AHEAD, 1), (_AGO, -1)):
        found = pattern.search(text)
        if found is not None:
            said = (found.group(1) or "1").lower()
            count = int(said) if said.isdigit() else _COUNTS[said]
            shift = sign * count * _UNITS[found.group(2).lower()]
            return Day(today + timedelta(shift), found.start(), found.end())
    return None


def _dated(text: str, today: date, past: bool) -> list[Day]:
    found = []
    for moment in moments(text, today):
        if not moment.single_day or moment.day is None:
            continue
        year = moment.year
        if year is None:
            this = _in_year(today.year, moment.month, moment.day)
            year = today.year + (0 if (this <= today if past else this >= today) else -1 if past else 1)
        lead = _LEADING.search(text[: moment.start])
        start = lead.start() if lead else moment.start
        found.append(Day(_in_year(year, moment.month, moment.day), start, moment.end))
    return found


def _in_year(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:  # 29 February of a year that has none
        return date(year, month, 28)
