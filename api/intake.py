"""POST /v1/events: CloudEvents in structured, batch and binary mode."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import unquote

import msgspec
from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from api.access import ADMIN, Caller
from api.identity import caller_of
from api.problems import UnsupportedMediaType
from api.shapes import Outcomes
from api.writer import Writer
from masterdeal.errors import Forbidden, NotCloudEvent, TooLarge
from masterdeal.event import split_batch
from masterdeal.flow.intake import REJECTED, Incoming, Outcome, read
from masterdeal.producer import may_publish
from masterdeal.rulebook import Rulebook

router = APIRouter(tags=["events"])

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
# Reading this much takes longer than the event loop should be kept waiting.
LARGE: Final = 256 * 1024
# Why an event is refused that its sender may not report.
NOT_ITS_OWN: Final = "not_its_own_type"
_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "time", "subject")


async def body_within(request: Request, limit: int) -> bytes:
    """The request's body, read no further than the limit."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise TooLarge(f"the body has {declared} bytes; the limit is {limit}", limit=limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise TooLarge(f"the body is larger than the limit of {limit} bytes", limit=limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _binary(request: Request, body: bytes) -> bytes:
    """A binary-mode event in structured mode."""
    event: dict[str, Any] = {
        name: unquote(request.headers[f"ce-{name}"])
        for name in _ATTRIBUTES
        if f"ce-{name}" in request.headers
    }
    if body:
        media = request.headers.get("content-type", "application/json").partition(";")[0].strip()
        if media != "application/json" and not media.endswith("+json"):
            raise UnsupportedMediaType(f"binary mode with {media!r}: the data must be JSON")
        try:
            event["data"] = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise NotCloudEvent(f"the data is not JSON: {error}", reason="not_json") from None
    return msgspec.json.encode(event)


def _single(body: bytes, book: Rulebook) -> list[Incoming]:
    incoming = read(body, book)
    if incoming.refusal in ("not_json", "not_a_cloudevent"):
        raise NotCloudEvent(incoming.detail, reason=incoming.refusal)
    return [incoming]


def _many(body: bytes, book: Rulebook) -> list[Incoming]:
    return [read(item, book) for item in split_batch(body)]


async def _own(
    items: Sequence[Incoming], caller: Caller, book: Rulebook, writer: Writer, *, alone: bool
) -> list[Outcome]:
    """Take in what is of the caller's own types; the rest is refused, each by itself, and kept nowhere."""
    may = [
        item.refusal is not None or may_publish(caller.sources, item.type, book.catalogue) for item in items
    ]
    told = f"{', '.join(sorted(caller.sources)) or 'the caller'} may not publish this type"
    if alone and not all(may):
        raise Forbidden(told, reason=NOT_ITS_OWN)
    taken = iter(await writer.take([item for item, allowed in zip(items, may, strict=True) if allowed]))
    return [
        next(taken) if allowed else Outcome(item.source, item.id, REJECTED, NOT_ITS_OWN, told)
        for item, allowed in zip(items, may, strict=True)
    ]


@router.post(
    "/v1/events",
    status_code=202,
    response_model=Outcomes,
    summary="Take events in",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                STRUCTURED: {"schema": {"$ref": "#/components/schemas/CloudEvent"}},
                BATCH: {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/CloudEvent"}}},
                "application/json": {
                    "schema": {"description": "The data of a binary-mode event (ce-* headers)"}
                },
            },
        }
    },
)
async def post_events(request: Request) -> Response:
    """One CloudEvent, a batch, or binary mode (`ce-` headers). Every event gets its own outcome; a bad one never
    blocks its neighbours, and what was answered is durable."""
    state = request.app.state
    book: Rulebook = state.house.book
    writer: Writer = state.writer
    body = await body_within(request, state.house.settings.max_body)
    media = request.headers.get("content-type", STRUCTURED).partition(";")[0].strip().lower()
    many = media == BATCH or (media == "application/json" and body.lstrip()[:1] == b"[")
    if "ce-id" in request.headers or "ce-specversion" in request.headers:
        incoming = _single(_binary(request, body), book)
    elif many:
        incoming = await run_in_threadpool(_many, body, book) if len(body) > LARGE else _many(body, book)
    elif media in (STRUCTURED, "application/json"):
        incoming = _single(body, book)
    else:
        raise UnsupportedMediaType(f"{media!r}: send {STRUCTURED}, {BATCH} or binary mode")
    caller = caller_of(request)
    if ADMIN in caller.roles:
        outcomes = await writer.take(incoming) if incoming else []
    else:
        outcomes = await _own(incoming, caller, book, writer, alone=not many)
    return Response(msgspec.json.encode({"results": outcomes}), 202, media_type="application/json")
