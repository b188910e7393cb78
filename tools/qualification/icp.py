"""How well a company fits the ideal client profile, by configured criteria, and its ABM tier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from math import ceil
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.morphology import tokens
from tools.qualification.tables import read_table
from tools.qualification.words import word_forms

LegalRisk = Literal["none", "medium", "high", "prohibitive"]


class Company(BaseModel):
    """What is known of a company. None means not known, which is neither for nor against it."""

    model_config = ConfigDict(frozen=True)

    industry: str | None = None
    okved: str | None = Field(default=None, description="Main code of ОК 029-2014, e.g. 47.11")
    employees: int | None = None
    revenue: Decimal | None = Field(default=None, description="Roubles a year")
    campaigns: int | None = Field(default=None, description="Advertising campaigns of the last twelve months")
    budget: Decimal | None = Field(default=None, description="Stated budget of the deal in roubles")


class Criterion(BaseModel):
    """One criterion: `fit` from 0 to 1, or None where nothing is known."""

    model_config = ConfigDict(frozen=True)

    name: Literal["industry", "size", "activity", "potential", "legal_risk"]
    weight: float
    fit: float | None
    why: str = Field(description="What the value rests on, in Russian")


class IcpFit(BaseModel):
    """Fit to the profile. lowest and highest are the scores with everything unknown against and for the company."""

    model_config = ConfigDict(frozen=True)

    state: Literal["fit", "unfit", "unknown"]
    score: float | None = Field(description="0..100 over what is known; None where nothing is")
    lowest: float
    highest: float
    criteria: tuple[Criterion, ...]
    legal_risk: LegalRisk | None
    unknown: tuple[str, ...] = Field(description="Criteria nothing is known about")
    rules: str


@cache
def icp_rules() -> dict[str, Any]:
    """The packaged profile."""
    return read_table("icp.toml")


def _industry(company: Company, rules: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if company.okved:
        coded = [
            (len(code), row)
            for row in rules["industry"]
            for code in row["okved"]
            if company.okved == code
            or company.okved.startswith(code + ".")
            or (len(code) == 2 and company.okved.startswith(code))
        ]
        if coded:
            return max(coded, key=lambda pair: pair[0])[1]  # type: ignore[no-any-return]
    if company.industry:
        forms = {form for token in tokens(company.industry) for form in word_forms(token.word)}
        for row in rules["industry"]:
            if forms & set(row["words"]):
                return row  # type: ignore[no-any-return]
    return None


def _step(steps: Sequence[Mapping[str, float]], value: Decimal | int | None) -> float | None:
    return None if value is None else next((step["fit"] for step in steps if value >= step["at_least"]), None)


def fit_to_profile(company: Company, rules: Mapping[str, Any] | None = None) -> IcpFit:
    """Judge a company by the profile."""
    rules = rules or icp_rules()
    industry = _industry(company, rules)
    by_revenue = _step(rules["size"]["revenue"], company.revenue)
    by_staff = _step(rules["size"]["employees"], company.employees)
    size = by_revenue if by_revenue is not None else by_staff
    risk: LegalRisk | None = industry.get("legal_risk", "none") if industry else None
    size_why = (
        f"выручка {company.revenue} руб." if by_revenue is not None else f"численность {company.employees}"
    )
    found: list[tuple[Literal["industry", "size", "activity", "potential", "legal_risk"], float | None, str]] = [
        ("industry", industry["fit"] if industry else None, industry["name"] if industry else "отрасль не известна"),
        ("size", size, size_why if size is not None else "размер не известен"),
        ("activity", _step(rules["activity"]["campaigns"], company.campaigns), f"кампаний за год: {company.campaigns}" if company.campaigns is not None else "активность не известна"),
        ("potential", _step(rules["potential"]["budget"], company.budget), f"бюджет {company.budget} руб." if company.budget is not None else "бюджет не известен"),
        ("legal_risk", rules["legal_risk"][risk] if risk else None, (industry or {}).get("why", "особых требований нет") if industry else "отрасль не известна"),
    ]  # fmt: skip
    criteria = tuple(
        Criterion(name=name, weight=rules["weights"][name], fit=fit, why=why) for name, fit, why in found
    )
    total = sum(item.weight for item in criteria)
    earned = sum(item.weight * item.fit for item in criteria if item.fit is not None)
    known = sum(item.weight for item in criteria if item.fit is not None)
    lowest, highest = 100 * earned / total, 100 * (earned + total - known) / total
    state: Literal["fit", "unfit", "unknown"] = (
        "fit" if lowest >= rules["fit_at"] else "unfit" if highest < rules["fit_at"] else "unknown"
    )
    return IcpFit(
        state=state,
        score=round(100 * earned / known, 1) if known else None,
        lowest=round(lowest, 1),
        highest=round(highest, 1),
        criteria=criteria,
        legal_risk=risk,
        unknown=tuple(item.name for item in criteria if item.fit is None),
        rules=str(rules["version"]),
    )


def tier_of(fit: float | None, signal: float, rules: Mapping[str, Any] | None = None) -> int | None:
    """ABM tier of one account by fixed thresholds of fit and of signal (both 0..100); None where the fit is not known."""
    rules = rules or icp_rules()
    if fit is None:
        return None
    for tier, bounds in ((1, rules["tier_1"]), (2, rules["tier_2"])):
        if fit >= bounds["fit"] and signal >= bounds["signal"]:
            return tier
    return 3


def abm_tiers(
    accounts: Mapping[str, tuple[float, float]], rules: Mapping[str, Any] | None = None
) -> dict[str, int]:
    """Tiers of a whole portfolio: account -> (fit, signal), both 0..100; the best share by their product is tier 1.

    Ties go by name, so that the same portfolio always gives the same tiers.
    """
    rules = rules or icp_rules()
    ranked = sorted(accounts, key=lambda name: (-accounts[name][0] * accounts[name][1], name))
    first = ceil(len(ranked) * rules["tier_1_share"])
    second = first + ceil(len(ranked) * rules["tier_2_share"])
    return {name: 1 if place < first else 2 if place < second else 3 for place, name in enumerate(ranked)}
