"""The audit trail over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request

from api.deals import house_of
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.shapes import Loose
from masterdeal import instant

router = APIRouter(tags=["operations"])


class Entries(Loose):
    """A page of the trail."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@router.get("/v1/audit", response_model=Entries)
def list_audit(
    request: Request,
    after: Annotated[int, Query(ge=0, le=2**53, description="Only entries after this position")] = 0,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """The audit trail in the order it was written. `hash` covers the entry and everything before it."""
    (start,) = from_cursor(cursor, after)
    with house_of(request).store.reading() as read:
        rows = read.audit(start, limit + 1)
    return {
        "items": [
            {
                "position": row.position,
                "time": instant.iso(row.time),
                "hash": row.hash,
                **msgspec.json.decode(row.body),
            }
            for row in rows[:limit]
        ],
        "next_cursor": to_cursor(rows[limit - 1].position) if len(rows) > limit else None,
    }
