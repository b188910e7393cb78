"""The rows that one deal has in the marts: a function of its events, never of the clock's hand.

What the clock alone decides (a running timer's state, the age of an open deal) is not among them; it is
computed when it is asked for. An event dated ahead counts once its time has come; until then the deal says when it must
be restated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from masterdeal import instant
from masterdeal.anomaly import anomalies
from masterdeal.catalogue import CREATED
from masterdeal.deal import Deal, fold
from masterdeal.event import Event
from masterdeal.hours import Calendar, Elapsed
from masterdeal.marts.clocked import Worked
from masterdeal.marts.model import Row, Rows
from masterdeal.marts.plan import Paper, kpi_rows
from masterdeal.rulebook import Rulebook, timers
from masterdeal.sla import CANCELLED, MET, MET_LATE, Timer
from masterdeal.view import in_effect

NPS: Final = "okk.nps.collected"
_MOSCOW: Final = 3 * instant.HOUR
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_ELAPSED: Final = Elapsed()
SETTLED: Final = frozenset({MET, MET_LATE, CANCELLED})


class Restated(Struct, frozen=True):
    """A deal's rows, and the instant at which they must be made anew though nothing comes; None if there is none."""

    rows: Rows
    again: int | None = None


def restate(
    deal_id: str, events: Sequence[Event], book: Rulebook, working: Calendar, now: int, paper: Paper
) -> Restated:
    """The rows of a deal from its known events, as far as they are in effect at `now`. No rows, if none is."""
    effective = sorted(
        (event for event in events if in_effect(event, now)),
        key=lambda event: (event.time, event.source, event.id),
    )
    scheduled = [event.key for event in events if not in_effect(event, now)]
    again = min((time for time, _, _ in scheduled), default=None)
    if not effective:
        return Restated({}, again)
    deal = fold(deal_id, effective, book.rules, book.catalogue)
    source = next((event.source for event in effective if event.type == CREATED), None)
    shared = _shared(deal, source)
    hours = Worked(working)
    received = max(event.received for event in effective)
    found = anomalies(deal, book, scheduled)
    own: Rows = {
        "fact_deal": [_deal(deal, book, hours, received, len(found))],
        "fact_stage": list(_stages(deal, book, hours)),
        "fact_sla": [_timer(timer, hours) for timer in timers(deal, book, now) if timer.started is not None],
        "fact_kpi": kpi_rows(effective, paper),
        "fact_nps": [_score(event) for event in effective if event.type == NPS],
        "fact_deadline": _deadlines(deal, book),
        "fact_domain_stage": [(system, stage, at) for system, (stage, at) in deal.domain_stages.items()],
        "fact_anomaly": [(one.code, one.about, one.message) for one in found],
    }
    return Restated({table: [(deal_id, *shared, *row) for row in rows] for table, rows in own.items()}, again)


def _shared(deal: Deal, source: str | None) -> Row:
    attributes = deal.attributes
    client, budget = attributes.get("client") or {}, attributes.get("budget") or {}
    return (
        client.get("inn") or client.get("name"),
        attributes.get("industry"),
        attributes.get("client_type"),
        attributes.get("manager"),
        source,
        _amount(budget),
        budget.get("currency", "RUB") if budget else None,
        deal.origin,
        deal.stage,
    )


def _amount(money: dict[str, Any]) -> Decimal | None:
    return Decimal(money["amount"]) if money else None


