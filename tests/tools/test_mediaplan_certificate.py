"""The certificate that no plan meets a task, against every combination of a few packages: what binds, and how little helps."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import product

import pytest

from tools.mediaplan.certificate import certify
from tools.mediaplan.choice import NARROW, Space, feasible, minimum_units
from tools.mediaplan.planner import Infeasible, plan
from tools.mediaplan.supply import supplies
from tools.mediaplan.task import task_from_fields
from tools.mediaplan.terms import terms_of
from tools.rate_card import Rate
from tools.reference import load_reference

CHANNELS = ("olv", "vk", "dooh")
STEP = {
    "budget_max": Decimal("0.01"),
    "budget_min": Decimal("-0.01"),
    "share_min": Decimal("-0.0001"),
    "share_max": Decimal("0.0001"),
    "min_order": Decimal(-1),
}
SMALL = 3_000_000  # roubles; a larger budget has too many combinations to try
TASKS = 600


@dataclass
class Combinations:
    """Prices and minimum orders of one package per channel; `meet` tries every number of each."""

    costs: list[Decimal]
    minimums: list[int]

    def meet(
        self,
        budget: Decimal,
        least: Decimal,
        share_min: Mapping[str, Decimal],
        share_max: Mapping[str, Decimal],
        minimums: list[int] | None = None,
    ) -> bool:
        fits = [
            [0, *range(low, min(int(budget / cost), 60) + 1)]
            for low, cost in zip(minimums or self.minimums, self.costs, strict=True)
        ]
        # units are whole: a share said exactly is met from a hair below
        share_min = {
            name: max(Decimal(0), share_max[name] - NARROW)
            if name in share_max and 0 <= share_max[name] - share < NARROW
            else share
            for name, share in share_min.items()
        }
        for lots in product(*fits):
            spent = dict(zip(CHANNELS, (n * c for n, c in zip(lots, self.costs, strict=True)), strict=True))
            if (
                any(lots)
                and least <= sum(spent.values()) <= budget
                and all(spent[name] >= share * budget for name, share in share_min.items())
                and all(spent[name] <= share * budget for name, share in share_max.items())
            ):
                return True
        return False


def drawn(draw: random.Random) -> tuple[Space, Combinations]:
    rates = [
        Rate(
            id=name, channel=name, format="package", title=name, model="package", unit="week",
            price=Decimal(draw.choice([40, 70, 110, 190]) * 1000), contacts_per_unit=Decimal(1000),
            min_units=draw.choice([1, 2, 3]), valid_from=date(2025, 1, 1), source="test",
        )
        for name in CHANNELS
    ]  # fmt: skip
    budget = Decimal(draw.randrange(20, 300) * 1000)
    fields = {
        "period_start": "2026-02-10", "period_end": "2026-03-10", "budget_max": budget, "budget_vat": "excl",
        "budget_commission": "none", "geo": ["Москва"], "volume_discount": False, "channels": list(CHANNELS),
    }  # fmt: skip
    if draw.random() < 0.3:
        fields["budget_min"] = budget * Decimal(draw.choice(["0.9", "0.97"]))
    if draw.random() < 0.6:
        fields["share_min"] = {draw.choice(CHANNELS): draw.choice(["0.2", "0.5", "0.7"])}
    if draw.random() < 0.5:
        fields["share_max"] = {draw.choice(CHANNELS): draw.choice(["0.1", "0.3", "0.6"])}
    reference = load_reference().with_rates(rates)
    task = task_from_fields(fields)
    terms, _ = terms_of(task, reference, "ru")
    offered, _, _ = supplies(task, terms, reference, "ru")
    assert task.budget_max is not None
    space = Space(
        task=task, reference=reference, terms=terms, supplies=offered, universe=11_000_000,
        budget=task.budget_max, budget_min=task.budget_min or Decimal(0),
        share_min=dict(task.share_min), share_max=dict(task.share_max),
    )  # fmt: skip
    by_channel = {supply.rate.channel: supply for supply in offered}
    return space, Combinations(
        [by_channel[name].price(Decimal(0)) * terms.budget_factor for name in CHANNELS],
        [minimum_units(by_channel[name], Decimal(0)) for name in CHANNELS],
    )


def meets(
    space: Space, trial: Combinations, constraint: str | None = None, value: Decimal = Decimal(0)
) -> bool:
    """Whether any combination meets the task, one constraint moved to a value."""
    name, _, channel = (constraint or "").partition(".")
    return trial.meet(
        value if name == "budget_max" else space.budget,
        value if name == "budget_min" else space.budget_min,
        {**space.share_min, channel: value} if name == "share_min" else space.share_min,
        {**space.share_max, channel: value} if name == "share_max" else space.share_max,
        [int(value) if own == channel else low for own, low in zip(CHANNELS, trial.minimums, strict=True)]
        if name == "min_order"
        else None,
    )


@pytest.mark.slow
def test_certificates_against_every_combination() -> None:
    draw = random.Random(7)
    certified = joint = 0
    for _ in range(TASKS):
        space, trial = drawn(draw)
        possible = meets(space, trial)
        assert feasible(space) is possible
        if possible:
            continue
        certified += 1
        found = certify(space, "ru", ())
        told = [one for one in (found.relaxation, *found.others) if one is not None]
        for one in told:
            needed, kind = Decimal(one.needed), one.constraint.partition(".")[0]
            if kind == "budget_max" and needed > SMALL:
                continue
            assert meets(space, trial, one.constraint, needed), one
            assert not meets(space, trial, one.constraint, needed - STEP[kind]), one
        if not told:
            joint += 1
            assert not meets(space, trial, "budget_max", space.budget * 9)
            assert not any(meets(space, trial, f"share_min.{name}") for name in space.share_min)
            assert not any(meets(space, trial, f"share_max.{name}", Decimal(1)) for name in space.share_max)
            assert not (space.budget_min and meets(space, trial, "budget_min"))
    assert certified > 60
    assert joint > 2


def test_a_least_share_above_the_most_is_no_plan() -> None:
    task = task_from_fields(
        {
            "period_start": "2026-02-10", "period_end": "2026-03-10", "budget_max": 3_000_000,
            "share_min": {"olv": "0.7"}, "share_max": {"olv": "0.6"},
        }
    )  # fmt: skip
    answer = plan(task, load_reference(demo=True), date(2026, 2, 1))
    assert isinstance(answer, Infeasible)
    assert answer.relaxation is not None
    assert answer.relaxation.constraint in ("share_min.olv", "share_max.olv")
