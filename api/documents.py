"""POST /v1/documents: a file becomes text with offsets, kept under the digest of its bytes."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Path, Query, Request, UploadFile
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.assistance import check_seen
from api.deal_papers import attach, document_id_of
from api.deals import house_of
from api.identity import CallerHere
from api.wiring import House
from masterdeal.errors import NotFound, TooLarge
from tools.document import read_document

router = APIRouter(tags=["documents"])


class DocumentCard(BaseModel):
    """What was read. `document_id` stands for the text in the assist calls."""

    document_id: str
    name: str
    kind: str
    chars: int
    pages: int
    parts: list[dict[str, Any]]


class DocumentText(DocumentCard):
    """A document with its text; every offset of the assist answers counts its characters (code points)."""

    text: str


@router.get("/v1/documents/{document_id}", response_model=DocumentText)
def get_document(request: Request, document_id: Annotated[str, Path(min_length=1, max_length=64)]) -> Any:
    """What was read of a document that was added."""
    with house_of(request).store.reading() as read:
        kept = read.archived("document", document_id)
    if kept is None:
        raise NotFound(f"no document {document_id}", document_id=document_id)
    document = json.loads(kept)
    return {
        "document_id": document_id,
        "name": document["name"],
        "kind": document["kind"],
        "chars": len(document["text"]),
        "pages": document["pages"],
        "parts": document["parts"],
        "text": document["text"],
    }


@router.post("/v1/documents", response_model=DocumentCard)
async def post_document(
    request: Request,
    file: Annotated[UploadFile, File()],
    caller: CallerHere,
    master_deal_id: Annotated[
        str | None, Query(max_length=512, description="The deal whose document it is")
    ] = None,
) -> Any:
    """A brief, a contract, a mail: txt, md, docx, pdf, xlsx or eml. Broken, encrypted, empty or huge files are
    answered with what is wrong."""
    house = house_of(request)
    limit = house.settings.max_body
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"the file is larger than the limit of {limit} bytes", limit=limit)
    name = file.filename or "document.txt"
    return await run_in_threadpool(_keep, house, name, content, master_deal_id, caller.subject)


def _keep(house: House, name: str, content: bytes, deal_id: str | None, by: str) -> dict[str, Any]:
    check_seen(house, deal_id)
    document = read_document(name, content)
    document_id, now = document_id_of(document), house.clock()
    with house.store.writing() as tx:
        if deal_id is not None and tx.deal(deal_id) is None:
            raise NotFound(f"no deal {deal_id}", master_deal_id=deal_id)
        tx.file("document", {document_id: document.model_dump_json()}, now)
        if deal_id is not None:
            attach(tx, deal_id, document, by, now)
    return {
        "document_id": document_id,
        "name": document.name,
        "kind": document.kind,
        "chars": len(document.text),
        "pages": document.pages,
        "parts": [part.model_dump() for part in document.parts],
    }
