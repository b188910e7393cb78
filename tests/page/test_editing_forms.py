"""A plan, an offer and a verdict are edited in forms of their kind; what is wrong stands at its field; JSON is beside them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PLAN = "Составь медиаплан: клиент ООО «Астра», бюджет 2 000 000 руб. без НДС, 01.04.2027 - 30.04.2027, programmatic и OLV"
NOTES = "Квалифицируй лид: бюджет 2 млн рублей согласован, нужны заявки на пробную неделю, старт 1 марта."


@pytest.fixture
def page(visit: Any) -> Iterator[Any]:
    """A page that may be told 422: what a person puts in wrongly is what is tried here."""
    with visit() as (opened, watch):
        watch.allowed = ("status of 422",)
        yield opened


def _asked(address: str, *said: str) -> None:
    """Say this to the copilot, in a thread of its own."""
    thread: dict[str, str] = {}
    for message in said:
        answer = httpx.post(f"{address}/v1/chat", json={"message": message, **thread}, timeout=120)
        assert answer.status_code == 200, answer.text
        found = re.search(r'"thread_id": ?"([^"]+)"', answer.text)
        assert found, answer.text
        thread = {"thread_id": found[1]}


def _card(page: Any, kind: str) -> Any:
    page.goto(f"/approvals?kind={kind}")
    card = page.locator("main .proposal").first
    card.get_by_role("button", name="Изменить").click()
    return card


def _saved(card: Any) -> None:
    card.get_by_role("button", name="Сохранить").click()
    expect(card.get_by_role("button", name="Одобрить")).to_be_visible()


def test_a_plan_is_made_anew_from_a_changed_task(page: Any, address: str) -> None:
    _asked(address, PLAN)
    card = _card(page, "plan")
    budget = card.get_by_label("Бюджет до")
    budget.fill("-1")
    card.get_by_role("button", name="Сохранить").click()
    expect(budget).to_have_attribute("aria-invalid", "true")
    expect(card.locator("[id$=-wrong]")).to_have_text("должно быть больше нуля")
    budget.fill("1 500 000")
    card.get_by_role("button", name="JSON").click()
    assert json.loads(card.locator("textarea").input_value()) == {
        "task": {"budget_max": "1500000"},
        "lang": "ru",
    }
    card.get_by_role("button", name="JSON").click()
    _saved(card)
    waiting = httpx.get(f"{address}/v1/proposals", params={"kind": "plan", "state": "waiting"}).json()[
        "items"
    ]
    budgets = [one["content"]["plan"]["budget"]["amount"] for one in waiting]
    assert "1500000" in budgets


def test_an_offer_is_priced_anew_by_its_discount_and_approved(page: Any, address: str) -> None:
    _asked(address, PLAN.replace("Астра", "Гвоздика"), "Подготовь КП по этому плану")
    card = _card(page, "offer")
    card.get_by_label("Скидка, %").fill("100")
    card.get_by_role("button", name="Сохранить").click()
    expect(card.locator("[id$=-wrong]")).to_have_text("скидка – от 0 до 100 %")
    card.get_by_label("Скидка, %").fill("4,5")
    _saved(card)
    waiting = page.locator("main .proposal")
    before = waiting.count()
    card.get_by_role("button", name="Одобрить").click()
    # What was decided leaves the list of what waits.
    expect(waiting).to_have_count(before - 1)
    offers = httpx.get(f"{address}/v1/offers").json()["items"]
    assert "0.045" in {one["discount"] for one in offers}


def test_a_verdict_follows_from_the_letters_a_person_corrects(page: Any, address: str) -> None:
    _asked(address, NOTES)
    card = _card(page, "qualification")
    card.get_by_label("BANT: Бюджет").select_option("unmet")
    card.get_by_label("BANT: Потребность").select_option("unmet")
    _saved(card)
    expect(card.locator(".proposed")).to_contain_text("со слов человека")
    expect(card.locator(".proposed")).to_contain_text("не квалифицирован")
