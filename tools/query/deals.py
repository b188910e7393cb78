"""Deals that meet conditions, counted, summed, averaged, grouped or listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from masterdeal import instant
from masterdeal.deal import Deal
from masterdeal.portfolio import spread
from masterdeal.ports import DealFilter
from masterdeal.view import card
from tools.deals import LONGEST_LIST, PortfolioView, filtered_deals, listed
from tools.happening import Happening, moments
from tools.query.condition import Condition, meets
from tools.query.fields import (
    MOMENTS,
    MONEY,
    SCORES,
    Number,
    Span,
    Word,
    days_of,
    money_of,
    number_of,
    spans_of,
    words_of,
)
from tools.query.money import Bases, money_spread
from tools.query.told import with_told

Naming = Literal["manager", "client"]
Measure = Literal["list", "count", "share", "sum", "mean", "median", "smallest", "largest", "win_rate"]
By = Literal[Word, Span]
Order = Literal["id", Number, "created", "closed", "cancelled", "ended", "G3", "G4", "G5"]
MOST_GROUPS: Final = 20


def query_deals(
    view: PortfolioView,
    conditions: Sequence[Condition] = (),
    measure: Measure = "list",
    of: Number | None = None,
    by: By | None = None,
    span_of: Happening = "created",
    whole: Sequence[Condition] = (),
    order: Order = "id",
    descending: bool = True,
    limit: int = 10,
    ranked: bool = False,
    group_min: int = 1,
    naming: Naming | None = None,
) -> dict[str, Any]:
    """Any question about many deals: those that meet every condition are listed, counted, summed or averaged, as one or in
    groups (also by reason: why they were cancelled). measure: list; count; share (of the deals that meet only `whole`); sum, mean, median, smallest or largest `of` an
    amount, of days or of nps; win_rate (closed among closed and cancelled). by: also for each stage, manager, client... or for
    each month, quarter or year of `span_of` (in the order of time unless `ranked`); groups come largest first, or smallest first
    with descending false, and only those of `group_min` deals or more. order: what a list is sorted by; naming: a list also
    says each deal's manager or client. Amounts of different bases (currency, VAT) are never added: each basis has its own figures."""
    clock = view.clock()
    told = {of or "", by or "", order, *(one.field for one in (*whole, *conditions))}
    found = _candidates(view, (*whole, *conditions), clock, told)
    answer: dict[str, Any] = {"as_of": instant.iso(clock), "deals": len(found), "measure": measure}
    if measure == "share":
        answer["whole"] = len(_candidates(view, whole, clock, told))
    if measure == "win_rate":
        answer |= _won(found)
    if of is not None:
        answer |= {"of": of, **_figures(view, found, of, clock)}
    if by is not None:
        groups = _groups(view, found, by, span_of, measure, of, clock)
        if measure == "share":
            all_of = {
                one["name"]: one["deals"]
                for one in _groups(
                    view, _candidates(view, whole, clock, told), by, span_of, measure, of, clock
                )
            }
            groups = [group | {"whole": all_of[group["name"]]} for group in groups]
        groups = [group for group in groups if group["deals"] >= group_min]
        groups.sort(key=lambda group: group["name"])
        if by not in ("month", "quarter", "year") or ranked:
            groups.sort(key=lambda group: _weight(group, measure), reverse=descending)
        answer |= {"by": by, "groups": groups[:MOST_GROUPS], "groups_in_all": len(groups)}
    if measure == "list":
        rows = _ordered(view, found, order, descending, clock)[: min(limit, LONGEST_LIST)]
        answer["rows"] = [
            listed(card(deal, view.book, clock, clock)) | {"sorted_by": by_what} for deal, by_what in rows
        ]
        answer["naming"] = naming
    return answer


def _candidates(
    view: PortfolioView, conditions: Sequence[Condition], clock: int, told: Iterable[str]
) -> list[Deal]:
    """The folded deals that meet all conditions, with what their events tell under these fields; the store sorts out what
    it can by itself."""
    where = DealFilter()
    for one in conditions:
        if one.negated or len(one.any_of) != 1:
            continue
        if one.field == "stage":
            where = DealFilter(stage=one.any_of)
        elif one.field == "manager":
            where = DealFilter(manager=one.any_of[0])
        elif one.field == "industry":
            where = DealFilter(industry=one.any_of[0])
    deals = with_told(view, [deal for deal, _, _ in filtered_deals(view, where, clock)], told, clock)
    return [deal for deal in deals if all(meets(deal, one, view.book, clock) for one in conditions)]


