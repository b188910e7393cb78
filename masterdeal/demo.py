"""An invented portfolio of advertising deals as CloudEvents, told anew for any day: the same day, the same events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from masterdeal import reference
from masterdeal.errors import Misconfigured
from masterdeal.money import Money
from masterdeal.story import WEEKLY_REPORTS, Step, Story, Table, stories


def portfolio(today: date) -> list[dict[str, Any]]:
    """Structured CloudEvents of some sixty deals in order of arrival, as of noon of that day in Moscow.

    They show every stage, timers on time, at risk and breached, cancellations and reopenings, repeats, late and
    early words, gates out of order, and systems that disagree. Times carry the Moscow offset.
    """
    table = reference.table("demo.toml")
    arrivals: list[tuple[datetime, str, int, dict[str, Any]]] = []
    for story in stories(table, today):
        for arrives, event in _told(table, story):
            arrivals.append((arrives, event["id"], len(arrivals), event))
    arrivals.sort(key=lambda arrival: arrival[:3])
    return [event for *_, event in arrivals]


def _told(table: Table, story: Story) -> Iterator[tuple[datetime, dict[str, Any]]]:
    """The events of a deal, each with its arrival; the systems' own stages follow two minutes later."""
    counts: dict[str, int] = {}
    for step in story.steps:
        counts[step.name] = counts.get(step.name, 0) + 1
        count = counts[step.name]
        if ":" in step.name:
            system, _, stage = step.name.partition(":")
            yield step.arrives, _stage_changed(story, step, system, stage, count)
            continue
        kind = table["events"][step.name]
        data = _data(table, story, step, count)
        subject: str | None = story.number
        if step.by_reference:
            data = {"ref": {"system": kind["source"], "id": story.reference(kind["source"])}} | data
            subject = None
        event = _event(
            kind["source"],
            f"{story.number}-{step.name}-{count}",
            step.type or kind["type"],
            step.happened,
            subject,
            data,
        )
        yield step.arrives, event
        if step.repeated is not None:
            yield step.repeated, event
        if not step.mute:
            later = replace(
                step,
                happened=step.happened + timedelta(minutes=2),
                arrives=step.arrives + timedelta(minutes=2),
            )
            for system, stage in table["stages"].get(step.name, {}).items():
                yield later.arrives, _stage_changed(story, later, system, stage, count)


def _stage_changed(story: Story, step: Step, system: str, stage: str, count: int) -> dict[str, Any]:
    name = step.name.replace(":", "-").replace(" ", "-").lower()
    identity = f"{story.number}-{name}-{count}-{system}-stage"
    return _event(system, identity, f"{system}.stage.changed", step.happened, story.number, {"stage": stage})


def _event(
    source: str, identity: str, kind: str, happened: datetime, subject: str | None, data: dict[str, Any]
) -> dict[str, Any]:
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": identity,
        "source": source,
        "type": kind,
        "time": happened.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
    return event if subject is None else event | {"subject": subject}


def _money(table: Table, amount: Decimal, day: date) -> dict[str, str]:
    """Roubles with the value added tax that is in force on the day of the document."""
    rate = max((row for row in table["vat"] if row["from"] <= day), key=lambda row: row["from"])["rate"]
    money = Money(amount=amount.quantize(Decimal("0.01")), vat="incl", vat_rate=Decimal(rate))
    return money.model_dump(mode="json")


