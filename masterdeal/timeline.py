"""Every event of a deal, in and out, with both its times and the effect it had."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from masterdeal import instant
from masterdeal.deal import Deal, advance, blank
from masterdeal.event import Event, of_body
from masterdeal.ports import LogRow, OutboxRow
from masterdeal.rulebook import Rulebook
from masterdeal.view import in_effect


def timeline(
    deal_id: str, rows: Iterable[LogRow], published: Sequence[OutboxRow], book: Rulebook, clock: int
) -> list[dict[str, Any]]:
    """The deal's story in the order of event time; what came in before what it caused to go out."""
    entries: list[tuple[int, int, dict[str, Any]]] = []
    deal = blank(deal_id, book.rules)
    for row in sorted(rows, key=lambda row: (row.time, row.source, row.id)):
        entry: dict[str, Any] = {
            "direction": "in",
            "source": row.source,
            "id": row.id,
            "type": row.type,
            "time": instant.iso(row.time),
            "received_at": instant.iso(row.received),
        }
        kind = book.catalogue.find(row.type) if row.known else None
        if kind is None:
            entry["effect"] = {"kind": "unknown_type"}
            entry["data"] = msgspec.json.decode(row.body).get("data")
        else:
            event = of_body(row.body, row.type, row.received, marked=row.marked)
            entry["data"] = event.data
            if in_effect(event, clock):
                before, mask = deal.stage, deal.mask
                advance(deal, event, book.rules, book.catalogue)
                entry["effect"] = _effect(before, deal.stage, mask, deal.mask, book)
                if kind.suspends is not None:
                    entry["effect"] |= _stilled(deal, event)
            else:
                entry["effect"] = {"kind": "scheduled", "from": instant.iso(row.time)}
        entries.append((row.time, 0, entry))
    for out in published:
        content = msgspec.json.decode(out.body)
        entries.append(
            (
                out.time,
                out.sequence,
                {
                    "direction": "out",
                    "source": content["source"],
                    "id": out.id,
                    "type": out.type,
                    "time": instant.iso(out.time),
                    "sequence": out.sequence,
                    "data": content["data"],
                },
            )
        )
    return [entry for *_, entry in sorted(entries, key=lambda item: item[:2])]


def _stilled(deal: Deal, event: Event) -> dict[str, Any]:
    """The timers that the event made stand still or run on."""
    own = (event.source, event.id)
    began = [line.timer for line in deal.suspensions if (line.source, line.id) == own]
    ended = [line.timer for line in deal.suspensions if line.resumed == own]
    if began:
        return {"kind": "suspended", "timers": began}
    return {"kind": "resumed", "timers": ended} if ended else {}


def _effect(before: str, after: str, was: int, now: int, book: Rulebook) -> dict[str, Any]:
    changed = was ^ now
    effect: dict[str, Any] = {"kind": "none"}
    if changed:
        fact = book.catalogue.facts[changed.bit_length() - 1]
        effect = {"kind": "fact", "fact": fact, "value": bool(now & changed)}
        if fact in book.catalogue.gates:
            effect |= {"kind": "gate", "gate": book.catalogue.gates[fact]}
    if before != after:
        effect |= {"stage_from": before or None, "stage_to": after}
        if effect["kind"] == "none":
            effect["kind"] = "stage"
    return effect
