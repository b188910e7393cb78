"""Instants and durations as whole microseconds: exact, comparable, cheap. The epoch is 1970-01-01T00:00Z."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
FIRST: Final = -62_135_596_800 * SECOND  # 0001-01-01T00:00:00Z
LAST: Final = 253_402_300_800 * SECOND - 1  # 9999-12-31T23:59:59.999999Z


def of_datetime(moment: datetime) -> int:
    """The instant of an aware datetime; a naive one is a ValueError."""
    if moment.tzinfo is None:
        raise ValueError("a time without an offset names no instant")
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def nameable(moment: datetime) -> bool:
    """Whether UTC has a name for an aware datetime: near the years 1 and 9999 an offset can lead out of the calendar."""
    return FIRST <= of_datetime(moment) <= LAST


def to_datetime(instant: int) -> datetime:
    """The instant as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=instant)


_SECONDS: Final = tuple(f"{second:02}" for second in range(60))


# Every canonical event carries half a dozen instants, and those of one day share their minutes.
@lru_cache(maxsize=1 << 14)
def _minute(number: int) -> str:
    return (EPOCH + timedelta(minutes=number)).isoformat()[:17]


# The instant of an event stands in its canonical events as the end of one timer, the start of the next, and so on.
@lru_cache(maxsize=1 << 12)
def iso(instant: int) -> str:
    """ISO 8601 in UTC, with as many fractional digits as the instant needs: none, three or six."""
    minute = instant // MINUTE
    rest = instant - minute * MINUTE
    second = rest // SECOND
    fraction = rest - second * SECOND
    if not fraction:
        return f"{_minute(minute)}{_SECONDS[second]}Z"
    digits = f"{fraction:06}" if fraction % 1000 else f"{fraction // 1000:03}"
    return f"{_minute(minute)}{_SECONDS[second]}.{digits}Z"


def parse(text: str) -> int:
    """The instant an ISO 8601 text with an offset names; anything else is a ValueError."""
    moment = datetime.fromisoformat(text.upper())
    if not nameable(moment):
        raise ValueError("the time has no year from 1 to 9999 in UTC")
    return of_datetime(moment)


def seconds(duration: int) -> float:
    """A duration in seconds, kept to the millisecond."""
    exact = duration / SECOND
    return exact if not duration % 1000 else round(exact, 3)
