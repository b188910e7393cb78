"""The arithmetic of a timer, in parts that a person can check: what was counted, what was left out, what is due."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from masterdeal import instant, sla
from masterdeal.deal import Deal, Suspension
from masterdeal.rulebook import Rulebook, timers
from masterdeal.view import suspension_card, timer_card


def reckonings(deal: Deal, book: Rulebook, clock: int) -> list[dict[str, Any]]:
    """Every timer of the deal at `clock` with its arithmetic."""
    return [reckoning(timer, deal, clock) for timer in timers(deal, book, clock)]


def reckoning(timer: sla.Timer, deal: Deal, clock: int) -> dict[str, Any]:
    """A timer's card with its arithmetic. `counted` are the days that count, in spans between suspensions: their
    `counted_s` sum up to `elapsed_s`. `left_out` are the suspensions within the timer's time, each with what it left
    out. `late_s` is what runs over the limit in the timer's own calendar, `late_by_clock_s` what passed since the
    due time by the clock on the wall; both null where nothing is late."""
    found: dict[str, Any] = {
        **timer_card(timer, clock),
        "limit": None,
        "limit_since": None,
        "counted_until": None,
        "counted": [],
        "left_out": [],
        "late_s": None,
        "late_by_clock_s": None,
    }
    limit = timer.limit
    if limit is None or timer.started is None:
        return found
    end = sla.counted_until(timer, clock)
    ledger = [line for line in deal.suspensions if line.timer == timer.name]
    found |= {
        "limit": limit.said,
        "limit_since": instant.iso(limit.since),
        "counted_until": instant.iso(end),
        "counted": [
            {**day.model_dump(mode="json"), "from": instant.iso(since), "to": instant.iso(until)}
            for since, until in _spans(timer, end)
            for day in limit.calendar.describe(since, until)
        ],
        "left_out": [
            {**suspension_card(line), "left_out_s": instant.seconds(limit.calendar.elapsed(since, until))}
            for line, since, until in _left_out(timer, ledger, end)
        ],
    }
    if timer.breached is not None:
        found["late_s"] = instant.seconds(max(sla.elapsed(timer, clock) - limit.duration, 0))
        found["late_by_clock_s"] = instant.seconds(end - timer.breached)
    return found


def _spans(timer: sla.Timer, end: int) -> Iterator[tuple[int, int]]:
    """From the start to the end, without the pauses."""
    at = timer.started
    assert at is not None
    for since, until in timer.pauses:
        if since >= end:
            break
        if since > at:
            yield at, since
        at = end if until is None else min(until, end)
    if at < end:
        yield at, end


def _left_out(timer: sla.Timer, ledger: list[Suspension], end: int) -> Iterator[tuple[Suspension, int, int]]:
    """The lines of the ledger that fall into the timer's time, with the part that does."""
    assert timer.started is not None
    for line in ledger:
        since, until = max(line.since, timer.started), min(end if line.until is None else line.until, end)
        if since < until:
            yield line, since, until
