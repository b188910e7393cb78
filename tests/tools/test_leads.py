"""Lead import: whatever a list looks like, every row ends as a lead, part of one, or a refusal with its reason."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from masterdeal.errors import Malformed, TooLarge
from tools.leads.cleaning import neutralised
from tools.leads.importing import LeadImport, cleaned_chunks, import_lead_items, import_leads, merge_chunks
from tools.leads.reading import read_leads
from tools.leads.tables import import_rules

RUSSIAN = (
    "Компания;ИНН;Телефон;E-mail;Город;Комментарий\n"
    'ООО «Ромашка»;7707083893;8 (495) 123-45-67;info@romashka.ru;г. Москва;"Просит КП; срочно"\n'
    "Ромашка, ООО;7707083893;+7 495 1234567;sales@romashka.ru;МСК;Перезвонить\n"
    "АО Вектор;7736207543;;vector@mail.ru;СПб;\n"
    "ИП Петров;7707083890;;;;\n"
    ";;;;;\n"
    ";;;;Казань;нет контактов\n"
    "ЗАО Щука;;+7 916 765-43-21;;Уфа;\n"
)


def csv(text: str, encoding: str = "utf-8") -> LeadImport:
    return import_leads("leads.csv", text.encode(encoding))


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        assert book.active is not None
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "koi8-r"])
def test_a_russian_list_in_any_usual_encoding(encoding: str) -> None:
    text = RUSSIAN.replace("«", '"').replace("»", '"') if encoding == "koi8-r" else RUSSIAN
    result = csv(text, encoding)
    assert (result.imported, result.merged) == (3, 1)
    first = result.leads[0]
    assert (first.name, first.legal_form, first.inn, first.city) == ("Ромашка", "ООО", "7707083893", "Москва")
    assert first.phones == ("+74951234567",)
    assert first.emails == ("info@romashka.ru", "sales@romashka.ru")
    assert first.merged_rows == (1, 2)
    assert [note.text for note in first.notes] == ["Просит КП; срочно", "Перезвонить"]
    assert [row.row for row in result.rejected] == [4, 5, 6]
    assert "контрольных цифр" in result.rejected[0].reason
    assert result.rejected[0].values["company"] == "ИП Петров"
    assert result.leads[2].merged_rows == (7,)


def test_english_headings_and_transliterated_names_meet() -> None:
    result = csv(
        "Company Name,Tax ID,Work phone,Email address,City\n"
        "Romashka LLC,,,info@romashka.ru,Moscow\n"
        '"ООО ""Ромашка""",7707083893,,info@romashka.ru,Москва\n'
    )
    assert result.imported == 1
    assert result.leads[0].name == "Ромашка"
    assert result.leads[0].contradictions == ()


def test_names_alone_are_proposed_and_never_merged_without_more_evidence() -> None:
    typo = csv("Компания;Город;Телефон\nООО Ромашка;Москва;+79161234567\nООО Рамашка;Москва;\n")
    assert typo.imported == 2
    (proposal,) = typo.proposals
    assert proposal.rows == (1, 2)
    assert 0.6 <= proposal.score < 0.95
    assert any("название" in reason for reason in proposal.reasons)
    assert csv("Компания;Город\nЗавод 1;Москва\nЗавод 2;Москва\n").proposals == ()
    same = csv("Компания;Город\nООО Ромашка;Москва\n«РОМАШКА» ООО;мск\n")
    assert same.leads[0].merged_rows == (1, 2)


def test_two_inns_are_two_leads_whatever_else_agrees() -> None:
    result = csv(
        "Компания;ИНН;E-mail\nООО Ромашка;7707083893;a@b.ru\nООО Ромашка;7736207543;a@b.ru\nРомашка;;a@b.ru\n"
    )
    assert result.imported == 2
    assert {lead.inn for lead in result.leads} == {"7707083893", "7736207543"}
    assert result.proposals


def test_a_shared_phone_of_unlike_names_is_a_question_not_a_merge() -> None:
    result = csv("Компания;Телефон\nООО Северный ветер;+74951234567\nАО Кубаньэнерго;84951234567\n")
    assert result.imported == 2
    assert len(result.proposals) == 1


