"""What does not add up in a deal: legal input that people must see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from masterdeal import instant
from masterdeal.deal import Deal
from masterdeal.rulebook import Rulebook


class Anomaly(Struct, frozen=True):
    """One oddity. `about` tells two anomalies of one code apart; `facts` are its figures."""

    code: str
    about: str
    message: str
    facts: dict[str, Any]


_NOTES = {
    "after_cancellation": "an event after the cancellation lights a gate; the deal stays cancelled",
    "time_before_origin": "the deal was created later than its own events say it moved",
    "suspended_already": "the timer stood still already; the first suspension counts",
    "not_suspended": "a timer that did not stand still was resumed; nothing changes",
}


def anomalies(deal: Deal, book: Rulebook, scheduled: Sequence[tuple[int, str, str]] = ()) -> list[Anomaly]:
    """Every anomaly of a deal; `scheduled` are its marked events that have not taken effect yet."""
    found: list[Anomaly] = []
    if deal.origin is None:
        found.append(
            Anomaly("origin_missing", "", "no crm.deal.created has come; the first timer cannot start", {})
        )
    found += _gate_order(deal, book)
    for system, (stage, since) in deal.domain_stages.items():
        agrees = book.claims.get((system.casefold(), stage.casefold()))
        if agrees is not None and deal.stage not in agrees:
            found.append(
                Anomaly(
                    "stage_disagreement",
                    system,
                    f"{system} says {stage!r}; the gates say {deal.stage}",
                    {
                        "system": system,
                        "domain_stage": stage,
                        "since": instant.iso(since),
                        "agrees_with": list(agrees),
                        "aggregated_stage": deal.stage,
                    },
                )
            )
    for note in deal.notes:
        found.append(
            Anomaly(
                note.code,
                f"{note.source}/{note.id}",
                _NOTES[note.code],
                {"source": note.source, "event_id": note.id, "time": instant.iso(note.time)},
            )
        )
    for time, source, id_ in scheduled:
        found.append(
            Anomaly(
                "future_event",
                f"{source}/{id_}",
                "an event dated ahead of the clock; it takes effect when its time comes",
                {"source": source, "event_id": id_, "time": instant.iso(time)},
            )
        )
    return found


def _gate_order(deal: Deal, book: Rulebook) -> list[Anomaly]:
    gates = deal.mask & (1 << len(book.catalogue.gates)) - 1
    if not gates & gates + 1:
        return []  # the gates that are true are the first ones, without a gap: as it should be
    found = []
    absent: list[str] = []
    for bit, (fact, gate) in enumerate(book.catalogue.gates.items()):
        if not deal.mask >> bit & 1:
            absent.append(gate)
        elif absent:
            found.append(
                Anomaly(
                    "gate_order",
                    gate,
                    f"{gate} {fact} is true while {', '.join(absent)} is not",
                    {"gate": gate, "missing": list(absent)},
                )
            )
    return found
