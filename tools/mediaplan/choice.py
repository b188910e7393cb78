"""The choice of a plan: which units of which formats, for a metric, within a budget, with the bound that proves it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil, exp, inf, log1p

from masterdeal.money import to_kopeck
from tools.allocation.curves import Curve, Linear, Mixed
from tools.allocation.optimum import Allocation, Limits, Option, allocate
from tools.mediaplan.forecast import conversion_rate, response
from tools.mediaplan.lines import Pricing, Purchase
from tools.mediaplan.supply import Supply
from tools.mediaplan.task import Pin, PlanTask
from tools.mediaplan.terms import Terms
from tools.reference import Reference, VolumeDiscount

KOPECKS = 100
NARROW = Decimal("0.001")  # an exact share is met from below within this, since units are whole


@dataclass(frozen=True, slots=True)
class Space:
    """Everything a choice is made from. Relaxations are copies with one thing loosened."""

    task: PlanTask
    reference: Reference
    terms: Terms
    supplies: tuple[Supply, ...]
    universe: int | None
    budget: Decimal
    budget_min: Decimal
    share_min: Mapping[str, Decimal]
    share_max: Mapping[str, Decimal]
    pinned_units: Mapping[str, int] = field(default_factory=dict)
    min_units: Mapping[str, int] = field(default_factory=dict)

    def pricing(self, discount: Decimal) -> Pricing:
        return Pricing(
            terms=self.terms,
            discount=discount,
            universe=self.universe,
            rule=self.reference.forecast,
            conversion_rates=self.task.conversion_rates,
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """Purchases, the discount they earn, and the metric's value with its proven bound."""

    purchases: tuple[Purchase, ...]
    discount: VolumeDiscount | None
    value: float
    bound: float
    nodes: int
    proven: bool

    @property
    def share_off(self) -> Decimal:
        return self.discount.share if self.discount else Decimal(0)

    @property
    def gap(self) -> float:
        return max(0.0, self.bound - self.value) / self.bound if self.bound > 0 else 0.0


def minimum_units(supply: Supply, discount: Decimal) -> int:
    """The smallest order of a format in units, from the card's minimum in units or in money, in whole lots."""
    rate, units = supply.rate, supply.rate.lot
    if rate.min_units is not None:
        units = max(units, rate.min_units)
    if rate.min_cost is not None:
        units = max(units, ceil(rate.min_cost / supply.price(discount)))
    return ceil(units / rate.lot) * rate.lot


def pin_supply(pin: Pin, supplies: tuple[Supply, ...]) -> Supply | None:
    """The format a pinned line speaks of: the first of its channel that fits, or None."""
    for supply in supplies:
        if supply.rate.channel == pin.channel and pin.format in (None, supply.rate.format):
            return supply
    return None


def unit_cost(supply: Supply, terms: Terms, discount: Decimal) -> Decimal:
    """What one unit takes from the budget, on the budget's basis, in roubles."""
    return terms.client_price(supply.price(discount)) * terms.budget_factor


def pin_units(pin: Pin, supply: Supply, terms: Terms, discount: Decimal) -> int:
    """Units of a pinned line, in whole lots; a cost is never exceeded."""
    if pin.units is not None:
        return ceil(pin.units / supply.rate.lot) * supply.rate.lot
    assert pin.cost is not None
    return int(pin.cost / unit_cost(supply, terms, discount) / supply.rate.lot) * supply.rate.lot


def _curve(space: Space, supply: Supply, weights: Mapping[str, float]) -> Curve:
    cr = conversion_rate(supply, space.task.conversion_rates.get(supply.rate.channel))
    parts = [
        (weight, curve)
        for metric, weight in weights.items()
        if (curve := response(supply, metric, space.universe, cr, space.reference.forecast)) is not None
    ]
    if not parts:
        return Linear(0.0)
    return parts[0][1] if len(parts) == 1 and parts[0][0] == 1.0 else Mixed(tuple(parts))


@dataclass(frozen=True, slots=True)
class _Lots:
    """A curve per unit, asked per lot."""

    curve: Curve
    lot: int

    def value(self, units: float) -> float:
        return self.curve.value(units * self.lot)

    def slope(self, units: float) -> float:
        return self.curve.slope(units * self.lot) * self.lot

    def inverse(self) -> Callable[[float], float]:
        ask, lot = self.curve.inverse(), self.lot
        return lambda slope: ask(slope / lot) / lot


