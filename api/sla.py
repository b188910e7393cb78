"""SLA timers: their arithmetic, and what other limits would mean for the portfolio."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Body, Query, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api import shapes
from api.deals import DealId, house_of
from api.lookup import moment, reckoned
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.supposition import Supposition, looked_at, supposition
from api.wiring import House
from masterdeal import instant, whatif

router = APIRouter(tags=["deals"])

NDJSON: Final = "application/x-ndjson"
# How many deals one page looks at before it is answered, though few breaches have moved.
LOOKED_AT: Final = 20_000


@router.get("/v1/deals/{master_deal_id}/sla", response_model=shapes.Reckonings)
def get_reckonings(
    request: Request,
    master_deal_id: DealId,
    as_of: Annotated[str | None, Query(description="As it had happened by then")] = None,
    known_at: Annotated[str | None, Query(description="As far as it had been received by then")] = None,
) -> Any:
    """The arithmetic of the deal's timers: what was counted, what was left out, when each is due and how late it is."""
    house = house_of(request)
    then, known = moment(as_of, "query/as_of"), moment(known_at, "query/known_at")
    return reckoned(house, master_deal_id, then, known)


@router.post(
    "/v1/sla/what-if",
    response_model=shapes.MovedBreaches,
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}},
)
async def post_other_limits(
    request: Request, body: Annotated[shapes.LimitsBody, Body()], limit: Limit = 50, cursor: Cursor = None
) -> Any:
    """The breaches that would appear or disappear over the portfolio under other limits. Writes nothing.
    With `Accept: application/x-ndjson` all of them, one a line, and the tally as the last line."""
    house = house_of(request)
    asked = body.model_dump(exclude={"sla", "at"})
    supposed = await run_in_threadpool(supposition, house, body.sla, body.at, "body", **asked)
    if NDJSON in request.headers.get("accept", ""):
        return StreamingResponse(_lines(house, supposed), media_type=NDJSON)
    (after,) = from_cursor(cursor, "")
    return await run_in_threadpool(_page, house, supposed, after, limit)


def _page(house: House, supposed: Supposition, after: str, limit: int) -> dict[str, Any]:
    tally = whatif.Tally()
    items: list[dict[str, Any]] = []
    last: str | None = after
    while last is not None and len(items) < limit and tally.deals < LOOKED_AT:
        # No more deals at once than items are wanted: the timers of one deal stay together.
        found, last = looked_at(house, supposed, last, tally, limit - len(items))
        items += found
    return {
        "at": instant.iso(supposed.at),
        "deals": tally.deals,
        "timers": tally.timers,
        "items": items,
        "next_cursor": None if last is None else to_cursor(last),
        "writes": 0,
    }


async def _lines(house: House, supposed: Supposition) -> AsyncIterator[bytes]:
    tally = whatif.Tally()
    last: str | None = ""
    while last is not None:
        found, last = await run_in_threadpool(looked_at, house, supposed, last, tally)
        for change in found:
            yield msgspec.json.encode(change) + b"\n"
    ending = {"at": instant.iso(supposed.at), "deals": tally.deals, "timers": tally.timers, "writes": 0}
    yield msgspec.json.encode(ending) + b"\n"
