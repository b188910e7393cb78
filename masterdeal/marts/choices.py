"""What can be chosen to see fewer deals, and how many deals each choice would leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace

from masterdeal.marts.groups import cut_by
from masterdeal.marts.questions import Question
from masterdeal.marts.scope import DIMENSIONS, Scope, stamp
from masterdeal.marts.sums import sums
from masterdeal.marts.warehouse import Warehouse

Quick = Mapping[str, Mapping[str, Any]]
MOST: Final = 200
_BUDGET: Final = {"currency": None, "budget_min": None, "budget_max": None, "budget_below": None}


def choices(
    marts: Warehouse, scope: Scope, quick: Quick, bands: Sequence[Mapping[str, Any]], now: int
) -> dict[str, Any]:
    """The deals in scope: how many, per stage with their sums, and per value of each dimension. The values of a
    dimension (and the stages) are counted as if nothing had been chosen in it, so that another one can be; those with
    most deals first, at most MOST. `quick` are named changes of the scope, each counted."""
    cuts = {name: cut for name in (*DIMENSIONS, "budget") if (cut := cut_by(name, bands)) is not None}
    any_stage = replace(scope, stage=(), pipeline_stage=None)
    asked = {
        "deals": _counted(scope, now),
        "stages": _counted(any_stage, now, "deal_stage"),
        "sums": _sums(any_stage, now),
        **{f"by_{name}": _counted(_without(scope, name), now, cut.expression) for name, cut in cuts.items()},
        **{f"quick_{name}": _counted(replace(scope, **change), now) for name, change in quick.items()},
    }
    found = dict(zip(asked, marts.ask_all(list(asked.values())), strict=True))
    rows = {name: answer.dicts() for name, answer in found.items()}
    return {
        "deals": rows["deals"][0]["deals"],
        "stages": [
            {
                "stage": row["value"],
                "deals": row["deals"],
                "sums": sums(one for one in rows["sums"] if one["value"] == row["value"]),
            }
            for row in rows["stages"]
        ],
        "values": {
            name: [
                {
                    "value": row["value"],
                    "name": cut.name(row["value"]),
                    "deals": row["deals"],
                    "conditions": _shown(cut.conditions(row["value"])),
                }
                for row in sorted(rows[f"by_{name}"], key=lambda row: cut.order(row["value"], row["deals"]))
            ][:MOST]
            for name, cut in cuts.items()
        },
        "quick": {name: rows[f"quick_{name}"][0]["deals"] for name in quick},
    }


def _without(scope: Scope, dimension: str) -> Scope:
    """The scope as if nothing had been chosen in a dimension."""
    rest = tuple(name for name in scope.unknown if name != dimension)
    return replace(scope, unknown=rest, **(_BUDGET if dimension == "budget" else {dimension: None}))


def _counted(scope: Scope, now: int, by: str | None = None) -> Question:
    condition, values = scope.deals(stamp(now))
    if by is None:
        return Question(f"select count(*) as deals from fact_deal where {condition}", values)
    return Question(
        f"select {by} as value, count(*) as deals from fact_deal where {condition} group by 1", values
    )


def _sums(scope: Scope, now: int) -> Question:
    condition, values = scope.deals(stamp(now))
    return Question(
        "select deal_stage as value, budget_currency as currency, budget_vat as vat, budget_vat_rate as vat_rate,"
        " budget_commission as commission, sum(budget_amount) as amount, count(*) as deals from fact_deal"
        f" where budget_amount is not null and {condition} group by 1, 2, 3, 4, 5 order by 2, 3, 4, 5",
        values,
    )


def _shown(conditions: Mapping[str, Any]) -> dict[str, str]:
    """Conditions as parameters of an address."""
    return {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in conditions.items()
        if value is not None
    }