def _won(deals: Sequence[Deal]) -> dict[str, Any]:
    won = sum(deal.stage == "closed" for deal in deals)
    lost = sum(deal.stage == "cancelled" for deal in deals)
    return {"won": won, "lost": lost, "win_rate": won / (won + lost) if won + lost else None}


def _figures(view: PortfolioView, deals: Sequence[Deal], of: Number, clock: int) -> dict[str, Any]:
    """Spread of an amount (per basis), of a score or of days; `without` counts the deals that have none."""
    if of in SCORES:
        known = (number_of(deal, of, view.book, clock) for deal in deals)
        scores = [float(score) for score in known if score is not None]
        return {"scores": spread(scores), "without": len(deals) - len(scores)}
    if of not in MONEY:
        days = [found for deal in deals if (found := days_of(deal, of, view.book, clock)) is not None]
        return {"days": spread(days), "without": len(deals) - len(days)}
    bases: Bases = {}
    without = 0
    for deal in deals:
        money = money_of(deal, of)
        if money is None:
            without += 1
            continue
        basis = (money.get("currency", "RUB"), money.get("vat"), money.get("vat_rate"))
        bases.setdefault(basis, []).append(Decimal(money["amount"]))
    return {"sums": money_spread(bases), "without": without}


def _groups(
    view: PortfolioView,
    deals: Sequence[Deal],
    by: By,
    span_of: Happening,
    measure: Measure,
    of: Number | None,
    clock: int,
) -> list[dict[str, Any]]:
    members: dict[str, list[Deal]] = {}
    for deal in deals:
        if by in ("month", "quarter", "year"):
            names = list(spans_of(deal, by, span_of, view.book, clock))
        else:
            names = words_of(deal, by, view.book)
            names = names[1::2] if by == "domain_stage" else names
        for name in dict.fromkeys(names):
            members.setdefault(name, []).append(deal)
    return [
        {
            "name": name,
            "deals": len(own),
            **(_won(own) if measure == "win_rate" else {}),
            **(_figures(view, own, of, clock) if of is not None else {}),
        }
        for name, own in members.items()
    ]


def _weight(group: dict[str, Any], measure: Measure) -> Decimal:
    """What groups are ranked by; one without the figure stands last."""
    if measure == "share":
        return Decimal(group["deals"]) / Decimal(group["whole"])
    if measure == "win_rate":
        return Decimal(str(group["win_rate"] if group["win_rate"] is not None else -1))
    if group.get("sums"):
        return max(Decimal(sums[measure if measure in sums else "sum"]["amount"]) for sums in group["sums"])
    if spent := group.get("days") or group.get("scores"):
        named = {"smallest": "min", "largest": "max"}.get(measure, measure)
        return Decimal(str(spent.get(named) or 0))
    return Decimal(group["deals"])


def _ordered(
    view: PortfolioView, deals: Sequence[Deal], order: Order, descending: bool, clock: int
) -> list[tuple[Deal, Any]]:
    """The deals in order, each with what it was sorted by; those without it come last."""
    if order == "id":
        return [(deal, None) for deal in deals]
    rows = [(deal, *_place(view, deal, order, clock)) for deal in deals]
    rows.sort(key=lambda row: row[1] or 0, reverse=descending)
    rows.sort(key=lambda row: row[1] is None)
    return [(deal, shown) for deal, _, shown in rows]


def _place(view: PortfolioView, deal: Deal, order: Order, clock: int) -> tuple[Decimal | None, Any]:
    if order in MONEY:
        money = money_of(deal, order)
        return (None, None) if money is None else (Decimal(money["amount"]), dict(money))
    if order in MOMENTS:
        found = list(moments(deal, order, view.book, clock))  # type: ignore[arg-type]
        return (None, None) if not found else (Decimal(found[-1]), instant.iso(found[-1]))
    if order in SCORES:
        score = number_of(deal, order, view.book, clock)
        return (None, None) if score is None else (score, int(score))
    days = days_of(deal, order, view.book, clock)
    return (None, None) if days is None else (Decimal(str(days)), days)
