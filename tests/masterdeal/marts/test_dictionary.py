"""The data dictionary in the documentation is the one the model makes."""

from __future__ import annotations

from pathlib import Path

from masterdeal.marts.dictionary import dictionary
from masterdeal.marts.model import marts

DOCS = Path(__file__).parents[3] / "docs" / "marts.md"


def test_the_documentation_is_not_stale() -> None:
    _, _, generated = DOCS.read_text(encoding="utf-8").partition("do not edit below -->\n\n")
    assert generated == dictionary(marts()), "python -m masterdeal.marts.dictionary"


def test_everything_is_said_in_both_languages() -> None:
    for table in marts().tables.values():
        for column in table.columns:
            assert column.ru, column.name
            assert column.en, column.name
            assert column.source, column.name
            assert any("а" <= letter <= "я" for letter in (column.ru + table.ru).lower())
