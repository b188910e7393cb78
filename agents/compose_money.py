"""Answers about sums of money over many deals, in bound sentences."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from agents.compose_portfolio import terms_in_words
from agents.draft import Bound, Draft
from agents.shown import names
from agents.state import Lang

MOST_GROUPS: Final = 25
_FIGURES: Final = ("mean", "median", "sum")


def say_money_figures(
    draft: Draft,
    value: Mapping[str, Any],
    terms: Mapping[str, Any],
    slots: Mapping[str, Any],
    lang: Lang,
) -> None:
    """Mean, median and sum of an amount, per basis, and for each group: by mean where the average was asked for."""
    limits = "&".join(f"{name}={term}" for name, term in sorted(terms.items()))
    base = f"budget_figures{'?' + limits if limits else ''}/{value['amount']}"
    what = terms_in_words(terms, lang)
    for place, row in enumerate(value["sums"]):
        draft.say(
            "money_figures",
            what=what,
            amount=Bound(f"{base}/amount", value["amount"], "amount", "tool"),
            deals=Bound(f"{base}/{place}/deals", row["deals"], "number", "tool"),
            **_bound(f"{base}/{place}", row),
        )
    if not value["sums"]:
        draft.say("money_none", what=what)
    elif value["without"]:
        draft.say("money_without", without=Bound(f"{base}/without", value["without"], "count_deals", "tool"))
    if value["groups"]:
        _say_groups(draft, value, base, "mean" if "average" in slots["features"] else "sum", lang)


def _say_groups(draft: Draft, value: Mapping[str, Any], base: str, order: str, lang: Lang) -> None:
    draft.say("money_groups", dimension=names(lang)["dimension"][value["by"]])
    rows = [(group["name"], row) for group in value["groups"] for row in group["sums"]]
    rows.sort(key=lambda item: -Decimal(item[1][order]["amount"]))
    show: Any = "stage" if value["by"] == "stage" else "text"
    for place, (name, row) in enumerate(rows[:MOST_GROUPS]):
        path = f"{base}/by_{value['by']}/{place}"
        draft.say(
            "money_group",
            name=Bound(f"{path}/name", name, show, "tool"),
            deals=Bound(f"{path}/deals", row["deals"], "number", "tool"),
            mean=Bound(f"{path}/mean", row["mean"], "money", "tool"),
            sum=Bound(f"{path}/sum", row["sum"], "money", "tool"),
        )
    if len(rows) > MOST_GROUPS:
        draft.say("money_more", count=Bound(f"{base}/groups/more", len(rows) - MOST_GROUPS, "number", "tool"))


def _bound(path: str, row: Mapping[str, Any]) -> dict[str, Bound]:
    return {name: Bound(f"{path}/{name}", row[name], "money", "tool") for name in _FIGURES}