def test_contradicting_rows_are_kept_side_by_side_and_the_later_wins() -> None:
    result = csv(
        "Компания;ИНН;Город;Бюджет;Дата\n"
        "ООО Ромашка;7707083893;Казань;3 млн;15.11.2026\n"
        "ООО Ромашка;7707083893;Москва;5 млн;01.11.2026\n"
    )
    lead = result.leads[0]
    assert (lead.city, lead.budget) == ("Казань", "3 млн")
    told = {item.field: [(value.value, value.row) for value in item.values] for item in lead.contradictions}
    assert told == {"city": [("Москва", 2), ("Казань", 1)], "budget": [("5 млн", 2), ("3 млн", 1)]}


def test_nothing_of_a_row_is_lost() -> None:
    result = csv("Компания;Цвет папки;ИНН\nООО Ромашка;синий;7707083893;лишнее\n")
    lead = result.leads[0]
    assert lead.extra == {"Цвет папки": ("синий",), "Столбец 4": ("лишнее",)}
    assert [finding.code for finding in lead.findings] == ["cells_beyond_heading"]


@pytest.mark.parametrize(
    "hostile",
    [
        '=HYPERLINK("http://evil","x")',
        "@SUM(1)",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "\t=1+1",
        "＝1+1",
        "-=1",
    ],
)
def test_formulas_are_made_harmless_in_every_field(hostile: str) -> None:
    rows = [
        {"company": hostile, "inn": "7707083893", "notes": hostile, hostile: hostile, "phone": "+74951234567"}
    ]
    result = import_lead_items(rows)
    shown = json.loads(result.leads[0].model_dump_json())
    texts: list[str] = []

    def collect(value: object) -> None:
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            for key, inner in value.items():
                texts.append(key)
                collect(inner)
        elif isinstance(value, list):
            for inner in value:
                collect(inner)

    collect(shown)
    assert not [
        text for text in texts if text.lstrip()[:1] in tuple("=@＝") or ("cmd|" in text and text[0] in "+-")
    ]
    assert result.leads[0].phones == ("+74951234567",)


@pytest.mark.parametrize("plain", ["- бюджет есть", "+7 495 123-45-67", "-5", "обычный текст", "'=1"])
def test_harmless_text_is_left_alone(plain: str) -> None:
    assert neutralised(plain) == plain


def test_a_spreadsheet_with_titles_numbers_and_formulas() -> None:
    content = xlsx(
        ("Выгрузка из CRM",),
        (),
        ("Организация", "ИНН", "Телефон", "Численность", "Комментарий"),
        ("ООО Ромашка", 7707083893, 84951234567, 120.0, "=HYPERLINK(1)"),
        ("ООО Лютик", 500100732259, None, "около 50", None),
    )
    result = import_leads("x.xlsx", content)
    first, second = result.leads
    assert (first.inn, first.phones, first.employees) == ("7707083893", ("+74951234567",), 120)
    assert first.notes[0].text == "'=HYPERLINK(1)"
    assert second.employees == 50
    assert {"formula_without_value", "formula_neutralised"} <= {finding.code for finding in result.findings}


def test_leading_zeros_that_a_spreadsheet_dropped_come_back() -> None:
    inn = next(
        f"0{n:08d}{d}" for n in range(27_400_000, 27_400_001) for d in range(10) if _inn(f"0{n:08d}{d}")
    )
    result = import_leads("x.xlsx", xlsx(("Компания", "ИНН"), ("ООО Ромашка", int(inn))))
    assert result.leads[0].inn == inn
    assert result.findings[0].code == "leading_zeros_restored"
    lost = csv("Компания;ИНН\nООО Ромашка;7,70708E+09\n")
    assert "потерянными цифрами" in lost.rejected[0].reason


def _inn(text: str) -> bool:
    from tools.requisites import is_inn

    return is_inn(text)


def test_json_lists_objects_and_lines() -> None:
    rows = [
        {
            "company": {"name": "ООО Ромашка", "inn": "7707083893"},
            "contact": {"name": "Анна", "phone": "89161234567"},
        },
        "не объект",
        {"company": "Ромашка", "inn": 7707083893, "emails": ["a@b.ru", "c@d.ru"]},
    ]
    for content in (
        json.dumps(rows),
        json.dumps({"leads": rows}),
        "\n".join(json.dumps(row) for row in rows),
    ):
        result = import_leads("leads.json", content.encode())
        assert (result.imported, result.merged, [row.row for row in result.rejected]) == (1, 1, [2])
        assert result.leads[0].contacts == ("Анна",)
        assert result.leads[0].emails == ("a@b.ru", "c@d.ru")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("leads.json", b'[{"company": "A"'),
        ("leads.json", b"[" * 100_000),
        ("leads.json", b"42"),
        ("leads.csv", b""),
        ("leads.csv", b"\n\n  \n"),
        ("leads.csv", b"1;2;3\n4;5;6\n"),
        ("leads.csv", b"\x00\x01\x02" * 100),
        ("leads.xlsx", b"PK\x03\x04 broken"),
        ("leads.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    ],
)
def test_what_is_no_lead_list_is_said_to_be_none(name: str, content: bytes) -> None:
    with pytest.raises(Malformed):
        import_leads(name, content)


