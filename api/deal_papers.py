"""What was worked on for a deal: its documents, and the decisions about them; newest first."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from api.assistance import Assignment
from api.deals import DealId, house_of
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.ports import Reading, Writing
from tools.document import Document

router = APIRouter(tags=["deals"])

Job = Literal["brief", "mediaplan", "offer", "legal", "qualification"]
DECISIONS: Final = "deal-decision"
DOCUMENTS: Final = "deal-document"
# Moments are kept counted down from here, so that the order of keys is the newest first.
_LAST: Final = 10**19
_PAGE: Final = 200


class DecisionCard(BaseModel):
    """One decision about a deal. GET /v1/decisions/{decision_id} has all of it."""

    decision_id: str
    kind: Job
    made_at: str
    by: str
    document_id: str | None = Field(
        description="The document it is about; a text that was pasted is kept as one"
    )


class DecisionCards(BaseModel):
    """A page of decisions, the newest first."""

    items: list[DecisionCard]
    next_cursor: str | None


class DealDocument(BaseModel):
    """A document of a deal. GET /v1/documents/{document_id} has its text."""

    document_id: str
    name: str
    kind: str
    chars: int
    added_at: str
    by: str


class DealDocuments(BaseModel):
    """The documents of a deal, by their ids."""

    items: list[DealDocument]
    next_cursor: str | None


def text_as_document(job: str, text: str) -> Document:
    """A text that was pasted, as a document of its own: not reflowed, for offsets count its characters."""
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Document(name=f"{job}.txt", kind="txt", text=text, pages=1, sha256=digest)


def document_id_of(document: Document) -> str:
    return f"DOC-{document.sha256[:16]}"


def attach(tx: Writing, deal_id: str, document: Document, by: str, now: int) -> None:
    """Put a document among those of a deal; one that is there stays as it is."""
    document_id = document_id_of(document)
    key = f"{deal_id}|{document_id}"
    if tx.archived(DOCUMENTS, key) is not None:
        return
    card = {
        "master_deal_id": deal_id,
        "document_id": document_id,
        "name": document.name,
        "kind": document.kind,
        "chars": len(document.text),
        "added_at": instant.iso(now),
        "by": by,
    }
    tx.file(DOCUMENTS, {key: json.dumps(card, ensure_ascii=False)}, now)


def file_under_deal(tx: Writing, decision: dict[str, Any], asked: Assignment, now: int) -> None:
    """Find a decision by its deal from now on, and the text it is about among the deal's documents. The same decision
    made again is found once, at its last time. Called before the decision itself is filed."""
    deal_id, decision_id = asked.master_deal_id, decision["decision_id"]
    if deal_id is None or "\0" in deal_id or tx.deal(deal_id) is None:
        return
    before = tx.archived("decision", decision_id)
    if before is not None and json.loads(before).get("master_deal_id") == deal_id:
        tx.discard(DECISIONS, [_key(deal_id, instant.parse(json.loads(before)["made_at"]), decision_id)])
    document = _document(tx, decision["kind"], asked, now)
    if document is not None:
        attach(tx, deal_id, document, decision["by"], now)
    card = {
        "master_deal_id": deal_id,
        **{name: decision[name] for name in ("decision_id", "kind", "made_at", "by")},
        "document_id": None if document is None else document_id_of(document),
    }
    tx.file(DECISIONS, {_key(deal_id, now, decision_id): json.dumps(card, ensure_ascii=False)}, now)


def _document(tx: Writing, job: str, asked: Assignment, now: int) -> Document | None:
    if asked.text is not None and asked.text.strip():
        document = text_as_document(job, asked.text)
        if tx.archived("document", document_id_of(document)) is None:
            tx.file("document", {document_id_of(document): document.model_dump_json()}, now)
        return document
    kept = tx.archived("document", asked.document_id) if asked.document_id is not None else None
    return Document.model_validate_json(kept) if kept is not None else None


def _key(deal_id: str, made: int, decision_id: str) -> str:
    return f"{deal_id}|{_LAST - made:020d}|{decision_id}"


@router.get("/v1/deals/{master_deal_id}/decisions", response_model=DecisionCards)
def list_decisions(
    request: Request,
    master_deal_id: DealId,
    kind: Annotated[Job | None, Query(description="Decisions of this job only")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """What the assist jobs answered for a deal: briefs read, plans, offers, legal reviews, qualifications."""
    items, following = _cards(house_of(request), DECISIONS, master_deal_id, limit, cursor, kind)
    return {"items": items, "next_cursor": following}


@router.get("/v1/deals/{master_deal_id}/documents", response_model=DealDocuments)
def list_documents(request: Request, master_deal_id: DealId, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """The documents of a deal: handed in for it (POST /v1/documents?master_deal_id=), or worked on for it."""
    items, following = _cards(house_of(request), DOCUMENTS, master_deal_id, limit, cursor)
    return {"items": items, "next_cursor": following}


@router.delete("/v1/deals/{master_deal_id}/documents/{document_id}", status_code=204, response_class=Response)
def delete_document(request: Request, master_deal_id: DealId, document_id: str) -> Response:
    """Take a document from among those of a deal. Its text stays, and so do the decisions about it."""
    house, key = house_of(request), f"{master_deal_id}|{document_id}"
    with house.store.reading() as read:
        if read.deal(master_deal_id) is None or read.archived(DOCUMENTS, key) is None:
            raise NotFound(f"no document {document_id} of the deal {master_deal_id}", document_id=document_id)
    with house.store.writing() as tx:
        tx.discard(DOCUMENTS, [key])
    return Response(status_code=204)


def _cards(
    house: House, paper: str, deal_id: str, limit: int, cursor: str | None, kind: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    (after,) = from_cursor(cursor, f"{deal_id}|")
    with house.store.reading() as read:
        if read.deal(deal_id) is None:
            raise NotFound(f"no deal {deal_id}", master_deal_id=deal_id)
        found = _found(read, paper, deal_id, after, limit + 1, kind)
    return [card for _, card in found[:limit]], to_cursor(found[limit - 1][0]) if len(found) > limit else None


def _found(
    read: Reading, paper: str, deal_id: str, after: str, most: int, kind: str | None
) -> list[tuple[str, dict[str, Any]]]:
    found: list[tuple[str, dict[str, Any]]] = []
    while len(found) < most and (rows := read.archive(paper, after, _PAGE)):
        for key, body in rows:
            if not key.startswith(f"{deal_id}|"):
                return found[:most]
            card = json.loads(body)
            # A deal's id may itself hold the mark between the parts of a key.
            if card["master_deal_id"] == deal_id and kind in (None, card["kind"]):
                found.append((key, card))
        after = rows[-1][0]
    return found[:most]
