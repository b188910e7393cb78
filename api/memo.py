"""The risk memo of a text or of a document that was handed in, as a file for a lawyer."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Request
from fastapi.responses import Response

from api.assistance import Assignment, text_of
from api.deals import house_of
from api.legal import Assessed, assessed
from api.wiring import House
from tools.paper.memo import memo_document
from tools.paper.memo_view import Reviewed

router = APIRouter(tags=["assist"])

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.post("/v1/assist/legal/memo", response_class=Response)
def post_memo(request: Request, body: Annotated[Assignment, Body()]) -> Response:
    """The memo of a legal review as DOCX: the same request as /v1/assist/legal."""
    return _file(memo(house_of(request), body))


@router.get("/v1/documents/{document_id}/memo.docx", response_class=Response)
def get_memo(
    request: Request,
    document_id: Annotated[str, Path(min_length=1, max_length=128)],
    side: Literal["seller", "client"] = "seller",
    kind: Literal["contract", "ad"] | None = None,
    day: Annotated[date | None, Query(alias="date", description="The date the law is read at")] = None,
    lang: Literal["ru", "en"] = "ru",
) -> Response:
    """The memo of a document's review as DOCX."""
    options: dict[str, Any] = {"side": side, "kind": kind, "date": day and day.isoformat()}
    given = {name: value for name, value in options.items() if value is not None}
    return _file(memo(house_of(request), Assignment(document_id=document_id, lang=lang, options=given)))


def memo(house: House, body: Assignment, name: str | None = None, sha256: str | None = None) -> bytes:
    """The same, for whoever has the house at hand; `name` and `sha256` are of the file the text was read from."""
    judged = assessed(house, body)
    if name is None or sha256 is None:
        name, sha256 = _origin(house, body)
    return memo_document(reviewed(judged, body, name, sha256), body.lang)


def reviewed(judged: Assessed, body: Assignment, name: str, sha256: str) -> Reviewed:
    """What a memo says of a judged text."""
    return Reviewed(
        name=name,
        text=judged.text,
        sha256=sha256,
        assessment=judged.assessment,
        on=judged.on,
        side=judged.side,
        dates=judged.dates,
        master_deal_id=body.master_deal_id,
        compared=judged.compared,
        dropped=0 if judged.added is None else sum(judged.added.dropped.values()),
    )


def _origin(house: House, body: Assignment) -> tuple[str, str]:
    if body.document_id is not None and not (body.text or "").strip():
        text_of(body, house)  # NotFound where it is not kept
        with house.store.reading() as read:
            kept = json.loads(read.archived("document", body.document_id) or "{}")
        return kept["name"], kept["sha256"]
    text = body.text or ""
    return ("Текст запроса" if body.lang == "ru" else "Text of the request"), hashlib.sha256(
        text.encode()
    ).hexdigest()


def _file(content: bytes) -> Response:
    return Response(
        content, media_type=MEDIA_TYPE, headers={"Content-Disposition": 'attachment; filename="memo.docx"'}
    )
