"""Figures, dates and labels as they stand on paper. The only module of paper that reads its packaged files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files

NARROW_SPACE = "\u00a0"


@cache
def labels(lang: str, page: str = "labels.toml") -> Mapping[str, str]:
    """Labels of a paper in Russian, or in English if `lang` is en."""
    path = files("tools") / "paper" / page
    table: dict[str, dict[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return table["en" if lang == "en" else "ru"]


def unit_name(unit: str, lang: str) -> str:
    """A unit of the rate card in the language of the paper; as it stands there if the labels do not know it."""
    path = files("tools") / "paper" / "labels.toml"
    named: dict[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))[
        "units_en" if lang == "en" else "units_ru"
    ]
    return named.get(unit, unit)


def template(name: str) -> bytes:
    """A packaged template."""
    return (files("tools") / "paper" / "templates" / name).read_bytes()


def money(amount: Decimal) -> str:
    """1234567.5 as «1 234 567,50»."""
    return f"{amount:,.2f}".replace(",", NARROW_SPACE).replace(".", ",")


def count(number: float | None) -> str:
    """A whole number with spaces, or a dash where nothing is known."""
    return "–" if number is None else f"{number:,.0f}".replace(",", NARROW_SPACE)


def day(value: date) -> str:
    return value.strftime("%d.%m.%Y")


def period(start: date, end: date) -> str:
    """«20.12–31.12.2025»; both years where they differ."""
    first = start.strftime("%d.%m") if start.year == end.year else day(start)
    return f"{first}–{day(end)}"


def percent(share: Decimal) -> str:
    """0.22 as «22 %»."""
    return f"{(share * 100).normalize():f}".replace(".", ",") + NARROW_SPACE + "%"
