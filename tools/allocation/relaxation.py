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
            changed = False
            forced = [box.low[i] * options[i].price if box.must[i] else 0.0 for i in range(len(options))]
            everything = sum(forced)
            for indices, least, most in self.groups:
                inside = sum(forced[i] for i in indices)
                most_of_all = sum(box.high[i] * options[i].price for i in indices)
                for i in indices:
                    price = options[i].price
                    room = min(most - inside, budget - everything) + forced[i] + slack
                    if box.high[i] * price > room:
                        top = int(room / price) if room > 0 else 0
                        if top < box.high[i]:
                            most_of_all -= (box.high[i] - top) * price
                            box.high[i] = top
                            changed = True
                    if box.high[i] < box.low[i] and box.high[i] > 0:
                        if box.must[i]:
                            return False
                        most_of_all -= box.high[i] * price
                        box.high[i] = 0
                        changed = True
                    if box.must[i] and box.high[i] < box.low[i]:
                        return False
                for i in indices:
                    price = options[i].price
                    needed = least - (most_of_all - box.high[i] * price) - slack
                    if needed > 0:
                        lots = int(needed / price)
                        lots += lots * price < needed
                        if lots > box.high[i]:
                            return False
                        if not box.must[i] or lots > box.low[i]:
                            box.must[i] = True
                            box.low[i] = max(box.low[i], lots)
                            changed = True
                if most_of_all + slack < least:
                    return False
            if not changed or not binding:
                break
        if sum(h * o.price for h, o in zip(box.high, options, strict=True)) + slack < self.limits.floor:
            return False
        needed_total = sum(
            max(least, sum(box.low[i] * options[i].price for i in indices if box.must[i]))
            for indices, least, _ in self.groups
        )
        return needed_total <= budget + slack

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
        terms = [_term(option, box.low[i], box.high[i], box.must[i]) for i, option in enumerate(self.options)]
        top = max((term.top for term in terms), default=0.0) * 1.001 + 1e-300
        clamps: list[tuple[list[_Term], float, float, float, float]] = []
        for indices, least, most in self.groups:
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
            price = _price(partial(_spend, terms), self.limits.budget, top, near=self._even_price())
        else:
            price = _price(
                lambda p: sum(_spend(inside, min(max(p, a), b)) for inside, a, b, _, _ in clamps),
                self.limits.budget,
                top,
                near=self._even_price(),
            )
        prices = [price] * len(terms)
        bound = price * self.limits.budget if price else 0.0
        for (indices, _, _), (_, at_most, at_least, least, most) in zip(self.groups, clamps, strict=True):
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
    spend: Callable[[float], float], target: float, top: float, above: bool = False, near: float = 0.0
) -> float:
    """The price of money at which spending falls to the target, looked for first about `near`; 0 if it never exceeds it.

    Spending never increases with the price and is nothing free to choose above `top`. Where it jumps over the target
    the dearer end of the last bracket is taken (spending <= target), or the cheaper one with `above`.
    """
    if isinf(target) or spend(0.0) <= target:
        return 0.0
    dear, at_dear = log(top), spend(top)
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
    over = log(at_cheap / target) if target > 0 else inf
    under = log(at_dear / target) if at_dear > 0 and target > 0 else -inf
    side = 0
    for step in range(150):
        if dear - cheap <= 1e-14 * max(1.0, abs(dear)):
            break
        # Illinois on the logarithms: spending is close to a power of the price; halving where that is no help
        middle = (cheap + dear) / 2
        if step % 8 < 6 and isfinite(over) and isfinite(under) and over > under:
            guess = (dear * over - cheap * under) / (over - under)
            middle = guess if cheap < guess < dear else middle
        found = spend(exp(middle))
        if abs(found - target) <= 1e-10 * target and (found >= target if above else found <= target):
            return exp(middle)
        if found > target:
            cheap, over = middle, log(found / target) if target else inf
            under, side = under / 2 if side > 0 else under, 1
        else:
            dear, under = middle, log(found / target) if found > 0 and target > 0 else -inf
            over, side = over / 2 if side < 0 else over, -1
    return exp(cheap if above else dear)
