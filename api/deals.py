"""Deals, timers, what-if: reading, and thinking ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import AfterValidator

from api import shapes
from api.cut import FARTHEST, DealList, own_names, scope_of
from api.lookup import deal_filter, events_of, moment, shown, supposed
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.path_segments import released
from api.wiring import House
from masterdeal import whatif
from masterdeal.errors import BadRequest, NotFound
from masterdeal.flow.intake import opened
from masterdeal.ports import DealFilter
from masterdeal.rulebook import timers
from masterdeal.timeline import timeline
from masterdeal.view import deal_at, timer_card

if TYPE_CHECKING:
    from masterdeal.marts.listing import Sort
    from masterdeal.marts.scope import Scope

router = APIRouter(tags=["deals"])

DealId = Annotated[
    str,
    Path(min_length=1, max_length=512, description="master_deal_id; a slash in it is written %2F"),
    AfterValidator(released),
]


def house_of(request: Request) -> House:
    """The product behind this request, showing only the deals that its caller may see."""
    house: House = request.app.state.house
    caller = getattr(request.state, "caller", None)
    return house if caller is None else house.seen_by(caller)


@router.get("/v1/deals", response_model=shapes.Deals)
def list_deals(request: Request, ask: Annotated[DealList, Query()]) -> Any:
    """Deals in the order of their ids, or in the one that `sort` names: then `start` leaves out the first of them."""
    house = house_of(request)
    clock = house.clock()
    if ask.sort is not None:
        return _sorted(house, ask, scope_of(house, ask, own_names(request)), ask.sort, clock)
    (after,) = from_cursor(ask.cursor, "")
    if ask.needs_marts():
        return _from_marts(house, ask, scope_of(house, ask, own_names(request)), after, clock)
    where = deal_filter(
        house.book.rules,
        "query",
        stage=ask.stage,
        pipeline_stage=ask.pipeline_stage,
        industry=ask.industry,
        client_type=ask.client_type,
        manager=ask.manager,
        budget_min=ask.budget_min,
        budget_max=ask.budget_max,
        sla=ask.sla,
        timer=ask.timer,
        q=ask.q,
    )
    with house.store.reading() as read:
        rows = read.deals(where, after, ask.limit + 1)
        return {
            "items": [shown(read, row, house, clock) for row in rows[: ask.limit]],
            "next_cursor": to_cursor(rows[ask.limit - 1].deal_id) if len(rows) > ask.limit else None,
        }


def _from_marts(house: House, ask: DealList, scope: Scope, after: str, clock: int) -> dict[str, Any]:
    """The deals behind a number of the dashboard: found by the condition that made it, shown from the event store."""
    from masterdeal.marts.listing import deals_of

    found = house.marts.asked().ask(*deals_of(scope, clock, after, ask.limit + 1))
    ids = [row[0] for row in found.rows]
    return {
        "items": _cards(house, ids[: ask.limit], clock),
        "next_cursor": to_cursor(ids[ask.limit - 1]) if len(ids) > ask.limit else None,
    }


def _sorted(house: House, ask: DealList, scope: Scope, sort: Sort, clock: int) -> dict[str, Any]:
    """The same in another order; a cursor is a place in it."""
    from masterdeal.marts.listing import deals_sorted

    (place,) = from_cursor(ask.cursor, ask.start)
    start = min(max(0, place), FARTHEST)
    found = house.marts.asked().ask(*deals_sorted(scope, clock, sort, start, ask.limit + 1))
    ids = [row[0] for row in found.rows]
    return {
        "items": _cards(house, ids[: ask.limit], clock),
        "next_cursor": to_cursor(start + ask.limit) if len(ids) > ask.limit else None,
    }


def _cards(house: House, ids: list[str], clock: int) -> list[dict[str, Any]]:
    with house.store.reading() as read:
        return [shown(read, row, house, clock) for id_ in ids if (row := read.deal(id_)) is not None]


@router.get("/v1/deals/{master_deal_id}", response_model=shapes.DealCard)
def get_deal(
    request: Request,
    master_deal_id: DealId,
    as_of: Annotated[str | None, Query(description="As it had happened by then")] = None,
    known_at: Annotated[str | None, Query(description="As far as it had been received by then")] = None,
) -> Any:
    """One deal, as it is, as it was, or as it was known."""
    house = house_of(request)
    clock = house.clock()
    then, known = moment(as_of, "query/as_of"), moment(known_at, "query/known_at")
    with house.store.reading() as read:
        row = read.deal(master_deal_id)
        if row is None:
            raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
        if then is None and known is None:
            return shown(read, row, house, clock)
        events = events_of(read.events(master_deal_id))
    found = deal_at(master_deal_id, events, house.book, clock, as_of=then, known_at=known)
    if found is None:
        raise NotFound(f"nothing of deal {master_deal_id} had come by then", master_deal_id=master_deal_id)
    return found


@router.get("/v1/deals/{master_deal_id}/timeline", response_model=shapes.Timeline)
def get_timeline(request: Request, master_deal_id: DealId, limit: Limit = 200, cursor: Cursor = None) -> Any:
    """Every event of the deal, in and out, with both times and the effect it had."""
    house = house_of(request)
    (start,) = from_cursor(cursor, 0)
    with house.store.reading() as read:
        rows = read.events(master_deal_id)
        published = read.outbox_of(master_deal_id)
    if not rows:
        raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
    entries = timeline(master_deal_id, rows, published, house.book, house.clock())
    end = max(0, start) + limit
    return {
        "items": entries[max(0, start) : end],
        "next_cursor": to_cursor(end) if end < len(entries) else None,
    }


@router.post("/v1/deals/{master_deal_id}/what-if", response_model=shapes.WhatIf)
def post_what_if(request: Request, master_deal_id: DealId, body: Annotated[shapes.WhatIfBody, Body()]) -> Any:
    """The deal as it would be with other events or other limits. Writes nothing."""
    house = house_of(request)
    now = house.clock()
    at = moment(body.at, "body/at")
    changed = [
        supposed(raw, number, f"body/events/{number}", house, at if at is not None else now)
        for number, raw in enumerate(body.events)
    ]
    other = whatif.with_limits(house.book, body.sla, house.calendars) if body.sla else house.book
    with house.store.reading() as read:
        events = events_of(read.events(master_deal_id))
    if not events and not changed:
        raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
    clock = at if at is not None else max([now, *(event.time for event in changed)])
    return whatif.what_if(master_deal_id, events, changed, house.book, other, clock)


@router.get("/v1/sla", response_model=shapes.DealTimers)
def list_timers(
    request: Request,
    state: Annotated[shapes.TimerState | None, Query(description="Only timers in this state")] = None,
    timer: Annotated[str | None, Query(description="Only this timer")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """SLA timers across deals, in the order of the deals' ids."""
    house = house_of(request)
    if timer is not None and timer not in house.book.rules.timers:
        raise BadRequest(f"timer: no such timer {timer!r}", where="query/timer")
    items, following = timers_across(house, state, timer, limit, cursor)
    return {"items": items, "next_cursor": following}


def timers_across(
    house: House, state: shapes.TimerState | None, timer: str | None, limit: int, cursor: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of timers in the order of the deals' ids, and where the next begins."""
    after, skip = from_cursor(cursor, "", 0)
    clock = house.clock()
    items: list[dict[str, Any]] = []
    with house.store.reading() as read:
        while rows := read.deals(DealFilter(sla=state, timer=timer if state else None), after, limit):
            for row in rows:
                deal, _ = opened(read, row, house.book, clock)
                for place, found in enumerate(timers(deal, house.book, clock)):
                    if place < skip or (state and found.state != state) or (timer and found.name != timer):
                        continue
                    if len(items) == limit:
                        return items, to_cursor(after, place)
                    items.append(
                        {
                            "master_deal_id": row.deal_id,
                            "title": deal.attributes.get("title"),
                            "aggregated_stage": deal.stage or house.book.rules.ladder[0],
                            **timer_card(found, clock),
                        }
                    )
                after, skip = row.deal_id, 0
    return items, None
