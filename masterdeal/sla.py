"""SLA timers: limits by date, due times and states. The clock is an argument."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


class Limit(Struct, frozen=True, gc=False):
    """What one timer is measured against. `said` is the limit as the configuration words it."""

    duration: int
    at_risk_after: int
    calendar: Calendar
    since: int
    said: str


class Version(Struct, frozen=True, gc=False):
    """Limits that apply to timers started at or after `since`."""

    since: int
    limits: dict[str, Limit]


class SlaConfig(Struct, frozen=True, gc=False):
    """Every version of the limits, oldest first, and the tolerance for events dated ahead of the clock."""

    versions: tuple[Version, ...]
    future_tolerance: int

    def limit(self, timer: str, started: int) -> Limit:
        """The limit in force when the timer started."""
        return self.in_force(started)[timer]

    def in_force(self, moment: int) -> Mapping[str, Limit]:
        """The limits of every timer that starts at that moment."""
        for version in reversed(self.versions):
            if moment >= version.since:
                return version.limits
        return self.versions[0].limits


# Spans in which a timer stands still: in order, apart from each other, the last one perhaps without an end.
Pauses = Sequence[tuple[int, int | None]]


class Timer(Struct, frozen=True, gc=False):
    """One timer of one deal, as judged at one instant of the clock. `due` and `at_risk` are None where the timer
    stands still before it has come to them. `pauses` are the suspensions from before its end."""

    name: str
    state: State
    started: int | None = None
    due: int | None = None
    at_risk: int | None = None
    stopped: int | None = None
    cancelled: int | None = None
    breached: int | None = None
    limit: Limit | None = None
    pauses: tuple[tuple[int, int | None], ...] = ()

    @property
    def suspended(self) -> int | None:
        """Since when the timer stands still; None if it runs or has ended."""
        return self.pauses[-1][0] if self.pauses and self.pauses[-1][1] is None else None


def judge(
    name: str,
    started: int | None,
    stopped: int | None,
    cancelled: int | None,
    config: SlaConfig,
    clock: int,
    pauses: Pauses = (),
    known: Timer | None = None,
) -> Timer:
    """The state of a timer at `clock` (semantics.md sections 5 and 7): reached at exactly the due time is met,
    past it without being reached is breached, also when the deal was cancelled after the due time. A suspension
    that begins at or after the due time moves it no more. `known` is the same timer as the same configuration judged
    it earlier: begun at the same instant and never suspended, it is due when it was."""
    if started is None:
        return Timer(name, PENDING, limit=config.limit(name, clock))
    ended = stopped if stopped is not None else cancelled
    stood = tuple(_until(pauses, started, ended)) if pauses else ()
    if known is not None and known.started == started and known.limit and not (known.pauses or stood):
        limit, due, at_risk = known.limit, known.due, known.at_risk
    else:
        limit = config.limit(name, started)
        due = reached(limit.calendar, started, limit.duration, stood)
        at_risk = reached(limit.calendar, started, limit.at_risk_after, stood)
    until = clock if ended is None else ended
    breached = due if due is not None and until > due else None
    state: State
    if stopped is not None:
        state = MET if breached is None else MET_LATE
        cancelled = None
    elif cancelled is not None:
        state = CANCELLED
    elif breached is not None:
        state = BREACHED
    else:
        state = AT_RISK if at_risk is not None and clock >= at_risk else RUNNING
    return Timer(name, state, started, due, at_risk, stopped, cancelled, breached, limit, stood)


def holds(known: Timer, cancelled: int | None, in_force: Mapping[str, Limit], clock: int) -> bool:
    """Whether `judge` would find the timer as it is `known`: the same configuration, start and stop given, and no
    suspensions then or now. `in_force` are the limits at `clock`. False where it is cheaper to judge than to say."""
    if known.started is None:
        return known.limit is in_force[known.name]
    if known.stopped is not None:
        return True
    if cancelled is not None or known.cancelled is not None:
        return cancelled == known.cancelled
    return known.state == RUNNING and known.at_risk is not None and clock < known.at_risk


def _until(pauses: Pauses, started: int, ended: int | None) -> Iterator[tuple[int, int | None]]:
    """The pauses between a start and an end; the end of the timer ends the one that lasts."""
    for since, until in pauses:
        if ended is not None:
            if since >= ended:
                return
            until = ended if until is None else min(until, ended)
        if until is None or until > max(since, started):
            yield max(since, started), until


def reached(calendar: Calendar, started: int, duration: int, pauses: Pauses) -> int | None:
    """The instant at which `duration` has run since `started`, pauses left out; None if the timer stands still
    before that and has not been resumed. `pauses` begin at `started` or later."""
    at = started
    for since, until in pauses:
        due = calendar.after(at, duration)
        if due <= since:
            return min(due, instant.LAST)
        if until is None:
            return None
        duration -= calendar.elapsed(at, since)
        at = until
    return min(calendar.after(at, duration), instant.LAST)


def next_alarm(timer: Timer) -> int | None:
    """The next instant at which the clock alone changes the timer's state."""
    if timer.state == RUNNING:
        return timer.at_risk
    if timer.state == AT_RISK and timer.due is not None:
        return timer.due + 1
    return None


def elapsed(timer: Timer, clock: int) -> int:
    """Calendar time the timer has run, suspensions left out: to its stop, its cancellation or the clock."""
    if timer.started is None or timer.limit is None:
        return 0
    whole = timer.limit.calendar.elapsed(timer.started, counted_until(timer, clock))
    return whole - suspended(timer, clock)


def suspended(timer: Timer, clock: int) -> int:
    """Calendar time that the timer stood still while it would have run."""
    if timer.limit is None or not timer.pauses:
        return 0
    end, count = counted_until(timer, clock), timer.limit.calendar.elapsed
    return sum(count(since, end if until is None else min(until, end)) for since, until in timer.pauses)


def counted_until(timer: Timer, clock: int) -> int:
    """The instant up to which a timer that has begun is counted: its stop, its cancellation or the clock."""
    return (
        timer.stopped
        if timer.stopped is not None
        else timer.cancelled
        if timer.cancelled is not None
        else clock
    )


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
