"""Names of categories stand in one place, and everybody who shows one takes it from there."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from agents.shown import names
from tools.brief import read_brief
from tools.brief_reading.lexicon import table
from tools.categories import categories

ROOT = Path(__file__).parents[2]


def test_every_category_the_reader_knows_has_its_own_name_in_both_languages() -> None:
    known = categories()
    assert {one.code for one in known} == set(table("categories")["category"])
    for lang in ("ru", "en"):
        called = [getattr(one, lang) for one in known]
        assert all(called)
        assert len(set(called)) == len(called)
    assert all(one.en.isascii() for one in known)


def test_the_copilot_says_them_as_they_stand_in_the_table() -> None:
    for one in categories():
        assert (names("ru")["category"][one.code], names("en")["category"][one.code]) == (one.ru, one.en)


@pytest.mark.parametrize("place", ["agents/words/ru.toml", "api/page/app/words/ru.js"])
def test_nobody_keeps_a_list_of_his_own(place: str) -> None:
    text = (ROOT / place).read_text(encoding="utf-8")
    own = [one.ru for one in categories() if f'"{one.ru}"' in text and len(one.ru) > 14]
    assert own == []


def test_what_a_brief_says_is_among_them() -> None:

    read = read_brief("Клиент: ООО «Ромашка». Продукт: дебетовая карта.", date(2026, 11, 23))
    assert read.fields["category"].value in {one.code for one in categories()}