def test_a_bomb_is_not_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 5_000_000)
    limits = import_rules().limits.model_copy(update={"unpacked_bytes": 1_000_000})
    with pytest.raises(TooLarge):
        read_leads("x.xlsx", out.getvalue(), limits)


def test_entities_in_a_workbook_are_refused() -> None:
    content = xlsx(("Компания", "ИНН"), ("ООО Ромашка", "7707083893"))
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as good, zipfile.ZipFile(out, "w") as bad:
        for item in good.infolist():
            body = good.read(item.filename)
            if item.filename == "xl/workbook.xml":
                body = b'<!DOCTYPE x [<!ENTITY a "b">]>' + body
            bad.writestr(item.filename, body)
    with pytest.raises(Malformed):
        import_leads("x.xlsx", out.getvalue())


def test_lines_in_different_encodings_are_all_read() -> None:
    content = "Компания;ИНН\nООО Ромашка;7707083893\n".encode() + "АО Вектор;7736207543\n".encode("cp1251")
    result = import_leads("x.csv", content)
    assert [lead.name for lead in result.leads] == ["Ромашка", "Вектор"]
    assert result.findings[0].code == "mixed_encodings"


def test_a_quote_that_never_closes_costs_no_other_row() -> None:
    rows = "".join(f"ООО Фирма{n};{n}\n" for n in range(5))
    result = csv(f'Компания;Комментарий\n"ООО Ромашка;текст\n{rows}')
    assert result.imported == 6
    assert result.leads[0].findings[0].code == "unclosed_quote"
    assert csv('Компания;Комментарий\nООО Ромашка;"две\nстроки"\nАО Вектор;x\n').imported == 2


def test_a_job_cut_anywhere_ends_the_same() -> None:
    whole = csv(RUSSIAN)
    table = read_leads("leads.csv", RUSSIAN.encode())
    first = next(iter(cleaned_chunks(table.rows, size=3)))
    again = read_leads("leads.csv", RUSSIAN.encode())
    rest = list(cleaned_chunks(again.rows, size=2, after_row=first.next_row - 1))
    kept = [type(first).model_validate_json(chunk.model_dump_json()) for chunk in (*rest, first, first)]
    assert merge_chunks(kept, table.columns, table.findings) == whole


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "company": CELL | st.sampled_from(["ООО Ромашка", "Romashka LLC", "АО Вектор"]),
                "inn": st.sampled_from(["", "7707083893", "7736207543", "1"]),
                "phone": st.sampled_from(["", "84951234567", "+7 495 123 45 67", "12"]),
                "email": st.sampled_from(["", "a@b.ru", "A@B.RU", "x"]),
            }
        ),
        max_size=12,
    )
)
def test_every_row_is_accounted_for_once(rows: list[dict[str, str]]) -> None:
    result = import_lead_items(rows)
    assert result.imported + result.merged + len(result.rejected) == len(rows)
    seen = [row for lead in result.leads for row in lead.merged_rows] + [row.row for row in result.rejected]
    assert sorted(seen) == list(range(1, len(rows) + 1))
    assert len({lead.lead_id for lead in result.leads}) == len(result.leads)
    for lead in result.leads:
        stated = {rows[row - 1]["inn"] for row in lead.merged_rows} - {""}
        assert len(stated) <= 1


def test_a_firm_under_name_is_the_company_where_no_column_is() -> None:
    items = [
        {"name": "ООО «Гамма»", "phone": "+7 495 123-45-67"},
        {"name": "Иван Петров", "email": "ivan@delta.ru"},
        {"company": "АО Вектор", "name": "ООО «Сигма»"},
    ]
    firm, person, both = import_lead_items(items).leads
    assert (firm.name, firm.legal_form, firm.contacts) == ("Гамма", "ООО", ())
    assert (person.name, person.contacts) == (None, ("Иван Петров",))
    assert (both.name, both.contacts) == ("Вектор", ("ООО «Сигма»",))
