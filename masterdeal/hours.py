"""Elapsed and working time as arithmetic on instants: how much has passed, and when enough will have passed.

Instants are whole microseconds since 1970-01-01T00:00Z, durations whole microseconds.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from datetime import date
from itertools import accumulate
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from masterdeal.calendars.production import WORKED, CalendarDay, Production, days_of
from masterdeal.calendars.stretch import Stretch, clock, every_hour, joined, local, midnight
from masterdeal.errors import Misconfigured
from masterdeal.instant import DAY, HOUR, MINUTE, SECOND

_PART = re.compile(r"([0-9]{1,9})\s*([dhms])\s*")


class Calendar(Protocol):
    """How time passes for a timer."""

    @property
    def name(self) -> str:
        """What configuration calls it."""

    def elapsed(self, start: int, end: int) -> int:
        """Calendar time between two instants; 0 if `end` is not after `start`."""

    def after(self, start: int, duration: int) -> int:
        """The earliest instant, not before `start`, at which that much calendar time has passed since `start`."""

    def limit(self, text: str) -> int:
        """A limit such as "8h", "2d" or "1h 30m" as calendar time; `1d` is one day of this calendar."""

    def describe(self, start: int, end: int) -> list[Stretch]:
        """The arithmetic of `elapsed` by day; the seconds counted sum up to it."""


def _duration(text: str, day: int) -> int:
    units = {"d": day, "h": HOUR, "m": MINUTE, "s": SECOND}
    total, at = 0, 0
    stripped = text.strip()
    while part := _PART.match(stripped, at):
        total += int(part[1]) * units[part[2]]
        at = part.end()
    if at != len(stripped) or total <= 0:
        raise Misconfigured(f'{text!r} is not a limit such as "8h", "2d", "30m" or "1h 30m"', limit=text)
    return total


class Elapsed:
    """Every hour of every day counts; `1d` is 24 h. The zone only names the days in `describe`."""

    name = "elapsed"
    version = "1"

    def __init__(self, timezone: str = "Europe/Moscow") -> None:
        self._zone = ZoneInfo(timezone)

    def elapsed(self, start: int, end: int) -> int:
        """Microseconds between two instants; 0 if `end` is not after `start`."""
        return max(end - start, 0)

    def after(self, start: int, duration: int) -> int:
        """The instant `duration` after `start`."""
        return start + max(duration, 0)

    def limit(self, text: str) -> int:
        """A limit in elapsed time: `1d` is 24 hours."""
        return _duration(text, DAY)

    def describe(self, start: int, end: int) -> list[Stretch]:
        """The first part day, the whole days as one run, the last part day."""
        return every_hour(start, end, self._zone, "elapsed") if end > start else []


class _Year(NamedTuple):
    """Worked windows of a year in order, and the working time before and up to the end of each."""

    opens: list[int]
    closes: list[int]
    before: list[int]
    upto: list[int]
    total: int


class WorkingTime:
    """Only the working window of worked days counts; `1d` is one ordinary window (9 h in the shipped calendar).

    Years are computed when first asked for. Before the first and after the last covered year every hour
    counts, so that a senseless date still gets a definite answer.
    """

    def __init__(self, production: Production) -> None:
        self._production = production
        self._zone = ZoneInfo(production.timezone)
        self._opens = _since_midnight(production.window.opens.isoformat())
        self._closes = _since_midnight(production.window.closes.isoformat())
        self._shorter = _duration(production.window.shortened_by, DAY)
        if self._opens + self._shorter >= self._closes:
            raise Misconfigured(
                "a shortened day has no time left", shortened_by=production.window.shortened_by
            )
        self._first = production.covers.first
        years = range(production.covers.first, production.covers.last + 2)
        self._begins = [midnight(date(year, 1, 1), self._zone) for year in years]
        self._years: list[_Year | None] = [None] * (len(self._begins) - 1)

    @property
    def name(self) -> str:
        """What configuration calls it."""
        return self._production.name

    @property
    def version(self) -> str:
        """Version of the table the days come from."""
        return self._production.version

    def provisional(self, year: int) -> bool:
        """Whether the moved days of that year are not decreed yet, so that they may still change."""
        return year > self._production.decreed_through

    def elapsed(self, start: int, end: int) -> int:
        """Working time between two instants; 0 if `end` is not after `start`."""
        if end <= start:
            return 0
        begins = self._begins
        total = 0
        if start < begins[0]:
            total += min(end, begins[0]) - start
            start = begins[0]
        if end > begins[-1]:
            total += end - max(start, begins[-1])
            end = begins[-1]
        if end <= start:
            return total
        one = bisect_right(begins, start) - 1
        other = bisect_left(begins, end) - 1
        total -= self._worked(one, start)
        for index in range(one, other):
            total += self._year(index).total
        return total + self._worked(other, end)

    def after(self, start: int, duration: int) -> int:
        """The earliest instant, not before `start`, at which `duration` of working time has passed."""
        if duration <= 0:
            return start
        begins = self._begins
        if start < begins[0]:
            if duration <= begins[0] - start:
                return start + duration
            duration -= begins[0] - start
            start = begins[0]
        if start >= begins[-1]:
            return start + duration
        index = bisect_right(begins, start) - 1
        target = self._worked(index, start) + duration
        year = self._year(index)
        while target > year.total:
            target -= year.total
            index += 1
            if index == len(self._years):
                return begins[-1] + target
            year = self._year(index)
        window = bisect_left(year.upto, target)
        return year.closes[window] - year.upto[window] + target

    def limit(self, text: str) -> int:
        """A limit in working time: `1d` is one ordinary window, `1h` one working hour."""
        return _duration(text, self._closes - self._opens)

    def describe(self, start: int, end: int) -> list[Stretch]:
        """Each day between two instants, with what of it was counted and why; equal days are joined in runs."""
        begin, finish = self._begins[0], self._begins[-1]
        rows: list[Stretch] = []
        if start < min(begin, end):
            rows += every_hour(start, min(begin, end), self._zone, "uncovered")
        if max(start, begin) < min(end, finish):
            rows += joined(self._by_day(max(start, begin), min(end, finish)))
        if end > max(finish, start):
            rows += every_hour(max(finish, start), end, self._zone, "uncovered")
        return rows

    def _by_day(self, start: int, end: int) -> list[Stretch]:
        first, last = local(start, self._zone).date(), local(end - 1, self._zone).date()
        return [
            self._row(known, start, end)
            for year in range(first.year, last.year + 1)
            for known in days_of(self._production, year)
            if first <= known.day <= last
        ]

    def _row(self, known: CalendarDay, start: int, end: int) -> Stretch:
        opens, closes = self._window(known)
        opens, closes = max(opens, start), min(closes, end)
        counted = max(closes - opens, 0)
        return Stretch(
            first=known.day,
            last=known.day,
            days=1,
            kind=known.kind,
            opens=clock(opens, self._zone) if counted else None,
            closes=clock(closes, self._zone, closing=True) if counted else None,
            counted_s=counted / SECOND,
            why=known.why,
            provisional=self.provisional(known.day.year),
        )

    def _window(self, known: CalendarDay) -> tuple[int, int]:
        begin = midnight(known.day, self._zone)
        if known.kind not in WORKED:
            return begin, begin
        shorter = self._shorter if known.kind == "shortened" else 0
        return begin + self._opens, begin + self._closes - shorter

    def _worked(self, index: int, instant: int) -> int:
        """Working time from the start of a year to an instant of it."""
        year = self._year(index)
        window = bisect_right(year.opens, instant) - 1
        if window < 0:
            return 0
        return min(year.upto[window], year.before[window] + instant - year.opens[window])

    def _year(self, index: int) -> _Year:
        year = self._years[index]
        if year is None:
            days = days_of(self._production, self._first + index)
            windows = [self._window(known) for known in days if known.kind in WORKED]
            upto = list(accumulate(closes - opens for opens, closes in windows))
            year = _Year(
                opens=[opens for opens, _ in windows],
                closes=[closes for _, closes in windows],
                before=[0, *upto[:-1]],
                upto=upto,
                total=upto[-1] if upto else 0,
            )
            self._years[index] = year
        return year


def _since_midnight(clock: str) -> int:
    hours, minutes, seconds = clock.split(":")
    return int(hours) * HOUR + int(minutes) * MINUTE + int(seconds) * SECOND
