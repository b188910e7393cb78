"""Company names meet in one key however they are typed; cities in one spelling."""

from __future__ import annotations

import pytest

from tools.company import comparable_form, read_city, read_company_name
from tools.leads.contacts import read_domain, read_emails, read_phones


@pytest.mark.parametrize(
    "text",
    [
        'ООО "Ромашка"',
        "Ромашка, ООО",
        "OOO «РОМАШКА»",
        "Romashka LLC",
        "Общество с ограниченной ответственностью «Ромашка»",
        "Рoмашка (Latin o)",
        "LTD Romashka (Москва)",
    ],
)
def test_one_company_in_many_spellings_has_one_key(text: str) -> None:
    assert read_company_name(text).key == read_company_name("Ромашка").key


@pytest.mark.parametrize(
    ("text", "legal_form", "name"),
    [
        ("ПАО «МТС»", "ПАО", "МТС"),
        ("ИП Иванов Иван", "ИП", "Иванов Иван"),
        ("АО «Торговый дом «Весна»»", "АО", "Торговый дом «Весна»"),
        ("Аогава", None, "Аогава"),
        ("ООО", None, "ООО"),
        ("ОАО «РЖД»", "ОАО", "РЖД"),
    ],
)
def test_the_legal_form_is_a_word_not_letters(text: str, legal_form: str | None, name: str) -> None:
    read = read_company_name(text)
    assert (read.legal_form, read.name) == (legal_form, name)


def test_forms_of_two_countries_compare() -> None:
    assert comparable_form("LLC") == comparable_form("ООО")
    assert comparable_form("АО") != comparable_form("ООО")
    assert comparable_form(None) is None


@pytest.mark.parametrize("text", ["г. Москва", "москва г", "МСК", "Moscow", "город Москва"])
def test_a_city_in_many_spellings(text: str) -> None:
    assert read_city(text) == "Москва"


def test_an_unknown_city_stays_as_typed() -> None:
    assert read_city("г. Урюпинск") == "Урюпинск"


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("8 (495) 123-45-67", ("+74951234567",)),
        ("+7 916 123 45 67, 8-800-555-35-35", ("+79161234567", "+78005553535")),
        ("(495)1234567 доб. 12", ("+74951234567",)),
        ("+8 916 1234567", ("+79161234567",)),
        ("+1 650 253 0000", ("+16502530000",)),
        ("12345", ()),
    ],
)
def test_phones_in_one_spelling(text: str, numbers: tuple[str, ...]) -> None:
    assert read_phones(text, "RU")[0] == numbers


def test_mail_and_web_addresses() -> None:
    assert read_emails("Ivan@Mail.RU; <b@c.io>, почта@пример.рф") == (
        "ivan@mail.ru",
        "b@c.io",
        "почта@пример.рф",
    )
    assert read_emails("a..b@c.ru, bad@") == ()
    assert read_domain("https://www.Ya.ru/x") == "ya.ru"
    assert read_domain("нет сайта") is None
