"""Leads: import, list, one lead, its qualification."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool

from api.deals import house_of
from api.intake import body_within
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.problems import UnsupportedMediaType
from api.shapes import Loose
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, NotFound
from masterdeal.sla import MOSCOW
from tools.drafting import plain
from tools.leads.importing import LeadImport, import_lead_items, import_leads
from tools.qualification.icp import Company
from tools.qualification.qualify import Source, qualify

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
                        "properties": {"file": {"type": "string", "format": "binary"}},
                    }
                },
                "application/json": {"schema": {"type": "array", "items": {"type": "object"}}},
            },
        }
    },
)
async def post_import(request: Request) -> Any:
    """Leads from a CSV or XLSX file (multipart, any field name) or a JSON list, headings in Russian or English. A bad
    row is rejected with its reason and touches no other."""
    house = house_of(request)
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "multipart/form-data":
        async with request.form(max_files=1) as form:
            upload = next((value for value in form.values() if not isinstance(value, str)), None)
            if upload is None:
                raise BadRequest("no file in the form", where="body/file")
            name, content = upload.filename or "leads.csv", await upload.read(house.settings.max_body + 1)
        return await run_in_threadpool(_import, house, name, content)
    if media == "application/json":
        body = await body_within(request, house.settings.max_body)
        return await run_in_threadpool(_import_json, house, body)
    raise UnsupportedMediaType(f"{media!r}: send a file as multipart/form-data, or a JSON list")


def _import(house: House, name: str, content: bytes) -> dict[str, Any]:
    return keep(house, import_leads(name, content))


def _import_json(house: House, body: bytes) -> dict[str, Any]:
    try:
        items = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"not JSON: {error}", where="body") from None
    if isinstance(items, dict) and isinstance(items.get("leads"), list):
        items = items["leads"]
    if not isinstance(items, list):
        raise BadRequest("a JSON list of leads is wanted", where="body")
    return keep(house, import_lead_items(items))


def keep(house: House, found: LeadImport) -> dict[str, Any]:
    """Keep imported leads; the answer says what became of the rows."""
    leads = {lead.lead_id: plain(lead) for lead in found.leads}
    with house.store.writing() as tx:
        tx.file(
            "lead", {id_: json.dumps(lead, ensure_ascii=False) for id_, lead in leads.items()}, house.clock()
        )
    return {
        "imported": found.imported,
        "merged": found.merged,
        "rejected": plain(found.rejected),
        "leads": list(leads.values()),
        "proposals": plain(found.proposals),
        "findings": plain(found.findings),
        "columns": found.columns,
    }


@router.get("/v1/leads", response_model=Leads)
def list_leads(request: Request, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """Imported leads in the order of their ids."""
    house = house_of(request)
    (after,) = from_cursor(cursor, "")
    with house.store.reading() as read:
        rows = read.archive("lead", after, limit + 1)
    return {
        "items": [json.loads(body) for _, body in rows[:limit]],
        "next_cursor": to_cursor(rows[limit - 1][0]) if len(rows) > limit else None,
    }


LeadId = Annotated[str, Path(min_length=1, max_length=256)]


def _lead(house: House, lead_id: str) -> dict[str, Any]:
    with house.store.reading() as read:
        kept = read.archived("lead", lead_id)
    if kept is None:
        raise NotFound(f"no lead {lead_id}", lead_id=lead_id)
    lead: dict[str, Any] = json.loads(kept)
    return lead


@router.get("/v1/leads/{lead_id}", response_model=dict[str, Any])
def get_lead(request: Request, lead_id: LeadId) -> Any:
    """One lead with the rows it was made of."""
    return _lead(house_of(request), lead_id)


@router.get("/v1/leads/{lead_id}/qualification", response_model=dict[str, Any])
def get_qualification(request: Request, lead_id: LeadId) -> Any:
    """The lead's BANT, CHAMP, ICP and verdict, from its notes and fields."""
    house = house_of(request)
    lead = _lead(house, lead_id)
    today = instant.to_datetime(house.clock()).astimezone(MOSCOW).date()
    sources = [
        Source(id=f"note-{number}", text=note["text"])
        for number, note in enumerate(lead["notes"], 1)
        if note.get("text")
    ]
    company = Company(
        industry=lead["industry"], okved=lead["okved"], employees=lead["employees"], revenue=lead["revenue"]
    )
    return qualify(sources, today, company).model_dump(mode="json")
