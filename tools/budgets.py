"""Money over many deals: how much in all, on average and in the middle, as a whole or by a property of the deals."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final, Literal

from masterdeal import instant
from masterdeal.deal import Deal
from tools.deals import PortfolioView, Which, meant_deals

Amount = Literal["budget", "mediaplan", "offer", "contract", "invoice"]
By = Literal["stage", "industry", "client_type", "manager"]
_CENT: Final = Decimal("0.01")


def budget_figures(
    view: PortfolioView, which: Which, amount: Amount = "budget", by: By | None = None
) -> dict[str, Any]:
    """Sums of money over the deals that meet the terms: sum, mean, median, smallest and largest, of the budgets or of
    the amounts of media plans, offers, contracts or invoices; with `by`, also for each industry, manager, client type
    or stage, largest sum first. Amounts of different bases (currency, VAT) are never added: each basis has its own
    figures. `without` counts the deals that carry no such amount."""
    clock = view.clock()
    everything: Bases = {}
    groups: dict[str, Bases] = {}
    total = without = 0
    for deal, _ in meant_deals(view, which, clock):
        total += 1
        money = deal.attributes.get("budget") if amount == "budget" else deal.amounts.get(amount)
        if money is None:
            without += 1
            continue
        name = _name(deal, by)
        for bases in (everything, *((groups.setdefault(name, {}),) if name else ())):
            basis = (money.get("currency", "RUB"), money.get("vat"), money.get("vat_rate"))
            bases.setdefault(basis, []).append(Decimal(money["amount"]))
    ordered = sorted(groups.items(), key=lambda item: (-max(sum(v) for v in item[1].values()), item[0]))
    return {
        "as_of": instant.iso(clock),
        "amount": amount,
        "deals": total,
        "without": without,
        "by": by,
        "sums": money_spread(everything),
        "groups": [{"name": name, "sums": money_spread(bases)} for name, bases in ordered],
    }


Bases = dict[tuple[str, str | None, str | None], list[Decimal]]


def _name(deal: Deal, by: By | None) -> str | None:
    if by is None:
        return None
    return deal.stage if by == "stage" else deal.attributes.get(by)


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
