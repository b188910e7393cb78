"""The words that make a bound of a figure: «больше», «не менее», "at most"."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from agents.asked.said import Said

Kind = Literal["amount", "days"]
_REACH: Final = 40
_IN_ORDER: Final = ("at_least", "at_most", "above", "below")


@cache
def table() -> Mapping[str, Any]:
    """The words of bounds."""
    return tomllib.loads(files("agents.words").joinpath("bounds.toml").read_text(encoding="utf-8"))


@cache
def _patterns(kind: Kind) -> tuple[tuple[str, re.Pattern[str]], ...]:
    row = table()[kind]
    between = rf"(?:\s+(?:{'|'.join(row['between'])}))*\s*$"
    return tuple(
        (name, re.compile(rf"(?:{'|'.join(row[name])}){between}", re.IGNORECASE)) for name in _IN_ORDER
    )


def bound_before(text: str, start: int, kind: Kind) -> str | None:
    """Which bound the words before a figure make of it: at_least, at_most, above or below; None where they make none."""
    before = text[max(0, start - _REACH) : start]
    return next((name for name, pattern in _patterns(kind) if pattern.search(before)), None)


def take_bound(said: Said, start: int, kind: Kind) -> None:
    """Take up the words that make a bound of the figure at text[start:]."""
    before = said.question[max(0, start - _REACH) : start]
    for _, pattern in _patterns(kind):
        match = pattern.search(before)
        if match:
            said.take_span(start - len(before) + match.start(), start)
            return
