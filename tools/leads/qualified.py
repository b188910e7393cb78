"""Leads meet qualification: what an imported lead says, its verdict, and the events a person may approve. Pure."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from masterdeal.money import Money, to_kopeck
from tools.leads.merging import Lead, day_of
from tools.qualification.icp import Company
from tools.qualification.qualify import Qualification, Source, qualify
from tools.qualification.verdict import VerdictRule

_EVENTS = uuid.uuid5(uuid.NAMESPACE_URL, "https://masterdeal/leads/events")
_SUM = re.compile(
    r"(?P<number>\d[\d\s\u00a0\u202f]*(?:[.,]\d+)?)\s*(?P<scale>тыс\w*|млн|миллион\w*|млрд|миллиард\w*)?\.?\s*(?P<currency>руб\w*|р\b|₽|rub\b)\.?",
    re.IGNORECASE,
)
_SCALES = {
    "тыс": 1_000,
    "млн": 1_000_000,
    "миллион": 1_000_000,
    "млрд": 1_000_000_000,
    "миллиард": 1_000_000_000,
}


def stated_budget(text: str | None) -> Money | None:
    """The sum in roubles that a budget field states with its currency; a range or a bare number is no sum."""
    found = _SUM.fullmatch(re.sub(r"(?i)\s*(?:с|без)\s+ндс\s*$", "", text.strip())) if text else None
    if not text or not found:
        return None
    number = Decimal(re.sub(r"\s", "", found["number"]).replace(",", "."))
    scale = next(
        (value for word, value in _SCALES.items() if (found["scale"] or "").casefold().startswith(word)), 1
    )
    vat = (
        "excl" if re.search(r"(?i)без\s+ндс", text) else "incl" if re.search(r"(?i)с\s+ндс", text) else "none"
    )
    return Money(amount=to_kopeck(number * scale), vat=vat)  # type: ignore[arg-type]


def lead_sources(lead: Lead) -> list[Source]:
    """What is said about a lead, in the order of its notes: the budget field first, as it is the oldest word."""
    fields = [Source(id="lead.budget", text=f"Бюджет: {lead.budget}", kind="field")] if lead.budget else []
    notes = (
        Source(
            id=f"row {note.row}",
            text=note.text.removeprefix("'"),
            kind="note",
            said_on=day_of(note.created_at),
        )
        for note in lead.notes
    )
    return [*fields, *notes]


def lead_company(lead: Lead, campaigns: int | None = None) -> Company:
    """What the profile can know of a lead; `campaigns` of the last twelve months come from the house's own records."""
    budget = stated_budget(lead.budget)
    return Company(
        industry=lead.industry,
        okved=lead.okved,
        employees=lead.employees,
        revenue=lead.revenue,
        campaigns=campaigns,
        budget=budget.amount if budget else None,
    )


def qualify_lead(
    lead: Lead, today: date, rule: VerdictRule | None = None, campaigns: int | None = None
) -> Qualification:
    """Qualify an imported lead from its notes and fields."""
    return qualify(lead_sources(lead), today=today, company=lead_company(lead, campaigns), rule=rule)


def qualify_leads(
    leads: Iterable[Lead], today: date, rule: VerdictRule | None = None
) -> Iterator[tuple[Lead, Qualification]]:
    """Qualify every lead, one by one, so that a caller can show progress."""
    for lead in leads:
        yield lead, qualify_lead(lead, today, rule)


def proposed_events(
    lead: Lead, found: Qualification | None, at: datetime, source: str
) -> list[dict[str, Any]]:
    """The CloudEvents that would enter the lead as a deal, and as a qualified one where the verdict says so.

    Proposals only: nothing is written. Identifiers depend on the lead alone, so that approving twice changes nothing.
    """
    client = {"name": " ".join(filter(None, (lead.legal_form, lead.name))) or lead.email or lead.phone}
    if lead.inn:
        client["inn"] = lead.inn
    budget = stated_budget(lead.budget)
    created: dict[str, Any] = {"client": client}
    optional = {
        "industry": lead.industry,
        "client_type": lead.client_type,
        "budget": budget.model_dump(mode="json", exclude_none=True) if budget else None,
        "title": lead.product,
        "manager": lead.manager,
        "refs": [
            {"system": "leads", "id": lead.lead_id},
            *({"system": "crm", "id": other} for other in lead.external_ids),
        ],
    }
    created |= {name: value for name, value in optional.items() if value}
    events = [_event("crm.deal.created", lead, created, at, source)]
    if found is not None and found.verdict == "qualified":
        letters = {
            name: {"state": letter.state, "level": letter.level} for name, letter in found.bant.items()
        }
        data = {
            "verdict": found.verdict,
            "bant": letters,
            "tier": found.tier,
            "rule": found.rule,
            "rules_version": found.rules_version,
        }
        events.append(_event("crm.lead.qualified", lead, data, at, source))
    return events


def _event(kind: str, lead: Lead, data: dict[str, Any], at: datetime, source: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid5(_EVENTS, f"{source}:{lead.lead_id}:{kind}")),
        "source": source,
        "type": kind,
        "time": at.isoformat(),
        "subject": lead.lead_id,
        "datacontenttype": "application/json",
        "data": data,
    }
