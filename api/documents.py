"""POST /v1/documents: a file becomes text with offsets, kept under the digest of its bytes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Request, UploadFile
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool

from api.deals import house_of
from api.wiring import House
from masterdeal.errors import TooLarge
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


@router.post("/v1/documents", response_model=DocumentCard)
async def post_document(request: Request, file: Annotated[UploadFile, File()]) -> Any:
    """A brief, a contract, a mail: txt, md, docx, pdf, xlsx or eml. Broken, encrypted, empty or huge files are
    answered with what is wrong."""
    house = house_of(request)
    limit = house.settings.max_body
    content = await file.read(limit + 1)
    if len(content) > limit:
        raise TooLarge(f"the file is larger than the limit of {limit} bytes", limit=limit)
    return await run_in_threadpool(_keep, house, file.filename or "document.txt", content)


def _keep(house: House, name: str, content: bytes) -> dict[str, Any]:
    document = read_document(name, content)
    document_id = f"DOC-{document.sha256[:16]}"
    with house.store.writing() as tx:
        tx.file("document", {document_id: document.model_dump_json()}, house.clock())
    return {
        "document_id": document_id,
        "name": document.name,
        "kind": document.kind,
        "chars": len(document.text),
        "pages": document.pages,
        "parts": [part.model_dump() for part in document.parts],
    }
