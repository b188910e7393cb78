"""Leads: import, list, one lead, its qualification."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Header, Path, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.chat import while_heard
from api.deals import house_of
from api.identity import CallerHere
from api.intake import body_within
from api.lead_book import as_lead, enter, kept_lead, today
from api.lead_imports import AT_ONCE, at_once, begin, job_of
from api.lead_learning import known, reliability, scored_now
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.problems import UnsupportedMediaType
from api.proposals import decide_for
from api.shapes import Loose
from api.stream import HEARTBEAT
from api.wiring import House
from masterdeal.errors import BadRequest, NotFound, TooLarge
from tools.leads.importing import import_lead_items, import_leads
from tools.leads.preview import Preview, checked_choice, preview
from tools.leads.qualified import qualify_lead

router = APIRouter(tags=["leads"])


class ImportResult(Loose):
    """What became of the rows: imported + merged + rejected is how many there were."""

    imported: int
    merged: int
    rejected: list[dict[str, Any]]
    leads: list[dict[str, Any]]


class Leads(Loose):
    """A page of leads."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@router.post(
    "/v1/leads/import",
    response_model=ImportResult,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "columns": {"type": "string", "description": "JSON: {heading: field or null}"},
                        },
                    }
                },
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            },
        }
    },
)
async def post_import(
    request: Request,
    caller: CallerHere,
    prefer: Annotated[
        str, Header(description="`respond-async` (RFC 7240): as a job, whatever the size")
    ] = "",
) -> Any:
    """Leads from a CSV or XLSX file (multipart, any field name) or a JSON list, headings in Russian or English. A bad
    row is rejected with its reason and touches no other. A large file becomes a job: 202 with its `import_id`, and
    `Location` says where its progress is. `columns` of the form says what columns hold where their headings do not."""
    house = house_of(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "multipart/form-data":
        name, content, columns = await _uploaded(request, house)
        if len(content) > AT_ONCE or "respond-async" in prefer:
            job = await run_in_threadpool(begin, house, name, content, caller.subject, columns)
            request.app.state.lead_imports.wake()
            where = f"/v1/leads/imports/{job['import_id']}"
            return JSONResponse(job, status_code=202, headers={"location": where})
        return await run_in_threadpool(_import, house, name, content, columns)
    if media == "application/json":
        body = await body_within(request, house.settings.max_body)
        return await run_in_threadpool(_import_json, house, body)
    raise UnsupportedMediaType(f"{media!r}: send a file as multipart/form-data, or a JSON list")


async def _uploaded(request: Request, house: House) -> tuple[str, bytes, dict[str, str | None] | None]:
    """The file of a form, its name, and what a person chose its columns to hold."""
    async with request.form(max_files=1) as form:
        upload = next((value for value in form.values() if not isinstance(value, str)), None)
        if upload is None:
            raise BadRequest("no file in the form", where="body/file")
        name, content = upload.filename or "leads.csv", await upload.read(house.settings.max_body + 1)
        given = form.get("columns")
    if len(content) > house.settings.max_body:
        raise TooLarge("the file is too large", limit=house.settings.max_body)
    if not isinstance(given, str) or not given:
        return name, content, None
    try:
        return name, content, checked_choice(json.loads(given))
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"columns: not JSON: {error}", where="body/columns") from None


@router.post(
    "/v1/leads/import/preview",
    response_model=Preview,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "file": {"type": "string", "format": "binary"},
                            "columns": {"type": "string", "description": "JSON: {heading: field or null}"},
                        },
                    }
                }
            },
        }
    },
)
async def post_preview(request: Request) -> Any:
    """How a list would be read: its columns, the field each is taken for, their first cells. Nothing is kept."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media != "multipart/form-data":
        raise UnsupportedMediaType(f"{media!r}: send a file as multipart/form-data")
    name, content, columns = await _uploaded(request, house_of(request))
    return await run_in_threadpool(preview, name, content, columns)


def _import(house: House, name: str, content: bytes, columns: dict[str, str | None] | None) -> dict[str, Any]:
    return at_once(house, import_leads(name, content, chosen=columns))


def _import_json(house: House, body: bytes) -> dict[str, Any]:
    try:
        items = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"not JSON: {error}", where="body") from None
    if isinstance(items, dict) and isinstance(items.get("leads"), list):
        items = items["leads"]
    if not isinstance(items, list):
        raise BadRequest("a JSON list of leads is wanted", where="body")
    return at_once(house, import_lead_items(items))


class Jobs(Loose):
    """Imports that ran as jobs."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@router.get("/v1/leads/imports", response_model=Jobs)
