"""From a task to a media plan whose every figure can be checked, or to the certificate that there is none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.money import Money
from tools.mediaplan.audience import audience
from tools.mediaplan.certificate import Infeasible, certify
from tools.mediaplan.choice import Choice, Space, choose, feasible, pin_supply, reach_value, reached
from tools.mediaplan.kpi_certificate import missed, too_dear
from tools.mediaplan.lines import Line, Totals
from tools.mediaplan.preconditions import blocked, unanswerable
from tools.mediaplan.scenario import (
    CEILINGS,
    Scenario,
    Target,
    available,
    ceiling_targets,
    cheapest,
    grown,
    meet,
    meets,
    metric_of,
    scenario,
    targets,
)
from tools.mediaplan.supply import Refusal, supplies
from tools.mediaplan.task import PlanTask, task_from_fields
from tools.mediaplan.terms import terms_of
from tools.reference import Reference

__all__ = ["Infeasible", "MediaPlan", "PlanTask", "plan", "task_from_fields"]

NO_BUDGET = Decimal(10) ** 12
SMALLER = tuple(Decimal(part) for part in ("1", "0.8", "0.6", "0.4", "0.2", "0.1"))


class MediaPlan(BaseModel):
    """The recommended scenario written out, the others beside it, and everything that was assumed."""

    model_config = ConfigDict(frozen=True)

    scenario: Literal["reach", "leads", "cheapest", "balanced"]
    lines: tuple[Line, ...]
    totals: Totals
    scenarios: tuple[Scenario, ...]
    budget: Money | None = Field(
        description="The budget on its own basis; null when the plan tells the budget"
    )
    unspent: Money | None
    universe: int | None = Field(description="People in the target audience")
    volume_discount: str
    refused: tuple[Refusal, ...] = Field(description="Channels not used, with the rule of law or the reason")
    assumptions: tuple[str, ...]
    reference_version: str
    made_on: date


def plan(task: PlanTask, reference: Reference, today: date, lang: str = "ru") -> MediaPlan | Infeasible:
    """The best plan for the task, or why there is none. Deterministic: the same input gives the same plan.

    NotFound when the tables hold no VAT rate for the campaign's days.
    """
    unasked = unanswerable(task, reference, lang)
    if unasked is not None:
        return unasked
    assert task.period_start is not None
    terms, money_notes = terms_of(task, reference, lang)
    universe, people_notes = audience(task, reference, lang)
    offered, refused, price_notes = supplies(task, terms, reference, lang)
    closed = blocked(task, offered, refused, reference, lang)
    if closed is not None:
        return closed
    budget = task.budget_max or task.budget_min
    space = Space(
        task=task,
        reference=reference,
        terms=terms,
        supplies=offered,
        universe=universe,
        budget=budget or NO_BUDGET,
        budget_min=(task.budget_min or Decimal(0)) if task.budget_max else Decimal(0),
        share_min=dict(task.share_min),
        share_max={c: s for c, s in task.share_max.items() if any(o.rate.channel == c for o in offered)},
    )
    if budget is None:
        wanted = targets(space)
        space = (grown(space, wanted, Decimal(10_000), NO_BUDGET) if wanted else None) or space
    if not feasible(space):
        return certify(space, lang, refused)
    answer = _scenarios(space, lang, refused, open_budget=budget is None)
    if isinstance(answer, Infeasible):
        return answer
    made, chosen, discount = answer
    bought = {line.option for line in chosen.lines}
    notes = [*money_notes, *people_notes, *(note for key, note in price_notes.items() if key in bought)]
    if task.budget_max is None and task.budget_min is not None:
        notes.append(reference.say("assume_budget_min", lang))
    if task.period_start <= today:
        notes.append(reference.say("past", lang))
    notes.extend(_model_notes(space, chosen, discount, lang))
    limit = None if budget is None else chosen.spent.model_copy(update={"amount": budget})
    return MediaPlan(
        scenario=chosen.name,
        lines=chosen.lines,
        totals=chosen.totals,
        scenarios=made,
        budget=limit,
        unspent=None if limit is None else limit - chosen.spent,
        universe=universe,
        volume_discount=format(discount, "f"),
        refused=(*refused, *_unfunded(space, chosen, lang)),
        assumptions=tuple(dict.fromkeys(notes)),
        reference_version=reference.version,
        made_on=today,
    )


def _scenarios(
    space: Space, lang: str, refused: tuple[Refusal, ...], open_budget: bool
) -> tuple[tuple[Scenario, ...], Scenario, Decimal] | Infeasible:
    """All scenarios, the recommended one and its discount; or the KPI that cannot be met."""
    wanted = targets(space)
    wide = next((m for m in ("reach", "impressions", "clicks", "leads") if available(space, m)), "clicks")
    deep = "leads" if available(space, "leads") else "clicks" if available(space, "clicks") else None
    made: list[tuple[Scenario, Choice]] = []
    if not open_budget:
        for name, metric in (("reach", wide), ("leads", deep)):
            choice = choose(space, {metric: 1.0}) if metric else None
            if choice is not None and metric:
                made.append((scenario(name, metric, choice, space), choice))  # type: ignore[arg-type]
    fitting = [(one, choice) for one, choice in made if meets(choice, wanted, space)]
    if wanted and not fitting:
        choice, proven = meet(space, wanted)
        if choice is None:
            return missed(space, wanted, lang, refused, proven)
        metric = wanted[0].metric if len(wanted) == 1 else "kpi"
        if not open_budget:
            fitting = [(scenario("balanced", metric, choice, space), choice)]
            made.extend(fitting)
    least = _least(space, wanted, made, wide)
    if least is not None:
        made.append(least)
        if open_budget:
            fitting = [least]
    candidates = fitting or made
    preferred = _preferred(space, wanted)
    chosen, choice = next(((s, c) for s, c in candidates if s.name == preferred), candidates[0])
    if _dear(chosen):
        cheaper = next(((s, c) for s, c in candidates if not _dear(s)), None) or _within_ceilings(
            space, wanted
        )
        if cheaper is None:
            return too_dear(space, chosen, lang, refused)
        chosen, choice = cheaper
        if cheaper not in made:
            made.append(cheaper)
    # A person may want another of those that were found, whatever the rules would recommend.
    chosen, choice = next(((s, c) for s, c in made if s.name == space.task.scenario), (chosen, choice))
    return tuple(one for one, _ in made), chosen, choice.share_off


def _dear(one: Scenario) -> bool:
    return any(check.metric in CEILINGS and check.met is False for check in one.kpi)


def _within_ceilings(space: Space, wanted: tuple[Target, ...]) -> tuple[Scenario, Choice] | None:
    """A plan that keeps every ceiling on the cost of a result and meets every floor, at the largest budget tried.

    Spending no more than a budget for at least budget / ceiling results keeps the ceiling.
    """
    for part in SMALLER:
        budget = space.budget * part
        if budget < space.budget_min:
            return None
        smaller = replace(space, budget=budget)
        floors = {target.metric: target for target in wanted}
        for target in ceiling_targets(smaller):
            if target.metric not in floors or floors[target.metric].value < target.value:
                floors[target.metric] = target
        choice, _ = meet(smaller, tuple(floors.values()))
        if choice is not None:
            found = scenario("balanced", "kpi", choice, smaller)
            if not _dear(found):
                return found, choice
    return None


def _least(
    space: Space, wanted: tuple[Target, ...], made: list[tuple[Scenario, Choice]], wide: str
) -> tuple[Scenario, Choice] | None:
    """The cheapest scenario: the KPI at least cost, or without one a stated part of the best response."""
    if not wanted:
        best = next((choice for one, choice in made if one.name == "reach"), None)
        if best is None:
            return None
        part = float(space.reference.forecast.cheapest_share)
        value = best.value * part
        if wide == "reach" and space.universe is not None:
            value = reach_value(reached(best.value, space.universe) * part, space.universe)
        wanted = (Target(wide, Decimal(0), value),)
    found = cheapest(space, wanted)
    if found is None:
        return None
    choice, budget, too_small = found
    metric = wanted[0].metric if len(wanted) == 1 else "kpi"
    return scenario("cheapest", metric, choice, space, (budget, too_small)), choice


def _preferred(space: Space, wanted: tuple[Target, ...]) -> str:
    """What the task asks for: leads if its KPI or goal speak of action, otherwise reach."""
    asked = {metric_of(kpi, space) for kpi in space.task.kpi}
    if asked & {"leads", "clicks", "cpa", "cpc"}:
        return "leads"
    if asked & {"reach", "impressions", "views", "cpm", "cpv", "frequency"} or wanted:
        return "reach"
    goal = (space.task.goal or "").lower()
    return "leads" if any(word in goal for word in space.reference.goal_words["leads"]) else "reach"


def _unfunded(space: Space, chosen: Scenario, lang: str) -> list[Refusal]:
    """Channels that could be bought but are not in the recommended scenario."""
    used = {line.channel for line in chosen.lines}
    left = dict.fromkeys(s.rate.channel for s in space.supplies if s.rate.channel not in used)
    metric = chosen.metric if chosen.metric != "kpi" else None
    found: list[Refusal] = []
    for channel in left:
        only = tuple(s for s in space.supplies if s.rate.channel == channel)
        useless = metric is not None and not available(replace(space, supplies=only), metric)
        reason: Literal["no_use", "not_funded"] = "no_use" if useless else "not_funded"
        found.append(Refusal(channel=channel, reason=reason, why=space.reference.say(reason, lang)))
    return found


def _model_notes(space: Space, chosen: Scenario, discount: Decimal, lang: str) -> list[str]:
    reference = space.reference
    notes = [reference.say("forecast", lang), reference.say("season", lang, source=reference.season_source)]
    marks = sorted({line.price_mark for line in chosen.lines if line.price_mark != "imported"})
    if marks:
        notes.append(reference.say("sample_rates", lang, marks=", ".join(marks)))
    if chosen.totals.reach is not None:
        notes.append(reference.say("reach_model", lang))
    if chosen.totals.conversions is not None:
        notes.append(reference.say("leads_model", lang, wear_out=reference.forecast.wear_out))
    elif chosen.metric == "clicks":
        notes.append(reference.say("no_cr", lang))
    if discount:
        row = next(row for row in reference.volume if row.share == discount)
        notes.append(
            reference.say(
                "discount", lang, share=f"{discount:.0%}", threshold=f"{row.threshold:,}".replace(",", " ")
            )
        )
    if any(pin_supply(pin, space.supplies) is None for pin in space.task.pinned):
        notes.append(reference.say("no_price", lang))
    return notes
