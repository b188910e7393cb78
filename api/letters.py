"""Dead letters: what could not be taken in, why, and another try."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Body, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api import shapes
from api.deals import house_of
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.wiring import House
from api.writer import Writer
from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.flow.intake import REJECTED, read
from masterdeal.ports import DeadLetter

router = APIRouter(tags=["events"])


class Correction(BaseModel):
    """A corrected event to take in instead of the kept one."""

    model_config = ConfigDict(extra="forbid")

    event: dict[str, Any] | None = Field(default=None, description="The whole CloudEvent, mended")


@router.get("/v1/dead-letters", response_model=shapes.DeadLetters)
def list_dead_letters(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Dead letters in the order they first came."""
    house = house_of(request)
    (after,) = from_cursor(cursor, 0)
    with house.store.reading() as read:
        rows = read.dead_letters(after, limit + 1)
    return {
        "items": [
            {
                "id": row.number,
                "source": row.source,
                "event_id": row.id,
                "type": row.type,
                "reason": row.reason,
                "detail": row.detail,
                "received_at": instant.iso(row.received),
                "times": row.times,
                "state": row.state,
                "body": row.body,
            }
            for row in rows[:limit]
        ],
        "next_cursor": to_cursor(rows[limit - 1].number) if len(rows) > limit else None,
    }


def _letter(house: House, number: int) -> DeadLetter | None:
    with house.store.reading() as reading:
        return reading.dead_letter(number)


def _settle(house: House, number: int, state: str) -> None:
    with house.store.writing() as tx:
        tx.settle(number, state)


@router.post("/v1/dead-letters/{number}/replay", response_model=shapes.Replayed)
async def replay(
    request: Request,
    number: Annotated[int, Path(ge=1, le=2**53)],
    correction: Annotated[Correction | None, Body()] = None,
) -> Any:
    """Take a dead letter in again, as it came or corrected. It stays open while it is still refused."""
    house = house_of(request)
    writer: Writer = request.app.state.writer
    letter = await run_in_threadpool(_letter, house, number)
    if letter is None:
        raise NotFound(f"no dead letter {number}", id=number)
    body = letter.body
    if correction is not None and correction.event is not None:
        body = msgspec.json.encode(correction.event).decode()
    (result,) = await writer.take([read(body, house.book)])
    state = letter.state
    if result.outcome != REJECTED:
        state = "replayed"
        await run_in_threadpool(_settle, house, number, state)
    return {"result": msgspec.to_builtins(result), "state": state}
