"""Deals named by their titles."""

from __future__ import annotations

import pytest

from agents.titles import Titles

TITLES = Titles(
    [
        ("Каршеринг в аэропорту: DOOH + programmatic", "D-1"),
        ("Доставка за час: in-app", "D-2"),
        ("Новогодний стол за час: CTV", "D-3"),
        ("Запуск кампании: OLV", "D-4"),
        ("Премьера: DOOH", "D-5"),
        ("Снова в школу: CTV", "D-6"),
        ("Снова в школу: push", "D-7"),
        ("Снова в школу на колёсах: push", "D-8"),
        ("Winter sale | OLV", "D-9"),
        (": OLV", "D-10"),
        ("", "D-11"),
    ]
)


@pytest.mark.parametrize(
    ("question", "deals"),
    [
        ("На сколько опаздываем с каршерингом в аэропорту?", ["D-1"]),
        ("за кем ход по доставке за час", ["D-2"]),
        ("сравни доставку за час и новогодний стол за час", ["D-2", "D-3"]),
        ("когда запуск кампании по D-7", []),
        ("когда запускаем «Запуск кампании»", ["D-4"]),
        ("что с премьерой", []),
        ("что с «Премьерой»", ["D-5"]),
        ("как там Премьера", ["D-5"]),
        ("снова в школу: где мы", []),
        ("снова в школу на колёсах: где мы", ["D-8"]),
        ("where is the winter sale", ["D-9"]),
        ("каршеринг у вокзала, а не в аэропорту", []),
        ("", []),
    ],
)
def test_a_title_in_any_case_form_names_its_deal_alone(question: str, deals: list[str]) -> None:
    assert [one.deal_id for one in TITLES.named(question)] == deals


def test_the_place_of_a_title_is_the_words_that_say_it() -> None:
    question = "Когда запустим «Доставку за час»?"
    (found,) = TITLES.named(question)
    assert question[found.start : found.end] == "Доставку за час"
