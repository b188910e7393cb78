"""The planner against tasks whose facts were worked out by hand: outcomes, rules, money, certificates."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from masterdeal.money import to_kopeck
from tools.mediaplan.planner import Infeasible, MediaPlan, plan, task_from_fields
from tools.reference import load_reference


@dataclass(frozen=True)
class Case:
    """One task and the facts any right answer has."""

    id: str
    fields: Mapping[str, Any]
    gold: Mapping[str, Any]
    today: date
    demo: bool


def cases() -> Iterator[Case]:
    """The tasks of evals/plan."""
    for name in ("tasks.toml", "odd_shapes.toml"):
        table = tomllib.loads((files("evals") / "plan" / name).read_text(encoding="utf-8"))
        for row in table["task"]:
            yield Case(row["id"], row["fields"], row["gold"], row["today"], row["demo"])


def answer(case: Case) -> MediaPlan | Infeasible:
    """The product's answer to a task."""
    return plan(task_from_fields(case.fields), load_reference(demo=case.demo), case.today)


def facts(case: Case, given: MediaPlan | Infeasible) -> dict[str, bool]:
    """Each fact of the gold by name, and whether the answer has it."""
    gold = dict(case.gold)
    found = {"outcome": isinstance(given, MediaPlan) is (gold.pop("outcome") == "plan")}
    refused = {one.channel: one.rule_id for one in given.refused}
    found.update({f"refused {c}": refused.get(c) == rule for c, rule in gold.pop("refused", {}).items()})
    read = _plan_facts(given, case) if isinstance(given, MediaPlan) else _certificate_facts(given)
    for name, wanted in gold.items():
        found[name] = name in read and read[name](wanted)
    return found


def _plan_facts(given: MediaPlan, case: Case) -> dict[str, Any]:
    totals = given.totals
    used = {line.channel for line in given.lines}
    units: dict[str, int] = {}
    spent: dict[str, Decimal] = {}
    for line in given.lines:
        units[line.option] = units.get(line.option, 0) + line.units
        cost = line.gross if case.fields.get("budget_vat") == "incl" else line.cost
        spent[line.channel] = spent.get(line.channel, Decimal(0)) + cost.amount
    budget = given.budget.amount if given.budget is not None else Decimal(1)
    chosen = next(one for one in given.scenarios if one.name == given.scenario)
    return {
        "net": lambda gold: totals.net.amount == Decimal(gold),
        "vat": lambda gold: totals.vat.amount == Decimal(gold),
        "gross": lambda gold: totals.gross.amount == Decimal(gold),
        "gross_at_most": lambda gold: totals.gross.amount <= Decimal(gold),
        "commission": lambda gold: totals.commission.amount == Decimal(gold),
        "unspent": lambda gold: given.unspent is not None and given.unspent.amount == Decimal(gold),
        "vat_rates": lambda gold: sorted(totals.vat_by_rate) == gold,
        "uses": lambda gold: set(gold) <= used,
        "avoids": lambda gold: not set(gold) & used,
        "units": lambda gold: all(units.get(option) == count for option, count in gold.items()),
        "share_at_least": lambda gold: all(
            spent.get(c, Decimal(0)) >= Decimal(s) * budget for c, s in gold.items()
        ),
        "share_at_most": lambda gold: all(
            spent.get(c, Decimal(0)) <= Decimal(s) * budget for c, s in gold.items()
        ),
        "scenario": lambda gold: given.scenario == gold,
        "kpi_met": lambda gold: all(check.met is gold for check in chosen.kpi),
        "universe": lambda gold: given.universe == gold,
        "no_reach": lambda gold: (totals.reach is None) is gold,
        "assumes": lambda gold: any(gold in note for note in given.assumptions),
        "discount": lambda gold: Decimal(given.volume_discount) == Decimal(gold),
    }


def _certificate_facts(given: Infeasible) -> dict[str, Any]:
    needed = given.relaxation.needed if given.relaxation is not None else None
    return {
        "constraint": lambda gold: given.constraint == gold,
        "by": lambda gold: given.by is not None and Decimal(given.by) == Decimal(gold),
        "needed": lambda gold: needed == gold,
        "needed_between": lambda gold: (
            needed is not None and Decimal(gold[0]) <= Decimal(needed) <= Decimal(gold[1])
        ),
        "relaxation": lambda gold: given.relaxation is not None and given.relaxation.constraint == gold,
        "missing": lambda gold: list(given.missing) == gold,
    }


def reconciled(given: MediaPlan) -> bool:
    """Whether every sum of every scenario follows from its lines to the kopeck, and reach from people and contacts."""
    for one in given.scenarios:
        for line in one.lines:
            if line.cost.amount != line.units * line.price.amount:
                return False
            rate = line.cost.vat_rate
            if line.vat_amount.amount != (to_kopeck(line.cost.amount * rate) if rate else Decimal(0)):
                return False
            if line.gross.amount != line.cost.amount + line.vat_amount.amount:
                return False
        totals = one.totals
        if totals.net.amount != sum(line.cost.amount for line in one.lines):
            return False
        if totals.gross.amount != totals.net.amount + sum(line.vat_amount.amount for line in one.lines):
            return False
        if given.budget is not None and one.spent.amount > given.budget.amount:
            return False
        if totals.reach is not None and not (
            given.universe is not None
            and totals.reach <= given.universe
            and totals.reach <= (totals.impressions or 0)
        ):
            return False
    return True


def score() -> dict[str, object]:
    """Shares from 0 to 1 of facts and of whole tasks right, of plans that add up; the worst gap; the misses."""
    right = total = whole = tasks = plans = sums = 0
    gap = 0.0
    misses: list[str] = []
    for case in cases():
        given = answer(case)
        found = facts(case, given)
        tasks += 1
        total += len(found)
        right += sum(found.values())
        whole += all(found.values())
        misses.extend(f"{case.id}: {name}" for name, held in found.items() if not held)
        if isinstance(given, MediaPlan):
            plans += 1
            sums += reconciled(given)
            gap = max(
                [gap, *(one.optimality.gap for one in given.scenarios if one.name in ("reach", "leads"))]
            )
    return {
        "tasks": tasks,
        "facts": total,
        "facts_right": right / total,
        "tasks_right": whole / tasks,
        "plans_reconciled": sums / plans if plans else 1.0,
        "worst_gap_percent": gap * 100,
        "misses": misses,
    }
