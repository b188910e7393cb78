"""Figures of amounts of money, each basis (currency, VAT, rate) by itself."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

_CENT: Final = Decimal("0.01")
Bases = dict[tuple[str, str | None, str | None], list[Decimal]]


def money_spread(bases: Bases) -> list[dict[str, Any]]:
    """The figures of each basis, the one that most deals have first."""
    rows = []
    for basis, amounts in sorted(bases.items(), key=lambda item: (-len(item[1]), str(item[0]))):
        ordered, count = sorted(amounts), len(amounts)
        figures = {
            "sum": sum(ordered, Decimal(0)),
            "mean": sum(ordered, Decimal(0)) / count,
            "median": (ordered[(count - 1) // 2] + ordered[count // 2]) / 2,
            "smallest": ordered[0],
            "largest": ordered[-1],
        }
        shared = {"currency": basis[0], "vat": basis[1], "vat_rate": basis[2]}
        rows.append(
            {
                "deals": count,
                **{
                    name: {"amount": format(value.quantize(_CENT, ROUND_HALF_UP), "f"), **shared}
                    for name, value in figures.items()
                },
            }
        )
    return rows