def _deal(deal: Deal, book: Rulebook, hours: Worked, received: int, found: int) -> Row:
    attributes, rules = deal.attributes, book.rules
    client, budget = attributes.get("client") or {}, attributes.get("budget") or {}
    contract = deal.amounts.get("contract") or {}
    step = rules.step_of(deal.mask)
    over = deal.stage in rules.terminal
    since = deal.stages[-1][1]
    measured = over and deal.origin is not None
    assert deal.last is not None
    reached = [rank for rank, at in enumerate(deal.reached) if at is not None]
    gates = book.catalogue.gates
    return (
        attributes.get("title"),
        client.get("name"),
        client.get("inn"),
        rules.rank_of[deal.mask],
        step.number if step else None,
        since,
        _seconds(hours.total(since)),
        "open" if not over else "won" if deal.stage == rules.ladder[-1] else "lost",
        since if over else None,
        _seconds(since - deal.origin) if measured and deal.origin is not None else None,
        _between(hours, deal.origin, since) if measured and deal.origin is not None else None,
        max(reached, default=None),
        " ".join(gate for bit, gate in enumerate(gates.values()) if deal.mask >> bit & 1),
        bool(deal.mask >> book.catalogue.facts.index("qualified") & 1),
        budget.get("vat"),
        budget.get("vat_rate"),
        budget.get("commission"),
        _amount(contract),
        contract.get("currency", "RUB") if contract else None,
        contract.get("vat"),
        contract.get("vat_rate"),
        contract.get("commission"),
        found,
        deal.events,
        deal.last[0],
        received,
        deal.rules,
    )


def _stages(deal: Deal, book: Rulebook, hours: Worked) -> Iterable[Row]:
    ladder = book.rules.ladder
    following = [*deal.stages[1:], None]
    for number, ((stage, entered), after) in enumerate(zip(deal.stages, following, strict=True), 1):
        left = after[1] if after is not None else None
        yield (
            number,
            stage,
            ladder.index(stage) if stage in ladder else -1,
            entered,
            moscow_day(entered),
            left,
            after[0] if after is not None else None,
            _seconds(left - entered) if left is not None else None,
            _between(hours, entered, left) if left is not None else None,
        )


def _timer(timer: Timer, hours: Worked) -> Row:
    assert timer.started is not None
    assert timer.limit is not None
    ended = timer.stopped if timer.stopped is not None else timer.cancelled
    still = ended if ended is not None else timer.suspended
    over = [(since, until) for since, until in timer.pauses if until is not None]

    def ran(calendar: Elapsed | Worked, end: int | None) -> float | None:
        """Seconds of the calendar that the timer ran up to an instant."""
        if end is None or timer.started is None:
            return None
        stood = sum(calendar.elapsed(since, min(until, end)) for since, until in over if since < end)
        return _seconds(calendar.elapsed(timer.started, end) - stood)

    return (
        timer.name,
        timer.started,
        moscow_day(timer.started),
        timer.due,
        timer.at_risk,
        timer.stopped,
        timer.cancelled,
        ended,
        moscow_day(ended) if ended is not None else None,
        timer.state if timer.state in SETTLED else None,
        timer.limit.duration / instant.SECOND,
        timer.limit.said,
        timer.limit.calendar.name,
        timer.suspended if ended is None else None,
        len(timer.pauses),
        _seconds(sum(until - since for since, until in over)),
        _seconds(sum(hours.elapsed(since, until) for since, until in over)),
        ran(_ELAPSED, still),
        ran(hours, still),
        ran(_ELAPSED, timer.due),
        ran(hours, timer.due),
        _seconds(hours.total(timer.started)),
    )


def _score(event: Event) -> Row:
    score = event.data["score"]
    category = "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"
    return (event.source, event.id, event.time, score, category, event.data.get("comment"))


def _deadlines(deal: Deal, book: Rulebook) -> list[Row]:
    ended = deal.stages[-1][1] if deal.stage in book.rules.terminal else None
    rows = []
    for name, text in deal.deadlines.items():
        due = instant.parse(text)
        rows.append((name, due, ended, None if ended is None else "late" if ended > due else "in_time"))
    return rows


def _seconds(duration: int) -> float:
    return duration / instant.SECOND


def _between(hours: Worked, start: int, end: int) -> float:
    return hours.elapsed(start, end) / instant.SECOND


def moscow_day(moment: int) -> date:
    """The day in Moscow; at the ends of the calendar the last one that has a name."""
    day = min(moment + _MOSCOW, instant.LAST) // instant.DAY
    return date.fromordinal(_EPOCH_DAY + day)
