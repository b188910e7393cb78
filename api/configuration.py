"""What this installation judges by, for people to read: limits, calendars, rules, ladder, prices, rates; all dated."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.deals import house_of
from masterdeal import instant
from masterdeal.instant import SECOND
from tools.categories import Category, categories
from tools.reference import load_reference

router = APIRouter(tags=["service"])


class Limits(BaseModel):
    """Limits of the timers that begin from a day."""

    since: str
    limits: dict[str, dict[str, Any]]


class Configuration(BaseModel):
    """Everything that varies by business, as it is in force here. Files hold it; the service only reads them."""

    rules: dict[str, Any]
    sla: list[Limits]
    escalation: list[dict[str, Any]]
    rate_card: dict[str, Any]
    vat: list[dict[str, Any]]
    bans: list[dict[str, Any]]
    approvals: list[dict[str, Any]]
    roles: dict[str, Any]


@router.get("/v1/settings", response_model=Configuration)
def get_settings(request: Request) -> Any:
    """Limits and calendars with the day from which they apply, the rule set, the escalation ladder, the rate card, VAT
    rates, bans, approvals of discounts, roles. Secrets are not among them."""
    house = house_of(request)
    book = house.book
    reference = load_reference(demo=house.settings.sample_prices)
    return {
        "rules": {
            "name": book.rules.name,
            "edition": book.edition,
            "ladder": list(book.rules.ladder),
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "name_ru": step.name_ru,
                    "stage": step.stage,
                    "roles": list(step.role),
                }
                for step in book.rules.steps
            ],
        },
        "sla": [
            {
                "since": instant.iso(version.since),
                "limits": {
                    name: {
                        "limit": limit.said,
                        "limit_s": limit.duration / SECOND,
                        "at_risk_after_s": limit.at_risk_after / SECOND,
                        "calendar": limit.calendar.name,
                    }
                    for name, limit in version.limits.items()
                },
            }
            for version in book.sla.versions
        ],
        "escalation": [
            {
                "since": instant.iso(ladder.since),
                "roles": ladder.roles,
                "rungs": [
                    {"addressee": rung.addressee, "after_s": rung.after / SECOND} for rung in ladder.rungs
                ],
            }
            for ladder in house.ladders
        ],
        "rate_card": {
            "version": reference.version,
            "sample_prices": house.settings.sample_prices,
            "rates": [rate.model_dump(mode="json") for rate in reference.rates],
        },
        "vat": [rate.model_dump(mode="json", by_alias=True) for rate in reference.vat],
        "bans": [ban.model_dump(mode="json", by_alias=True) for ban in reference.bans],
        "approvals": [approval.model_dump(mode="json") for approval in reference.approvals],
        "roles": {
            "version": house.identity.access.version,
            "roles": dict(house.identity.access.roles),
            "actions": [
                {"name": action.name, "about": action.about, "roles": sorted(action.roles)}
                for action in house.identity.access.actions.values()
            ],
        },
    }


class Categories(BaseModel):
    """The product categories a brief may be of, with their names."""

    items: list[Category]


@router.get("/v1/categories", response_model=Categories)
def get_categories() -> Any:
    """The product categories a brief may be of: what `category` of a brief or a plan stands for, in Russian and English."""
    return {"items": list(categories())}
