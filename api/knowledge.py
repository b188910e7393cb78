"""The knowledge base over HTTP: search with citations, add a source, list, read and remove sources."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Path, Query, Request, UploadFile
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.deals import house_of
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, NotFound, TooLarge
from tools.document import read_document
from tools.knowledge.keeping import Papers, kept, to_add, to_remove
from tools.knowledge.library import TEXT, Found
from tools.knowledge.passage import Kind, Source
from tools.knowledge.source import read_source

router = APIRouter(tags=["knowledge"])

SourceId = Annotated[str, Path(min_length=1, max_length=128)]
Words = Annotated[str | None, Form(max_length=300)]


class Sources(BaseModel):
    """What the knowledge base holds, packaged sources first."""

    items: list[Source]


class SourceText(BaseModel):
    """A source with the text that the offsets of its hits count in."""

    source: Source
    text: str


class Change(BaseModel):
    """What became of a source."""

    state: Literal["added", "replaced", "unchanged", "removed"]
    source: Source


@router.get("/v1/knowledge", response_model=Found, response_model_exclude_none=True)
def search(
    request: Request,
    q: Annotated[
        str, Query(min_length=1, max_length=2000, description="A question, or a place: ч. 3 ст. 5 38-ФЗ")
    ],
    kind: Annotated[list[Kind] | None, Query(description="Only sources of these kinds")] = None,
    limit: Annotated[int, Query(ge=1, le=50, description="How many hits at the most")] = 5,
) -> Any:
    """Search laws, the playbook, the catalogue, past offers and documents. Each hit says how to cite it."""
    house = house_of(request)
    found = house.knowledge.search(q, tuple(kind or ()), limit)
    if found.pending:
        knowledge_base_of(house).wake()
    return found


@router.post("/v1/knowledge", response_model=Change)
async def add(
    request: Request,
    file: Annotated[UploadFile | None, File()] = None,
    document_id: Annotated[str | None, Form(max_length=128, description="A document posted before")] = None,
    kind: Annotated[Kind | None, Form(description="Default: judged by the text")] = None,
    title: Words = None,
    act: Annotated[
        str | None, Form(max_length=300, description="Short name of an act that does not name itself")
    ] = None,
    master_deal_id: Annotated[str | None, Form(max_length=512, description="The deal it belongs to")] = None,
) -> Any:
    """Add a source: txt, md, docx, pdf, xlsx or eml. The same file again changes nothing; another edition of it, or of
    the same act, takes its place. It is found by words at once, by meaning as soon as it is embedded."""
    house = house_of(request)
    content, name = b"", ""
    if file is not None:
        limit = house.settings.max_body
        content, name = await file.read(limit + 1), file.filename or "document.txt"
        if len(content) > limit:
            raise TooLarge(f"the file is larger than the limit of {limit} bytes", limit=limit)
    elif document_id is None:
        raise BadRequest("file or document_id: give one of them", where="body/file")

    def read_and_add() -> Papers:
        called, text = (
            (name, read_document(name, content).text)
            if file is not None
            else _posted(house, str(document_id))
        )
        return add_source(house, called, text, kind=kind, title=title, act=act, master_deal_id=master_deal_id)

    change = await run_in_threadpool(read_and_add)
    if change.state != "unchanged":
        knowledge_base_of(house).wake()
    return {"state": change.state, "source": change.source}


@router.get("/v1/knowledge/documents", response_model=Sources, response_model_exclude_none=True)
def sources(request: Request) -> Any:
    """What the knowledge base holds that the caller may see."""
    return {"items": visible_sources(house_of(request))}


@router.get(
    "/v1/knowledge/documents/{document_id}", response_model=SourceText, response_model_exclude_none=True
)
def source(request: Request, document_id: SourceId) -> Any:
    """One source that was added, with its text."""
    with house_of(request).store.reading() as read:
        held, text = kept(read, document_id), read.archived(TEXT, document_id)
    if held is None or text is None:
        raise NotFound(f"the knowledge base holds no document {document_id}", document_id=document_id)
    return {"source": held, "text": json.loads(text)["text"]}


@router.delete("/v1/knowledge/documents/{document_id}", response_model=Change)
def remove(request: Request, document_id: SourceId) -> Any:
    """Take a source out; its text is gone with it. A packaged source cannot be removed."""
    change = remove_source(house_of(request), document_id)
    return {"state": change.state, "source": change.source}


def knowledge_base_of(house: House) -> Any:
    """The knowledge base behind a house."""
    assert house.knowledge_base is not None
    return house.knowledge_base


def visible_sources(house: House) -> list[Source]:
    """What a house's caller may see of what the knowledge base holds."""
    view = house.knowledge
    return [
        source
        for source in view.library.sources()
        if source.master_deal_id is None or view.sees is None or view.sees(source.master_deal_id)
    ]


def add_source(
    house: House,
    name: str,
    text: str,
    *,
    kind: Kind | None = None,
    title: str | None = None,
    act: str | None = None,
    master_deal_id: str | None = None,
) -> Papers:
    """Keep a text as a source. NotFound where the deal is not there or may not be seen."""
    found = read_source(
        name,
        text,
        kind=kind,
        title=title,
        act=act,
        master_deal_id=master_deal_id,
        added_at=instant.iso(house.clock()),
    )
    with house.store.writing() as tx:
        if master_deal_id is not None and tx.deal(master_deal_id) is None:
            raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
        change = to_add(tx, found, text)
        for paper, texts in change.papers.items():
            tx.file(paper, texts, house.clock())
    return change


def remove_source(house: House, document_id: str) -> Papers:
    """Take a source out. NotFound where it is not held or may not be seen, BadRequest where it is packaged."""
    with house.store.writing() as tx:
        change = to_remove(tx, document_id)
        for paper, texts in change.papers.items():
            tx.file(paper, texts, house.clock())
    return change


def _posted(house: House, document_id: str) -> tuple[str, str]:
    with house.store.reading() as read:
        body = read.archived("document", document_id)
    if body is None:
        raise NotFound(f"no document {document_id}", document_id=document_id)
    document = json.loads(body)
    return document["name"], document["text"]
