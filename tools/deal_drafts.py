"""What people ask the copilot to have done about a deal, as drafts: a task for somebody, an event that was forgotten.

Neither is done here: a draft becomes a proposal, and a person decides.
"""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

from masterdeal import instant
from masterdeal.errors import BadRequest, NotFound
from masterdeal.event import of_body
from masterdeal.flow.intake import read
from masterdeal.whatif import what_if
from tools.deals import deal_card, known_words
from tools.workbench import Workbench

SOURCE: Final = "masterdeal/copilot"
# Where the data of an event carries its sum, by what the sum is of.
_SUM_IN: Final = {"mediaplan": "total", "offer": "total", "contract": "amount", "invoice": "amount"}


def task_draft(
    bench: Workbench,
    title: str | None = None,
    master_deal_id: str | None = None,
    assignee: str | None = None,
    role: str | None = None,
    due: date | None = None,
) -> dict[str, Any]:
    """Draft a task for a person or a role about a deal. Without a title it is what the deal waits for. Gives a task
    draft; the task exists once a person has approved it."""
    card = None if master_deal_id is None else deal_card(bench.view, master_deal_id)
    if title is None and (card is None or not card["missing"]):
        raise BadRequest(
            "скажите, что нужно сделать" if bench.lang == "ru" else "say what there is to be done",
            where="title",
        )
    return {
        "kind": "task",
        "master_deal_id": master_deal_id,
        "title": title,
        "missing": [] if card is None or title is not None else list(card["missing"]),
        "assignee": assignee,
        "known": assignee is None or assignee in known_words(bench.view).values["manager"],
        "role": role,
        "due": None if due is None else due.isoformat(),
        "past": due is not None and due < bench.today,
        "deal": None
        if card is None
        else {name: card[name] for name in ("title", "aggregated_stage", "manager")},
    }


def event_draft(
    bench: Workbench,
    master_deal_id: str,
    type: str,
    time: str | None = None,
    amount: Decimal | None = None,
    hour_supposed: bool = False,
) -> dict[str, Any]:
    """Draft an event that happened and nobody reported, with what it would change: stage, gates, SLA breaches. `type`
    is a canonical event type (crm.brief.submitted), `time` ISO 8601 with offset, `amount` roubles where the event
    carries a sum. Gives an event draft; it is taken in once a person has approved it."""
    view, clock = bench.view, bench.view.clock()
    known = view.book.catalogue.find(type)
    sum_ = None if known is None or known.amount is None else _SUM_IN[known.amount]
    data = {sum_: {"amount": str(amount), "currency": "RUB"}} if amount is not None and sum_ else {}
    happened = time or instant.iso(clock)
    event = {
        "specversion": "1.0",
        "id": "draft",
        "source": SOURCE,
        "type": type,
        "time": happened,
        "subject": master_deal_id,
        "data": data,
    }
    item = read(json.dumps(event).encode(), view.book)
    if item.refusal is not None or item.kind is None:
        raise BadRequest(f"{type}: {item.detail or 'no such event type'}", where="type")
    if item.time > clock:
        raise BadRequest(
            "это ещё не случилось: записать можно только то, что уже было"
            if bench.lang == "ru"
            else "this has not happened yet: only what has happened can be recorded",
            where="time",
        )
    with view.store.reading() as reading:
        rows = reading.events(master_deal_id) if reading.deal(master_deal_id) is not None else []
    if not rows:
        raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
    events = [of_body(row.body, row.type, row.received, marked=row.marked) for row in rows if row.known]
    supposed = of_body(item.body, item.kind.name, clock, marked=False)
    before = deal_card(view, master_deal_id)
    found = what_if(master_deal_id, events, [supposed], view.book, view.book, clock)
    after = found["deal"]
    moved = [
        {"gate": gate, "was": before["gates"][gate]["status"], "would": after["gates"][gate]["status"]}
        for gate in after["gates"]
        if before["gates"][gate]["status"] != after["gates"][gate]["status"]
    ]
    fact = view.book.catalogue.gates.get(_fact(view.book.catalogue.facts, item.kind.bit))
    told = before["gates"].get(fact)
    return {
        "kind": "event",
        "master_deal_id": master_deal_id,
        "type": item.kind.name,
        "time": happened,
        "data": data,
        "hour_supposed": hour_supposed,
        "amount_left_out": amount is not None and not data,
        "title": before["title"],
        "gate": fact,
        "told_before": told["event_id"] if told is not None and told["status"] is item.kind.value else None,
        "stage_before": before["aggregated_stage"],
        "stage_after": after["aggregated_stage"],
        "gates": moved,
        "appear": [timer["timer"] for timer in found["breaches"]["appear"]],
        "disappear": [timer["timer"] for timer in found["breaches"]["disappear"]],
    }


def _fact(facts: tuple[str, ...], bit: int) -> str:
    return facts[bit] if bit >= 0 else ""
