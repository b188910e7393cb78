"""The Lagrangian side of an allocation: one price of money per group, and the bound that no plan can beat.

For any prices of money the bound holds (weak duality), so its truth does not rest on how well they were found.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, inf, isfinite, isinf, log
from typing import NamedTuple

from tools.allocation.curves import Curve


@dataclass(frozen=True, slots=True)
class Option:
    """One thing money can buy. Zero lots, or between `low` and `high` of them; never zero if `must`."""

    key: str
    group: str
    curve: Curve
    price: float
    low: int = 1
    high: int = 1_000_000_000
    must: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """The budget, the least to spend, and the least and most for each group; all in the unit of the prices."""

    budget: float
    floor: float = 0.0
    groups: tuple[tuple[str, float, float], ...] = ()


@dataclass(slots=True)
class Box:
    """Bounds on the lots of every option in one part of the search."""

    low: list[int]
    high: list[int]
    must: list[bool]


@dataclass(frozen=True, slots=True)
class Relaxation:
    """Prices of money per option, the lots wanted at them (fractional), and the bound on the value."""

    prices: list[float]
    wanted: list[float]
    bound: float


class Problem:
    """Options and limits with what every node of the search needs at hand."""

    def __init__(self, options: Sequence[Option], limits: Limits) -> None:
        self.options = list(options)
        self.limits = limits
        named = {name: (low, high) for name, low, high in limits.groups}
        members: dict[str, list[int]] = {}
        for index, option in enumerate(self.options):
            members.setdefault(option.group, []).append(index)
        self.groups = [
            (indices, max(0.0, named.get(name, (0.0, inf))[0]), named.get(name, (0.0, inf))[1])
            for name, indices in members.items()
        ]
        self.separate = all(len(indices) == 1 for indices, _, _ in self.groups)
        self.impossible = any(low > 0 for name, (low, _) in named.items() if name not in members)
        self.root = Box(
            low=[max(1, option.low) for option in self.options],
            high=[option.high for option in self.options],
            must=[option.must for option in self.options],
        )

    def propagate(self, box: Box) -> bool:
        """Tighten the box by what the limits leave; False when nothing can be left."""
        options, budget = self.options, self.limits.budget
        slack = 1e-11 * max(1.0, abs(budget)) if not isinf(budget) else 0.0
        binding = any(box.must) or any(least > 0 for _, least, _ in self.groups)
        for _ in range(4):
            forced = [box.low[i] * option.price if box.must[i] else 0.0 for i, option in enumerate(options)]
            everything = sum(forced)
            again = False
            for indices, least, most in self.groups:
                found = (
                    self._tighten_alone(
                        box, indices[0], least, min(most, budget - everything + forced[indices[0]]), slack
                    )
                    if len(indices) == 1
                    else self._tighten(box, indices, least, most, forced, budget - everything, slack)
                )
                if found is None:
                    return False
                again = again or found
            if not again or not binding:
                break
        floor = self.limits.floor
        if floor > 0 and sum(h * o.price for h, o in zip(box.high, options, strict=True)) + slack < floor:
            return False
        needed_total = 0.0
        for indices, least, _ in self.groups:
            needed = 0.0
            for i in indices:
                if box.must[i]:
                    needed += box.low[i] * options[i].price
            needed_total += needed if needed > least else least
        return needed_total <= budget + slack

    def _tighten_alone(self, box: Box, i: int, least: float, most: float, slack: float) -> bool | None:
        """The box of the only option of a group; whether money forced elsewhere may change by it, None when nothing is left."""
        price, again = self.options[i].price, False
        if box.high[i] * price > most + slack:
            box.high[i] = int((most + slack) / price) if most + slack > 0 else 0
        if box.high[i] < box.low[i]:
            if box.must[i]:
                return None
            box.high[i] = 0
        if least > slack:
            lots = int((least - slack) / price)
            lots += lots * price < least - slack
            if lots > box.high[i]:
                return None
            if not box.must[i] or lots > box.low[i]:
                box.must[i] = again = True
                box.low[i] = max(box.low[i], lots)
        return again

    def _tighten(
        self,
        box: Box,
        indices: list[int],
        least: float,
        most: float,
        forced: list[float],
        left: float,
        slack: float,
    ) -> bool | None:
        """The same for a group of several options, of which any may make the room of the others."""
        options, again = self.options, False
        inside = sum(forced[i] for i in indices)
        most_of_all = sum(box.high[i] * options[i].price for i in indices)
        for i in indices:
            price = options[i].price
            room = min(most - inside, left) + forced[i] + slack
            if box.high[i] * price > room:
                top = int(room / price) if room > 0 else 0
                if top < box.high[i]:
                    most_of_all -= (box.high[i] - top) * price
                    box.high[i] = top
                    again = True
            if box.high[i] < box.low[i] and box.high[i] > 0:
                if box.must[i]:
                    return None
                most_of_all -= box.high[i] * price
                box.high[i] = 0
                again = True
            if box.must[i] and box.high[i] < box.low[i]:
                return None
        for i in indices:
            price = options[i].price
            needed = least - (most_of_all - box.high[i] * price) - slack
            if needed > 0:
                lots = int(needed / price)
                lots += lots * price < needed
                if lots > box.high[i]:
                    return None
                if not box.must[i] or lots > box.low[i]:
                    box.must[i] = True
                    box.low[i] = max(box.low[i], lots)
                    again = True
        return None if most_of_all + slack < least else again

    def _even_price(self) -> float:
        """The middle marginal response per money when every option gets an even part of the budget."""
        if isinf(self.limits.budget):
            return 0.0
        part = self.limits.budget / len(self.options)
        slopes = sorted(option.curve.slope(part / option.price) / option.price for option in self.options)
        return slopes[len(slopes) // 2]

    def relax(self, box: Box, whole: bool = True) -> Relaxation:
        """Prices of money that balance the budget and every group, and the bound they prove.

        The bound is on allocations in whole lots; with `whole` false on fractional ones, which is a little higher.
        """
        terms = list(map(_term, self.options, box.low, box.high, box.must))
        top = max((term.top for term in terms), default=0.0) * 1.001 + 1e-300
        clamps: list[tuple[list[_Term], float, float, float, float]] = []
        for indices, least, most in () if self.separate else self.groups:
            inside = [terms[i] for i in indices]
            if len(inside) == 1:  # the box already holds what the limits leave of a single option
                clamps.append((inside, 0.0, inf, least, most))
                continue
            at_most = 0.0 if isinf(most) else _price(partial(_spend, inside), most, top)
            at_least = inf
            if least > 0 and _spend(inside, top) < least:
                at_least = _price(partial(_spend, inside), least, top, above=True)
            clamps.append((inside, at_most, at_least, least, most))
        if all(at_most == 0.0 and at_least == inf for _, at_most, at_least, _, _ in clamps):
            price = _price(
                partial(_spend, terms),
                self.limits.budget,
                top,
                near=self._even_price(),
                ends=(
                    sum(term.price * term.high for term in terms),
                    sum(term.price * term.low for term in terms if term.chord == inf),
                ),
            )
        else:
            price = _price(
                lambda p: sum(_spend(inside, min(max(p, a), b)) for inside, a, b, _, _ in clamps),
                self.limits.budget,
                top,
                near=self._even_price(),
            )
        prices = [price] * len(terms)
        bound = price * self.limits.budget if price else 0.0
        for (indices, _, _), (_, at_most, at_least, least, most) in zip(
            () if self.separate else self.groups, clamps, strict=True
        ):
            own = min(max(price, at_most), at_least)
            if own > price:
                bound += (own - price) * most
            elif own < price:
                bound += (own - price) * least
            for i in indices:
                prices[i] = own
        wanted = []
        for i, option in enumerate(self.options):
            lots = terms[i].wanted(prices[i])
            wanted.append(lots)
            if whole:
                bound += best_lots(option, prices[i], box.low[i], box.high[i], box.must[i], lots)[1]
            elif lots:
                bound += option.curve.value(lots) - prices[i] * option.price * lots
        return Relaxation(prices=prices, wanted=wanted, bound=bound)


class _Term(NamedTuple):
    """One option as the search for a price of money needs it: on its chord up to the minimum order, then on its curve."""

    price: float
    chord: float
    units: Callable[[float], float]
    low: float
    high: float
    top: float

    def wanted(self, money: float) -> float:
        asked = money * self.price
        if asked > self.chord:
            return 0.0
        return min(max(self.units(asked), self.low), self.high) if asked > 0 else self.high


def _term(option: Option, low: int, high: int, must: bool) -> _Term:
    if high <= 0:
        return _Term(option.price, -1.0, lambda _: 0.0, 0.0, 0.0, 0.0)
    curve = option.curve
    if must:
        return _Term(option.price, inf, curve.inverse(), low, high, curve.slope(0.0) / option.price)
    if low <= 1:  # no minimum order: on the curve from the first fraction of a lot
        first = curve.slope(0.0)
        return _Term(option.price, first, curve.inverse(), 0.0, high, first / option.price)
    chord = curve.value(low) / low
    return _Term(option.price, chord, curve.inverse(), low, high, chord / option.price)


def _spend(terms: Sequence[_Term], money: float) -> float:
    if money <= 0:
        return sum(term.price * term.high for term in terms)
    spent = 0.0
    for price, chord, units, low, high, _ in terms:
        asked = money * price
        if asked <= chord:
            lots = units(asked)
            spent += price * (low if lots < low else high if lots > high else lots)
    return spent


def best_lots(
    option: Option, money: float, low: int, high: int, must: bool, near: float
) -> tuple[int, float]:
    """Whole lots with the most value left after paying for them at this price of money, and that value."""
    if high <= 0:
        return 0, 0.0
    cost = money * option.price
    value = option.curve.value
    first = min(max(int(near), low), high)
    best, left = first, value(first) - cost * first
    second = min(first + 1, high)
    if second != first:
        other = value(second) - cost * second
        if other > left:
            best, left = second, other
    if not must and left <= 0:
        return 0, 0.0
    return best, left


def _price(
    spend: Callable[[float], float],
    target: float,
    top: float,
    above: bool = False,
    near: float = 0.0,
    ends: tuple[float, float] | None = None,
) -> float:
    """The price of money at which spending falls to the target, looked for first about `near`; 0 if it never exceeds it.

    Spending never increases with the price and is nothing free to choose above `top`. Where it jumps over the target
    the dearer end of the last bracket is taken (spending <= target), or the cheaper one with `above`. `ends` is what is
    spent at no price and at `top`, where that is known.
    """
    if isinf(target):
        return 0.0
    at_nothing, at_top = ends or (spend(0.0), spend(top))
    if at_nothing <= target:
        return 0.0
    dear, at_dear = log(top), at_top
    if at_dear > target:
        return top
    position = min(dear - 0.01, log(near)) if near > 0 else dear - 2.5
    while True:
        found = spend(exp(position))
        if found > target:
            cheap, at_cheap = position, found
            above_it = position + 1.3 * log(found / target) + 0.02 if target > 0 else dear
            if above_it >= dear - 0.01 or (at_dear > 0 and dear < log(top)):
                break
            further = spend(exp(above_it))
            if further > target:
                cheap, at_cheap = above_it, further
            else:
                dear, at_dear = above_it, further
            break
        dear, at_dear = position, found
        position -= min(6.0, 1.3 * log(target / found) + 0.02) if found > 0 else 2.0
        if position < -650:
            return 0.0
    aim = target * (1 + 5e-11 if above else 1 - 5e-11)  # the middle of what is accepted
    over = log(at_cheap / aim) if target > 0 else inf
    under = log(at_dear / aim) if at_dear > 0 and target > 0 else -inf
    side = 0
    for step in range(150):
        if dear - cheap <= 1e-14 * max(1.0, abs(dear)):
            break
        # Anderson and Björck's rule on the logarithms: spending is close to a power of the price; halving where that is no help
        middle = (cheap + dear) / 2
        if step % 8 < 6 and isfinite(over) and isfinite(under) and over > under:
            guess = (dear * over - cheap * under) / (over - under)
            middle = guess if cheap < guess < dear else middle
        found = spend(exp(middle))
        if abs(found - target) <= 1e-10 * target and (found >= target if above else found <= target):
            return exp(middle)
        if found > target:
            now = log(found / aim) if target else inf
            if side > 0 and isfinite(under):
                under *= max(1 - now / over, 0.0) or 0.5 if isfinite(now) and isfinite(over) else 0.5
            cheap, over, side = middle, now, 1
        else:
            now = log(found / aim) if found > 0 and target > 0 else -inf
            if side < 0 and isfinite(over):
                over *= (
                    max(1 - now / under, 0.0) or 0.5 if isfinite(now) and isfinite(under) and under else 0.5
                )
            dear, under, side = middle, now, -1
    return exp(cheap if above else dear)
