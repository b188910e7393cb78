"""Scenarios of one task side by side, each with its KPI and the proof of how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from math import inf
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.money import DecimalString, Money, to_kopeck
from tools.mediaplan.choice import Choice, Space, choose, reach_value, reached
from tools.mediaplan.forecast import conversion_rate, response
from tools.mediaplan.lines import Line, Totals, build_lines, build_totals
from tools.mediaplan.task import Kpi

FLOORS = ("reach", "leads", "clicks", "views", "impressions")
CEILINGS = {"cpa": "leads", "cpc": "clicks", "cpm": "impressions", "cpv": "views"}
SHARES = ("%", "percent", "процент", "процентов")


class KpiCheck(BaseModel):
    """A KPI of the task beside what the plan expects. met is null when no benchmark lets it be forecast."""

    model_config = ConfigDict(frozen=True)

    metric: str
    target: DecimalString
    unit: str | None
    expected: float | None
    met: bool | None


class Optimality(BaseModel):
    """How far the plan can be from the best possible one: a proven statement, not an estimate.

    For the cheapest scenario the value is the money spent and the bound the least that could do;
    otherwise the value is what was maximised and the bound the most that could be had.
    """

    model_config = ConfigDict(frozen=True)

    metric: str
    value: float
    bound: float
    gap: float = Field(description="Share by which any other plan could be better, at most")
    proven: bool
    nodes: int


class Scenario(BaseModel):
    """One answer to the task."""

    model_config = ConfigDict(frozen=True)

    name: Literal["reach", "leads", "cheapest", "balanced"]
    metric: str
    lines: tuple[Line, ...]
    totals: Totals
    spent: Money = Field(description="What the plan takes from the budget, on the budget's basis")
    kpi: tuple[KpiCheck, ...]
    optimality: Optimality


@dataclass(frozen=True, slots=True)
class Target:
    """A floor in the unit of the metric's response."""

    metric: str
    count: Decimal
    value: float


def available(space: Space, metric: str) -> bool:
    """Whether any format responds on this metric."""
    rates = space.task.conversion_rates
    return any(
        response(
            s, metric, space.universe, conversion_rate(s, rates.get(s.rate.channel)), space.reference.forecast
        )
        for s in space.supplies
    )


def metric_of(kpi: Kpi, space: Space) -> str:
    """The canonical metric a KPI's name speaks of; the name itself when the tables do not know it."""
    name = kpi.metric.strip().lower()
    return space.reference.kpi_names.get(name, name)


def targets(space: Space) -> tuple[Target, ...]:
    """KPI floors that can be forecast. Counts round down per line, so a floor is aimed at with that much more."""
    found: dict[str, Target] = {}
    margin = len(space.supplies) * len(space.terms.segments)
    for kpi in space.task.kpi:
        metric = metric_of(kpi, space)
        if metric not in FLOORS or not available(space, metric):
            continue
        count = kpi.value
        if metric == "reach":
            if space.universe is None:
                continue
            if (kpi.unit or "").strip().lower() in SHARES:
                count = kpi.value / 100 * space.universe
            value = reach_value(float(count) + 1, space.universe)
        else:
            value = float(count) + (margin if metric != "leads" else 0.06)
        if metric not in found or value > found[metric].value:
            found[metric] = Target(metric, count, value)
    return tuple(found.values())


def ceiling_targets(space: Space) -> tuple[Target, ...]:
    """For each ceiling on the cost of a result, the results that the whole budget must bring to keep it."""
    found = []
    for kpi in space.task.kpi:
        metric = CEILINGS.get(metric_of(kpi, space))
        if metric is not None and available(space, metric):
            count = space.budget / kpi.value * (1000 if metric == "impressions" else 1)
            margin = 0.06 if metric == "leads" else len(space.supplies) * len(space.terms.segments)
            found.append(Target(metric, count, float(count) + margin))
    return tuple(found)


def attained(choice: Choice, metric: str, space: Space) -> float:
    """The response of a choice on any metric, in the unit of its target."""
    total = 0.0
    for purchase in choice.purchases:
        supply = purchase.supply
        curve = response(
            supply,
            metric,
            space.universe,
            conversion_rate(supply, space.task.conversion_rates.get(supply.rate.channel)),
            space.reference.forecast,
        )
        total += curve.value(float(purchase.units)) if curve is not None else 0.0
    return total


def meets(choice: Choice, wanted: tuple[Target, ...], space: Space) -> bool:
    return all(attained(choice, target.metric, space) >= target.value for target in wanted)


def meet(
    space: Space, wanted: tuple[Target, ...], weights: dict[str, float] | None = None, rounds: int = 16
) -> tuple[Choice | None, bool]:
    """A choice that meets all targets; if there is none, whether that is proven.

    Weights rise where a target is missed, by ever smaller steps, and are left in `weights` for the next call. Proof:
    whatever meets all targets has a weighted sum of at least the sum of weights, so a bound below it shows there is
    no such plan.
    """
    weights = {} if weights is None else weights
    for target in wanted:
        weights.setdefault(target.metric, 1.0)
        if target.value == inf:
            return None, True
    step, before = (64.0 if rounds > 6 else 2.0), None
    for _ in range(rounds):
        scaled = {t.metric: weights[t.metric] / t.value for t in wanted}
        choice = choose(space, scaled, tolerance=3e-4, most_nodes=3)
        if choice is None:
            return None, True
        if meets(choice, wanted, space):
            return choice, True
        if choice.bound < sum(weights.values()) * (1 - 1e-12):
            return None, True
        worst = min(wanted, key=lambda t: attained(choice, t.metric, space) / t.value).metric
        if before is not None and worst != before:
            step = step**0.5
        before = worst
        weights[worst] *= step
        top = max(weights.values())
        for metric in weights:
            weights[metric] /= top
    return None, False


