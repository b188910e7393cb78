"""Imported leads are qualified by their notes, and become proposals that repeat themselves exactly."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tools.leads.importing import import_lead_items
from tools.leads.qualified import lead_company, proposed_events, qualify_lead, qualify_leads, stated_budget

TODAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
ROWS = [
    {"company": "ООО Ромашка", "inn": "7707083893", "date": "01.11.2026", "notes": "Бюджета нет.", "okved": "47.11"},
    {
        "company": "Ромашка", "inn": "7707083893", "date": "10.11.2026", "budget": "3 млн руб. с НДС", "id": "77",
        "notes": "Бюджет утвердили. Решаю я. Нужна реклама. Старт в марте.",
    },
]  # fmt: skip


def test_notes_of_all_rows_count_and_the_later_ones_hold() -> None:
    (lead,) = import_lead_items(ROWS).leads
    found = qualify_lead(lead, TODAY)
    assert found.verdict == "qualified"
    assert found.bant["budget"].source == "row 2"
    assert {(item.earlier.source, item.resolved) for item in found.contradictions} == {("row 1", True)}
    assert found.icp.state in {"fit", "unknown"}
    assert lead_company(lead).budget == Decimal("3000000.00")
    assert [item[1] for item in qualify_leads([lead], TODAY)] == [found]


def test_events_are_proposed_and_repeat_themselves() -> None:
    (lead,) = import_lead_items(ROWS).leads
    found = qualify_lead(lead, TODAY)
    created, qualified = proposed_events(lead, found, AT, "masterdeal/leads")
    assert (created["type"], qualified["type"]) == ("crm.deal.created", "crm.lead.qualified")
    assert created["subject"] == qualified["subject"] == lead.lead_id
    assert created["data"]["client"] == {"name": "ООО Ромашка", "inn": "7707083893"}
    assert created["data"]["budget"]["amount"] == "3000000.00"
    assert {"system": "crm", "id": "77"} in created["data"]["refs"]
    assert proposed_events(lead, found, AT, "masterdeal/leads") == [created, qualified]
    assert len(proposed_events(lead, None, AT, "masterdeal/leads")) == 1


def test_a_lead_nobody_spoke_about_is_undecided() -> None:
    (lead,) = import_lead_items([{"company": "ООО Ромашка"}]).leads
    assert qualify_lead(lead, TODAY).verdict == "undecided"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3 млн руб.", "3000000.00"),
        ("1 200 000 ₽", "1200000.00"),
        ("1,5 млн руб без НДС", "1500000.00"),
        ("3000000", None),
        ("2-3 млн", None),
        ("около миллиона", None),
        (None, None),
    ],
)
def test_only_a_plain_sum_with_its_currency_is_money(text: str | None, amount: str | None) -> None:
    found = stated_budget(text)
    assert (str(found.amount) if found else None) == amount
