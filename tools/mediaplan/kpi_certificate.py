"""Why a KPI cannot be met: the most that can be had, and the budget that would do."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tools.mediaplan.certificate import Infeasible, Relaxation
from tools.mediaplan.choice import Space, choose, reached
from tools.mediaplan.scenario import (
    CEILINGS,
    Scenario,
    Target,
    attained,
    available,
    cheapest,
    grown,
    scenario,
)
from tools.mediaplan.supply import Refusal


def missed(
    space: Space, wanted: tuple[Target, ...], lang: str, refused: tuple[Refusal, ...], proven: bool
) -> Infeasible:
    """The certificate for KPI floors: the most that can be had, and the budget that would do."""
    say = space.reference.say
    wider = grown(replace(space, budget_min=Decimal(0)), wanted, space.budget, space.budget * 1024)
    enough = cheapest(wider, wanted) if wider is not None else None
    money = (
        None
        if enough is None
        else Relaxation(
            constraint="budget_max",
            **{"from": format(space.budget, "f"), "to": format(enough[1], "f")},
            unit="RUB",
        )
    )
    for target in wanted:
        choice = choose(space, {target.metric: 1.0}, tolerance=1e-5, most_nodes=200)
        assert choice is not None
        if choice.value >= target.value:
            continue
        most = attained(choice, target.metric, space)
        if target.metric == "reach" and space.universe is not None:
            most = reached(most, space.universe)
        lowered = Relaxation(
            constraint=f"kpi.{target.metric}",
            **{"from": format(target.count.normalize(), "f"), "to": str(int(most))},
            unit=target.metric,
        )
        return Infeasible(
            constraint=f"kpi.{target.metric}",
            by=str(int(target.count) - int(most)),
            relaxation=money or lowered,
            others=(lowered,) if money else (),
            why=say(
                "kpi",
                lang,
                metric=target.metric,
                to=int(most),
                **{"from": format(target.count.normalize(), "f")},
            ),
            refused=refused,
            proven=proven,
        )
    names = " + ".join(f"kpi.{target.metric}" for target in wanted)
    return Infeasible(
        constraint=names,
        by=None if enough is None else format(enough[1] - space.budget, "f"),
        relaxation=money,
        why=say("kpi_joint", lang, names=", ".join(target.metric for target in wanted)),
        refused=refused,
        proven=proven,
    )


def too_dear(space: Space, chosen: Scenario, lang: str, refused: tuple[Refusal, ...]) -> Infeasible:
    """The certificate for a ceiling on the cost of a result: what it comes to, and the budget it would hold for."""
    check = next(c for c in chosen.kpi if c.metric in CEILINGS and c.met is False)
    metric, low, high = CEILINGS[check.metric], Decimal(0), space.budget
    floor = space.budget / 200
    if available(space, metric):
        for _ in range(9):
            middle = ((low + high) / 2).quantize(Decimal("0.01"))
            if middle < floor:
                break
            choice = choose(replace(space, budget=middle, budget_min=Decimal(0)), {metric: 1.0}, 1e-3, 20)
            held = (
                choice is not None
                and next(
                    c for c in scenario("leads", metric, choice, space).kpi if c.metric == check.metric
                ).met
            )
            low, high = (middle, high) if held else (low, middle)
    raised = Relaxation(
        constraint=f"kpi.{check.metric}",
        **{"from": format(check.target, "f"), "to": str(check.expected)},
        unit="RUB",
    )
    smaller = Relaxation(
        constraint="budget_max", **{"from": format(space.budget, "f"), "to": format(low, "f")}, unit="RUB"
    )
    assert check.expected is not None
    return Infeasible(
        constraint=f"kpi.{check.metric}",
        by=str(round(check.expected - float(check.target), 2)),
        relaxation=raised,
        others=(smaller,) if low else (),
        why=space.reference.say(
            "kpi_cost", lang, metric=check.metric.upper(), to=check.expected, **{"from": check.target}
        ),
        refused=refused,
        proven=len(space.task.kpi) == 1,
    )
