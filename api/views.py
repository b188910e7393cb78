"""Saved views of the dashboard and of the deals: filters under a name, for the caller who named them."""

from __future__ import annotations

import hashlib
import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Body, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field

from api.deals import house_of
from api.identity import CallerHere
from masterdeal import instant
from masterdeal.errors import BadRequest, Conflict, NotFound
from masterdeal.ports import Reading

router = APIRouter(tags=["deals"])

VIEWS: Final = "masterdeal/views"
MOST: Final = 100
_NAME: Final = re.compile(r"[a-z_]{1,40}")
ViewId = Annotated[str, Path(pattern="^[0-9a-f]{24}$")]


class View(BaseModel):
    """Filters to keep: the query of the page's address, such as `sla=breached&view=board`."""

    model_config = ConfigDict(extra="forbid")

    page: Literal["dashboard", "deals"]
    name: str = Field(min_length=1, max_length=80, pattern=r"^\S(.*\S)?$")
    query: str = Field(
        max_length=2000, description="Names and values as in the address, without a question mark"
    )


class SavedView(View):
    """A view as it is kept."""

    view_id: str
    saved_at: str


class SavedViews(BaseModel):
    """The caller's views, by name."""

    items: list[SavedView]


def _owner(subject: str) -> str:
    return hashlib.blake2b(subject.encode(), digest_size=16).hexdigest()


def _view_id(view: View) -> str:
    return hashlib.blake2b(f"{view.page}\n{view.name}".encode(), digest_size=12).hexdigest()


def _kept(read: Reading, owner: str) -> list[SavedView]:
    rows = read.archive(VIEWS, f"{owner}/", MOST)
    return [SavedView.model_validate_json(body) for id_, body in rows if id_.startswith(f"{owner}/")]


def _checked(query: str) -> str:
    """The query in one spelling. BadRequest where it is none."""
    try:
        pairs = (
            parse_qsl(query, keep_blank_values=False, strict_parsing=True, max_num_fields=50) if query else []
        )
    except ValueError as error:
        raise BadRequest(f"query: {error}", where="body/query") from None
    strange = [name for name, _ in pairs if not _NAME.fullmatch(name)]
    if strange:
        raise BadRequest(f"query: no such parameters {strange}", where="body/query")
    return urlencode(pairs)


@router.get("/v1/views", response_model=SavedViews)
def list_views(request: Request, caller: CallerHere) -> Any:
    """The views that the caller has saved."""
    with house_of(request).store.reading() as read:
        kept = _kept(read, _owner(caller.subject))
    return {"items": sorted(kept, key=lambda view: (view.page, view.name.casefold()))}


@router.post("/v1/views", response_model=SavedView)
def post_view(request: Request, caller: CallerHere, body: Annotated[View, Body()]) -> Any:
    """Save a view. The same name on the same page is the same view: it is replaced."""
    house = house_of(request)
    owner, view_id, now = _owner(caller.subject), _view_id(body), house.clock()
    saved = SavedView(
        page=body.page, name=body.name, query=_checked(body.query), view_id=view_id, saved_at=instant.iso(now)
    )
    with house.store.writing() as tx:
        kept = {view.view_id for view in _kept(tx, owner)}
        if len(kept | {view_id}) > MOST:
            raise Conflict(f"there are {MOST} saved views already; delete one first")
        tx.file(VIEWS, {f"{owner}/{view_id}": saved.model_dump_json()}, now)
    return saved


@router.delete("/v1/views/{view_id}", status_code=204, response_class=Response)
def delete_view(request: Request, caller: CallerHere, view_id: ViewId) -> Response:
    """Forget a view of the caller's."""
    key = f"{_owner(caller.subject)}/{view_id}"
    with house_of(request).store.writing() as tx:
        if tx.archived(VIEWS, key) is None:
            raise NotFound(f"no saved view {view_id}", view_id=view_id)
        tx.discard(VIEWS, [key])
    return Response(status_code=204)
