"""The product's deal card in the words of the slow model, so that the two can be compared."""

from __future__ import annotations

from datetime import datetime
from typing import Any

DECIDED_BY_THE_MODEL = {
    "origin_missing",
    "gate_order",
    "future_event",
    "time_before_origin",
    "after_cancellation",
    "suspended_already",
    "not_suspended",
}


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def as_model(card: dict[str, Any] | None) -> dict[str, Any] | None:
    """The deal card in the words of the slow model."""
    if card is None:
        return None
    timed = ("started_at", "due_at", "stopped_at", "cancelled_at", "breached_at", "suspended_since")
    for row in card["sla"]:
        if row["state"] == "cancelled":
            # Shown as stopped when it was cancelled; the model keeps the two apart.
            assert row["stopped_at"] == row["cancelled_at"]
            row["stopped_at"] = None
    return {
        "aggregated_stage": card["aggregated_stage"],
        "pipeline_stage": card["pipeline_stage"],
        "gates": {
            gate: {
                "name": row["name"],
                "status": row["status"],
                "event_id": row["event_id"],
                "event_timestamp": moment(row["event_timestamp"]),
            }
            for gate, row in card["gates"].items()
        },
        "facts": card["facts"],
        "domain_stages": card["domain_stages"],
        "stages": [
            {
                "stage": row["stage"],
                "started_at": moment(row["started_at"]),
                "completed_at": moment(row["completed_at"]),
            }
            for row in card["stages"]
        ],
        "sla": {
            row["timer"]: {
                "state": row["state"],
                "elapsed_s": row["elapsed_s"],
                "suspended_s": row["suspended_s"],
                "limit_s": row["limit_s"],
                **{name: moment(row[name]) for name in timed},
            }
            for row in card["sla"]
        },
        "anomalies": {row["code"] for row in card["anomalies"]} & DECIDED_BY_THE_MODEL,
        "missing": card["missing"],
    }