def _data(table: Table, story: Story, step: Step, count: int) -> dict[str, Any]:
    """What the event of a step carries (semantics of the figures: budget, plan, offer, contract, invoice, KPI)."""
    row, day = story.row, step.happened.date()
    manager = table["managers"][row["manager"]]
    plan_id, offer_id = story.reference("mp"), story.reference("kp")
    agreed = story.contract()
    match step.name:
        case "created" | "lead":
            return {
                "title": row["title"],
                "client": {"name": story.client["name"], "inn": story.client["inn"]},
                "industry": story.client["industry"],
                "client_type": story.client["type"],
                "budget": _money(table, Decimal(row["budget"]), day),
                "manager": manager,
                "refs": [
                    {"system": system, "id": story.reference(system)}
                    for system in ("crm", "mediapush", "dcm")
                ],
            }
        case "qualified":
            return {"qualified_by": manager}
        case "brief":
            return {"text": _brief(table, story, day)}
        case "planning":
            return {"plan_id": plan_id}
        case "plan":
            total = min(Decimal(row["budget"]), agreed * 103 // 100)
            return {"plan_id": plan_id, "version": count, "total": _money(table, total, day)}
        case "offer":
            return {
                "plan_id": plan_id,
                "offer_id": offer_id,
                "version": count,
                "total": _money(table, agreed, day),
            }
        case "sent" | "legal_review":
            return {"number": _contract_number(story, day)}
        case "signed":
            return {
                "number": _contract_number(story, day),
                "date": day.isoformat(),
                "amount": _money(table, agreed, day),
            }
        case "started":
            return {"campaign_id": story.reference("camp")}
        case "invoice":
            spent = agreed * story.draw("spent", 955, 1000) / 1000
            return {"number": f"СЧ-{story.draw('invoice', 1000, 9999)}", "amount": _money(table, spent, day)}
        case "close":
            return {
                "act": f"АКТ-{story.draw('act', 1000, 9999)}",
                "upd": f"УПД-{story.draw('upd', 1000, 9999)}",
            }
        case "kpi":
            return _figures(table, story, step, count)
        case "nps":
            score = row["nps"]
            floor = max(int(level) for level in table["answers"] if int(level) <= score)
            return {
                "score": score,
                "comment": table["answers"][str(floor)],
                "respondent": story.client["name"],
            }
        case "lost" | "revoked" | "reopened" | "plan_rejected" | "brief_withdrawn":
            return {"reason": row.get("reason", "Клиент меняет условия"), "by": manager}
        case other:
            raise Misconfigured(f"a course names {other!r}, which no event tells")


def _contract_number(story: Story, day: date) -> str:
    return f"РК-{day.year}/{story.draw('contract', 100, 999)}"


def _channels(story: Story) -> str:
    title: str = story.row["title"]
    return title.partition(": ")[2].replace(" + ", ", ")


def _brief(table: Table, story: Story, day: date) -> str:
    start = day + timedelta(days=story.draw("lead time", 10, 25))
    text = str(table["briefs"][story.row.get("brief", "full")])
    filled: str = text.format(
        client=story.client["name"],
        product=story.client["product"],
        title=story.row["title"].partition(": ")[0],
        goal=story.client["goal"],
        audience=story.client["audience"],
        geo=story.client["geo"],
        start=f"{start:%d.%m.%Y}",
        end=f"{start + timedelta(days=story.draw('length', 20, 45)):%d.%m.%Y}",
        budget=f"{story.row['budget']:,}".replace(",", " "),
        reach=f"{story.row['budget'] // 1000 * 900:,}".replace(",", " "),
        ctr=f"0,{story.draw('ctr', 4, 9)}",
        channels=_channels(story),
    )
    return filled


def _figures(table: Table, story: Story, step: Step, count: int) -> dict[str, Any]:
    """One week's figures; cost spreads the agreed sum over the reporting weeks."""
    norm = table["fulfilment"]
    cost = story.contract() * story.draw(f"week {count}", 850, 1000) / 1000 / WEEKLY_REPORTS
    impressions = int(cost / norm["cost_per_thousand"] * story.draw(f"price {count}", 880, 1120))
    clicks = int(impressions * norm["click_share"] * story.draw(f"clicks {count}", 60, 130) / 100)
    last = step.happened.date() - timedelta(days=1)
    return {
        "period": f"{last - timedelta(days=6)}/{last}",
        "impressions": impressions,
        "reach": int(impressions / norm["frequency"]),
        "views": int(impressions * norm["view_share"]),
        "clicks": clicks,
        "conversions": int(clicks * norm["conversion_share"]),
        "cost": _money(table, cost, last),
    }