def grown(space: Space, wanted: tuple[Target, ...], start: Decimal, most: Decimal) -> Space | None:
    """The same space with the first of ever larger budgets at which the targets are met; None up to `most`."""
    budget = start
    while budget <= most:
        wider = replace(space, budget=budget)
        if meet(wider, wanted)[0] is not None:
            return wider
        budget *= 2
    return None


def cheapest(space: Space, wanted: tuple[Target, ...]) -> tuple[Choice, Decimal, Decimal] | None:
    """The choice of least budget that meets the targets, that budget, and a budget proven too small.

    Found to a thousandth of the budget for one target; None when even the whole budget does not do.
    """
    weights: dict[str, float] = {}
    too_small = Decimal(0)
    if len(wanted) > 1:
        for target in wanted:
            alone = cheapest(space, (target,))
            if alone is None:
                return None
            too_small = max(too_small, alone[2])

    def attempt(budget: Decimal) -> tuple[Choice | None, bool]:
        smaller = replace(space, budget=budget, budget_min=Decimal(0))
        if len(wanted) > 1:
            return meet(smaller, wanted, weights, rounds=6)
        choice = choose(smaller, {wanted[0].metric: 1.0}, tolerance=5e-4, most_nodes=12)
        if choice is None:
            return None, True
        return (choice, True) if choice.value >= wanted[0].value else (None, choice.bound < wanted[0].value)

    best, _ = meet(space, wanted, weights) if len(wanted) > 1 else attempt(space.budget)
    if best is None:
        return None
    low, high, fine = too_small, space.budget, 1000 if len(wanted) == 1 else 100
    while high - low > high / fine and high > 1:
        middle = to_kopeck((low + high) / 2 if low else high / 4)
        if not low < middle < high:
            break
        choice, proven = attempt(middle)
        if choice is not None:
            best, high = choice, middle
        else:
            low = middle
            too_small = max(too_small, middle) if proven else too_small
    return best, high, too_small


def _spent(totals: Totals, space: Space) -> Money:
    return totals.gross if space.terms.budget_with_vat else totals.net


def check_kpi(kpi: Kpi, totals: Totals, space: Space) -> KpiCheck:
    """A KPI against the totals of a plan; costs per result stand on the basis of the budget."""
    metric = metric_of(kpi, space)
    counts: Mapping[str, float | None] = {
        "reach": totals.reach,
        "impressions": totals.impressions,
        "clicks": totals.clicks,
        "views": totals.views,
        "leads": totals.conversions,
        "frequency": totals.frequency,
    }
    expected = counts.get(metric)
    if metric == "reach" and (kpi.unit or "").strip().lower() in SHARES:
        expected = totals.reach_percent
    if metric in CEILINGS:
        count = counts[CEILINGS[metric]]
        money = _spent(totals, space).amount * (1000 if metric == "cpm" else 1)
        expected = round(float(money / Decimal(str(count))), 2) if count else None
    elif metric in ("ctr", "vtr"):
        part, whole = (totals.clicks if metric == "ctr" else totals.views), totals.impressions
        expected = round(100 * part / whole, 3) if part is not None and whole else None
    met = None
    if expected is not None:
        met = expected <= float(kpi.value) if metric in CEILINGS else expected >= float(kpi.value)
    return KpiCheck(metric=metric, target=kpi.value, unit=kpi.unit, expected=expected, met=met)


def scenario(
    name: Literal["reach", "leads", "cheapest", "balanced"],
    metric: str,
    choice: Choice,
    space: Space,
    least_money: tuple[Decimal, Decimal] | None = None,
) -> Scenario:
    """A choice written out as a scenario; `least_money` is the budget found and the one proven too small."""
    pricing = space.pricing(choice.share_off)
    lines = build_lines(choice.purchases, pricing)
    totals = build_totals(lines, choice.purchases, pricing)
    spent = _spent(totals, space)
    value, bound = choice.value, max(choice.bound, choice.value)
    if metric == "reach" and space.universe is not None:
        value, bound = reached(value, space.universe), reached(bound, space.universe)
    if least_money is not None:
        value, bound = float(spent.amount), min(float(least_money[1]), float(spent.amount))
        gap = (value - bound) / value if value else 0.0
    else:
        gap = (bound - value) / bound if bound > 0 else 0.0
    return Scenario(
        name=name,
        metric=metric,
        lines=lines,
        totals=totals,
        spent=spent,
        kpi=tuple(check_kpi(kpi, totals, space) for kpi in space.task.kpi),
        optimality=Optimality(
            metric="cost" if least_money is not None else metric,
            value=round(value, 4),
            bound=round(bound, 4),
            gap=round(gap, 6),
            proven=choice.proven,
            nodes=choice.nodes,
        ),
    )
