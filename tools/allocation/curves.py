"""Response curves with diminishing returns: concave, increasing, nothing for nothing.

`scale` is the number of units that give one contact per person of the channel's audience.
Each curve answers three questions: its value at x units, its slope there, and where its slope falls to a given one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, expm1, inf, log, log1p
from typing import Protocol


class Curve(Protocol):
    """What the allocation asks of a response."""

    def value(self, units: float) -> float:
        """The response to so many units; value(0) is 0."""

    def slope(self, units: float) -> float:
        """The response to one more unit; never increases."""

    def inverse(self) -> Callable[[float], float]:
        """A function of a slope (> 0): the most units at which the slope is still at least that; may be infinite.

        Made once per search: it may remember its last answer to find the next one sooner, never to change it.
        """


@dataclass(frozen=True, slots=True)
class Linear:
    """Every unit gives the same: clicks bought by the click, impressions, views."""

    rate: float

    def value(self, units: float) -> float:
        return self.rate * units

    def slope(self, units: float) -> float:  # noqa: ARG002
        return self.rate

    def inverse(self) -> Callable[[float], float]:
        rate = self.rate
        return lambda slope: inf if slope <= rate else 0.0


@dataclass(frozen=True, slots=True)
class Saturating:
    """top * (1 - (1 + x / (scale k)) ** -k): people reached under negative binomial exposure; k infinite: exponential."""

    top: float
    scale: float
    k: float

    def value(self, units: float) -> float:
        m = units / self.scale
        if self.k == inf:
            return -self.top * expm1(-m)
        return -self.top * expm1(-self.k * log1p(m / self.k))

    def slope(self, units: float) -> float:
        if not units:
            return self.top / self.scale
        m = units / self.scale
        if self.k == inf:
            return self.top / self.scale * exp(-m)
        return self.top / self.scale * exp(-(self.k + 1) * log1p(m / self.k))

    def inverse(self) -> Callable[[float], float]:
        first = self.top / self.scale
        if self.k == inf:
            scale = self.scale
            return lambda slope: scale * log(first / slope) if slope < first else 0.0
        stretch, power = self.scale * self.k, 1 / (self.k + 1)
        return lambda slope: stretch * ((first / slope) ** power - 1) if slope < first else 0.0


@dataclass(frozen=True, slots=True)
class Missed:
    """-log(1 - r), where r = audience * (1 - (1 + x / (scale k)) ** -k) is the share of the target one line reaches.

    The campaign's reach by Sainsbury is 1 - exp(-sum of these over lines): so the sum, which is concave and
    separable, is what an allocation for reach maximises. Concave for every audience in (0, 1] and every k.
    """

    audience: float
    scale: float
    k: float

    def _share(self, units: float) -> float:
        m = units / self.scale
        if self.k == inf:
            return -self.audience * expm1(-m)
        return -self.audience * expm1(-self.k * log1p(m / self.k))

    def value(self, units: float) -> float:
        share = self._share(units)
        return -log1p(-share) if share < 0.5 else -log(self._left(units))

    def _left(self, units: float) -> float:
        m = units / self.scale
        return 1 - self.audience + self.audience * exp(-m if self.k == inf else -self.k * log1p(m / self.k))

    def slope(self, units: float) -> float:
        m = units / self.scale
        still = exp(-m) if self.k == inf else exp(-(self.k + 1) * log1p(m / self.k))
        return self.audience / self.scale * still / self._left(units)

    def inverse(self) -> Callable[[float], float]:
        c, scale, k, rest = self.audience, self.scale, self.k, 1 - self.audience
        first, stretch = c / scale, self.scale * k
        if k == inf:
            if c >= 1:
                return lambda slope: inf if slope <= first else 0.0
            return lambda slope: scale * log((first / slope - c) / rest) if slope < first else 0.0
        if c >= 1:
            return lambda slope: stretch * (first / slope - 1) if slope < first else 0.0
        above, last = k + 1, 0.0

        def units(slope: float) -> float:
            # slope(x) = first / (q (rest q**k + c)) with q = 1 + m / k: Newton on a convex increasing function
            nonlocal last
            target = first / slope
            if target <= 1:
                return 0.0
            q = last or min(target / c, (target / rest) ** (1 / above))
            for _ in range(60):
                power = rest * q**k
                step = (q * (power + c) - target) / (above * power + c)
                q -= step
                if -1e-7 * q < step < 1e-7 * q:
                    break
            last = q if q > 1 else 1.0
            return stretch * (last - 1)

        return units


@dataclass(frozen=True, slots=True)
class Mixed:
    """A weighted sum of responses: how far several targets at once are met."""

    parts: tuple[tuple[float, Curve], ...]

    def value(self, units: float) -> float:
        return sum(weight * curve.value(units) for weight, curve in self.parts)

    def slope(self, units: float) -> float:
        return sum(weight * curve.slope(units) for weight, curve in self.parts)

    def inverse(self) -> Callable[[float], float]:
        flat = sum(weight * curve.rate for weight, curve in self.parts if isinstance(curve, Linear))
        bent = [
            (weight, curve, curve.inverse())
            for weight, curve in self.parts
            if weight > 0 and not isinstance(curve, Linear)
        ]

        def slope_at(units: float) -> float:
            return sum(weight * curve.slope(units) for weight, curve, _ in bent)

        def units(slope: float) -> float:
            if slope <= flat:
                return inf
            target = slope - flat
            if not bent or slope_at(0.0) < target:
                return 0.0
            # alone each part reaches the slope sooner than together; with a share of it later
            low = max(inverse(target / weight) for weight, _, inverse in bent)
            high = max(inverse(target / weight / len(bent)) for weight, _, inverse in bent)
            if len(bent) == 1 or high <= low:
                return low
            over, under = log(slope_at(low) / target), log(slope_at(high) / target)
            for _ in range(60):
                if high - low <= 1e-10 * high or over - under < 1e-300:
                    break
                middle = (high * over - low * under) / (over - under)
                middle = middle if low < middle < high else (low + high) / 2
                found = log(slope_at(middle) / target)
                if abs(found) < 1e-12:
                    return middle
                if found > 0:
                    low, over, under = middle, found, under / 2
                else:
                    high, under, over = middle, found, over / 2
            return low

        return units
