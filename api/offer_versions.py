"""Offers as a list, and the versions each of them had: GET /v1/offers, /v1/offers/{offer_id}/versions."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, Field

from api.deals import house_of
from api.offers import OfferId, kept_offer
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.wiring import House
from masterdeal.errors import NotFound
from masterdeal.ports import Reading

router = APIRouter(tags=["offers"])

_PAGE = 100


class OfferCard(BaseModel):
    """A version of an offer in a list."""

    offer_id: str
    number: str
    version: int
    status: Literal["draft", "approved", "superseded"] = Field(
        description="`superseded`: a later version exists, and this one no longer binds, approved or not"
    )
    client: str | None
    product: str | None
    master_deal_id: str | None
    made_on: str
    valid_until: str
    gross: dict[str, Any] = Field(description="Money with VAT")
    discount: str = Field(description="Share of plan prices")
    hash: str


class OfferCards(BaseModel):
    """A page of offers."""

    items: list[OfferCard]
    next_cursor: str | None


def _card(paper: dict[str, Any], latest: int) -> dict[str, Any]:
    offer = paper["offer"]
    names = (
        "offer_id",
        "number",
        "version",
        "client",
        "product",
        "made_on",
        "valid_until",
        "discount",
        "hash",
    )
    return {
        **{name: offer[name] for name in names},
        "status": offer["status"] if offer["version"] == latest else "superseded",
        "master_deal_id": paper.get("master_deal_id"),
        "gross": offer["totals"]["gross"],
    }


def _found(read: Reading, after: str, master_deal_id: str | None, most: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < most and (rows := read.archive("offer", after, _PAGE)):
        papers = [json.loads(text) for _, text in rows]
        found += [
            _card(paper, paper["offer"]["version"])
            for paper in papers
            if master_deal_id in (None, paper.get("master_deal_id"))
        ]
        after = rows[-1][0]
    return found[:most]


@router.get("/v1/offers", response_model=OfferCards)
def list_offers(
    request: Request,
    master_deal_id: Annotated[str | None, Query(max_length=512, description="Offers of this deal")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """The latest version of every offer, by number."""
    (after,) = from_cursor(cursor, "")
    with house_of(request).store.reading() as read:
        found = _found(read, after, master_deal_id, limit + 1)
    last = found[limit - 1]["offer_id"] if len(found) > limit else None
    return {"items": found[:limit], "next_cursor": to_cursor(last) if last else None}


@router.get("/v1/offers/{offer_id}/versions", response_model=OfferCards)
def list_versions(request: Request, offer_id: OfferId, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Every version of an offer, the first one first."""
    house = house_of(request)
    latest = kept_offer(house, offer_id)["offer"]["version"]
    (after,) = from_cursor(cursor, f"{offer_id}/")
    with house.store.reading() as read:
        rows = [
            row
            for row in read.archive("offer-version", after, limit + 1)
            if row[0].startswith(f"{offer_id}/")
        ]
    more = len(rows) > limit
    return {
        "items": [_card(json.loads(text), latest) for _, text in rows[:limit]],
        "next_cursor": to_cursor(rows[limit - 1][0]) if more else None,
    }


@router.get("/v1/offers/{offer_id}/versions/{version}", response_model=dict[str, Any])
def get_version(request: Request, offer_id: OfferId, version: Annotated[int, Path(ge=1, le=999_999)]) -> Any:
    """One version of an offer with all its lines; the latest one as it stands now."""
    house = house_of(request)
    latest = kept_offer(house, offer_id)["offer"]
    if latest["version"] == version:
        return latest
    return _kept_version(house, offer_id, version)


def _kept_version(house: House, offer_id: str, version: int) -> dict[str, Any]:
    with house.store.reading() as read:
        text = read.archived("offer-version", f"{offer_id}/{version:06d}")
    if text is None:
        raise NotFound(f"no version {version} of the offer {offer_id}", offer_id=offer_id, version=version)
    offer: dict[str, Any] = json.loads(text)["offer"]
    return offer