def _options(space: Space, discount: Decimal, weights: Mapping[str, float]) -> tuple[list[Option], float]:
    """Options in kopecks of the budget, and the kopecks that rounding per line may add."""
    terms, options, slack = space.terms, [], 0.0
    pins: dict[str, int] = {}
    for pin in space.task.pinned:
        supply = pin_supply(pin, space.supplies)
        if supply is not None:
            units = space.pinned_units.get(supply.rate.id, pin_units(pin, supply, terms, discount))
            pins[supply.rate.id] = pins.get(supply.rate.id, 0) + units
    for supply in space.supplies:
        rate, lot = supply.rate, supply.rate.lot
        price = float(unit_cost(supply, terms, discount)) * lot * KOPECKS
        low = ceil(space.min_units.get(rate.id, minimum_units(supply, discount)) / lot)
        high = supply.most_units(space.universe, terms.days) // lot
        must = False
        if rate.id in pins:
            low = high = pins[rate.id] // lot
            must = low > 0
        elif rate.channel not in space.share_min and rate.channel not in space.share_max:
            # a line of a few clicks that only uses up the change is no line an agency would send
            low = max(low, ceil(float(space.budget * space.reference.forecast.least_line) * KOPECKS / price))
        curve = _curve(space, supply, weights)
        options.append(
            Option(
                key=rate.id,
                group=rate.channel,
                curve=curve if lot == 1 else _Lots(curve, lot),
                price=price,
                low=max(1, low),
                high=high,
                must=must,
            )
        )
        slack += 0.5 * len(terms.segments) if terms.budget_with_vat else 0.0
        slack += float(terms.client_price(supply.price(discount)) * terms.rate_swing) * KOPECKS
    return options, slack


def choose(
    space: Space,
    weights: Mapping[str, float],
    tolerance: float = 2e-4,
    most_nodes: int = 100,
) -> Choice | None:
    """The best purchases for a weighted sum of metrics, or None when no purchase keeps the limits.

    A volume discount is taken at the highest threshold the plan still reaches. For reach the value is
    -log(1 - share): see `reached`.
    """
    tiers: list[VolumeDiscount | None] = [None]
    if space.task.volume_discount:
        assert space.task.period_start is not None
        rows = [row for row in space.reference.volume if row.covers(space.task.period_start)]
        tiers = [*sorted(rows, key=lambda row: row.threshold, reverse=True), None]
    for tier in tiers:
        discount = tier.share if tier else Decimal(0)
        if tier is not None and space.budget < tier.threshold * (1 - discount):
            continue
        options, slack = _options(space, discount, weights)
        # tax is rounded per line and per whole unit, up or down: room is reserved only where that breaks a limit
        for reserve in (0.0, slack + 2):
            found = _allocate(space, options, reserve, tolerance, most_nodes)
            if found is None:
                break
            purchases = tuple(
                Purchase(supply, lots * supply.rate.lot)
                for supply, lots in zip(space.supplies, found.lots, strict=True)
            )
            if reserve or _kept(space, purchases, discount):
                break
        if found is None:
            continue
        listed = sum((p.units * p.supply.campaign_price for p in purchases), Decimal(0))
        if tier is None or listed >= tier.threshold:
            return Choice(purchases, tier, found.value, found.bound, found.nodes, found.proven)
    return None


def _kept(space: Space, purchases: tuple[Purchase, ...], discount: Decimal) -> bool:
    """Whether the purchases, taxed and rounded line by line, keep the budget and the shares to the kopeck."""
    spent: dict[str, Decimal] = {}
    for purchase in purchases:
        price = space.terms.client_price(purchase.supply.price(discount))
        for segment, units in zip(space.terms.segments, space.terms.split(purchase.units), strict=True):
            cost = price * units
            if space.terms.budget_with_vat:
                cost += to_kopeck(cost * segment.vat_rate)
            channel = purchase.supply.rate.channel
            spent[channel] = spent.get(channel, Decimal(0)) + cost
    whole = sum(spent.values(), Decimal(0))
    return (
        space.budget_min <= whole <= space.budget
        and all(
            spent.get(channel, Decimal(0)) <= share * space.budget
            for channel, share in space.share_max.items()
        )
        and all(
            spent.get(channel, Decimal(0)) >= share * space.budget
            for channel, share in space.share_min.items()
        )
    )


def _allocate(
    space: Space, options: list[Option], slack: float, tolerance: float, most_nodes: int
) -> Allocation | None:
    budget = float(space.budget) * KOPECKS - slack
    floor = max(float(space.budget_min) * KOPECKS + slack, 0.01)
    whole = float(space.budget) * KOPECKS
    groups = []
    told = sum(space.share_min.values(), Decimal(0))
    full = 1 - NARROW * len(space.share_min) < told <= 1  # half and half leaves no change: each a hair less
    for name in {**space.share_min, **space.share_max}:
        least, most = space.share_min.get(name, Decimal(0)), space.share_max.get(name)
        if most is not None and most < least:
            return None
        if full and least:
            least = max(Decimal(0), least - NARROW)
        if most is not None and most - least < NARROW:
            least = max(Decimal(0), most - NARROW)
        groups.append(
            (
                name,
                float(least) * whole + slack if least else 0.0,
                inf if most is None else max(0.0, float(most) * whole - slack),
            )
        )
    if budget <= 0:
        return None
    found = allocate(options, Limits(budget, floor, tuple(groups)), tolerance, most_nodes)
    return found if found is not None and any(found.lots) else None


def feasible(space: Space) -> bool:
    """Whether any purchase at all keeps every limit."""
    return choose(space, {"impressions": 1.0}, tolerance=1e9, most_nodes=60) is not None


def reached(value: float, universe: int) -> float:
    """People reached by a plan whose reach value is -log(1 - share)."""
    return universe * (1 - exp(-value))


def reach_value(people: float, universe: int) -> float:
    """The reach value of so many people; infinite at the universe."""
    return inf if people >= universe else -log1p(-people / universe)
