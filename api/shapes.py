"""The shapes of the HTTP contract, for validation and for /openapi.json."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

GateId = Literal["G1", "G2", "G3", "G4", "G5", "G6", "G7"]
TimerState = Literal["pending", "running", "at_risk", "breached", "met", "met_late", "cancelled"]


class Loose(BaseModel):
    """Unknown members are kept and shown."""

    model_config = ConfigDict(extra="allow")


class EventOutcome(BaseModel):
    """What became of one event."""

    source: str | None
    id: str | None
    outcome: Literal["accepted", "duplicate", "parked", "rejected"]
    reason: str | None = Field(default=None, description="Why it was not simply accepted, as a stable word")
    detail: str | None = Field(default=None, description="The same for people: what is wrong and where")
    master_deal_id: str | None = None
    aggregated_stage: str | None = Field(default=None, description="The deal's stage after this event")


class Outcomes(BaseModel):
    """One entry per event, in the order given."""

    results: list[EventOutcome]


class Gate(BaseModel):
    """A gate and the event that decides its present value."""

    name: str
    status: bool
    event_id: str | None
    source: str | None
    event_timestamp: str | None


class StageSpan(BaseModel):
    """A stage the deal entered; `completed_at` is null while it lasts."""

    stage: str
    started_at: str
    completed_at: str | None


class TimerCard(BaseModel):
    """One SLA timer. Durations are seconds of the timer's own calendar, suspensions left out; `suspended_s` is what
    was left out. While it stands still (`suspended_since`) it has no due time, unless that had passed before."""

    timer: str
    state: TimerState
    started_at: str | None
    due_at: str | None
    at_risk_at: str | None
    stopped_at: str | None
    cancelled_at: str | None
    breached_at: str | None
    elapsed_s: float | None
    remaining_s: float | None
    limit_s: float | None
    calendar: str | None
    suspended_since: str | None
    suspended_s: float


class SuspensionCard(BaseModel):
    """A line of the ledger of suspensions; `to` is null while the timer stands still."""

    model_config = ConfigDict(populate_by_name=True)

    timer: str
    since: str = Field(alias="from")
    until: str | None = Field(alias="to")
    reason: str
    by: str | None
    source: str
    event_id: str
    resumed_by: str | None
    resumed_source: str | None
    resumed_event_id: str | None


class AnomalyCard(Loose):
    """Something that does not add up."""

    code: str
    message: str


class DeadlineCard(BaseModel):
    """A dated promise the deal came with. A deal without one has no entry, and has not met anything."""

    deadline: str
    state: Literal["running", "breached", "met", "met_late", "cancelled"]
    due_at: str
    stopped_at: str | None


class NextStage(BaseModel):
    """A stage ahead and what it still needs: gates by their id, other facts by their name."""

    stage: str
    missing: list[str]


class DealCard(BaseModel):
    """A deal: what the events say, as it stands at `as_of`."""

    master_deal_id: str
    title: str | None
    client: dict[str, Any] | None
    industry: str | None
    client_type: str | None
    budget: dict[str, Any] | None
    manager: str | None
    refs: list[dict[str, str]]
    aggregated_stage: str
    pipeline_stage: str | None
    pipeline_step: int | None
    rules_version: str
    gates: dict[GateId, Gate]
    facts: dict[str, bool]
    domain_stages: dict[str, str]
    stages: list[StageSpan]
    sla: list[TimerCard]
    suspensions: list[SuspensionCard]
    deadlines: list[DeadlineCard]
    amounts: dict[str, dict[str, Any]]
    anomalies: list[AnomalyCard]
    missing: list[GateId]
    next_stages: list[NextStage]
    as_of: str
    updated_at: str


class Deals(BaseModel):
    """A page of deals."""

    items: list[DealCard]
    next_cursor: str | None


class DealTimer(TimerCard):
    """A timer with the deal it belongs to."""

    master_deal_id: str
    title: str | None
    aggregated_stage: str


class DealTimers(BaseModel):
    """A page of timers."""

    items: list[DealTimer]
    next_cursor: str | None


class TimelineEntry(Loose):
    """An event in or out."""

    direction: Literal["in", "out"]
    source: str
    id: str
    type: str
    time: str


class Timeline(BaseModel):
    """A page of a deal's story, in the order of event time."""

    items: list[TimelineEntry]
    next_cursor: str | None


class WhatIfBody(BaseModel):
    """What to change. An event may be abbreviated to its type; one with the source and id of a kept event
    stands in its place."""

    model_config = ConfigDict(extra="forbid")

    events: Annotated[list[dict[str, Any]], Field(max_length=200)] = []
    sla: dict[str, Any] | None = Field(
        default=None,
        description='Timer -> limit ("2d", "PT48H", seconds, or {"limit_s": seconds}); also at_risk_share and calendar, for all timers',
    )
    at: str | None = Field(
        default=None, description="The instant to look at; default: now or the last changed event"
    )


