"""Working time as a running total, so that the time between two instants is one subtraction."""

from __future__ import annotations

from typing import Final

from masterdeal import instant
from masterdeal.hours import Calendar

# Any instant would do; one near the deals of today makes the sums short.
ORIGIN: Final = instant.parse("2026-01-01T00:00:00Z")


def worked(calendar: Calendar, moment: int) -> float:
    """Seconds of the calendar's working time from ORIGIN to an instant, negative before it. The difference of two such
    totals is the working time between them."""
    return _total(calendar, moment) / instant.SECOND


def _total(calendar: Calendar, moment: int) -> int:
    if moment >= ORIGIN:
        return calendar.elapsed(ORIGIN, moment)
    return -calendar.elapsed(moment, ORIGIN)


class Worked:
    """Working time of one deal, whose instants recur."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._totals: dict[int, int] = {}

    def total(self, moment: int) -> int:
        """Microseconds of working time from ORIGIN to an instant."""
        found = self._totals.get(moment)
        if found is None:
            found = self._totals[moment] = _total(self._calendar, moment)
        return found

    def elapsed(self, start: int, end: int) -> int:
        """Microseconds of working time between two instants; 0 if `end` is not after `start`."""
        return self.total(end) - self.total(start) if end > start else 0
