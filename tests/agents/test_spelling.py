"""A question is read as it was meant; a name is never taken for a slip of another word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.spelling import meant, spelled

DEALS = {"MD-2026-0010", "CRM-2026-001"}


def _resolve(name: str) -> str | None:
    return name if name in DEALS else None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("скока", "сколько"),
        ("чё", "что"),
        ("прсороченные", "просроченный"),
        ("менеджр", "менеджер"),
        ("overdeu", "overdue"),
        ("bugdet", "budget"),
    ],
)
def test_slips_are_mended(written: str, read: str) -> None:
    assert meant(written) == read


@pytest.mark.parametrize(
    "word",
    [
        "Ромашка",
        "лютик",
        "Сафина",
        "кухнями",
        "ипотека",
        "деля",
        "retail",
        "Kappa",
        "brief",
        "сделка",
        "срок",
        "MD",
    ],
)
def test_words_and_names_are_left_alone(word: str) -> None:
    assert meant(word) == word


@pytest.mark.parametrize(
    "number", ["MD-2026-0010", "МД-2026-0010", "md 2026 0010", "мд-2026-0010", "Md-2026 0010"]
)
def test_a_number_is_found_as_people_write_it(number: str) -> None:
    assert spelled(f"где {number} сейчас", _resolve) == "где MD-2026-0010 сейчас"


def test_a_number_of_no_deal_stays_as_it_is() -> None:
    assert spelled("где MD-2026-9999 сейчас", _resolve) == "где MD-2026-9999 сейчас"
    assert spelled("с 10 2026 0010", _resolve) == "с 10 2026 0010"


@given(st.text(max_size=60))
def test_figures_are_never_mended(text: str) -> None:
    mended = spelled(text, lambda _: None)
    assert [char for char in mended if char.isdigit()] == [char for char in text if char.isdigit()]
