"""How many people a number of contacts reaches, by stated models, and reach of several channels together.

Universe and impressions are counts of people and contacts; reach is people. Every model keeps
reach <= universe, reach <= impressions. Formulas: textbook exposure models (binomial, beta-binomial,
Sainsbury as in majesus/mediaPlanR); exponential is the limit of the negative binomial as k grows.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, expm1, lgamma, log1p, prod

from pydantic import BaseModel, ConfigDict, Field


class Interval(BaseModel):
    """A forecast: what is expected and the ends it is read between. Not a guarantee."""

    model_config = ConfigDict(frozen=True)

    low: float
    expected: float
    high: float = Field(description="low <= expected <= high")

    def to_tenths(self) -> Interval:
        """As it is shown: no forecast is good to more than a tenth of a contact."""
        return Interval(low=round(self.low, 1), expected=round(self.expected, 1), high=round(self.high, 1))


def exponential(impressions: float, universe: float) -> float:
    """U * (1 - exp(-I / U)): contacts fall on people at random; overstates reach where exposure is uneven."""
    if universe <= 0 or impressions <= 0:
        return 0.0
    return min(impressions, -universe * expm1(-impressions / universe))


def negative_binomial(impressions: float, universe: float, k: float) -> float:
    """U * (1 - (1 + m / k) ** -k), m = I / U: uneven exposure, the more so the smaller k > 0."""
    if universe <= 0 or impressions <= 0:
        return 0.0
    return min(impressions, -universe * expm1(-k * log1p(impressions / universe / k)))


def binomial(share: float, insertions: int) -> float:
    """Share reached by n equal independent insertions, each reaching `share`: 1 - (1 - r) ** n."""
    return 1 - (1 - share) ** insertions


def beta_binomial(a: float, b: float, insertions: int) -> float:
    """Share reached by n insertions when people differ in their chance, Beta(a, b): 1 - B(a, b + n) / B(a, b)."""
    return -expm1(lgamma(b + insertions) + lgamma(a + b) - lgamma(b) - lgamma(a + b + insertions))


def sainsbury(shares: Sequence[float]) -> float:
    """Share reached by channels together if their audiences are independent: 1 - prod(1 - r)."""
    return 1 - prod(1 - share for share in shares)


def duplication_bounds(reaches: Sequence[float], universe: float) -> tuple[float, float]:
    """What holds whatever the duplication: at least the largest channel, at most the sum and the universe."""
    if not reaches:
        return (0.0, 0.0)
    return (max(reaches), min(universe, sum(reaches)))


def campaign_reach(reaches: Sequence[Interval], universe: float) -> Interval:
    """People reached by all lines together: Sainsbury on each end and on the expectation.

    Never below the largest line, never above the sum of lines or the universe.
    """

    def union(values: list[float]) -> float:
        low, high = duplication_bounds(values, universe)
        return max(low, min(high, universe * sainsbury([value / universe for value in values])))

    if not reaches or universe <= 0:
        return Interval(low=0, expected=0, high=0)
    return Interval(
        low=union([one.low for one in reaches]),
        expected=union([one.expected for one in reaches]),
        high=union([one.high for one in reaches]),
    )


def effective_contacts(impressions: float, universe: float, k: float, wear_out: float) -> float:
    """Contacts weighted by wear-out: the n-th contact with one person counts wear_out ** (n - 1).

    Closed form by the generating function of the negative binomial: U * (1 - G(d)) / (1 - d) with
    G(d) = (1 + m (1 - d) / k) ** -k. wear_out 1 gives impressions, 0 gives reach.
    """
    if wear_out >= 1:
        return max(0.0, impressions)
    return negative_binomial(impressions * (1 - wear_out), universe, k) / (1 - wear_out)


def poisson_at_least(mean: float, times: int) -> float:
    """Share of people met at least `times` times when contacts fall at random with this mean."""
    term, below = exp(-mean), 0.0
    for seen in range(times):
        below += term
        term *= mean / (seen + 1)
    return max(0.0, 1 - below)
