"""Bounds on amounts of money in a question: «дороже 5 млн», «от 3 до 10 млн», «договоры до 500 тыс.»."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any, Final

from agents.asked.bound_words import bound_before, table, take_bound
from agents.asked.said import Placed, Said
from tools.brief_reading.numbers import quantities
from tools.brief_reading.quantity import Quantity
from tools.morphology import tokens
from tools.query.condition import condition

_LARGE: Final = Decimal(1000)
# How many words before a figure the thing may stand that it is about.
_REACH: Final = 6
_BEHIND: Final = (1, 2)


def money_bounds(said: Said, usual: str) -> list[Placed]:
    """Conditions on amounts, each with the place of its figure; `usual` is the amount meant where none is named. A bare number is money
    only where a bound says so: 2026 is a year."""
    found: list[Placed] = []
    text = said.question
    for one in quantities(text, tokens(text)):
        value = max(one.low or Decimal(0), one.high or Decimal(0))
        if one.percent or value < _LARGE or _no_money().match(text[one.end :]):
            continue
        places = [at for at, word in enumerate(said.words) if one.number_start <= word.start < one.end]
        if not places or said.taken & set(places):
            continue
        named = bound_before(text, one.number_start or one.start, "amount")
        if one.bare and one.low == one.high and named is None:
            continue
        bounds = _bounds(one, named)
        field = _amount(said, places[0], usual)
        said.take_span(one.start, one.end)
        said.take([*places, *_leading(said, places[0])])
        take_bound(said, one.number_start, "amount")
        found.append((places[0], condition(field, **{n: v for n, v in bounds.items() if v is not None})))
    return found


@cache
def _no_money() -> re.Pattern[str]:
    return re.compile(rf"\s*(?:{'|'.join(table()['no_money']['words'])})(?!\w)", re.IGNORECASE)


def _bounds(one: Quantity, named: str | None) -> dict[str, Any]:
    """A range has both ends; one figure has the bound that its words make of it, or is meant exactly."""
    if named is None or (one.low is not None and one.high is not None and one.low != one.high):
        return {"at_least": one.low, "at_most": one.high}
    return {named: one.low if one.low is not None else one.high}


def _amount(said: Said, place: int, usual: str) -> str:
    """The amount a bound is about: the nearest thing named close before it, or right behind it."""
    names: dict[str, frozenset[str]] = {
        name: frozenset(forms) for name, forms in table()["of"].items() if "leading" not in name
    }
    for at in (*range(place - 1, max(-1, place - 1 - _REACH), -1), *(place + behind for behind in _BEHIND)):
        if not 0 <= at < len(said.words) or said.clause(at) != said.clause(place) or at in said.taken:
            continue
        for name, forms in names.items():
            if said.words[at].forms & forms:
                said.take([at])
                return name
    return usual


def _leading(said: Said, place: int) -> list[int]:
    """«на сумму», «с бюджетом»: what leads up to an amount."""
    leading, first = frozenset(table()["of"]["leading"]), frozenset(table()["of"]["before_leading"])
    before = [at for at in range(max(0, place - _REACH), place) if said.words[at].forms & leading]
    return [*before, *(at - 1 for at in before if at and said.words[at - 1].forms & first)]
