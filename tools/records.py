"""What the source systems wrote down about one deal in its events: numbers, dates, sums, reasons, scores, words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.event import Event, of_body
from masterdeal.story import MOSCOW
from tools.brief import read_brief
from tools.deals import PortfolioView

CAMPAIGN_FIGURES: Final = "mediapush.kpi.reported"
_BRIEF: Final = "crm.brief.submitted"
# Figures that may be added up over reports; people reached in one week may be reached again in the next.
_ADDED: Final = ("impressions", "views", "clicks", "conversions")
_BASIS: Final = ("currency", "vat", "vat_rate", "commission")


def deal_records(view: PortfolioView, master_deal_id: str, types: Sequence[str] = ()) -> dict[str, Any]:
    """What the systems wrote down about one deal, event by event: number, date and sum of contract and invoice, act,
    plan and offer with their totals, campaign, NPS and its comment, why and by whom the deal was lost, reopened or
    something was rejected, suspensions, the brief and what it says, the client's tax number, references of the source
    systems, campaign figures as reported and added up. types: canonical event types to show, e.g.
    docflow.contract.signed, dcm.invoice.issued, okk.nps.collected, crm.deal.lost; none means all."""
    clock = view.clock()
    with view.store.reading() as read:
        rows = read.events(master_deal_id)
    if not rows:
        raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
    records, reports = [], []
    for row in rows:
        kind = view.book.catalogue.find(row.type) if row.known else None
        if kind is None or kind.system is not None or row.time > clock or (types and kind.name not in types):
            continue
        event = of_body(row.body, row.type, row.received, marked=row.marked)
        record = {
            "type": kind.name,
            "time": instant.iso(row.time),
            "source": row.source,
            "event_id": row.id,
            "fields": dict(_fields(event.data)),
        }
        if kind.name == _BRIEF and isinstance(text := event.data.get("text"), str):
            record["brief"] = _as_read(text, event)
        if kind.name == CAMPAIGN_FIGURES:
            reports.append(event.data)
        records.append(record)
    return {
        "master_deal_id": master_deal_id,
        "types": list(types),
        "records": records,
        "campaign": _added(reports) if reports else None,
    }


def _fields(data: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    """The members of an event's data by their paths; an amount stays whole, references go by their system."""
    for name, value in data.items():
        path = f"{under}{name}"
        if value is None or value == "":
            continue
        if name == "refs" and isinstance(value, list):
            yield from ((f"ref.{one['system']}", one["id"]) for one in value)
        elif name == "ref" and isinstance(value, dict):
            yield f"ref.{value['system']}", value["id"]
        elif name == "period" and isinstance(value, str):
            yield from zip(("period_start", "period_end"), value.split("/"), strict=False)
        elif isinstance(value, dict) and "amount" not in value:
            yield from _fields(value, f"{path}.")
        elif isinstance(value, str | int | float | dict):
            yield path, value


def _as_read(text: str, event: Event) -> dict[str, Any]:
    """The fields of a brief, each with the words it was read from and their place in the text."""
    day = instant.to_datetime(event.time).astimezone(MOSCOW).date()
    read = read_brief(text, day).model_dump(mode="json")["fields"]
    return {name: {part: found[part] for part in ("value", "unit", "quote", "start", "end")} for name, found in read.items()}  # fmt: skip


def _added(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Campaign figures over all reports. A figure that a report lacks is not added up; costs are, basis by basis; `ctr` is
    clicks / impressions."""
    days = [str(report["period"]).split("/") for report in reports]
    added: dict[str, Any] = {
        "reports": len(reports),
        "period_start": min(first for first, _ in days),
        "period_end": max(last for _, last in days),
    }
    for name in _ADDED:
        if all(report.get(name) is not None for report in reports):
            added[name] = sum(report[name] for report in reports)
    if added.get("impressions") and "clicks" in added:
        added["ctr"] = added["clicks"] / added["impressions"]
    costs: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for report in reports:
        if (cost := report.get("cost")) is not None:
            costs.setdefault(tuple(cost.get(name) for name in _BASIS), []).append(cost)
    if sum(map(len, costs.values())) == len(reports):
        added["costs"] = [
            {**same[0], "amount": str(sum(Decimal(cost["amount"]) for cost in same))}
            for same in costs.values()
        ]
    return added
