"""What the dashboard is grouped by: how a group is computed, named, ordered and found again."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from masterdeal.marts.scope import DIMENSIONS

UNKNOWN: Final = {"ru": "не указано", "en": "unknown"}


class Band(Struct, frozen=True):
    """Budgets from `low` up to, but not including, `high`."""

    key: str
    currency: str
    low: Decimal | None
    high: Decimal | None


class Cut(Struct, frozen=True):
    """A way to group. `expression` is its SQL on the columns that facts share."""

    dimension: str
    expression: str
    bands: tuple[Band, ...] = ()

    def conditions(self, value: Any) -> dict[str, Any]:
        """The conditions that name a group's deals."""
        if value is None:
            return {"unknown": (self.dimension,)}
        if self.dimension == "stage":
            return {"stage": (value,)}
        if self.dimension != "budget":
            return {self.dimension: value}
        band = next((band for band in self.bands if band.key == value), None)
        if band is None:
            return {"currency": value}
        return {"currency": band.currency, "budget_min": band.low, "budget_below": band.high}

    def name(self, value: Any) -> dict[str, str]:
        """What people call a group."""
        return UNKNOWN if value is None else {"ru": str(value), "en": str(value)}

    def order(self, value: Any, deals: int) -> tuple[Any, ...]:
        """Bands by size, other groups by number of deals; what is not known last."""
        if value is None:
            return (1, 0, "")
        if not self.bands:
            return (0, -deals, str(value))
        keys = [band.key for band in self.bands]
        return (0, keys.index(value) if value in keys else len(keys), str(value))


def cut_by(dimension: str | None, bands: Sequence[Mapping[str, Any]]) -> Cut | None:
    """The way to group by a dimension."""
    if dimension is None:
        return None
    if dimension == "stage":
        return Cut("stage", "deal_stage")
    if dimension in DIMENSIONS:
        return Cut(dimension, dimension)
    found = [band for row in bands for band in _bands(row)]
    cases = " ".join(
        f"when budget_currency = '{band.currency}'"
        + (f" and budget_amount < {band.high}" if band.high is not None else "")
        + f" then '{band.key}'"
        for band in found
    )
    expression = f"case when budget_amount is null then null {cases} else budget_currency end"
    return Cut("budget", expression, tuple(found))


def _bands(row: Mapping[str, Any]) -> list[Band]:
    edges = [None, *(Decimal(edge) for edge in row["below"]), None]
    currency = row["currency"]
    return [
        Band(
            f"{currency} {low if low is not None else 0}-{high if high is not None else ''}",
            currency,
            low,
            high,
        )
        for low, high in itertools.pairwise(edges)
    ]
