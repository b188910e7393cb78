"""Screen, XLSX, DOCX and PDF say the same figures to the kopeck."""

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from docx import Document
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from masterdeal.money import to_kopeck
from tools.mediaplan.lines import Pricing, Purchase, build_lines, build_totals
from tools.mediaplan.planner import plan, task_from_fields
from tools.mediaplan.supply import supplies
from tools.mediaplan.terms import terms_of
from tools.offer import build_offer
from tools.offer_clauses import load_clauses
from tools.offer_prices import plan_at
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


@st.composite
def random_plans(draw):
    """Any plan: any units of any formats, any days on either side of the change of the VAT rate or across it."""
    start = draw(st.sampled_from([date(2025, 10, 1), date(2025, 12, 10), date(2026, 2, 1)]))
    start += timedelta(days=draw(st.integers(0, 20)))
    task = task_from_fields(
        {
            "period_start": start,
            "period_end": start + timedelta(days=draw(st.integers(0, 60))),
            "budget_max": 10**12,
            "budget_vat": draw(st.sampled_from(["incl", "excl", "none"])),
            "budget_commission": "excl",
            "commission_rate": draw(st.sampled_from([None, "0.1", "0.155"])),
            "geo": ["Москва"],
        }
    )
    terms, _ = terms_of(task, REFERENCE, "ru")
    offered, _, _ = supplies(task, terms, REFERENCE, "ru")
    units = draw(st.lists(st.integers(0, 3_000_000), min_size=1, max_size=9).filter(any))
    pricing = Pricing(
        terms, draw(st.sampled_from([Decimal(0), Decimal("0.03")])), 4_000_000, REFERENCE.forecast, {}
    )
    purchases = [Purchase(supply, n) for supply, n in zip(offered, units, strict=False)]
    lines = build_lines(purchases, pricing)
    one = PLAN.model_copy(update={"lines": lines, "totals": build_totals(lines, purchases, pricing)})
    discount = draw(st.sampled_from([Decimal(0), Decimal("0.035"), Decimal("0.1")]))
    offer = build_offer(
        one, task, REFERENCE, load_clauses(), offer_id="o", number="1", made_on=start, discount=discount
    )
    return task, plan_at(offer, one), offer


def printed(text: str) -> Decimal:
    return Decimal(text.replace("\xa0", "").replace(",", "."))


@pytest.mark.slow
@settings(max_examples=700, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_plans())
def test_screen_and_paper_agree_to_the_kopeck_for_any_plan(drawn):
    _, one, offer = drawn
    view = offer_view(offer)
    sums = [sum(printed(line[name]) for line in view["lines"]) for name in ("cost", "vat", "gross")]
    told = [offer.totals.net.amount, offer.totals.vat.amount, offer.totals.gross.amount]
    assert sums == told == [one.totals.net.amount, one.totals.vat.amount, one.totals.gross.amount]
    assert printed(view["gross"]) == told[2]
    assert told[1] == sum(money.amount for money in one.totals.vat_by_rate.values())
    for line in one.lines:
        if line.cost.vat == "none":
            assert not line.vat_amount.amount
            continue
        before = line.period_end < date(2026, 1, 1)
        assert before or line.period_start >= date(2026, 1, 1)
        assert line.cost.vat_rate == (Decimal("0.20") if before else Decimal("0.22"))


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(random_plans())
def test_the_workbook_recomputes_for_any_plan(drawn):
    task, one, offer = drawn
    sheet = load_workbook(io.BytesIO(plan_workbook(one, task))).worksheets[0]
    total = HEAD + 2 + len(one.lines)
    for letter, amount in (("I", offer.totals.net), ("K", offer.totals.vat), ("L", offer.totals.gross)):
        assert recomputed(sheet, f"{letter}{total}") == amount.amount
