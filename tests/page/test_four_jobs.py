"""The four users at work in a real browser: Sales, Account, Legal, and whoever brings leads; and approvals."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import docx
import httpx
import openpyxl
import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

BRIEF = (
    "Клиент: ООО «Ромашка». Продукт: банковские карты. Аудитория: женщины 25-45, Москва. "
    "Период: 01.04.2027 - 30.04.2027. Бюджет 2 000 000 руб. без НДС. Канал: programmatic. KPI: 5000 кликов."
)
CONTRACT = (
    "ДОГОВОР возмездного оказания услуг\n\n1. Заказчик вправе изменять стоимость услуг в одностороннем порядке.\n"
    "2. Исполнитель несёт неограниченную ответственность за любые убытки.\n3. Срок оплаты составляет 120 дней.\n"
)
HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"


def _say(page: Any, message: str) -> Any:
    """Ask the copilot and wait for the whole answer, which is given back."""
    if not page.locator("#copilot").count():
        page.get_by_role("button", name="Копилот").click()
    turns = page.locator("#copilot .turn").count()
    page.locator("#copilot textarea").fill(message)
    page.keyboard.press("Enter")
    turn = page.locator("#copilot .turn").nth(turns)
    turn.locator(".said-by-copilot > .how").wait_for()
    return turn


def _docx(text: str) -> bytes:
    paper, held = docx.Document(), io.BytesIO()
    for line in text.split("\n"):
        paper.add_paragraph(line)
    paper.save(held)
    return held.getvalue()


def test_sales_asks_about_a_deal_and_sees_where_a_figure_stands(page: Any, address: str) -> None:
    deal = httpx.get(f"{address}/v1/deals", params={"limit": 1}).json()["items"][0]["master_deal_id"]
    page.goto(f"/deals/{deal}")
    turn = _say(page, "На какой стадии сделка?")
    assert deal in turn.inner_text()
    cite = turn.locator(".answer .cite").first
    cite.focus()
    source, panel = (
        page.locator("#copilot .source").first.bounding_box(),
        page.locator("#copilot").bounding_box(),
    )
    assert panel["x"] <= source["x"]
    assert source["x"] + source["width"] <= panel["x"] + panel["width"] + 1
    page.keyboard.press("Escape")
    assert page.locator("#copilot .source").count() == 0
    assert page.locator("#copilot").is_visible()
    page.reload()
    page.locator("#copilot .turn .answer").first.wait_for()
    assert deal in page.locator("#copilot .turn").first.inner_text()


def test_a_document_handed_to_the_copilot_is_what_it_reads(page: Any) -> None:
    page.goto("/planning")
    page.get_by_role("button", name="Копилот").click()
    page.locator("#copilot input[type=file]").set_input_files(
        {"name": "бриф.docx", "mimeType": "application/octet-stream", "buffer": _docx(BRIEF)}
    )
    page.locator("#copilot .chip", has_text="бриф.docx").wait_for()
    turn = _say(page, "Составь медиаплан по этому брифу")
    turn.locator(".proposal").wait_for()
    shown = turn.locator(".proposed").inner_text()
    assert "Programmatic" in shown or "programmatic" in shown
    assert "{" not in shown


@pytest.mark.parametrize("as_file", [False, True], ids=["typed", "docx"])
def test_account_turns_a_brief_into_an_approved_offer(page: Any, as_file: bool, tmp_path: Path) -> None:
    brief = BRIEF.replace("Ромашка", "Василёк") if as_file else BRIEF
    page.goto("/planning")
    if as_file:
        page.locator("main input[type=file]").set_input_files(
            {"name": "brief.docx", "mimeType": "application/octet-stream", "buffer": _docx(brief)}
        )
        expect(page.locator("#brief")).to_have_value(re.compile("Василёк"))
    else:
        page.locator("#brief").fill(brief)
    page.get_by_role("button", name="Прочитать").click()
    page.get_by_role("button", name="Составить медиаплан").click()
    page.get_by_role("button", name="Сформировать КП").click()
    for kind, magic in (("DOCX", b"PK"), ("PDF", b"%PDF")):
        with page.expect_download() as saved:
            page.get_by_role("button", name=kind, exact=True).click()
        assert Path(saved.value.path()).read_bytes().startswith(magic)
    page.get_by_role("button", name="Согласовать").click()
    page.locator(".badge", has_text="согласовано").wait_for()
    page.locator("main a", has_text="Открыть").click()
    page.wait_for_url("**/offers/OF-*")
    page.locator(".badge", has_text="согласовано").wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="XLSX", exact=True).click()
    assert Path(saved.value.path()).read_bytes().startswith(b"PK")
    number = page.url.rsplit("/", 1)[1]
    page.goto("/offers")
    row = page.locator("tr", has_text=number)
    assert "согласовано" in row.inner_text()


def test_versions_of_an_offer_are_compared(page: Any, address: str) -> None:
    body: dict[str, Any] = {"text": BRIEF.replace("Ромашка", "Пион"), "options": {}}
    first = httpx.post(f"{address}/v1/assist/offer", json=body, timeout=60).json()["result"]
    again = {**body, "options": {"discount": "0.05"}}
    second = httpx.post(f"{address}/v1/assist/offer", json=again, timeout=60).json()["result"]
    assert (first["offer_id"], first["version"], second["version"]) == (second["offer_id"], 1, 2)
    page.goto(f"/offers/{first['offer_id']}")
    page.locator("ins").first.wait_for()
    changed = page.locator("table", has=page.locator("ins")).inner_text()
    assert "Скидка" in changed
    assert "5 %" in changed.replace("\xa0", " ")


def test_legal_reviews_a_contract_and_takes_the_memo(page: Any) -> None:
    page.goto("/legal")
    page.locator("main textarea").first.fill(CONTRACT)
    page.get_by_role("button", name="Проверить").first.click()
    page.locator(".finding").first.wait_for()
    assert page.locator("main .mark").count() > 0
    with page.expect_download() as saved:
        page.get_by_role("button", name="DOCX").first.click()
    assert Path(saved.value.path()).read_bytes().startswith(b"PK")


def _leads(kind: str) -> tuple[str, bytes]:
    rows = [
        ["Компания", "ИНН", "Телефон", "Комментарий"],
        ["ООО «Сирень»", "7707083893", "+7 495 111-22-33", "Бюджет 3 млн, директор решает, старт в марте"],
        ["Сирень", "7707083893", "84951112233", "то же"],
        [HOSTILE, "", "", "нужна лидогенерация"],
    ]
    if kind == "csv":
        return "лиды.csv", "\r\n".join(";".join(row) for row in rows).encode("cp1251")
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append([cell.replace("Сирень", "Мимоза") for cell in row])
    book.save(held)
    return "лиды.xlsx", held.getvalue()


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_leads_are_imported_merged_and_scored(page: Any, kind: str) -> None:
    name, content = _leads(kind)
    page.goto("/leads/import")
    page.locator("main input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    page.get_by_role("button", name="Загрузить").click()
    page.get_by_text("Что стало со строками").wait_for()
    page.goto("/leads")
    named = "Сирень" if kind == "csv" else "Мимоза"
    page.locator("main a", has_text=named).first.click()
    page.locator("text=BANT").first.wait_for()
    assert HOSTILE not in page.locator("main").inner_html()


def test_rubbish_is_no_list_of_leads(visit: Any) -> None:
    with visit() as (page, watch):
        watch.allowed = ("status of 4",)
        page.goto("/leads/import")
        page.locator("main input[type=file]").set_input_files(
            {"name": "leads.xlsx", "mimeType": "application/octet-stream", "buffer": b"\x00\x01rubbish"}
        )
        page.locator("[role=alert]").first.wait_for()
        expect(page.get_by_role("button", name="Загрузить")).to_be_disabled()


def test_two_people_decide_and_one_of_them_is_told(visit: Any, address: str) -> None:
    with visit() as (page, _):
        page.goto("/planning")
        _say(page, "Составь медиаплан: " + BRIEF.replace("Ромашка", "Фиалка")).locator(".proposal").wait_for()
    with visit() as (one, _), visit() as (other, watch):
        watch.allowed = ("409",)
        for each in (one, other):
            each.goto("/approvals?kind=plan")
            each.locator(".proposal").first.wait_for()
        waiting = httpx.get(f"{address}/v1/proposals", params={"state": "waiting", "kind": "plan"}).json()[
            "items"
        ]
        one.locator(".proposal").last.get_by_role("button", name="Одобрить").click()
        expect(one.locator(".proposal")).to_have_count(len(waiting) - 1)
        other.locator(".proposal").last.get_by_role("button", name="Отклонить").click()
        other.locator(".proposal .text-danger").wait_for()
        assert "Уже решено иначе" in other.locator(".proposal .text-danger").inner_text()
    after = httpx.get(f"{address}/v1/proposals/{waiting[-1]['id']}").json()
    assert after["state"] == "approved"


def test_hostile_texts_stay_texts(page: Any, address: str) -> None:
    text = BRIEF.replace("Ромашка", f"Тюльпан {HOSTILE}")
    page.goto("/planning")
    page.locator("#brief").fill(text)
    page.get_by_role("button", name="Прочитать").click()
    page.locator("table.fields").wait_for()
    made = httpx.post(f"{address}/v1/assist/offer", json={"text": text}, timeout=60).json()["result"]
    page.goto(f"/offers/{made['offer_id']}")
    page.locator("text=" + made["offer_id"]).first.wait_for()
    turn = _say(page, f"Какая стадия у сделки {HOSTILE}?")
    assert "onerror" in turn.inner_text()
    assert page.locator("img[src=x]").count() == 0
