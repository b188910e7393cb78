"""The language of the rules: words in all forms, gaps, numbers, negation."""

from __future__ import annotations

import pytest

from masterdeal.errors import Misconfigured
from tools import phrase
from tools.word_index import index_words


def found(pattern: str, text: str, even_negated: bool = False) -> list[str]:
    index = index_words(text)
    matches = phrase.find([pattern], index, even_negated)
    return [text[index.words[match.first].start : index.words[match.last].end] for match in matches]


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("упущенн* выгода", "включая упущенную выгоду", ["упущенную выгоду"]),
        ("срок оплата", "в срок оплаты, но не в срок возврата оплаты", ["срок оплаты"]),
        ("срок ..1 оплата", "срок полной оплаты", ["срок полной оплаты"]),
        ("пеня|неустойка", "Пени и неустойки", ["Пени", "неустойки"]),
        ("гарантировать", "Мы гарантируем. Мы не гарантируем.", ["гарантируем"]),
        ("исполнитель ..3 гарантировать", "Исполнитель этого не гарантирует", []),
        (
            "исполнитель ~3 гарантировать",
            "Исполнитель этого не гарантирует",
            ["Исполнитель этого не гарантирует"],
        ),
        ("самый @прилагательное", "самые уютные номера", ["самые уютные"]),
        ("первый в @имя", "Мы первые в Перми", ["первые в Перми"]),
        ("договор? оплата", "оплата по договору, договорная оплата", ["оплата", "оплата"]),
        ("оплата услуга", "Условия оплаты. Услуги оказаны.", []),
    ],
)
def test_words_gaps_and_negation(pattern: str, text: str, expected: list[str]) -> None:
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("#>0,1 процент", "пени 0,2 % в день", True),
        ("#>0,1 процент", "пени 0,1 (ноль целых одна десятая) процента в день", False),
        ("#>=60 ..2 день", "в течение шестидесяти рабочих дней", True),
        ("#>=60 ..2 день", "в течение 45 (сорока пяти) дней", False),
        ("#=1220000 рубль", "цена 1 220 000,00 (один миллион двести двадцать тысяч) рублей", True),
        ("#=5000000 рубль", "бюджет 5 млн руб.", True),
        ("до @дата", "действует до 31.12.2026", True),
        ("№ #=1", "мы №1", True),
    ],
)
def test_numbers(pattern: str, text: str, fits: bool) -> None:
    assert bool(found(pattern, text)) is fits


def test_latin_letters_inside_a_russian_word_do_not_hide_it() -> None:
    assert found("алкоголь", "Любой aлкоголь со скидкой") == ["aлкоголь"]


def test_words_written_by_hyphen_or_soft_hyphen_are_still_words() -> None:
    assert found("телеграм*", "посевы в телеграм-каналах") == ["телеграм-каналах"]


def test_a_phrase_that_says_nothing_is_refused() -> None:
    with pytest.raises(Misconfigured):
        phrase.parse("... ..3")
