"""Sums of money as the marts give them: apart by basis, in plain decimal notation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any


def sums(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One sum per basis, with the number of deals in it."""
    return [
        {
            "amount": _plain(row["amount"]),
            "currency": row["currency"],
            "vat": row["vat"],
            "vat_rate": row["vat_rate"],
            "commission": row["commission"],
            "deals": row["deals"],
        }
        for row in rows
    ]


def added(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Sums of several groups put together, still apart by basis."""
    total: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        basis = (row["currency"], row["vat"], row["vat_rate"], row["commission"])
        one = total.setdefault(basis, {**row, "amount": Decimal(0), "deals": 0})
        one["amount"] += Decimal(row["amount"])
        one["deals"] += row["deals"]
    return sums(total.values())


def _plain(amount: Decimal) -> str:
    text = format(Decimal(amount), "f")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part.ljust(2, '0')}" if part else whole
