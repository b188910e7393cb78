"""Dated reference data of media planning: channels, rate card, coefficients, discounts, VAT, universes, bans.

The only module that reads the packaged tables under `tables/media/`. Everything else receives a `Reference`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import NotFound
from tools.rate_card import Rate, read_rate_rows
from tools.rules import advertising_law

Mark = Literal["V", "R", "GK", "demo", "absent", "imported"]


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="ignore")


class _Dated(_Row):
    valid_from: date = Field(alias="from")
    valid_to: date | None = Field(default=None, alias="to")

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class VatRate(_Dated):
    """The general VAT rate of services rendered on the days it covers."""

    rate: Decimal
    law: str
    mark: Mark
    source: str


class Ban(_Dated):
    """Channels the law closes from a date on, for all products or for some categories."""

    rule_id: str
    channels: tuple[str, ...]
    categories: tuple[str, ...]
    law: str
    why: str
    why_en: str
    status: Literal["active", "needs_legal_review"]
    override: bool
    source: str


class Channel(_Row):
    """A channel, whom it can touch and how its contacts are spread over people."""

    key: str
    title: str
    title_en: str
    internet: bool
    marking: Literal["erid", "check", "none"]
    duties: tuple[str, ...]
    audience: Decimal = Field(gt=0, le=1)
    audience_source: str
    k: Decimal = Field(gt=0)
    k_low: Decimal = Field(gt=0)
    k_high: Decimal = Field(gt=0)
    contacts_per_week: int = Field(gt=0)


class Geography(_Row):
    """A territory and the people who live there; `within` names the larger territory that contains it."""

    key: str
    names: tuple[str, ...]
    people: int
    as_of: date
    mark: Mark
    source: str
    within: str | None = None


class AgeBand(_Row):
    """The share of the whole population in an age band (both ends inclusive) and the share of women in it."""

    age_from: int = Field(alias="from")
    age_to: int = Field(alias="to")
    share: Decimal
    women: Decimal
    sample: bool
    source: str


class Targeting(_Dated):
    """A factor on the price, applied for a geography, for a narrowed audience, or when asked for."""

    key: str
    applies: Literal["geo", "audience", "asked"]
    factor: Decimal
    mark: Mark
    source: str


class VolumeDiscount(_Dated):
    """A share off every price once the plan's list cost (no VAT, no commission) reaches the threshold, in roubles."""

    threshold: Decimal
    share: Decimal


class Approval(_Row):
    """Who may approve a discount up to a share."""

    up_to: Decimal
    role: str


class ForecastRule(_Row):
    """Constants of forecasting that are a sample until fitted on one's own campaigns."""

    wear_out: Decimal
    price_spread: Decimal
    spread_source: str
    cheapest_share: Decimal
    commission: Decimal
    least_line: Decimal


class Reference(BaseModel):
    """Everything a plan is counted from, with its version."""

    model_config = ConfigDict(frozen=True)

    version: str
    channels: Mapping[str, Channel]
    rates: tuple[Rate, ...]
    vat: tuple[VatRate, ...]
    bans: tuple[Ban, ...]
    geographies: tuple[Geography, ...]
    ages: tuple[AgeBand, ...]
    season: tuple[Decimal, ...] = Field(description="Factor on the price by month, January first")
    season_source: str
    targeting: tuple[Targeting, ...]
    volume: tuple[VolumeDiscount, ...]
    approvals: tuple[Approval, ...]
    forecast: ForecastRule
    texts: Mapping[str, Mapping[str, str]]
    kpi_names: Mapping[str, str]
    goal_words: Mapping[str, tuple[str, ...]]

    def say(self, key: str, lang: str, **facts: object) -> str:
        """The text for people under this key, in Russian unless `lang` is en."""
        return self.texts[key]["en" if lang == "en" else "ru"].format(**facts)

    def vat_on(self, day: date) -> Decimal:
        """The general VAT rate for services rendered that day. NotFound outside the dated rows."""
        for row in self.vat:
            if row.covers(day):
                return row.rate
        raise NotFound(f"no VAT rate is known for services of {day.isoformat()}", day=day.isoformat())

    def geography(self, name: str) -> Geography | None:
        """The territory known by that name in Russian or English, or None when the tables do not hold it."""
        wanted = name.strip().lower().replace("ё", "е")
        for row in self.geographies:
            if wanted == row.key or wanted in row.names:
                return row
        return None

    def with_rates(self, rates: Iterable[Rate]) -> Reference:
        """The same reference with another rate card, as after an import."""
        return self.model_copy(update={"rates": tuple(rates), "version": f"{self.version}+imported"})


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("tools") / "tables" / "media" / name).read_text(encoding="utf-8"))


def _bans(row: Mapping[str, Any]) -> Iterable[Ban]:
    """A row of bans.toml with what the law's own table says of its rule: one ban for each version of the rule."""
    versions = [rule for rule in advertising_law().rules if rule.id == row["rule_id"]]
    if not versions:
        raise NotFound(f"no rule {row['rule_id']} in tables/law", rule_id=row["rule_id"])
    for rule in versions:
        part = f" {rule.part}" if rule.part else ""
        yield Ban.model_validate(
            {
                **row,
                "from": rule.valid_from,
                "to": rule.valid_to,
                "law": f"{rule.act} ст. {rule.article}{part}",
                "why": rule.why,
                "status": rule.status,
                "source": rule.source,
            }
        )


@cache
def load_reference(demo: bool = False) -> Reference:
    """The packaged tables. The shipped rate card is a sample: prices with a source, and rows whose price is absent.

    `demo` adds rows whose prices are invented for demonstration; each says so in `mark` and `source`.
    """
    cards = ["rate_card.csv", "rate_card_demo.csv"] if demo else ["rate_card.csv"]
    folder = files("tools") / "tables" / "media"
    rates: list[Rate] = []
    for card in cards:
        report = read_rate_rows((folder / card).read_text(encoding="utf-8"))
        rates.extend(report.rates)
    coefficients, discounts = _table("coefficients.toml"), _table("discounts.toml")
    channels = [Channel.model_validate(row) for row in _table("channels.toml")["channel"]]
    universes, texts = _table("universes.toml"), _table("texts.toml")
    return Reference(
        version=f"{_table('channels.toml')['version']}{'-demo' if demo else ''}",
        channels={channel.key: channel for channel in channels},
        rates=tuple(rates),
        vat=tuple(VatRate.model_validate(row) for row in _table("vat.toml")["rate"]),
        bans=tuple(ban for row in _table("bans.toml")["ban"] for ban in _bans(row)),
        geographies=tuple(Geography.model_validate(row) for row in universes["geography"]),
        ages=tuple(AgeBand.model_validate(row) for row in universes["age"]),
        season=tuple(Decimal(factor) for factor in coefficients["season"]["months"]),
        season_source=coefficients["season"]["source"],
        targeting=tuple(Targeting.model_validate(row) for row in coefficients["targeting"]),
        volume=tuple(VolumeDiscount.model_validate(row) for row in discounts["volume"]),
        approvals=tuple(Approval.model_validate(row) for row in discounts["approval"]),
        forecast=ForecastRule.model_validate(_table("forecast.toml")),
        texts={key: row for key, row in texts.items() if "ru" in row},
        kpi_names=texts["kpi_names"],
        goal_words={key: tuple(words) for key, words in texts["goal_words"].items()},
    )
