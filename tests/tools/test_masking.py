"""Masking: nothing personal is left, everything comes back, the same person keeps one number."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tools.masking.mask import mask, mask_all, unmask, unmask_all
from tools.masking.vault import KINDS, PLACEHOLDER, Vault

# What must not leave, and the kind it is.
SECRETS = [
    ("Анна Ким", "PERSON"),
    ("Иванов Пётр Сергеевич", "PERSON"),
    ("Ивановым Петром Сергеевичем", "PERSON"),
    ("ИВАНОВ ИВАН ИВАНОВИЧ", "PERSON"),
    ("Сидорова М. А.", "PERSON"),
    ("А.П. Чехов", "PERSON"),
    ("Олегу Гхошу", "PERSON"),
    ("Марии Сидоровой-Петровой", "PERSON"),
    ("John Smith", "PERSON"),
    ("Gordeev", "PERSON"),
    ("Сафиной", "PERSON"),
    ("гордеева", "PERSON"),
    ("Dmitry Sokolov", "PERSON"),
    ("+7 (916) 123-45-67", "PHONE"),
    ("8 495 123-45-67", "PHONE"),
    ("89161234567", "PHONE"),
    ("+44 20 7946 0958", "PHONE"),
    ("anna.kim+work@romashka.ru", "EMAIL"),
    ("почта@пример.рф", "EMAIL"),
    ("@annakim_mk", "HANDLE"),
    ("7707083893", "INN"),
    ("500100732259", "INN"),
    ("1027700132195", "OGRN"),
    ("40702810900000012345", "ACCOUNT"),
    ("112-233-445 95", "SNILS"),
    ("45 10 № 123456", "PASSPORT"),
    ("4510 123456", "PASSPORT"),
    ("4111 1111 1111 1111", "CARD"),
]
NAMED = [
    ("КПП 770701001", "KPP"),
    ("БИК: 044525225", "BIK"),
    ("ИНН 1234567890", "INN"),
    ("СНИЛС 11223344500", "SNILS"),
    ("паспорт серия 4510 номер 123456", "PASSPORT"),
    ("р/с 40702 810 9 0000 0012345", "ACCOUNT"),
    ('"inn": "1234567890"', "INN"),
    ("ОГРНИП 304500116000158", "OGRN"),
]
# What stands in every brief and is nobody's.
NOBODYS = [
    "Бюджет 3 000 000 руб. без НДС, период 01.12.2026-31.12.2026, 1 500 000 показов, CTR 0,5 %.",
    "Яндекс Директ, VK Реклама, Telegram Ads, OLV, DOOH; Москва, Санкт-Петербург, Нижний Новгород, ЦФО.",
    "Сделка D-2026-0001, стадия running, SLA offer_to_contract: осталось 3 дня; КП OF-5F3C77070838.",
    '{"amount": "1220000000.00", "currency": "RUB", "due_at": "2026-11-22T12:00:00+03:00", "total": 7707083893.5}',
    "Роман с камнем вышел в мае, вера в бренд и надежда на рост; лев на логотипе, слава компании.",
    "ООО «Ромашка», ПАО «Газпром», Ozon, Wildberries; female 25-45; ГОСТ 123456, ст. 5 ч. 3 п. 1 38-ФЗ.",
    "Which deals are overdue? The budget is 1,200,000 RUB, Yandex Direct and Google Ads, Q1 2027.",
    "Договор № 4510-123456 от 12.03.2026, счёт на 100 000 руб., 89 161 234 567 показов.",
    "sha256 5f3c7707083893aa, 2026-11-22T09:00:00.123456Z, +15 %, 10:30-18:00, 125009",
]


@pytest.mark.parametrize(("secret", "kind"), [*SECRETS, *NAMED])
@pytest.mark.parametrize(
    "around", ["{}", "Свяжитесь: {}, спасибо", "({})", '{{"note": "по вопросам {} завтра"}}', "до\n{}\nпосле"]
)
def test_what_is_personal_is_masked(secret: str, kind: str, around: str) -> None:
    vault = Vault()
    text = around.format(secret)
    hidden = mask(text, vault)
    value = re.sub(r"^\D*?(?=\d)", "", secret) if (secret, kind) in NAMED else secret
    assert value.strip('"') not in hidden
    assert f"[{kind}_1]" in hidden
    assert unmask(hidden, vault) == text
    for word in re.findall(r"[\w@.+-]{4,}", value):
        assert word not in PLACEHOLDER.sub("", hidden), "no part of it is left"


@pytest.mark.parametrize("text", NOBODYS)
def test_what_is_nobodys_stays(text: str) -> None:
    assert mask(text, Vault()) == text


pieces = st.one_of(
    st.text(max_size=12),
    st.text(string.ascii_letters + string.digits + " []_.,@+-/№:\n", max_size=12),
    st.text("АБВанки. -", max_size=10),
    st.sampled_from([secret for secret, _ in [*SECRETS, *NAMED]]),
    st.builds(
        "{}{}_{}{}".format,
        st.sampled_from(["", "["]),
        st.sampled_from(KINDS),
        st.integers(0, 3),
        st.sampled_from(["", "]", "_2]"]),
    ),
)
texts = st.lists(pieces, max_size=8).map("".join)


@given(st.lists(texts, min_size=1, max_size=4))
def test_whatever_is_masked_comes_back(written: list[str]) -> None:
    vault = Vault()
    hidden = [mask(text, vault) for text in written]
    assert [unmask(text, vault) for text in hidden] == written
    assert [mask(text, vault) for text in written] == hidden, "stable"


@example("ИНН 1234567890INN_1")
@given(
    st.recursive(
        st.none() | st.integers() | texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
        max_leaves=6,
    )
)
def test_json_comes_back(value: Any) -> None:
    vault = Vault()
    assert unmask_all(mask_all(value, vault), vault) == value


@given(
    st.lists(st.sampled_from([secret for secret, _ in SECRETS]), min_size=1, max_size=6),
    st.sampled_from([" ", ", ", "; ", "\n"]),
)
def test_nothing_planted_is_left_in_company(planted: list[str], between: str) -> None:
    text = "Контакты: " + f"{between}звонить ".join(planted) + "."
    hidden = mask(text, Vault())
    for secret in planted:
        assert secret not in hidden


def test_a_person_keeps_the_number_in_every_form() -> None:
    vault = Vault()
    first = mask("Меня зовут Анна Ким. Договор ведёт Иванов Пётр Сергеевич.", vault)
    assert first == "Меня зовут [PERSON_1]. Договор ведёт [PERSON_2]."
    later = mask("Передайте Анне Ким, с Анной Ким говорил Пётр Сергеевич, П. С. Иванову отправлено.", vault)
    assert re.findall(r"PERSON_(\d)", later) == ["1", "1", "2", "2"]
    assert unmask("Ответ для [PERSON_1] и PERSON_2: [PERSON_1_2] знает.", vault) == (
        "Ответ для Анна Ким и Иванов Пётр Сергеевич: Анне Ким знает."
    )


def test_the_same_phone_written_otherwise_is_the_same_phone() -> None:
    vault = Vault()
    hidden = mask("+7 916 123-45-67, 8(916)1234567", vault)
    assert re.findall(r"PHONE_(\d)", hidden) == ["1", "1"]


def test_a_placeholder_that_was_made_up_stays() -> None:
    vault = Vault()
    mask("Анна Ким", vault)
    assert unmask("[PERSON_9] и [INN_1], [PERSON_1]", vault) == "[PERSON_9] и [INN_1], Анна Ким"


def test_a_manager_is_masked_whatever_the_name_looks_like() -> None:
    vault = Vault()
    assert (
        mask('{"manager": "Лис", "title": "Осень"} ведёт Лис', vault)
        == '{"manager": "[PERSON_1]", "title": "Осень"} ведёт [PERSON_1]'
    )


def test_a_vault_does_not_show_what_it_holds() -> None:
    vault = Vault()
    mask("Анна Ким, +7 916 123-45-67", vault)
    assert repr(vault) == "Vault(2 values)"
