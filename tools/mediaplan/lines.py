"""Lines and totals of a media plan: every figure follows from units and price, and adds up to the kopeck."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.money import DecimalString, Money, VatBasis, to_kopeck
from tools.mediaplan.forecast import (
    clicks_interval,
    contacts_of,
    conversion_rate,
    leads,
    reach_interval,
)
from tools.mediaplan.supply import Supply
from tools.mediaplan.terms import Segment, Terms
from tools.reach import Interval, campaign_reach, duplication_bounds
from tools.reference import ForecastRule


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Week(_Frozen):
    """Units of a line in one calendar week (Monday first), cut at the line's ends."""

    start: date
    end: date
    units: int


class Line(_Frozen):
    """One row of the plan: one format over days with one VAT rate. Figures are forecasts; units and money are exact."""

    option: str = Field(description="Rate-card row; the lines of one option add up over the campaign")
    channel: str
    format: str
    title: str
    model: str
    unit: str
    units: int
    list_price: Money = Field(description="Rate-card price of a unit, without VAT and commission")
    coefficient: DecimalString = Field(
        description="Season and targeting factors multiplied: what list_price is taken times"
    )
    discount: DecimalString = Field(description="Volume discount as a share")
    price: Money = Field(
        description="The client's price of a unit, without VAT, after discount, with commission if any"
    )
    cost: Money = Field(description="units * price, without VAT")
    commission_amount: Money = Field(description="The part of cost that is agency commission")
    vat_amount: Money
    gross: Money = Field(description="cost + vat_amount")
    period_start: date
    period_end: date
    impressions: int | None
    clicks: int | None
    views: int | None
    reach: int | None
    frequency: float | None
    conversions: float | None
    cpm: DecimalString | None
    cpc: DecimalString | None
    cpa: DecimalString | None
    share: float = Field(description="Share of the plan's cost without VAT")
    forecast: Mapping[str, Interval]
    marking: str = Field(description="erid: must be marked; check: a person decides; none")
    duties: tuple[str, ...]
    price_mark: str = Field(
        description="V verified, R reported, GK general knowledge, demo invented, imported"
    )
    price_source: str
    weeks: tuple[Week, ...]


class Totals(_Frozen):
    """Sums of the lines; reach is de-duplicated, never a sum."""

    net: Money
    vat: Money
    gross: Money
    vat_by_rate: Mapping[str, Money]
    commission: Money
    impressions: int | None
    clicks: int | None
    views: int | None
    conversions: float | None
    reach: int | None
    frequency: float | None
    reach_percent: float | None = Field(description="Reach as a share of the target audience, in percent")
    forecast: Mapping[str, Interval]
    incomplete: tuple[str, ...] = Field(
        description="Figures that some line has no benchmark for, so that the total is a part of the whole"
    )
    reach_bounds: tuple[int, int] | None = Field(
        description="What holds whatever the duplication between channels: the largest line, and the sum or universe"
    )


@dataclass(frozen=True, slots=True)
class Purchase:
    """So many units of a format."""

    supply: Supply
    units: int


@dataclass(frozen=True, slots=True)
class Pricing:
    """What turns purchases into lines."""

    terms: Terms
    discount: Decimal
    universe: int | None
    rule: ForecastRule
    conversion_rates: Mapping[str, Decimal]


def build_lines(purchases: Iterable[Purchase], pricing: Pricing) -> tuple[Line, ...]:
    """A line per purchase and VAT rate, in the order of the purchases."""
    bought = [purchase for purchase in purchases if purchase.units]
    net = sum(
        (p.units * pricing.terms.client_price(p.supply.price(pricing.discount)) for p in bought), Decimal(0)
    )
    return tuple(
        _line(purchase.supply, units, segment, pricing, net)
        for purchase in bought
        for segment, units in zip(pricing.terms.segments, pricing.terms.split(purchase.units), strict=True)
        if units
    )


def _line(supply: Supply, units: int, segment: Segment, pricing: Pricing, net: Decimal) -> Line:
    terms, rate = pricing.terms, supply.rate
    media = supply.price(pricing.discount)
    price = terms.client_price(media)
    cost = terms.money(price * units, segment.vat_rate)
    vat = cost.vat_amount() if terms.vat_applies else terms.money(Decimal("0.00"))
    gross = cost.with_vat() if terms.vat_applies else cost
    impressions = contacts_of(supply, units)
    clicked = clicks_interval(supply, units, pricing.rule)
    reached = reach_interval(supply, units, pricing.universe, pricing.rule)
    cr = conversion_rate(supply, pricing.conversion_rates.get(rate.channel))
    converted = leads(supply, units, pricing.universe, cr, pricing.rule)
    clicks = None if clicked is None else int(clicked.expected)
    people = None if reached is None or impressions is None else min(int(reached.expected), impressions)
    forecast = {
        name: interval.to_tenths()
        for name, interval in (("clicks", clicked), ("reach", reached))
        if interval is not None
    }
    return Line(
        option=rate.id,
        channel=rate.channel,
        format=rate.format,
        title=rate.title,
        model=rate.model,
        unit=rate.unit,
        units=units,
        list_price=Money(amount=supply.list_price, vat="excl" if terms.vat_applies else "none"),
        coefficient=supply.factor,
        discount=pricing.discount,
        price=terms.money(price, segment.vat_rate),
        cost=cost,
        commission_amount=Money(
            amount=(price - media) * units,
            vat=cost.vat,
            vat_rate=cost.vat_rate,
        ),
        vat_amount=vat,
        gross=gross,
        period_start=segment.start,
        period_end=segment.end,
        impressions=impressions,
        clicks=clicks,
        views=None if supply.views is None else int(supply.views * units),
        reach=people,
        frequency=round(impressions / people, 2) if impressions and people else None,
        conversions=None if converted is None else round(converted, 1),
        cpm=_each(cost, impressions, 1000),
        cpc=_each(cost, clicks),
        cpa=_each(cost, converted),
        share=round(float(cost.amount / net), 4) if net else 0.0,
        forecast=forecast,
        marking=supply.channel.marking,
        duties=supply.channel.duties,
        price_mark=rate.mark,
        price_source=rate.source,
        weeks=weekly(units, segment.start, segment.end),
    )


