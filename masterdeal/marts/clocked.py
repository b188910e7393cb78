"""Working time as a running total, so that the time between two instants is one subtraction."""

from __future__ import annotations

from masterdeal import instant
from masterdeal.hours import Calendar


def worked(calendar: Calendar, moment: int) -> float:
    """Seconds of the calendar's working time from the beginning of time to an instant. The difference of two
    such totals is the working time between them."""
    return calendar.elapsed(instant.FIRST, moment) / instant.SECOND
