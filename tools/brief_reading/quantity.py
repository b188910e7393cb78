"""A number or a range found in a text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number or a range at text[start:end]. A bound that is not said is None; both are the same for an exact number.

    `scaled` says that a word of scale (тыс., млн) stands with it; `bound` is exact, range, min, max or move
    ("с 3 до 5 млн", from an old value to a new one, when the verb says so).
    """

    low: Decimal | None
    high: Decimal | None
    start: int
    end: int
    scaled: bool = False
    currency: str | None = None
    percent: bool = False
    bound: str = "exact"
    number_start: int = 0

    @property
    def bare(self) -> bool:
        """A number with neither scale nor currency nor percent."""
        return not (self.scaled or self.currency or self.percent)


def within(found: Sequence[Quantity], start: int, end: int) -> Sequence[Quantity]:
    """Those of ascending quantities whose number begins in text[start:end]; cost grows with what is found only."""
    return found[
        bisect_left(found, start, key=lambda one: one.number_start) : bisect_left(
            found, end, key=lambda one: one.number_start
        )
    ]