def _each(cost: Money, count: float | None, per: int = 1) -> Decimal | None:
    return to_kopeck(cost.amount * per / Decimal(count)) if count else None


def weekly(units: int, start: date, end: date) -> tuple[Week, ...]:
    """Whole units by calendar week, evenly by days; the parts add up to the whole."""
    weeks: list[Week] = []
    total = (end - start).days + 1
    day, given = start, 0
    while day <= end:
        last = min(end, day + timedelta(days=6 - day.weekday()))
        upto = units * ((last - start).days + 1) // total
        weeks.append(Week(start=day, end=last, units=upto - given))
        given, day = upto, last + timedelta(days=1)
    return tuple(weeks)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def build_totals(lines: Sequence[Line], purchases: Iterable[Purchase], pricing: Pricing) -> Totals:
    """Sums of lines already rounded; reach from whole purchases, so that a VAT boundary counts nobody twice."""
    bought = [purchase for purchase in purchases if purchase.units]
    terms, universe = pricing.terms, pricing.universe
    rates = sorted({line.cost.vat_rate for line in lines if line.cost.vat_rate is not None})
    one = rates[0] if len(rates) == 1 else None
    zero = Decimal("0.00")
    net = sum((line.cost.amount for line in lines), zero)
    vat = sum((line.vat_amount.amount for line in lines), zero)
    basis: VatBasis = "excl" if terms.vat_applies else "none"
    impressions = _sum(line.impressions for line in lines)
    reaches = [
        interval
        for purchase in bought
        if (interval := reach_interval(purchase.supply, purchase.units, universe, pricing.rule))
    ]
    seen = sum(contacts_of(p.supply, p.units) or 0 for p in bought)
    union = campaign_reach(reaches, float(universe)) if universe is not None and reaches else None
    reach = min(int(union.expected), seen) if union is not None else None
    clicked = [interval for p in bought if (interval := clicks_interval(p.supply, p.units, pricing.rule))]
    converted = [
        value
        for p in bought
        if (
            value := leads(
                p.supply,
                p.units,
                universe,
                conversion_rate(p.supply, pricing.conversion_rates.get(p.supply.rate.channel)),
                pricing.rule,
            )
        )
        is not None
    ]
    forecast = {}
    if union is not None:
        forecast["reach"] = union.to_tenths()
    if clicked:
        forecast["clicks"] = Interval(
            low=sum(i.low for i in clicked),
            expected=sum(i.expected for i in clicked),
            high=sum(i.high for i in clicked),
        ).to_tenths()
    bounds = None
    if union is not None and universe is not None:
        low, high = duplication_bounds([one.expected for one in reaches], float(universe))
        bounds = (int(low), int(high))
    return Totals(
        net=Money(amount=net, vat=basis, vat_rate=one, commission=terms.commission),
        vat=Money(amount=vat, commission=terms.commission),
        gross=Money(
            amount=net + vat,
            vat="incl" if terms.vat_applies else "none",
            vat_rate=one,
            commission=terms.commission,
        ),
        vat_by_rate={
            str(rate): Money(
                amount=sum((li.vat_amount.amount for li in lines if li.cost.vat_rate == rate), zero),
                commission=terms.commission,
            )
            for rate in rates
        },
        commission=Money(
            amount=sum((line.commission_amount.amount for line in lines), zero), vat=basis, vat_rate=one
        ),
        impressions=impressions,
        clicks=_sum(line.clicks for line in lines),
        views=_sum(line.views for line in lines),
        conversions=round(sum(converted), 1) if converted else None,
        reach=reach,
        frequency=round(seen / reach, 2) if reach else None,
        reach_percent=round(100 * reach / universe, 2) if reach is not None and universe else None,
        forecast=forecast,
        incomplete=tuple(
            name
            for name in ("impressions", "clicks", "views", "reach", "conversions")
            if len({getattr(line, name) is None for line in lines}) == 2
        ),
        reach_bounds=bounds,
    )
