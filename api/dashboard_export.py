"""GET /v1/dashboard/deals: the deals behind what the dashboard shows, as a file."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import Field

from api.dashboard import DashboardAsk, shown_scope
from api.deals import house_of
from api.marts import MEDIA, rows_as_file
from masterdeal import instant

router = APIRouter(tags=["dashboard"])

# What a file may not be called by everywhere, and how long a name stays legible.
_UNFIT: Final = re.compile(r"[^\w.,-]+")
LONGEST: Final = 120


class ExportAsk(DashboardAsk):
    """What the dashboard is asked, and in which form its deals are wanted."""

    format_: Literal["csv", "parquet", "xlsx"] = Field(default="xlsx", alias="format")


@router.get(
    "/v1/dashboard/deals",
    response_class=StreamingResponse,
    responses={200: {"content": {media: {} for media in MEDIA.values()}, "description": "Rows of fact_deal"}},
)
def export_deals(request: Request, ask: Annotated[ExportAsk, Query()]) -> StreamingResponse:
    """The deals that the dashboard's figures are about under the same parameters, one row each with the columns of
    `fact_deal`. The name of the file, and the file itself in XLSX and Parquet, say by what they were chosen."""
    from masterdeal.marts.model import marts
    from masterdeal.marts.scope import stamp

    house = house_of(request)
    now = house.clock()
    meant = shown_scope(house, ask, request).deals(stamp(now))
    chosen = {
        name: str(value)
        for name, value in ask.model_dump(mode="json", by_alias=True, exclude_none=True).items()
        if name not in ("format", "group_by", "calendar")
    }
    asked = {"as_of": instant.iso(now), **chosen}
    return rows_as_file(house, marts().tables["fact_deal"], ask.format_, meant, file_name(chosen), asked)


def file_name(chosen: dict[str, str]) -> str:
    """`deals`, and what they were chosen by: deals_stage-planning_from-2026-11-01."""
    parts = ["deals", *(f"{name}-{value}" for name, value in chosen.items())]
    return "_".join(_UNFIT.sub("-", part).strip("-") for part in parts)[:LONGEST]
