"""The deal room holds what was worked on for the deal: documents with their marks, offers that can be proved, tasks."""

from __future__ import annotations

import io
from typing import Any

import docx
import httpx
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

ROOM = "/deals/MD-2026-0024"
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def test_a_document_dropped_in_is_read_and_marked_at_its_place(page: Any) -> None:
    page.goto(f"{ROOM}?tab=documents")
    page.locator(".papers li").first.wait_for()
    before = page.locator(".papers li").count()
    text = f"Клиент: ООО «Ромашка». Бюджет 2 000 000 руб. без НДС. {HOSTILE}"
    page.locator("main input[type=file]").set_input_files(
        {"name": f"бриф {HOSTILE}.txt", "mimeType": "text/plain", "buffer": text.encode()}
    )
    expect(page.locator(".papers li")).to_have_count(before + 1)
    page.get_by_role("button", name="Прочитать как бриф").click()
    mark = page.locator(".mark", has_text="2 000 000 руб.")
    expect(mark.first).to_be_visible()
    mark.first.click()
    expect(page.locator(".finding.chosen")).to_contain_text("Бюджет")
    expect(page.locator(".marked")).to_contain_text("<script>alert(2)</script>")
    page.get_by_role("button", name="Убрать из сделки").click()
    expect(page.locator(".papers li")).to_have_count(before)


def test_every_paper_of_the_deal_stands_in_its_room(page: Any) -> None:
    page.goto(f"{ROOM}?tab=planning")
    expect(page.locator(".mark").first).to_be_visible()
    expect(page.locator("main")).to_contain_text("Медиаплан")
    page.get_by_role("tab", name="Договор и риски").click()
    page.locator(".finding .linkish", has_text="K11").first.click()
    expect(page.locator(".mark.chosen")).to_contain_text("изменять стоимость")
    page.get_by_role("tab", name="Квалификация").click()
    expect(page.locator(".quote-line").first).to_be_visible()
    page.get_by_role("tab", name="SLA и эскалации").click()
    expect(page.locator("main .badge", has_text="нарушение")).to_be_visible()


def test_a_file_of_an_offer_is_proved_and_an_edited_one_is_caught(page: Any, address: str) -> None:
    found = httpx.get(f"{address}/v1/offers", params={"master_deal_id": "MD-2026-0024"}).json()["items"][0]
    content = httpx.get(f"{address}/v1/offers/{found['offer_id']}/files/offer.docx", timeout=60).content
    paper, held = docx.Document(io.BytesIO(content)), io.BytesIO()
    paper.tables[0].rows[1].cells[-1].text = HOSTILE
    paper.save(held)
    page.goto(f"{ROOM}?tab=offers")
    expect(page.locator("ins").first).to_be_visible()
    files = page.locator("section", has=page.get_by_role("heading", name="Проверить файл")).locator(
        "input[type=file]"
    )
    verdict = page.locator(".alert[role=status]")
    for name, body, said in (
        ("кп.docx", content, "подлинный"),
        ("кп-правка.docx", held.getvalue(), "не подтверждён"),
    ):
        files.set_input_files({"name": name, "mimeType": "application/octet-stream", "buffer": body})
        expect(verdict).to_contain_text(f"{name}: {said}")
    expect(verdict.locator("del")).to_contain_text("onerror=alert(1)")


def test_the_room_is_printed_whole(page: Any) -> None:
    page.add_init_script("window.print = () => { document.documentElement.dataset.printed = 'yes'; };")
    page.goto(ROOM)
    page.get_by_role("button", name="Печать").click()
    expect(page.locator("html[data-printed=yes]")).to_be_attached()
    expect(page.locator(".sheet-part")).to_have_count(7)
    page.emulate_media(media="print")
    assert not page.locator(".side").is_visible()
    assert not page.locator(".nav-tabs").is_visible()


def test_a_list_of_leads_is_looked_at_and_its_columns_put_right(page: Any) -> None:
    rows = f"Компания;Что за сайт\r\nООО «Ландыш»;нужны заявки на карты\r\n{HOSTILE};позже\r\n"
    page.goto("/leads/import")
    page.locator("main input[type=file]").set_input_files(
        {"name": "лиды.csv", "mimeType": "text/csv", "buffer": rows.encode("cp1251")}
    )
    page.get_by_label("Что в колонке «Что за сайт»").select_option("notes")
    page.get_by_role("button", name="Загрузить").click()
    expect(page.locator(".chip", has_text="Что за сайт → заметки")).to_be_visible()
    page.get_by_role("link", name="Ландыш").click()
    expect(page.locator("main")).to_contain_text("нужны заявки на карты")


def test_the_lawyers_queue_leads_to_the_deals_own_documents(page: Any) -> None:
    page.goto("/legal")
    row = page.locator("tr", has_text="MD-2026-0024")
    expect(row).to_contain_text("прочитан")
    row.get_by_role("link", name="Проверить").click()
    page.get_by_role("button", name="Текст договора или рекламы").click()
    page.get_by_role("button", name="Проверить").first.click()
    expect(page.locator(".finding").first).to_be_visible()


def test_what_if_offers_the_events_the_deal_waits_for_by_name(page: Any) -> None:
    page.goto("/deals/MD-2026-0011?tab=what_if")
    event = page.get_by_label("Если бы пришло событие")
    expect(event.locator("optgroup[label='Ждём дальше'] option")).to_have_text(["Счёт выставлен"])
    expect(event.locator("optgroup[label='Шаг назад или конец'] option").first).to_have_text(
        "Договор отозван"
    )
    event.select_option(label="Счёт выставлен")
    page.get_by_role("button", name="Посмотреть").click()
    answer = page.locator("section", has=page.get_by_role("heading", name="Тогда"))
    expect(answer.locator(".stage-closing")).to_be_visible()


def test_what_if_takes_the_code_of_an_event_from_those_who_know_it(page: Any) -> None:
    page.goto("/deals/MD-2026-0011?tab=what_if")
    page.get_by_label("Если бы пришло событие").select_option(label="Другое: ввести код")
    page.get_by_label("Код события").fill("docflow.contract.revoked")
    page.get_by_role("button", name="Посмотреть").click()
    answer = page.locator("section", has=page.get_by_role("heading", name="Тогда"))
    expect(answer.locator(".stage-cancelled")).to_be_visible()


def test_a_reopened_deal_says_so_on_its_path(page: Any) -> None:
    page.goto("/deals/MD-2026-0011")
    path = page.get_by_label("Путь по стадиям")
    expect(path.locator("li", has_text="открыта снова")).to_have_count(1)
    expect(path.locator("li.stage-cancelled + li")).to_contain_text("открыта снова")
