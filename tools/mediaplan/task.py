"""What a media plan is asked to be, read from the fields of a brief."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from masterdeal.errors import Malformed

Share = Decimal


class Kpi(BaseModel):
    """A target. For reach, clicks, views, impressions and leads a floor; for cpa, cpc, cpm, cpv a ceiling."""

    model_config = ConfigDict(frozen=True)

    metric: str
    value: Decimal = Field(gt=0)
    unit: str | None = None


class Pin(BaseModel):
    """A line the client has decided: exactly this many units, or as many whole units as this cost buys.

    The cost stands on the basis of the budget.
    """

    model_config = ConfigDict(frozen=True)

    channel: str
    format: str | None = None
    units: int | None = Field(default=None, gt=0)
    cost: Decimal | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _says_how_much(self) -> Pin:
        if (self.units is None) == (self.cost is None):
            raise ValueError("a pinned line names either units or cost")
        return self


class PlanTask(BaseModel):
    """The task of a plan. Names are those of a brief; what is None was not said and is never invented."""

    model_config = ConfigDict(frozen=True)

    client: str | None = None
    product: str | None = None
    category: str | None = None
    goal: str | None = None
    age_from: int | None = Field(default=None, ge=0, le=100)
    age_to: int | None = Field(default=None, ge=0, le=100)
    sex: Literal["male", "female"] | None = None
    geo: tuple[str, ...] = ()
    period_start: date | None = None
    period_end: date | None = None
    budget_min: Decimal | None = Field(default=None, ge=0)
    budget_max: Decimal | None = Field(default=None, gt=0)
    budget_vat: Literal["incl", "excl", "none", "unknown"] = "unknown"
    budget_commission: Literal["incl", "excl", "none", "unknown"] = "unknown"
    commission_rate: Decimal | None = Field(default=None, ge=0, lt=1)
    commission_method: Literal["on_top", "inside"] = "on_top"
    kpi: tuple[Kpi, ...] = ()
    channels: tuple[str, ...] = Field(default=(), description="If any: only these may be used")
    excluded_channels: tuple[str, ...] = ()
    share_min: Mapping[str, Share] = Field(
        default_factory=dict, description="Least share of the budget, by channel"
    )
    share_max: Mapping[str, Share] = Field(
        default_factory=dict, description="Most share of the budget, by channel"
    )
    pinned: tuple[Pin, ...] = ()
    conversion_rates: Mapping[str, Decimal] = Field(
        default_factory=dict, description="Conversions per click, by channel; wins over the rate card"
    )
    targeting: tuple[str, ...] = ()
    universe: int | None = Field(default=None, gt=0, description="People in the target audience, if known")
    legal_overrides: tuple[str, ...] = Field(
        default=(), description="Rule ids a lawyer has lifted for this plan"
    )
    volume_discount: bool = True
    scenario: Literal["reach", "leads", "cheapest", "balanced"] | None = Field(
        default=None,
        description="The scenario to write out; without it the one that suits the goal and the KPI",
    )

    @model_validator(mode="after")
    def _shares_are_shares(self) -> PlanTask:
        for shares in (self.share_min, self.share_max):
            if any(not 0 <= share <= 1 for share in shares.values()):
                raise ValueError("a share lies between 0 and 1")
        if self.age_from is not None and self.age_to is not None and self.age_from > self.age_to:
            raise ValueError("age_from is above age_to")
        return self

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields without which nothing can be counted."""
        gone = [name for name in ("period_start", "period_end") if getattr(self, name) is None]
        if self.budget_max is None and self.budget_min is None:
            gone.append("budget_max")
        return tuple(gone)


def task_from_fields(fields: Mapping[str, Any]) -> PlanTask:
    """A task from brief fields, each a plain value or {"value": ..., "quote": ...}; unknown names are ignored.

    Malformed with the field names when a value cannot be what its name says.
    """
    plain: dict[str, Any] = {}
    for name, given in fields.items():
        quoted = isinstance(given, Mapping) and "value" in given and "metric" not in given
        value = given["value"] if quoted else given
        if name in PlanTask.model_fields and value not in (None, "", [], ()):
            plain[name] = value
    for name in ("budget_min", "budget_max"):
        if name in plain:
            plain[name], basis = _amount(plain[name], name)
            for key, said in basis.items():
                if plain.get(key, "unknown") == "unknown":
                    plain[key] = said
    if plain.get("budget_min") == plain.get("budget_max"):
        # One sum is what there is to spend, not a floor that whole units would have to meet to the kopeck.
        plain.pop("budget_min", None)
    for name in ("geo", "channels", "excluded_channels", "targeting", "legal_overrides"):
        if isinstance(plain.get(name), str):
            plain[name] = [plain[name]]
        elif name in plain and not isinstance(plain[name], list | tuple):
            raise Malformed(f"{name} is not a list", fields=[name])
    for name in ("channels", "excluded_channels"):
        if name in plain:
            plain[name] = _unique(str(channel).strip().lower() for channel in plain[name])
    if isinstance(plain.get("sex"), str):
        plain["sex"] = _SEX.get(plain["sex"].strip().lower())
    if isinstance(plain.get("kpi"), Mapping):
        plain["kpi"] = [plain["kpi"]]
    if "kpi" in plain and isinstance(plain["kpi"], list | tuple):
        plain["kpi"] = [row for row in plain["kpi"] if not isinstance(row, Mapping) or row.get("value")]
    for name in ("client", "product", "category", "goal"):
        if name in plain and not isinstance(plain[name], str):
            plain[name] = (
                ", ".join(map(str, plain[name])) if isinstance(plain[name], list) else str(plain[name])
            )
    try:
        return PlanTask.model_validate(plain)
    except ValidationError as error:
        wrong = sorted({str(e["loc"][0]) if e["loc"] else str(e["ctx"]["error"]) for e in error.errors()})
        raise Malformed(
            f"the task cannot be read: {', '.join(wrong)}",
            fields=wrong,
            reasons=[f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()],
        ) from error


_SEX = {
    "male": "male", "m": "male", "м": "male", "мужчины": "male", "men": "male",
    "female": "female", "f": "female", "ж": "female", "женщины": "female", "women": "female",
}  # fmt: skip


def _unique(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _amount(value: Any, name: str) -> tuple[Decimal, dict[str, str]]:
    """An amount as a number, a decimal string or money with its basis."""
    basis: dict[str, str] = {}
    if isinstance(value, Mapping):
        if value.get("currency", "RUB") != "RUB":
            raise Malformed("a plan is counted in roubles", fields=[name], currency=value.get("currency"))
        if value.get("vat"):
            basis["budget_vat"] = str(value["vat"])
        if value.get("commission"):
            basis["budget_commission"] = str(value["commission"])
        value = value.get("amount")
    try:
        amount = Decimal(str(value).replace(" ", "").replace("\xa0", "").replace(",", "."))
    except InvalidOperation as error:
        raise Malformed(f"{name} is not an amount", fields=[name]) from error
    if not amount.is_finite() or amount > Decimal(10) ** 13:
        raise Malformed(f"{name} is not an amount", fields=[name])
    return amount, basis
