"""What bought units are expected to bring: contacts, clicks, views, people reached, leads. Forecasts, not promises."""

from __future__ import annotations

from decimal import Decimal

from tools.allocation.curves import Curve, Linear, Missed, Saturating
from tools.mediaplan.supply import ACTIONS, Supply
from tools.reach import Interval, negative_binomial
from tools.reference import ForecastRule

Metric = str  # reach | leads | clicks | views | impressions


def conversion_rate(supply: Supply, given: Decimal | None) -> Decimal | None:
    """Conversions per click: the client's own figure before the rate card's."""
    return given if given is not None else supply.rate.cr


def response(
    supply: Supply, metric: Metric, universe: int | None, cr: Decimal | None, rule: ForecastRule
) -> Curve | None:
    """The response per unit bought for a metric, or None when no benchmark gives one."""
    contacts = float(supply.contacts) if supply.contacts is not None else None
    people = float(supply.channel.audience) * universe if universe is not None else None
    k = float(supply.channel.k)
    if metric == "reach":
        if contacts is None or people is None:
            return None
        return Missed(float(supply.channel.audience), people / contacts, k)
    if metric == "leads":
        if supply.rate.model in ACTIONS:
            return Linear(1.0)
        if supply.clicks is None or cr is None:
            return None
        each = float(supply.clicks * cr)
        wear = 1 - float(rule.wear_out)
        if contacts is None or people is None or wear <= 0:
            return Linear(each)
        scale = people / contacts / wear
        return Saturating(each * scale, scale, k)
    per_unit = {"clicks": supply.clicks, "views": supply.views, "impressions": supply.contacts}[metric]
    return Linear(float(per_unit)) if per_unit is not None else None


def leads(
    supply: Supply, units: int, universe: int | None, cr: Decimal | None, rule: ForecastRule
) -> float | None:
    """Expected leads of so many units."""
    curve = response(supply, "leads", universe, cr, rule)
    return None if curve is None else curve.value(float(units))


def contacts_of(supply: Supply, units: int) -> int | None:
    return None if supply.contacts is None else int(supply.contacts * units)


def clicks_interval(supply: Supply, units: int, rule: ForecastRule) -> Interval | None:
    """Clicks between the low and the high CTR of the benchmark; bought clicks are what is bought."""
    if supply.clicks is None:
        return None
    expected = float(supply.clicks * units)
    if supply.rate.model == "CPC":
        return Interval(low=expected, expected=expected, high=expected)
    ctr = supply.rate.ctr
    assert ctr is not None
    low = supply.rate.ctr_low or ctr * (1 - rule.price_spread)
    high = supply.rate.ctr_high or ctr * (1 + rule.price_spread)
    return Interval(
        low=expected * float(min(low, ctr) / ctr),
        expected=expected,
        high=expected * float(max(high, ctr) / ctr),
    )


def reach_interval(supply: Supply, units: int, universe: int | None, rule: ForecastRule) -> Interval | None:
    """People reached: k at its ends, and contacts spread by the uncertainty of volume."""
    if supply.contacts is None or universe is None:
        return None
    people = float(supply.channel.audience) * universe
    contacts = float(supply.contacts * units)
    spread = float(rule.price_spread)
    expected = negative_binomial(contacts, people, float(supply.channel.k))
    return Interval(
        low=min(expected, negative_binomial(contacts * (1 - spread), people, float(supply.channel.k_low))),
        expected=expected,
        high=max(expected, negative_binomial(contacts * (1 + spread), people, float(supply.channel.k_high))),
    )
