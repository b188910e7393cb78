"""Screen, XLSX, DOCX and PDF say the same figures to the kopeck."""

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from docx import Document
from openpyxl import load_workbook

from masterdeal.money import to_kopeck
from tools.mediaplan.planner import plan, task_from_fields
from tools.offer import build_offer
from tools.offer_clauses import load_clauses
from tools.paper.document import offer_document
from tools.paper.offer_view import offer_view
from tools.paper.pdf import offer_pages, offer_pdf
from tools.paper.wording import money
from tools.paper.workbook import HEAD, plan_workbook
from tools.reference import load_reference

REFERENCE = load_reference(demo=True)
DAY = date(2025, 11, 22)
TASK = task_from_fields(
    {
        "client": "ООО «Пример»",
        "period_start": "2025-12-15",
        "period_end": "2026-01-18",
        "budget_max": 4_000_000,
        "budget_vat": "incl",
        "geo": ["Москва"],
        "excluded_channels": ["telegram"],
    }
)
PLAN = plan(TASK, REFERENCE, DAY)
OFFER = build_offer(
    PLAN, TASK, REFERENCE, load_clauses(), offer_id="o-1", number="7", made_on=DAY, discount=Decimal("0.05")
)


def recomputed(sheet, cell) -> Decimal:
    """The value of a cell by its formula, counted anew in decimals."""
    value = sheet[cell].value
    if not isinstance(value, str) or not value.startswith("="):
        return Decimal(str(value))
    if found := re.fullmatch(r"=SUM\(([A-Z]+)(\d+):([A-Z]+)(\d+)\)", value):
        left, top, right, bottom = found.groups()
        cells = [c.coordinate for row in sheet[f"{left}{top}:{right}{bottom}"] for c in row]
        return sum((recomputed(sheet, c) for c in cells if sheet[c].value is not None), Decimal(0))
    if found := re.fullmatch(r"=ROUND\((\w+)\*(\w+),2\)", value):
        return to_kopeck(recomputed(sheet, found[1]) * recomputed(sheet, found[2]))
    if found := re.fullmatch(r"=(\w+)([*+])(\w+)", value):
        a, b = recomputed(sheet, found[1]), recomputed(sheet, found[3])
        return a * b if found[2] == "*" else a + b
    raise AssertionError(f"no rule for {value}")


def test_the_formulas_of_the_workbook_recompute_to_the_plan():
    raw = plan_workbook(PLAN, TASK)
    live, cached = load_workbook(io.BytesIO(raw)), load_workbook(io.BytesIO(raw), data_only=True)
    sheet, shown = live.worksheets[0], cached.worksheets[0]
    for row, line in enumerate(PLAN.lines, start=HEAD + 2):
        for letter, money_value in (("I", line.cost), ("K", line.vat_amount), ("L", line.gross)):
            assert sheet[f"{letter}{row}"].data_type == "f"
            assert recomputed(sheet, f"{letter}{row}") == money_value.amount
            assert to_kopeck(Decimal(str(shown[f"{letter}{row}"].value))) == money_value.amount
    total = HEAD + 2 + len(PLAN.lines)
    for letter, amount in (("I", PLAN.totals.net), ("K", PLAN.totals.vat), ("L", PLAN.totals.gross)):
        assert recomputed(sheet, f"{letter}{total}") == amount.amount
    weeks = live.worksheets[1]
    for row, line in enumerate(PLAN.lines, start=2):
        assert recomputed(weeks, weeks.cell(row, weeks.max_column).coordinate) == line.units


def test_the_view_prints_the_sums_of_the_offer():
    view = offer_view(OFFER)
    assert view["gross"] == money(OFFER.totals.gross.amount)
    assert [line["gross"] for line in view["lines"]] == [money(li.gross.amount) for li in OFFER.lines]
    printed = sum(Decimal(li["cost"].replace("\xa0", "").replace(",", ".")) for li in view["lines"])
    assert printed == OFFER.totals.net.amount
    assert offer_view(OFFER, "en")["title"].startswith("Commercial offer")


def test_the_pdf_is_the_same_every_time_and_has_pages():
    assert offer_pdf(OFFER) == offer_pdf(OFFER)
    assert offer_pdf(OFFER).startswith(b"%PDF")
    pages = offer_pages(OFFER, ppi=30)
    assert len(pages) >= 2
    assert all(page.startswith(b"\x89PNG") for page in pages)


@pytest.mark.parametrize(("amount", "text"), [("1234567.5", "1\xa0234\xa0567,50"), ("0", "0,00")])
def test_money_on_paper(amount, text):
    assert money(Decimal(amount)) == text


def test_the_document_prints_every_line_and_the_sums():
    document = Document(io.BytesIO(offer_document(OFFER)))
    table, sums = document.tables[0], document.tables[1]
    printed = [[cell.text for cell in row.cells] for row in table.rows[1:]]
    assert [row[-1] for row in printed] == [money(line.gross.amount) for line in OFFER.lines]
    assert [row[6] for row in printed] == [money(line.cost.amount) for line in OFFER.lines]
    assert sums.rows[-1].cells[1].text == f"{money(OFFER.totals.gross.amount)} ₽"
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert OFFER.totals.in_words in text
    assert "{{" not in text
    assert "{%" not in text
    assert all(clause.text in text for clause in OFFER.terms)


def test_a_clients_name_is_text_and_never_markup():
    sly = OFFER.model_copy(update={"client": "ООО <b>«A & B» {{ hash }}"})
    text = "\n".join(p.text for p in Document(io.BytesIO(offer_document(sly))).paragraphs)
    assert "ООО <b>«A & B» {{ hash }}" in text
    assert offer_pdf(sly).startswith(b"%PDF")
