"""What the world is told: canonical events, made from what was announced before and what holds now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct, field

from masterdeal import instant, sla
from masterdeal.anomaly import Anomaly
from masterdeal.deal import Deal
from masterdeal.event import Event
from masterdeal.rulebook import Rulebook
from masterdeal.view import timer_card

SOURCE: Final = "masterdeal"
CREATED: Final = "masterdeal.created"
STAGE_CHANGED: Final = "masterdeal.stage.changed"
SLA_UPDATED: Final = "masterdeal.sla.updated"
SLA_AT_RISK: Final = "masterdeal.sla.at_risk"
SLA_BREACHED: Final = "masterdeal.sla.breached"
ANOMALY: Final = "masterdeal.anomaly.detected"
CLOSED: Final = "masterdeal.closed"
TYPES: Final = (CREATED, STAGE_CHANGED, SLA_UPDATED, SLA_AT_RISK, SLA_BREACHED, ANOMALY, CLOSED)


_AHEAD: Final = {sla.RUNNING: 1, sla.AT_RISK: 2, sla.BREACHED: 3}


class Announced(Struct, gc=False):
    """What has been published about a deal: the last sequence number, the stage, each timer's state and,
    where a breach stands published or was taken back, its due time; the anomalies by code and subject. `scheduled`
    are the keys of marked events that have not taken effect."""

    sequence: int = 0
    stage: str = ""
    timers: dict[str, str] = field(default_factory=dict)
    due: dict[str, int] = field(default_factory=dict)
    breaches: dict[str, int] = field(default_factory=dict)
    withdrawn: dict[str, int] = field(default_factory=dict)
    anomalies: list[str] = field(default_factory=list)
    scheduled: list[tuple[int, str, str]] = field(default_factory=list)


class _Told(Struct, gc=False):
    """A canonical event on the wire; a struct is made faster than a dict of the same members."""

    id: str
    type: str
    time: str
    subject: str
    partitionkey: str
    sequence: str
    data: dict[str, Any]
    specversion: str = "1.0"
    source: str = SOURCE
    datacontenttype: str = "application/json"


_encode: Final = msgspec.json.Encoder().encode


class Notice(Struct, frozen=True, gc=False):
    """One canonical event, encoded: `body` is structured-mode CloudEvents JSON. `sequence` counts per deal, from 1;
    `position` orders the events of all deals as they were committed, and is 0 until they are."""

    deal_id: str
    sequence: int
    id: str
    type: str
    time: int
    body: bytes
    position: int = 0


class _Teller:
    """Numbers the notices of one deal while they are made."""

    def __init__(self, deal_id: str, announced: Announced) -> None:
        self.deal_id = deal_id
        self.announced = announced
        self.notices: list[Notice] = []

    def tell(self, type_: str, time: int, data: dict[str, Any], id_: str | None = None) -> None:
        deal_id = self.deal_id
        self.announced.sequence = sequence = self.announced.sequence + 1
        data["master_deal_id"] = deal_id
        id_ = id_ or f"{deal_id}/{sequence}"
        body = _encode(_Told(id_, type_, instant.iso(time), deal_id, deal_id, str(sequence), data))
        self.notices.append(Notice(deal_id, sequence, id_, type_, time, body))


def breach_id(deal_id: str, timer: str, due: int) -> str:
    """The id of a breach: the same deal, timer and due time always give the same."""
    return f"{deal_id}/sla.breached/{timer}/{instant.iso(due)}"


def stage_notices(
    announced: Announced, deal: Deal, book: Rulebook, cause: Event | None, clock: int
) -> list[Notice]:
    """That a deal has come to be, has changed its stage, has closed: what `announced` (updated in place) does not
    say yet. `cause` is the event that moved it; None says the clock did."""
    teller = _Teller(deal.deal_id, announced)
    moved = cause.time if cause is not None else clock
    if announced.sequence == 0:
        first = deal.stages[0][1] if deal.stages else moved
        teller.tell(CREATED, first, {"title": deal.attributes.get("title"), "rules_version": deal.rules})
    if deal.stage and deal.stage != announced.stage:
        _tell_stage(teller, deal, book, moved, cause)
    return teller.notices


def clock_notices(
    announced: Announced,
    deal: Deal,
    judged: Sequence[sla.Timer],
    found: Sequence[Anomaly],
    clock: int,
    told: Sequence[sla.Timer] = (),
) -> list[Notice]:
    """What is new about the timers and the anomalies of a deal at `clock`; updates `announced` in place.
    `told` are the timers that `announced` was last updated with: what is still the same object is not news."""
    teller = _Teller(deal.deal_id, announced)
    for place, timer in enumerate(judged):
        if told and timer is told[place]:
            continue
        # A timer that has not begun and of which nothing was said leaves nothing to say.
        if timer.started is not None or timer.name in announced.timers:
            _tell_timer(teller, timer, clock)
    if found or announced.anomalies:
        _tell_anomalies(teller, found, deal.last[0] if deal.last else clock)
    return teller.notices


def _tell_stage(teller: _Teller, deal: Deal, book: Rulebook, moved: int, cause: Event | None) -> None:
    before, teller.announced.stage = teller.announced.stage, deal.stage
    step = book.rules.step_of(deal.mask)
    data: dict[str, Any] = {
        "from": before or None,
        "to": deal.stage,
        "aggregated_stage": deal.stage,
        "pipeline_stage": step.name if step else None,
        "started_at": instant.iso(deal.stages[-1][1]),
        "rules_version": deal.rules,
    }
    if cause is not None:
        data["cause"] = {"source": cause.source, "id": cause.id, "type": cause.type}
    teller.tell(STAGE_CHANGED, moved, data)
    if deal.stage == book.rules.ladder[-1]:
        teller.tell(CLOSED, moved, {"closed_at": instant.iso(deal.stages[-1][1])})


def _tell_timer(teller: _Teller, timer: sla.Timer, clock: int) -> None:
    announced = teller.announced
    name, due = timer.name, timer.due
    before = announced.timers.get(name, sla.PENDING)
    if due == announced.due.get(name) and _AHEAD.get(before, 0) > _AHEAD.get(timer.state, 9):
        return  # The clock has gone back; what was said of this due time stands.
    restated = due != announced.due.get(name) and before != sla.PENDING
    restored = False
    if timer.breached is not None and name not in announced.breaches:
        announced.breaches[name] = timer.breached
        restored = announced.withdrawn.pop(name, None) == timer.breached
        if not restored:
            data = timer_card(timer, clock)
            data["detected_at"] = instant.iso(clock)
            data["state"] = sla.BREACHED
            teller.tell(SLA_BREACHED, timer.breached, data, breach_id(teller.deal_id, name, timer.breached))
            before = sla.BREACHED
    taken_back = timer.breached is None and name in announced.breaches
    if timer.state == sla.AT_RISK and before != sla.AT_RISK and timer.at_risk is not None and not taken_back:
        data = timer_card(timer, clock)
        data["detected_at"] = instant.iso(clock)
        teller.tell(SLA_AT_RISK, timer.at_risk, data)
    elif timer.state != before or restated or restored or taken_back:
        data = timer_card(timer, clock)
        data["previous_state"] = before
        if restored:
            # The breach was published before and taken back: a second one under its id would pass for a repeat.
            data["breach_restored"] = breach_id(teller.deal_id, name, announced.breaches[name])
        if taken_back:
            announced.withdrawn[name] = announced.breaches.pop(name)
            data["breach_taken_back"] = breach_id(teller.deal_id, name, announced.withdrawn[name])
        teller.tell(SLA_UPDATED, _instant_of(timer, clock), data)
    if timer.state != sla.PENDING or name in announced.timers:
        announced.timers[name] = timer.state
    if due is not None:
        announced.due[name] = due
    else:
        announced.due.pop(name, None)  # A timer that stands still has no due time until it runs on.


def _instant_of(timer: sla.Timer, clock: int) -> int:
    for moment in (timer.stopped, timer.cancelled, timer.started):
        if moment is not None:
            return moment
    return clock


def _tell_anomalies(teller: _Teller, found: Sequence[Anomaly], moved: int) -> None:
    known = teller.announced.anomalies
    present = []
    for anomaly in found:
        name = f"{anomaly.code}:{anomaly.about}" if anomaly.about else anomaly.code
        present.append(name)
        if name not in known:
            teller.tell(ANOMALY, moved, {"code": anomaly.code, "message": anomaly.message, **anomaly.facts})
    teller.announced.anomalies = present
