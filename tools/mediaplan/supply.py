"""What a task may buy: rate-card rows at the campaign's prices, and the channels refused with the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.money import to_kopeck
from tools.mediaplan.task import PlanTask
from tools.mediaplan.terms import Terms
from tools.rate_card import Rate
from tools.reference import Ban, Channel, Reference

ACTIONS = ("CPA", "CPI")


class Refusal(BaseModel):
    """A channel the plan does not use, and why."""

    model_config = ConfigDict(frozen=True)

    channel: str
    reason: Literal["banned", "excluded", "unknown_channel", "no_price", "no_use", "not_funded"]
    why: str
    rule_id: str | None = Field(default=None, description="The rule of law that closes it")
    status: str | None = Field(default=None, description="active, or needs_legal_review")
    last_day: date | None = Field(
        default=None, description="The last day the law leaves it open, if the campaign begins before the ban"
    )


@dataclass(frozen=True, slots=True)
class Supply:
    """A format at the campaign's price. Prices without VAT and commission, roubles per unit; `list_price` stands in the
    rate card, `campaign_price` is what season and targeting make of it, to the kopeck."""

    rate: Rate
    channel: Channel
    factor: Decimal
    list_price: Decimal
    campaign_price: Decimal

    @property
    def contacts(self) -> Decimal | None:
        """Contacts of one unit, None when no benchmark says."""
        if self.rate.contacts_per_unit is not None:
            return self.rate.contacts_per_unit
        if self.rate.model == "CPC" and self.rate.ctr:
            return 1 / self.rate.ctr
        if self.rate.model == "CPV" and self.rate.vtr:
            return 1 / self.rate.vtr
        return None

    @property
    def clicks(self) -> Decimal | None:
        if self.rate.model == "CPC":
            return Decimal(1)
        if self.rate.model in ACTIONS or self.rate.ctr is None or self.contacts is None:
            return None
        return self.contacts * self.rate.ctr

    @property
    def views(self) -> Decimal | None:
        if self.rate.model == "CPV":
            return Decimal(1)
        if self.rate.vtr is None or self.contacts is None:
            return None
        return self.contacts * self.rate.vtr

    def price(self, discount: Decimal) -> Decimal:
        """The media price of a unit after a volume discount, to the kopeck."""
        return to_kopeck(self.campaign_price * (1 - discount))

    def most_units(self, universe: int | None, days: int) -> int:
        """The most units the channel's audience can take at its contacts per week."""
        if universe is None or self.contacts is None:
            return 10**9
        contacts = self.channel.audience * universe * self.channel.contacts_per_week * days / 7
        return int(contacts / self.contacts)


def refused_by_law(channel: str, task: PlanTask, reference: Reference) -> Ban | None:
    """The ban that closes a channel on any day of the campaign, unless a lawyer has lifted it."""
    assert task.period_start is not None
    assert task.period_end is not None
    category = (task.category or "").strip().lower()
    known = reference.channels.get(channel)
    for ban in reference.bans:
        hits = (
            channel in ban.channels
            or "all" in ban.channels
            or ("internet" in ban.channels and known is not None and known.internet)
        )
        if not hits or (ban.categories and category not in ban.categories):
            continue
        if ban.override and ban.rule_id in task.legal_overrides:
            continue
        if ban.valid_from <= task.period_end and (ban.valid_to is None or task.period_start <= ban.valid_to):
            return ban
    return None


def supplies(
    task: PlanTask, terms: Terms, reference: Reference, lang: str
) -> tuple[tuple[Supply, ...], tuple[Refusal, ...], dict[str, str]]:
    """What may be bought, what is refused, and notes on prices by rate-card row."""
    assert task.period_start is not None
    asked = [pin.channel for pin in task.pinned] + list(task.share_min)
    candidates = dict.fromkeys([*(task.channels or reference.channels), *asked])
    offered: list[Supply] = []
    refused: list[Refusal] = []
    notes: dict[str, str] = {}
    factor = _factor(task, terms, reference)
    for name in candidates:
        ban = refused_by_law(name, task, reference)
        if ban is not None:
            before = ban.valid_from - timedelta(days=1)
            refused.append(
                Refusal(
                    channel=name,
                    reason="banned",
                    rule_id=ban.rule_id,
                    status=ban.status,
                    last_day=before if task.period_start <= before else None,
                    why=reference.say(
                        "banned",
                        lang,
                        rule_id=ban.rule_id,
                        why=ban.why_en if lang == "en" else ban.why,
                        day=ban.valid_from.isoformat(),
                        law=ban.law,
                    ),
                )
            )
            continue
        rates = _rates(name, task.period_start, reference)
        reason = _unavailable(name, task, reference) or (None if rates else "no_price")
        if reason is not None:
            refused.append(Refusal(channel=name, reason=reason, why=reference.say(reason, lang)))
            continue
        for rate in (known.titled(lang) for known in rates):
            assert rate.price is not None
            base = rate.price
            if rate.vat == "incl":
                base = to_kopeck(base / (1 + reference.vat_on(task.period_start)))
            offered.append(Supply(rate, reference.channels[name], factor, base, to_kopeck(base * factor)))
            if rate.valid_from > task.period_start:
                notes[rate.id] = reference.say(
                    "old_price", lang, title=rate.title, day=rate.valid_from.isoformat()
                )
    return tuple(offered), tuple(refused), notes


def _unavailable(
    channel: str, task: PlanTask, reference: Reference
) -> Literal["excluded", "unknown_channel", "no_price"] | None:
    if channel in task.excluded_channels:
        return "excluded"
    return None if channel in reference.channels else "unknown_channel"


def _rates(channel: str, start: date, reference: Reference) -> list[Rate]:
    """Per format and model the row in force at the start; if none is yet, the earliest later one."""
    chosen: dict[tuple[str, str], Rate] = {}
    for rate in reference.rates:
        if rate.channel != channel or rate.price is None or (rate.valid_to and rate.valid_to < start):
            continue
        key = (rate.format, rate.model)
        held = chosen.get(key)
        if held is None or _nearness(rate, start) > _nearness(held, start):
            chosen[key] = rate
    return list(chosen.values())


def _nearness(rate: Rate, start: date) -> tuple[bool, int]:
    in_force = rate.valid_from <= start
    days = (rate.valid_from - start).days
    return in_force, days if in_force else -days


def _factor(task: PlanTask, terms: Terms, reference: Reference) -> Decimal:
    """Season, weighted by the days of service, times targeting; factors are multiplied one by one."""
    assert task.period_start is not None
    days = [task.period_start + timedelta(days=i) for i in range(terms.days)]
    factor = sum((reference.season[day.month - 1] for day in days), Decimal(0)) / len(days)
    for row in reference.targeting:
        if row.applies == "geo":
            keys = {found.key for name in task.geo if (found := reference.geography(name)) is not None}
            applies = bool(keys) and keys <= {row.key, f"{row.key}_oblast"}
        elif row.applies == "audience":
            applies = task.sex is not None or task.age_from is not None or task.age_to is not None
        else:
            applies = row.key in task.targeting
        if applies:
            factor *= row.factor
    return factor
