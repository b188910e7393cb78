"""SLA timers: limits by date, due times and states. The clock is an argument."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta, timezone
from typing import Any, Final, Literal

from msgspec import Struct

from masterdeal import instant
from masterdeal.errors import Misconfigured
from masterdeal.hours import Calendar

PENDING: Final = "pending"
RUNNING: Final = "running"
AT_RISK: Final = "at_risk"
BREACHED: Final = "breached"
MET: Final = "met"
MET_LATE: Final = "met_late"
CANCELLED: Final = "cancelled"

State = Literal["pending", "running", "at_risk", "breached", "met", "met_late", "cancelled"]
STATES: Final[tuple[State, ...]] = (PENDING, RUNNING, AT_RISK, BREACHED, MET, MET_LATE, CANCELLED)
OPEN: Final = frozenset({RUNNING, AT_RISK, BREACHED})
MOSCOW: Final = timezone(timedelta(hours=3))


class Limit(Struct, frozen=True):
    """What one timer is measured against. `said` is the limit as the configuration words it."""

    duration: int
    at_risk_after: int
    calendar: Calendar
    since: int
    said: str


class Version(Struct, frozen=True):
    """Limits that apply to timers started at or after `since`."""

    since: int
    limits: dict[str, Limit]


class SlaConfig(Struct, frozen=True):
    """Every version of the limits, oldest first, and the tolerance for events dated ahead of the clock."""

    versions: tuple[Version, ...]
    future_tolerance: int

    def limit(self, timer: str, started: int) -> Limit:
        """The limit in force when the timer started."""
        for version in reversed(self.versions):
            if started >= version.since:
                return version.limits[timer]
        return self.versions[0].limits[timer]


class Timer(Struct, frozen=True):
    """One timer of one deal, as judged at one instant of the clock."""

    name: str
    state: State
    started: int | None = None
    due: int | None = None
    at_risk: int | None = None
    stopped: int | None = None
    cancelled: int | None = None
    breached: int | None = None
    limit: Limit | None = None


def judge(
    name: str, started: int | None, stopped: int | None, cancelled: int | None, config: SlaConfig, clock: int
) -> Timer:
    """The state of a timer at `clock` (semantics.md sections 5 and 7): reached at exactly the due time is met,
    past it without being reached is breached, also when the deal was cancelled after the due time."""
    if started is None:
        return Timer(name, PENDING, limit=config.limit(name, clock))
    limit = config.limit(name, started)
    due = min(limit.calendar.after(started, limit.duration), instant.LAST)
    at_risk = min(limit.calendar.after(started, limit.at_risk_after), instant.LAST)
    state: State
    if stopped is not None:
        state = MET if stopped <= due else MET_LATE
        breached = due if stopped > due else None
        cancelled = None
    elif cancelled is not None:
        state = CANCELLED
        breached = due if cancelled > due else None
    else:
        breached = due if clock > due else None
        state = BREACHED if clock > due else AT_RISK if clock >= at_risk else RUNNING
    return Timer(name, state, started, due, at_risk, stopped, cancelled, breached, limit)


def next_alarm(timer: Timer) -> int | None:
    """The next instant at which the clock alone changes the timer's state."""
    if timer.state == RUNNING:
        return timer.at_risk
    if timer.state == AT_RISK and timer.due is not None:
        return timer.due + 1
    return None


def elapsed(timer: Timer, clock: int) -> int:
    """Calendar time the timer has run: to its stop, its cancellation or the clock."""
    if timer.started is None or timer.limit is None:
        return 0
    end = (
        timer.stopped
        if timer.stopped is not None
        else timer.cancelled
        if timer.cancelled is not None
        else clock
    )
    return timer.limit.calendar.elapsed(timer.started, end)


def _since(day: date) -> int:
    return instant.of_datetime(datetime.combine(day, time(), MOSCOW))


def read_config(
    table: Mapping[str, Any], calendars: Mapping[str, Calendar], timers: Sequence[str]
) -> SlaConfig:
    """The configuration from its TOML table; Misconfigured names what is missing."""
    versions = []
    for row in table["version"]:
        calendar = calendars.get(row["calendar"])
        if calendar is None:
            raise Misconfigured(f"SLA calendar {row['calendar']!r} is not one of {sorted(calendars)}")
        share = row["at_risk_share"]
        if not 0 < share <= 1:
            raise Misconfigured(f"at_risk_share {share} is not in (0, 1]")
        absent = set(timers) - set(row["limits"])
        if absent:
            raise Misconfigured(f"no limit for {sorted(absent)} in the SLA version of {row['from']}")
        limits = {}
        for timer, text in row["limits"].items():
            duration = calendar.limit(text)
            limits[timer] = Limit(duration, round(duration * share), calendar, _since(row["from"]), text)
        versions.append(Version(_since(row["from"]), limits))
    if not versions:
        raise Misconfigured("no SLA version")
    versions.sort(key=lambda version: version.since)
    tolerance = calendars["elapsed"].limit(table.get("future_tolerance", "5m"))
    return SlaConfig(tuple(versions), tolerance)
