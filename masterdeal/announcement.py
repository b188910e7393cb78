"""What the data of the canonical events hold (semantics.md section 6), as shapes that describe them to readers."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from msgspec import Struct

from masterdeal.notice import (
    ANOMALY,
    CLOSED,
    CREATED,
    SLA_AT_RISK,
    SLA_BREACHED,
    SLA_UPDATED,
    STAGE_CHANGED,
)


class Cause(Struct, frozen=True):
    """The domain event that moved the deal."""

    source: str
    id: str
    type: str


class Created(Struct, frozen=True):
    """A deal has come to be."""

    master_deal_id: str
    title: str | None
    rules_version: str


class StageMoved(Struct, frozen=True, rename={"before": "from"}):
    """The aggregated stage is another one. Without a `cause` the clock moved it."""

    master_deal_id: str
    before: str | None
    to: str
    aggregated_stage: str
    pipeline_stage: str | None
    started_at: datetime
    rules_version: str
    cause: Cause | None = None


class Timer(Struct, frozen=True):
    """An SLA timer. Durations in seconds; while it stands still (`suspended_since`) it has no due time. `previous_state` is what was last told of it. `breach_taken_back` is the id of
    the breach that did not happen after all, `breach_restored` that of one taken back which stands again."""

    master_deal_id: str
    timer: str
    state: str
    started_at: datetime | None
    due_at: datetime | None
    at_risk_at: datetime | None
    stopped_at: datetime | None
    cancelled_at: datetime | None
    breached_at: datetime | None
    elapsed_s: float | None
    remaining_s: float | None
    limit_s: float | None
    calendar: str | None
    suspended_since: datetime | None
    suspended_s: float
    detected_at: datetime | None = None
    previous_state: str | None = None
    breach_taken_back: str | None = None
    breach_restored: str | None = None


class AnomalyDetected(Struct, frozen=True):
    """Something about the deal does not fit together; further members hold the facts of the case."""

    master_deal_id: str
    code: str
    message: Any


class Closed(Struct, frozen=True):
    """The deal has reached its last stage."""

    master_deal_id: str
    closed_at: datetime


ANNOUNCEMENTS: Final[dict[str, type[Struct]]] = {
    CREATED: Created,
    STAGE_CHANGED: StageMoved,
    SLA_UPDATED: Timer,
    SLA_AT_RISK: Timer,
    SLA_BREACHED: Timer,
    ANOMALY: AnomalyDetected,
    CLOSED: Closed,
}
