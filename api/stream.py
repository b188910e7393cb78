"""GET /v1/stream: the canonical events as server-sent events, resumable without loss."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from api.deals import house_of
from api.wiring import House
from masterdeal.errors import BadRequest
from masterdeal.flow.relay import CURSOR
from masterdeal.ports import OutboxRow
from masterdeal.sight import Sight

router = APIRouter(tags=["events"])

HEARTBEAT: Final = 15.0
PAGE: Final = 200


def _published(house: House, after: int, sight: Sight) -> tuple[list[OutboxRow], list[bool]]:
    """What the relay has published beyond a position, and which of it may be shown."""
    with house.store.reading() as read:
        last = read.cursor(CURSOR)
        rows = [row for row in read.outbox(after, PAGE) if row.position <= last] if last > after else []
        return rows, [sight.shows_deal(read, row.deal_id) for row in rows]


def _now(house: House) -> int:
    with house.store.reading() as read:
        return read.cursor(CURSOR)


async def _frames(house: House, after: int, sight: Sight) -> AsyncIterator[bytes]:
    with house.bus.listening() as news:
        yield b": masterdeal\n\n"
        while not house.bus.closed:
            news.clear()
            rows, shown = await run_in_threadpool(_published, house, after, sight)
            for row, visible in zip(rows, shown, strict=True):
                after = row.position
                if visible:
                    yield b"id: %d\nevent: %s\ndata: %s\n\n" % (row.position, row.type.encode(), row.body)
            if len(rows) == PAGE:
                continue
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT)
            except TimeoutError:
                yield b": still here\n\n"


@router.get(
    "/v1/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Canonical CloudEvents, one per message"}
    },
)
async def stream(
    request: Request,
    last_event_id: Annotated[
        str | None, Header(description="Resume after this event; 0 is before the first")
    ] = None,
) -> StreamingResponse:
    """Canonical events: `id` is the position, `event` the type, `data` the CloudEvent. With `Last-Event-ID` nothing
    is missed; without it the stream begins now."""
    house: House = request.app.state.house
    if last_event_id is None or not last_event_id.strip():
        after = await run_in_threadpool(_now, house)
    elif last_event_id.strip().isdigit() and len(last_event_id) < 19:
        after = int(last_event_id)
    else:
        raise BadRequest(f"Last-Event-ID {last_event_id!r} is not a position", where="header/last-event-id")
    return StreamingResponse(
        _frames(house, after, house_of(request).sight),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
