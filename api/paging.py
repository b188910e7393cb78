"""Cursors: opaque to the caller, a place in an order to us."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any

from fastapi import Query

from masterdeal.errors import BadRequest

Limit = Annotated[int, Query(ge=1, le=500, description="How many items at the most")]
Cursor = Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before")]


def to_cursor(*place: Any) -> str:
    """A cursor for a place."""
    return base64.urlsafe_b64encode(json.dumps(place, ensure_ascii=False).encode()).decode().rstrip("=")


def from_cursor(cursor: str | None, *start: Any) -> list[Any]:
    """The place a cursor stands for, of the same types as `start`, which is the place without one."""
    if cursor is None:
        return list(start)
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError):
        place = None
    if not isinstance(place, list) or [type(item) for item in place] != [type(item) for item in start]:
        raise BadRequest("cursor is not one this service gave", where="query/cursor")
    return place
