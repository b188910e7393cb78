"""Without a mouse: where the keyboard is can be seen, and what a page asks for can be reached and done."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PLAN = "Составь медиаплан: клиент ООО «Пихта», бюджет 2 000 000 руб. без НДС, 01.04.2027 - 30.04.2027, programmatic и OLV"


def _tab_to(page: Any, wanted: Any, most: int = 60) -> None:
    """Tab until `wanted` has the focus; every stop within the page's content shows an outline."""
    expect(wanted).to_be_visible()
    outlined = """() => {
        const here = document.activeElement, shown = here.matches('[type=file]') ? here.closest('label') : here;
        return !here.closest('main') || getComputedStyle(shown).outlineStyle !== 'none';
    }"""
    for _ in range(most):
        page.keyboard.press("Tab")
        assert page.evaluate(outlined), page.evaluate("document.activeElement.outerHTML")
        if wanted.evaluate("one => one === document.activeElement"):
            return
    pytest.fail("the keyboard does not come to it")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_brief_is_written_and_read_without_a_mouse(visit: Any, theme: str) -> None:
    with visit(color_scheme=theme) as (page, _):
        page.goto("/planning")
        _tab_to(page, page.locator("main textarea"))
        page.keyboard.insert_text("Клиент: ООО «Ромашка». Бюджет 2 000 000 руб. без НДС. Период: март 2026.")
        read = page.locator("main").get_by_role("button", name="Прочитать")
        expect(read).to_be_enabled()
        _tab_to(page, read)
        page.keyboard.press("Enter")
        expect(page.locator(".mark", has_text="2 000 000 руб.").first).to_be_visible()


def test_a_proposal_is_looked_into_and_its_answers_are_reached_without_a_mouse(
    page: Any, address: str
) -> None:
    said = httpx.post(f"{address}/v1/chat", json={"message": PLAN}, timeout=120)
    assert said.status_code == 200, said.text
    page.goto("/approvals")
    proposal = page.locator(".proposal").first
    details = proposal.locator("details", has=page.locator("summary"))
    _tab_to(page, details.locator("summary"))
    page.keyboard.press("Enter")
    expect(details.locator("pre")).to_be_visible()
    for name in ("Одобрить", "Изменить", "Отклонить"):
        _tab_to(page, proposal.get_by_role("button", name=name, exact=True))


def test_a_deal_is_supposed_further_without_a_mouse(page: Any) -> None:
    page.goto("/deals/MD-2026-0011")
    _tab_to(page, page.get_by_role("tab", name="Обзор"))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Всё сразу")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="Что если")).to_be_focused()
    _tab_to(page, page.get_by_label("Если бы пришло событие"))
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Если бы пришло событие")).to_have_value("dcm.invoice.issued")
    _tab_to(page, page.get_by_role("button", name="Посмотреть"))
    page.keyboard.press("Enter")
    answer = page.locator("section", has=page.get_by_role("heading", name="Тогда"))
    expect(answer.locator(".stage-closing")).to_be_visible()


def test_the_list_of_leads_to_import_is_chosen_without_a_mouse(page: Any) -> None:
    page.goto("/leads/import")
    _tab_to(page, page.locator("main input[type=file]"))
