"""The risk memo: verdict, findings by weight with their quotes, what was looked for; as DOCX."""

from __future__ import annotations

import hashlib
import io
from datetime import date

import pytest
from docx import Document

from tools.contract.crosscheck import AgreedDeal
from tools.legal_risk import assess
from tools.paper.memo import memo_document
from tools.paper.memo_view import Reviewed, memo_view, verdict
from tools.paper.wording import labels, template
from tools.rules import Side

ON = date(2026, 11, 22)
CONTRACT = """ДОГОВОР № 17-Р оказания услуг по размещению рекламы

ООО «Ромашка» (ИНН 7707083894), именуемое «Заказчик», и Исполнитель заключили договор.

1. Предмет договора
1.1. Исполнитель размещает рекламные материалы Заказчика в сети Интернет.
1.2. Период размещения: с 1 декабря 2026 г. по 20 декабря 2026 г.

2. Стоимость
2.1. Общая стоимость услуг составляет 1 220 000 рублей, в том числе НДС 22 % 200 000 рублей.
2.2. Заказчик оплачивает услуги в течение 180 календарных дней после подписания акта.

3. Прочее
3.1. Стороны пьют чай <по пятницам> & с пирогом.
"""


def reviewed(text: str = CONTRACT, side: Side = "seller", deal: AgreedDeal | None = None) -> Reviewed:
    assessment = assess(text, on=ON, kind="contract", side=side, deal=deal)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Reviewed(
        name="Договор.docx",
        text=text,
        sha256=digest,
        assessment=assessment,
        on=ON,
        side=side,
        compared=deal.compared if deal else frozenset(),
    )


def words_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


@pytest.mark.parametrize("lang", ["ru", "en"])
def test_the_memo_says_everything_that_was_found_with_its_quote_and_norm(lang: str) -> None:
    judged = reviewed()
    told = words_of(memo_document(judged, lang))
    risks = [finding for finding in judged.assessment.findings if finding.kind != "present"]
    assert risks
    for finding in risks:
        for word in (finding.rule_id, finding.why, finding.suggestion, finding.law.act, finding.quote):
            assert word in told
    assert judged.sha256 in told
    assert "22.11.2026" in told
    assert "{" not in told.replace("{{", "{"), "a name of the template was left unfilled"
    assert "<по пятницам> & с пирогом" in told


def test_findings_stand_by_weight_and_those_with_a_quote_first() -> None:
    view = memo_view(reviewed())
    weights = [row["weight"] for row in view["findings"]]
    assert weights == sorted(weights, key=["high", "medium", "low", "info"].index)
    heavy = [row for row in view["findings"] if row["weight"] == "high"]
    quoted = [row["quote"].startswith("«") for row in heavy]
    assert quoted == sorted(quoted, reverse=True)
    assert any("180 календарных дней" in row["quote"] and row["clause"] == "2.2" for row in heavy)


def test_crosschecks_say_what_differs_what_agrees_and_what_was_not_compared() -> None:
    word = labels("ru", "memo.toml")
    alone = {row["title"].split(".")[0]: row["outcome"] for row in memo_view(reviewed())["crosschecks"]}
    assert alone["REQ-INN"] == word["differs"]
    assert alone["REQ-BIK"] == word["not_stated"]
    assert alone["DEAL-DATES"] == word["not_compared"]
    deal = AgreedDeal(service_from=date(2026, 12, 1), service_to=date(2026, 12, 20))
    with_deal = {
        row["title"].split(".")[0]: row["outcome"] for row in memo_view(reviewed(deal=deal))["crosschecks"]
    }
    assert with_deal["DEAL-DATES"] == word["agrees"]
    assert with_deal["DEAL-SUM"] == word["not_compared"]
    held = CONTRACT.replace("7707083894", "7707083893").replace("200 000 рублей", "220 000 рублей")
    right = {row["title"].split(".")[0]: row["outcome"] for row in memo_view(reviewed(held))["crosschecks"]}
    assert right["REQ-INN"] == right["SUM-VAT"] == word["agrees"]


def test_headings_of_sections_are_not_listed_as_clauses_to_be_read() -> None:
    assert not any("Предмет договора" in row["text"] for row in memo_view(reviewed())["unread"])


def test_the_verdict_is_that_of_the_rules_and_follows_the_heaviest() -> None:
    risks = [finding for finding in reviewed().assessment.findings if finding.kind != "present"]
    high = next(finding for finding in risks if finding.severity == "high")
    medium = high.model_copy(update={"severity": "medium"})
    assert verdict([high, medium]) == "do_not_sign"
    assert verdict([medium]) == "sign_after_changes"
    assert verdict([high.model_copy(update={"severity": "low"})]) == "minor"
    assert verdict([]) == "clear"
    assert verdict([high.model_copy(update={"found_by": "model"})]) == "clear"


def test_an_excerpt_claims_nothing_missing_and_unread_clauses_are_listed() -> None:
    excerpt = reviewed(
        "2.2. Заказчик оплачивает услуги в течение 180 календарных дней после подписания акта."
    )
    assert any("отрывок" in remark for remark in memo_view(excerpt)["remarks"])
    unread = memo_view(reviewed())["unread"]
    assert any("чай" in row["text"] for row in unread)


def test_a_lawyer_may_edit_the_template() -> None:
    document = Document(io.BytesIO(template("memo.docx")))
    document.add_paragraph("Согласовано отделом: {{ verdict }}")
    held = io.BytesIO()
    document.save(held)
    judged = reviewed()
    assert f"Согласовано отделом: {memo_view(judged)['verdict']}" in words_of(
        memo_document(judged, "ru", held.getvalue())
    )
