"""The deal as it is shown: one plain JSON object, names as in the HTTP contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from masterdeal import instant, sla
from masterdeal.anomaly import Anomaly, anomalies
from masterdeal.deal import Deal, Suspension, fold
from masterdeal.event import Event
from masterdeal.rulebook import Rulebook, timers


def in_effect(event: Event, clock: int) -> bool:
    """Whether an event counts at `clock`: a marked one only once its time has come."""
    return not event.marked or event.time <= clock


def deal_at(
    deal_id: str,
    events: Iterable[Event],
    book: Rulebook,
    clock: int,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> dict[str, Any] | None:
    """The deal's card from its events: as it stands at `clock`, as it had happened by `as_of`, or as far as it had
    been received by `known_at`; None if nothing had."""
    then = folded_at(deal_id, events, book, clock, as_of=as_of, known_at=known_at)
    return None if then is None else card(then.deal, book, then.moment, then.updated, then.scheduled)


class Then(NamedTuple):
    """A deal at a moment: when it was last heard of, and the keys of its events that had not taken effect."""

    deal: Deal
    moment: int
    updated: int
    scheduled: list[tuple[int, str, str]]


def folded_at(
    deal_id: str,
    events: Iterable[Event],
    book: Rulebook,
    clock: int,
    *,
    as_of: int | None = None,
    known_at: int | None = None,
) -> Then | None:
    """The fold that `deal_at` shows, and the moment it is judged at."""
    known = (event for event in events if book.catalogue.find(event.type) is not None)
    kept = [event for event in known if known_at is None or event.received <= known_at]
    moment = as_of if as_of is not None else min(clock, known_at) if known_at is not None else clock
    if as_of is not None:
        effective = [event for event in kept if event.time <= as_of]
        scheduled: list[Event] = []
    else:
        effective = [event for event in kept if in_effect(event, moment)]
        scheduled = [event for event in kept if not in_effect(event, moment)]
    if not effective and not scheduled:
        return None
    deal = fold(deal_id, effective, book.rules, book.catalogue)
    updated = max(event.received for event in kept) if kept else moment
    return Then(deal, moment, updated, [event.key for event in scheduled])


def card(
    deal: Deal, book: Rulebook, clock: int, updated: int, scheduled: Sequence[tuple[int, str, str]] = ()
) -> dict[str, Any]:
    """The deal card of the HTTP contract. Times are ISO 8601 in UTC, durations are seconds."""
    mask = deal.mask
    step = book.rules.step_of(mask)
    ahead = book.rules.next_steps(mask)
    judged = timers(deal, book, clock)
    return {
        "master_deal_id": deal.deal_id,
        "title": deal.attributes.get("title"),
        "client": deal.attributes.get("client"),
        "industry": deal.attributes.get("industry"),
        "client_type": deal.attributes.get("client_type"),
        "budget": deal.attributes.get("budget"),
        "manager": deal.attributes.get("manager"),
        "refs": [{"system": system, "id": ref} for system, ref in deal.refs],
        "aggregated_stage": book.rules.stage_of[mask],
        "pipeline_stage": step.name if step else None,
        "pipeline_step": step.number if step else None,
        "rules_version": deal.rules,
        "gates": _gates(deal, book),
        "facts": {
            fact: bool(mask >> bit & 1)
            for bit, fact in enumerate(book.catalogue.facts)
            if fact not in book.catalogue.gates
        },
        "domain_stages": {system: stage for system, (stage, _) in deal.domain_stages.items()},
        "stages": _stages(deal),
        "sla": [timer_card(timer, clock) for timer in judged],
        "suspensions": [suspension_card(line) for line in deal.suspensions],
        "deadlines": _deadlines(deal, clock),
        "amounts": deal.amounts,
        "anomalies": [anomaly_card(found) for found in anomalies(deal, book, scheduled)],
        "missing": _missing(ahead, book),
        "next_stages": [{"stage": stage, "missing": _named(needs, book)} for stage, needs in ahead],
        "as_of": instant.iso(clock),
        "updated_at": instant.iso(updated),
    }


def anomaly_card(anomaly: Anomaly) -> dict[str, Any]:
    """An anomaly as it is shown."""
    return {"code": anomaly.code, "message": anomaly.message, **anomaly.facts}


def timer_card(timer: sla.Timer, clock: int) -> dict[str, Any]:
    """One timer as it is shown. A cancelled one stopped when it was cancelled."""
    limit, iso = timer.limit, instant.iso
    spent = sla.elapsed(timer, clock)
    stopped = timer.stopped if timer.stopped is not None else timer.cancelled
    return {
        "timer": timer.name,
        "state": timer.state,
        "started_at": iso(timer.started) if timer.started is not None else None,
        "due_at": iso(timer.due) if timer.due is not None else None,
        "at_risk_at": iso(timer.at_risk) if timer.at_risk is not None else None,
        "stopped_at": iso(stopped) if stopped is not None else None,
        "cancelled_at": iso(timer.cancelled) if timer.cancelled is not None else None,
        "breached_at": iso(timer.breached) if timer.breached is not None else None,
        "elapsed_s": instant.seconds(spent) if limit else None,
        "remaining_s": instant.seconds(limit.duration - spent) if limit and timer.state in sla.OPEN else None,
        "limit_s": instant.seconds(limit.duration) if limit else None,
        "calendar": limit.calendar.name if limit else None,
        "suspended_since": _iso(timer.suspended) if timer.pauses else None,
        "suspended_s": instant.seconds(sla.suspended(timer, clock)) if timer.pauses else 0.0,
    }


def suspension_card(line: Suspension) -> dict[str, Any]:
    """One line of the ledger of suspensions; `to` is null while the timer stands still."""
    return {
        "timer": line.timer,
        "from": instant.iso(line.since),
        "to": _iso(line.until),
        "reason": line.reason,
        "by": line.by,
        "source": line.source,
        "event_id": line.id,
        "resumed_by": line.resumed_by,
        "resumed_source": line.resumed[0] if line.resumed else None,
        "resumed_event_id": line.resumed[1] if line.resumed else None,
    }


def _iso(moment: int | None) -> str | None:
    return None if moment is None else instant.iso(moment)


def _gates(deal: Deal, book: Rulebook) -> dict[str, Any]:
    gates = {}
    for bit, (fact, gate) in enumerate(book.catalogue.gates.items()):
        decided = deal.decided.get(fact)
        gates[gate] = {
            "name": fact,
            "status": bool(deal.mask >> bit & 1),
            "event_id": decided[2] if decided else None,
            "source": decided[1] if decided else None,
            "event_timestamp": instant.iso(decided[0]) if decided else None,
        }
    return gates


def _stages(deal: Deal) -> list[dict[str, Any]]:
    ends = [start for _, start in deal.stages[1:]]
    return [
        {"stage": stage, "started_at": instant.iso(start), "completed_at": _iso(end)}
        for (stage, start), end in zip(deal.stages, [*ends, None], strict=False)
    ]


def _deadlines(deal: Deal, clock: int) -> list[dict[str, Any]]:
    """Dated promises the deal came with: met or missed by the instant the deal was closed, if it was."""
    closed = next((start for stage, start in reversed(deal.stages) if stage == "closed"), None)
    if deal.stage != "closed":
        closed = None
    cards = []
    for name, text in deal.deadlines.items():
        due = instant.parse(text)
        end = closed if closed is not None else deal.cancelled
        if closed is not None:
            state = sla.MET if closed <= due else sla.MET_LATE
        elif deal.cancelled is not None:
            state = sla.CANCELLED
        else:
            state = sla.BREACHED if clock > due else sla.RUNNING
        cards.append({"deadline": name, "state": state, "due_at": instant.iso(due), "stopped_at": _iso(end)})
    return cards


def _named(facts: Iterable[str], book: Rulebook) -> list[str]:
    return [book.catalogue.gates.get(fact, fact) for fact in facts]


def missing_gates(mask: int, book: Rulebook) -> list[str]:
    """The gates missing for the nearest stage ahead that gates decide, of a deal with these facts."""
    return _missing(book.rules.next_steps(mask), book)


def _missing(ahead: Sequence[tuple[str, tuple[str, ...]]], book: Rulebook) -> list[str]:
    """The gates missing for the nearest stage that gates decide; a stage that another fact opens is skipped."""
    for _, needs in ahead:
        gates = [book.catalogue.gates[fact] for fact in needs if fact in book.catalogue.gates]
        if gates:
            return sorted(gates)
    return []
