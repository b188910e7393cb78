"""GET /v1/me: who the caller is taken for, and what that allows."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.deals import house_of
from api.identity import CallerHere

router = APIRouter(tags=["operations"])


class Me(BaseModel):
    """The caller."""

    subject: str
    name: str | None
    roles: list[str]
    deals: Literal["all", "own"] = Field(description="Which deals the caller sees")
    actions: list[str] = Field(description="What the caller may do, by the names of the access table")


@router.get("/v1/me", response_model=Me)
async def get_me(request: Request, caller: CallerHere) -> Any:
    """Who the token says you are, your roles, and what they allow."""
    house = house_of(request)
    return {
        "subject": caller.subject,
        "name": caller.name,
        "roles": sorted(caller.roles),
        "deals": "all" if house.sight.everything else "own",
        "actions": [
            action.name for action in house.identity.access.actions.values() if action.open_to(caller)
        ],
    }
