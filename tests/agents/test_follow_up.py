"""Bounds of a question about many deals, and questions that lean on the one before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from agents.follow_up import continued
from agents.state import Memory
from agents.sums_said import bounds_said
from agents.understand import Reading


@pytest.mark.parametrize(
    ("question", "bounds"),
    [
        ("сделки больше 20 млн", {"budget_min": 20_000_000}),
        ("сделки до миллиона", {"budget_max": 1_000_000}),
        ("сделки от 5 до 10 млн", {"budget_min": 5_000_000, "budget_max": 10_000_000}),
        ("что дешевле 500 тыс", {"budget_max": 500_000}),
        ("deals over 20 million", {"budget_min": 20_000_000}),
        ("сделки дольше 60 дней", {}),
        ("скидка больше 20 %", {}),
        ("план на 3 млн", {}),
    ],
)
def test_bounds_of_a_budget(question: str, bounds: dict[str, int]) -> None:
    found, _ = bounds_said(question)
    assert {name: Decimal(value) for name, value in found.items()} == bounds


@pytest.mark.parametrize(
    ("question", "count"),
    [("топ 3 сделки", 3), ("три самые крупные", 3), ("first 10 deals", 10), ("сделки", None)],
)
def test_how_many_are_asked_for(question: str, count: int | None) -> None:
    assert bounds_said(question)[0].get("top") == count


def _asked(**slots: Any) -> Memory:
    return {"asked": {"slots": slots, "features": ["breached", "deals"], "shown": ["D-1", "D-2"]}}


@pytest.mark.parametrize(
    ("question", "deal"),
    [("а по второй?", "D-2"), ("последняя?", "D-2"), ("the first one", "D-1"), ("и третья?", None), ("второй квартал", None)],
)  # fmt: skip
def test_a_place_in_the_list_names_its_deal(question: str, deal: str | None) -> None:
    reading = Reading("ru")
    continued(reading, question, _asked())
    assert reading.slots.get("deals") == ([deal] if deal else None)


def test_a_new_term_takes_the_place_of_the_old_one_and_the_rest_stays() -> None:
    reading = Reading("ru", slots={"manager": "Лилия Сафина"})
    continued(reading, "а у Сафиной?", _asked(manager="Игорь Гордеев", industry="Туризм"))
    assert reading.slots == {"manager": "Лилия Сафина", "industry": "Туризм"}
    assert "breached" in reading.features


def test_a_whole_question_takes_nothing_over() -> None:
    reading = Reading("ru", features={"count", "deals"}, slots={"manager": "Лилия Сафина"})
    continued(reading, "сколько сделок у Сафиной", _asked(industry="Туризм"))
    assert reading.slots == {"manager": "Лилия Сафина"}


def test_a_deal_that_is_named_is_the_one_that_is_meant() -> None:
    reading = Reading("ru", slots={"deals": ["D-9"]})
    continued(reading, "а по второй сделке D-9", _asked())
    assert reading.slots["deals"] == ["D-9"]
