"""Why a task cannot be met: the constraint that binds, by how much, and the smallest relaxation that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.money import to_kopeck
from tools.mediaplan.choice import Space, feasible, minimum_units, pin_supply, pin_units, unit_cost
from tools.mediaplan.supply import Refusal

NOTHING = Decimal(0)


class Relaxation(BaseModel):
    """One constraint and the value at which the task becomes possible, all else kept."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    constraint: str
    given: str | None = Field(default=None, alias="from")
    needed: str = Field(alias="to")
    unit: str


class Infeasible(BaseModel):
    """The certificate that no plan meets the task."""

    model_config = ConfigDict(frozen=True)

    constraint: str = Field(
        description="missing, period, channels, channel.X, budget_max, budget_min, share_min.X, share_max.X, "
        "pinned.X, min_order.X, kpi.X, or several joined by +"
    )
    by: str | None = Field(
        description="How far the constraint is from possible, in the unit of its relaxation"
    )
    relaxation: Relaxation | None = Field(description="The smallest change of one constraint that helps")
    why: str
    others: tuple[Relaxation, ...] = ()
    missing: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    proven: bool = Field(default=True, description="False only when the search hit its limit of nodes")


@dataclass(frozen=True, slots=True)
class _Loosening:
    """A constraint as a number that can be moved from where it stands to where it no longer binds."""

    name: str
    key: str
    channel: str
    given: Decimal
    loosest: Decimal
    step: Decimal
    unit: str
    roubles: Decimal
    at: Callable[[Decimal], Space]


def _without(mapping: Any, name: str, value: Decimal) -> dict[str, Decimal]:
    return {**mapping, name: value}


def _loosenings(space: Space) -> Iterator[_Loosening]:
    budget = space.budget
    most = max(budget * 1000, Decimal(10) ** 9)
    yield _Loosening(
        "budget_max", "budget_max", "", budget, most, Decimal("0.01"), "RUB", Decimal(1),
        lambda value: replace(space, budget=value),
    )  # fmt: skip
    if space.budget_min:
        yield _Loosening(
            "budget_min", "budget_min", "", space.budget_min, NOTHING, Decimal("0.01"), "RUB", Decimal(1),
            lambda value: replace(space, budget_min=value),
        )  # fmt: skip
    for channel, share in space.share_min.items():
        yield _Loosening(
            f"share_min.{channel}", "share_min", channel, share, NOTHING, Decimal("0.0001"), "share", budget,
            lambda value, c=channel: replace(space, share_min=_without(space.share_min, c, value)),  # type: ignore[misc]
        )  # fmt: skip
    for channel, share in space.share_max.items():
        yield _Loosening(
            f"share_max.{channel}", "share_max", channel, share, Decimal(1), Decimal("0.0001"), "share", budget,
            lambda value, c=channel: replace(space, share_max=_without(space.share_max, c, value)),  # type: ignore[misc]
        )  # fmt: skip
    for pin in space.task.pinned:
        supply = pin_supply(pin, space.supplies)
        if supply is None:
            continue
        units = space.pinned_units.get(supply.rate.id, pin_units(pin, supply, space.terms, NOTHING))
        yield _Loosening(
            f"pinned.{pin.channel}", "pinned", pin.channel, Decimal(units), NOTHING, Decimal(supply.rate.lot),
            supply.rate.unit, unit_cost(supply, space.terms, NOTHING),
            lambda value, i=supply.rate.id: replace(space, pinned_units={**space.pinned_units, i: int(value)}),  # type: ignore[misc]
        )  # fmt: skip
    for supply in space.supplies:
        units = space.min_units.get(supply.rate.id, minimum_units(supply, NOTHING))
        if units > supply.rate.lot:
            yield _Loosening(
                f"min_order.{supply.rate.channel}", "min_order", supply.rate.channel, Decimal(units),
                Decimal(supply.rate.lot), Decimal(supply.rate.lot), supply.rate.unit,
                unit_cost(supply, space.terms, NOTHING),
                lambda value, i=supply.rate.id: replace(space, min_units={**space.min_units, i: int(value)}),  # type: ignore[misc]
            )  # fmt: skip


def _smallest(loosening: _Loosening) -> Decimal | None:
    """The value nearest to the given one at which the task is possible, to one step; None when even the loosest fails."""
    if not feasible(loosening.at(loosening.loosest)):
        return None
    fails, works = loosening.given, loosening.loosest
    if loosening.key == "budget_max":
        works = loosening.given
        while not feasible(loosening.at(works)):
            fails, works = works, min(works * 2, loosening.loosest)
    step = loosening.step
    while abs(works - fails) > step:
        middle = fails + ((works - fails) / step / 2).to_integral_value() * step
        if middle in (fails, works):
            break
        if feasible(loosening.at(middle)):
            works = middle
        else:
            fails = middle
    return works


def certify(space: Space, lang: str, refused: tuple[Refusal, ...]) -> Infeasible:
    """The certificate for a space in which nothing is feasible: every constraint tried alone, the cheapest named."""
    say = space.reference.say
    found: list[tuple[Decimal, _Loosening, Decimal]] = []
    for loosening in _loosenings(space):
        value = _smallest(loosening)
        if value is not None:
            found.append((abs(value - loosening.given) * loosening.roubles, loosening, value))
    found.sort(key=lambda row: row[0])
    if not found:
        return _joint(space, lang, refused)
    relaxations = [
        Relaxation(constraint=one.name, **{"from": _plain(one.given), "to": _plain(value)}, unit=one.unit)
        for _, one, value in found
    ]
    _, first, value = found[0]
    by = _plain(abs(value - first.given))
    return Infeasible(
        constraint=first.name,
        by=by,
        relaxation=relaxations[0],
        others=tuple(relaxations[1:]),
        why=say(
            first.key,
            lang,
            by=by,
            channel=first.channel,
            **{"from": _plain(first.given), "to": _plain(value)},
        ),
        refused=refused,
    )


def _joint(space: Space, lang: str, refused: tuple[Refusal, ...]) -> Infeasible:
    """An irreducible set of constraints: each is dropped in turn and kept dropped while the rest still fails."""
    current = space
    kept: list[str] = []
    for index in range(len(list(_loosenings(space)))):
        loosening = list(_loosenings(current))
        if index >= len(loosening):
            break
        dropped = loosening[index].at(loosening[index].loosest)
        if feasible(dropped):
            kept.append(loosening[index].name)
        else:
            current = dropped
    names = kept or ["capacity"]
    return Infeasible(
        constraint=" + ".join(names),
        by=None,
        relaxation=None,
        why=space.reference.say("joint", lang, names=", ".join(names)),
        refused=refused,
    )


def _plain(value: Decimal) -> str:
    return format(to_kopeck(value).normalize() if value == to_kopeck(value) else value.normalize(), "f")
