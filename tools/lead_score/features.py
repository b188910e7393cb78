"""What the learned score looks at: the same few columns of a finished deal, as it was created, and of a lead. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tools.leads.merging import Lead
from tools.leads.qualified import stated_budget

ROUBLE = "RUB"


def deal_row(created: Mapping[str, Any]) -> dict[str, str | None]:
    """Columns of a deal, from the data of its first `crm.deal.created`: what was known at that time and nothing later."""
    budget, client = created.get("budget"), created.get("client")
    in_roubles = isinstance(budget, Mapping) and budget.get("currency", ROUBLE) == ROUBLE
    inn = client.get("inn") if isinstance(client, Mapping) else None
    return {
        "industry": _text(created.get("industry")),
        "client_type": _text(created.get("client_type")),
        "budget_rub": _text(budget.get("amount")) if isinstance(budget, Mapping) and in_roubles else None,
        "inn_known": "yes" if inn else "no",
        "title_given": "yes" if created.get("title") else "no",
    }


def lead_row(lead: Lead) -> dict[str, str | None]:
    """The same columns of a lead: what its own `crm.deal.created` would say."""
    budget = stated_budget(lead.budget)
    return {
        "industry": _text(lead.industry),
        "client_type": _text(lead.client_type),
        "budget_rub": str(budget.amount) if budget else None,
        "inn_known": "yes" if lead.inn else "no",
        "title_given": "yes" if lead.product else "no",
    }


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
