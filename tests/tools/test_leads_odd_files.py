"""Lists as people really send them: grouped headings, totals, dates and exponents where a name or a phone should be."""

from __future__ import annotations

import io
from typing import Any

import pytest
from openpyxl import Workbook

from tools.leads.importing import LeadImport, import_leads


def book(rows: list[list[Any]], *merged: str) -> bytes:
    made, written = Workbook(), io.BytesIO()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for cells in merged:
        sheet.merge_cells(cells)
    made.save(written)
    return written.getvalue()


def csv(text: str) -> LeadImport:
    return import_leads("leads.csv", text.encode("cp1251"))


def test_a_total_at_the_end_is_no_lead() -> None:
    found = import_leads(
        "leads.xlsx",
        book(
            [
                ["Клиенты за ноябрь"],
                [],
                ["Компания", "Телефон", "Бюджет"],
                ["ООО Лютик", 79161234567, 3],
                ["Итого", None, 3],
            ],
            "A1:C1",
        ),
    )
    assert [lead.name for lead in found.leads] == ["Лютик"]
    (total,) = found.rejected
    assert (total.row, total.reason) == (2, "Строка итогов, а не лид")
    assert total.values["budget"] == "3"


@pytest.mark.parametrize(
    "text", ["ИТОГО", "Итого:", "Всего лидов: 2", "Итого 12", "Grand total", "Итого по Москве"]
)
def test_totals_are_told_by_their_words(text: str) -> None:
    assert len(csv(f"Компания;Телефон\nЛютик;89161234567\n{text};\n").rejected) == 1


@pytest.mark.parametrize("text", ["Всего понемногу;", "Итого;89161234568", "Тотал;"])
def test_a_firm_with_such_a_name_stays(text: str) -> None:
    assert csv(f"Компания;Телефон\n{text}\n").imported == 1


def test_of_two_heading_rows_the_lower_holds() -> None:
    rows = [
        ["Компания", None, "Контакт", None],
        ["Название", "ИНН", "Телефон", "E-mail"],
        ["ООО Лютик", "7707083893", 79161234567, "a@b.ru"],
    ]
    (lead,) = import_leads("leads.xlsx", book(rows, "A1:B1", "C1:D1")).leads
    assert (lead.name, lead.inn, lead.phones, lead.emails) == (
        "Лютик",
        "7707083893",
        ("+79161234567",),
        ("a@b.ru",),
    )


def test_a_repeated_heading_is_no_lead() -> None:
    found = csv("Компания;Телефон\nЛютик;89161234567\nКомпания;Телефон\nКлевер;89161234568\n")
    assert [lead.name for lead in found.leads] == ["Лютик", "Клевер"]
    assert [row.reason for row in found.rejected] == ["Повтор строки заголовков, а не лид"]


def test_a_phone_with_an_exponent_is_whole_or_said_to_be_lost() -> None:
    found = csv("Компания;Телефон\nЛютик;7,9161234567E+10\nКлевер;7,92E+10\n")
    assert [lead.phones for lead in found.leads] == [("+79161234567",), ()]
    assert [(item.row, item.code, item.value) for item in found.findings if item.field == "phone"] == [
        (2, "phone_digits_lost", "7,92E+10")
    ]


@pytest.mark.parametrize("text", ["12.05.2026", "2026-05-12", "1/5/26"])
def test_a_date_is_no_company(text: str) -> None:
    found = csv(f"Компания;Телефон\n{text};89161234567\n")
    assert [(lead.name, lead.phones) for lead in found.leads] == [(None, ("+79161234567",))]
    assert [(item.code, item.value) for item in found.findings if item.field] == [("company_is_a_date", text)]