def list_imports(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Imports that ran as jobs, in the order of their ids."""
    house = house_of(request)
    (after,) = from_cursor(cursor, "")
    with house.store.reading() as read:
        rows = read.archive("lead-import", after, limit + 1)
    return {
        "items": scored_now(house, (json.loads(body) for _, body in rows[:limit])),
        "next_cursor": to_cursor(rows[limit - 1][0]) if len(rows) > limit else None,
    }


@router.get("/v1/leads/imports/{import_id}", response_model=dict[str, Any])
def get_import(request: Request, import_id: Annotated[str, Path(min_length=1, max_length=256)]) -> Any:
    """Where an import stands: state (running, done, failed), phase (reading, writing), done of how many; at the end what
    became of the rows."""
    return job_of(house_of(request), import_id)


# How often the stream of an import looks how far it has come, in seconds.
LOOK: Final = 0.3
_TOLD: Final = ("import_id", "name", "state", "phase", "done", "of", "made", "proposed", "problem")


@router.get(
    "/v1/leads/imports/{import_id}/stream",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "progress, then ended; `data` is the job without its rows",
        }
    },
)
async def stream_import(
    request: Request, import_id: Annotated[str, Path(min_length=1, max_length=256)]
) -> StreamingResponse:
    """How an import comes along, as server-sent events: `progress` whenever it has come further, `ended` when it is done or
    has failed. The first message says where it stands, so a stream that broke is simply asked for again."""
    house = house_of(request)
    await run_in_threadpool(job_of, house, import_id)
    return StreamingResponse(
        while_heard(request, _progress(house, import_id)),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _progress(house: House, import_id: str) -> AsyncGenerator[bytes, None]:
    told, silent = "", 0.0
    with house.bus.listening() as news:
        while not house.bus.closed:
            # The job stands in the store: whichever process carries it on is heard of.
            job = await run_in_threadpool(job_of, house, import_id)
            news.clear()
            now = json.dumps({key: job[key] for key in _TOLD if key in job}, ensure_ascii=False)
            ended = job["state"] != "running"
            if now != told or ended:
                told, silent = now, 0.0
                yield f"event: {'ended' if ended else 'progress'}\ndata: {now}\n\n".encode()
            elif silent >= HEARTBEAT:
                silent = 0.0
                yield b": still here\n\n"
            if ended:
                return
            silent += LOOK
            with suppress(TimeoutError):
                await asyncio.wait_for(news.wait(), LOOK)


class MergeDecision(BaseModel):
    """Whether two leads are one."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject"]
    hash: str | None = Field(
        default=None, max_length=128, description="`hash` of the proposal that was looked at"
    )
    comment: str | None = Field(default=None, max_length=4000)


@router.post("/v1/leads/merges/{proposal_id}", response_model=dict[str, Any])
def post_merge(
    request: Request,
    proposal_id: Annotated[str, Path(min_length=1, max_length=64)],
    body: Annotated[MergeDecision, Body()],
    caller: CallerHere,
) -> Any:
    """Approve or reject a proposal to join two leads (`GET /v1/proposals?kind=merge` lists them). The same decision
    again changes nothing, another one is a conflict."""
    house = house_of(request)
    made = decide_for(
        house, caller, proposal_id, body.decision, hash_=body.hash, comment=body.comment, kind="merge"
    )
    return made["proposal"]


@router.get("/v1/leads", response_model=Leads)
def list_leads(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Imported leads in the order of their ids, each with its chance by the learned score of now (`learned_at`)."""
    house = house_of(request)
    (after,) = from_cursor(cursor, "")
    with house.store.reading() as read:
        rows = read.archive("lead", after, limit + 1)
    return {
        "items": scored_now(house, (json.loads(body) for _, body in rows[:limit])),
        "next_cursor": to_cursor(rows[limit - 1][0]) if len(rows) > limit else None,
    }


@router.get("/v1/leads/score", response_model=dict[str, Any])
def get_score(request: Request) -> Any:
    """The learned score of this installation, apart from every verdict: on how many won and lost deals it was learnt, its AUC,
    Brier score, calibration error and reliability on leads it has not seen; or `too-little-history` with how many are
    needed."""
    return reliability(known(house_of(request)))


LeadId = Annotated[str, Path(min_length=1, max_length=256)]


def _lead(house: House, lead_id: str) -> dict[str, Any]:
    with house.store.reading() as read:
        kept = kept_lead(read, lead_id)
    if kept is None:
        raise NotFound(f"no lead {lead_id}", lead_id=lead_id)
    return kept


@router.post("/v1/leads/{lead_id}/approve", response_model=dict[str, Any])
def post_approval(request: Request, lead_id: LeadId, caller: CallerHere) -> Any:
    """Enter a lead as a deal: `crm.deal.created`, and `crm.lead.qualified` where its verdict is qualified. Approving
    again changes nothing and answers as before."""
    house = house_of(request)
    now = house.clock()
    with house.store.writing() as tx:
        entered = enter(tx, house, lead_id, caller.subject, now)
    house.written()
    return entered


@router.get("/v1/leads/{lead_id}", response_model=dict[str, Any])
def get_lead(request: Request, lead_id: LeadId) -> Any:
    """One lead with the rows it was made of, and its chance by the learned score of now (`learned_at` says which)."""
    house = house_of(request)
    (lead,) = scored_now(house, [_lead(house, lead_id)])
    return lead


@router.get("/v1/leads/{lead_id}/qualification", response_model=dict[str, Any])
def get_qualification(request: Request, lead_id: LeadId) -> Any:
    """The lead's BANT, CHAMP, ICP and verdict, from its notes and fields."""
    house = house_of(request)
    found = qualify_lead(as_lead(_lead(house, lead_id)), today(house))
    return found.model_dump(mode="json")