class Breaches(BaseModel):
    """Breaches that the change would bring or spare."""

    appear: list[TimerCard]
    disappear: list[TimerCard]


class WhatIf(BaseModel):
    """The deal as it would be."""

    deal: DealCard | None
    at: str | None
    breaches: Breaches
    stage_before: str | None
    writes: Literal[0]


class LimitsBody(BaseModel):
    """Other SLA terms for the whole portfolio, or for the deals that meet every term given."""

    model_config = ConfigDict(extra="forbid")

    sla: Annotated[dict[str, Any], Field(min_length=1)] = Field(
        description='Timer -> limit ("2d", "PT48H", seconds, or {"limit_s": seconds}); also at_risk_share and calendar, for all timers'
    )
    at: str | None = Field(
        default=None, description="The instant to look at, now or later, if nothing happens until then"
    )
    stage: str | None = Field(default=None, description="Aggregated stage; several joined by commas")
    industry: str | None = None
    client_type: str | None = None
    manager: str | None = None
    q: Annotated[str | None, Field(max_length=200)] = None


class MovedBreach(BaseModel):
    """A breach that the other terms would bring or spare, with the timer as it is and as it would be."""

    master_deal_id: str
    title: str | None
    aggregated_stage: str
    timer: str
    change: Literal["appear", "disappear"]
    before: TimerCard
    after: TimerCard


class TimerTally(BaseModel):
    """Breaches of one timer: how many there are, would be, would appear and disappear."""

    breached: int
    would_be: int
    appear: int
    disappear: int


class MovedBreaches(BaseModel):
    """A page of moved breaches. `deals` and `timers` count the deals of this page alone; a page may be without items,
    and `next_cursor` is null on the last one."""

    at: str
    deals: int
    timers: dict[str, TimerTally]
    items: list[MovedBreach]
    next_cursor: str | None
    writes: Literal[0]


class CountedDays(BaseModel):
    """A run of equal days within a span between suspensions, and what of it was counted."""

    first: str
    last: str
    days: int
    kind: str
    opens: str | None
    closes: str | None
    counted_s: float
    why: str
    provisional: bool
    since: str = Field(alias="from", description="Where the span begins that these days belong to")
    until: str = Field(alias="to", description="Where that span ends")


class LeftOut(SuspensionCard):
    """A suspension within the timer's time, with what it left out of it."""

    left_out_s: float


class Sentences(BaseModel):
    """The same for people, a line each."""

    ru: list[str]
    en: list[str]


class Reckoning(TimerCard):
    """A timer with its arithmetic: the `counted_s` sum up to `elapsed_s`. `late_s` runs in the timer's calendar,
    `late_by_clock_s` on the wall clock."""

    limit: str | None
    limit_since: str | None
    counted_until: str | None
    counted: list[CountedDays]
    left_out: list[LeftOut]
    late_s: float | None
    late_by_clock_s: float | None
    text: Sentences


class Reckonings(BaseModel):
    """The timers of one deal with their arithmetic."""

    master_deal_id: str
    as_of: str
    timers: list[Reckoning]


class DeadLetterCard(BaseModel):
    """Something that could not be taken in."""

    id: int
    source: str | None
    event_id: str | None
    type: str | None
    reason: str
    detail: str
    received_at: str
    times: int
    state: str
    body: str


class DeadLetters(BaseModel):
    """A page of dead letters."""

    items: list[DeadLetterCard]
    next_cursor: str | None


class Replayed(BaseModel):
    """What became of a dead letter that was tried again."""

    result: EventOutcome
    state: str


class Delivery(BaseModel):
    """How far the task tracker outside follows the task: `remote` is its id there, `shown` the state it is in there;
    `detail` says why it waits or was refused."""

    tracker: str
    remote: str | None
    state: Literal["waiting", "shown", "refused"]
    shown: Literal["open", "closed"] | None
    attempts: int
    waiting_since: str | None
    next_try_at: str | None
    detail: str | None


class Escalation(BaseModel):
    """A breach and its task. `rung` counts from 0; `addressee` is who is told on it: owner, head or director of the
    `role`. `overdue_s` runs until the task was closed."""

    id: str
    task_id: str
    kind: Literal["breach", "warning"]
    master_deal_id: str
    title: str | None
    timer: str
    state: Literal["open", "closed"]
    breached_at: str | None
    due_at: str
    overdue_s: float
    rung: int
    addressee: str
    role: str
    next_rung_at: str | None
    acknowledged_at: str | None
    acknowledged_by: str | None
    closed_at: str | None
    closed_because: str | None
    delivery: Delivery | None = None


class Escalations(BaseModel):
    """A page of escalations."""

    items: list[Escalation]
    next_cursor: str | None


class Health(BaseModel):
    """Whether the process lives."""

    status: Literal["ok"]


class Readiness(BaseModel):
    """Whether the service can do its work, and what it holds. `links` says how those stand that it works without."""

    status: Literal["ready", "not-ready"]
    checks: dict[str, str]
    counts: dict[str, int]
    links: dict[str, Any] = {}
