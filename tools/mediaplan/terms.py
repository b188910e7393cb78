"""The money terms of a plan: how a media price becomes the client's price, and what counts against the budget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from masterdeal.money import CommissionBasis, Money, to_kopeck
from tools.mediaplan.task import PlanTask
from tools.reference import Reference


@dataclass(frozen=True, slots=True)
class Segment:
    """Days of the campaign with one VAT rate."""

    start: date
    end: date
    vat_rate: Decimal

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1


@dataclass(frozen=True, slots=True)
class Terms:
    """Prices of a plan stand without VAT; the budget is compared on its own basis."""

    segments: tuple[Segment, ...]
    vat_applies: bool
    budget_with_vat: bool
    commission: CommissionBasis
    commission_rate: Decimal
    commission_inside: bool

    @property
    def days(self) -> int:
        return sum(segment.days for segment in self.segments)

    @property
    def budget_factor(self) -> Decimal:
        """What a rouble of cost without VAT takes from the budget, service spread evenly over the days."""
        if not self.budget_with_vat:
            return Decimal(1)
        return 1 + sum((s.vat_rate * s.days for s in self.segments), Decimal(0)) / self.days

    @property
    def rate_swing(self) -> Decimal:
        """By how much the VAT rate differs within the campaign, at most.

        Whole units do not divide by days (see `split`): the tax on a line differs from what `budget_factor` counts by
        under one unit's difference of tax, upwards where the rate falls, downwards where it rises.
        """
        if not self.budget_with_vat:
            return Decimal(0)
        rates = [segment.vat_rate for segment in self.segments]
        return max(rates) - min(rates)

    def client_price(self, media: Decimal) -> Decimal:
        """The client's price of a unit, with commission if the plan has one, to the kopeck."""
        if self.commission != "incl":
            return to_kopeck(media)
        if self.commission_inside:
            return to_kopeck(media / (1 - self.commission_rate))
        return to_kopeck(media * (1 + self.commission_rate))

    def money(self, amount: Decimal, rate: Decimal | None = None) -> Money:
        """An amount without VAT on the plan's basis."""
        if not self.vat_applies:
            return Money(amount=amount, commission=self.commission)
        return Money(amount=amount, vat="excl", vat_rate=rate, commission=self.commission)

    def split(self, units: int) -> tuple[int, ...]:
        """Whole units per segment, by days; what does not divide falls to the earlier segment."""
        left, days, parts = units, self.days, []
        for segment in reversed(self.segments):
            part = left if segment is self.segments[0] else units * segment.days // days
            parts.append(part)
            left -= part
        return tuple(reversed(parts))


def terms_of(task: PlanTask, reference: Reference, lang: str) -> tuple[Terms, tuple[str, ...]]:
    """The terms a task implies, and what had to be assumed. The task's period must be known."""
    assert task.period_start is not None
    assert task.period_end is not None
    assumed: list[str] = []
    vat = task.budget_vat
    if vat == "unknown":
        vat = "incl"
        assumed.append(reference.say("assume_vat", lang))
    rate = task.commission_rate
    commission: CommissionBasis = "none"
    if task.budget_commission == "unknown":
        if rate is None:
            assumed.append(reference.say("assume_commission", lang))
        else:
            commission = "incl"
    elif task.budget_commission == "incl":
        commission = "incl"
        if rate is None:
            rate = reference.forecast.commission
            assumed.append(reference.say("assume_commission_rate", lang, rate=f"{rate:.0%}"))
    elif task.budget_commission == "excl":
        commission = "excl"
    segments: list[Segment] = []
    day = task.period_start
    while day <= task.period_end:
        current = reference.vat_on(day)
        ends = [row.valid_to for row in reference.vat if row.covers(day) and row.valid_to is not None]
        end = min([*ends, task.period_end])
        if segments and (vat == "none" or segments[-1].vat_rate == current):
            segments[-1] = Segment(segments[-1].start, end, segments[-1].vat_rate)
        else:
            segments.append(Segment(day, end, current))
        day = end + timedelta(days=1)
    return (
        Terms(
            segments=tuple(segments),
            vat_applies=vat != "none",
            budget_with_vat=vat == "incl",
            commission=commission,
            commission_rate=rate or Decimal(0),
            commission_inside=task.commission_method == "inside",
        ),
        tuple(assumed),
    )
