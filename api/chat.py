"""The copilot in conversation: a message in, what happens on the way to the answer out, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Path, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api import conversation
from api.access import Caller
from api.account import account
from api.approvals import Choice, decided, filed, waiting
from api.assistance import LONGEST_TEXT
from api.deals import house_of
from api.decisions import file_answer
from api.identity import CallerHere, facts_of
from api.live import Conflict, Live
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.problems import of_error
from api.shapes import Loose
from api.thread_papers import drop
from api.wiring import House
from masterdeal.errors import BadRequest, DealError, NotFound

router = APIRouter(prefix="/v1/chat", tags=["chat"])

# How often a silent stream looks whether its caller still listens, in seconds.
LOOK: Final = 0.5
MOST_DOCUMENTS: Final = 8

ThreadId = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[\w.:-]+$")]
ApprovalId = Annotated[str, Path(min_length=1, max_length=128)]


class Message(BaseModel):
    """A message to the copilot. A text that belongs to it (a letter, a contract) may stand in it or be a document."""

    model_config = ConfigDict(extra="forbid")

    thread_id: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        pattern=r"^[\w.:-]+$",
        description="The thread to go on with; without one, or with a new name, a thread begins",
    )
    message: str = Field(min_length=1, max_length=LONGEST_TEXT)
    master_deal_id: str | None = Field(default=None, max_length=512)
    document_id: str | None = Field(default=None, max_length=128)
    document_ids: tuple[Annotated[str, Field(min_length=1, max_length=128)], ...] = Field(
        default=(),
        max_length=MOST_DOCUMENTS,
        description="Documents that belong to the message, in their order",
    )
    lang: Literal["ru", "en"] | None = None


class ThreadCard(BaseModel):
    """A thread in a list."""

    thread_id: str
    title: str
    master_deal_id: str | None
    created_at: str
    updated_at: str
    turns: int


class Threads(BaseModel):
    """A page of the caller's threads."""

    items: list[ThreadCard]
    next_cursor: str | None


class Turn(Loose):
    """A message and its answer."""

    number: int
    at: str
    message: str
    answer: dict[str, Any]


class Thread(ThreadCard):
    """A thread with all its turns and the proposals that were made in it."""

    items: list[Turn]
    approvals: list[dict[str, Any]]


@router.post(
    "",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {"text/event-stream": {}},
            "description": "thread, step, token, evidence, approval, answer, error, done; `data` is JSON",
        }
    },
)
async def post_chat(
    request: Request, caller: CallerHere, body: Annotated[Message, Body()]
) -> StreamingResponse:
    """Say something. Events: `thread` {thread_id, turn}; `step` {id, tool, args, state: started | ended, ok}; `token`
    {text}: the answer as it becomes certain; `evidence`: one piece; `approval`: a proposal that waits for a person;
    `answer` {text, evidence, mode, decision_id, proposals}; `error`: a problem document; `done`. Hanging up ends the
    work."""
    house = house_of(request)
    if not body.message.strip():
        raise BadRequest("message: say something", where="body/message")
    attached = await run_in_threadpool(_checked, house, body)
    thread_id = body.thread_id or conversation.new_id()
    await run_in_threadpool(conversation.begun, house, thread_id, caller.subject, body.message)
    live: Live = request.app.state.live
    said = Said(body, thread_id, caller, attached, facts_of(request))
    return StreamingResponse(
        while_heard(request, _frames(spoken(house, live, said))),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _documents(body: Message) -> tuple[str, ...]:
    """The ids of the documents that came along, each once."""
    named = body.document_ids if body.document_id is None else (body.document_id, *body.document_ids)
    return tuple(dict.fromkeys(named))


def _checked(house: House, body: Message) -> str | None:
    """The text of the documents that came along, one after the other. NotFound where a document or the deal is not
    there."""
    texts: list[str] = []
    with house.store.reading() as read:
        if body.master_deal_id is not None and read.deal(body.master_deal_id) is None:
            raise NotFound(f"no deal {body.master_deal_id}", master_deal_id=body.master_deal_id)
        for document_id in _documents(body):
            kept = read.archived("document", document_id)
            if kept is None:
                raise NotFound(f"no document {document_id}", document_id=document_id)
            texts.append(json.loads(kept)["text"])
    return "\n\n".join(texts) if texts else None


def frame(event: str, data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n".encode()


_ENDING: Final[set[asyncio.Future[None]]] = set()


async def _ended(coming: asyncio.Future[bytes] | None, frames: AsyncGenerator[bytes, None]) -> None:
    if coming is not None and not coming.done():
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)
    await frames.aclose()


async def while_heard(request: Request, frames: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The frames for as long as the caller listens. A stream that waits for a model would not notice that its caller
    has gone, so it is asked; what is under way is then cancelled."""
    coming: asyncio.Future[bytes] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(frames))
            await asyncio.wait({coming}, timeout=LOOK)
            if not coming.done():
                if await request.is_disconnected():
                    return
                continue
            done, coming = coming, None
            try:
                one = done.result()
            except StopAsyncIteration:
                return
            yield one
    finally:
        # The server cancels whatever this awaits once its caller has gone: the end is made by a task of its own.
        ending = asyncio.ensure_future(_ended(coming, frames))
        _ENDING.add(ending)
        ending.add_done_callback(_ENDING.discard)


@dataclass(frozen=True)
class Said:
    """A message in its thread, of a caller, with the text that came along."""

    body: Message
    thread_id: str
    caller: Caller
    attached: str | None
    facts: dict[str, Any] = field(default_factory=dict)


async def _frames(events: AsyncGenerator[tuple[str, Any], None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        async for name, data in events:
            yield frame(name, data)


async def spoken(house: House, live: Live, said: Said) -> AsyncGenerator[tuple[str, Any], None]:
    """The events of a turn as `post_chat` names them. Closing the generator ends the work."""
    try:
        async with live.turn(said.thread_id):
            card = await run_in_threadpool(
                conversation.begun,
                house,
                said.thread_id,
                said.caller.subject,
                said.body.message,
                said.body.master_deal_id,
            )
            yield "thread", {"thread_id": said.thread_id, "turn": card["turns"] + 1}
            async with aclosing(_turn(house, live, said, card)) as events:
                async for one in events:
                    yield one
    except DealError as error:
        yield "error", json.loads(bytes(of_error(error).body))
    yield "done", {"thread_id": said.thread_id}


async def _turn(
    house: House, live: Live, said: Said, card: dict[str, Any]
) -> AsyncGenerator[tuple[str, Any], None]:
    from agents.copilot import Answered, Asked

    session = await live.session()
    asked = Asked(said.body.message, said.body.master_deal_id, said.body.lang, said.attached)
    async with aclosing(session.turn(asked, house.view, said.thread_id, house.knowledge)) as events:
        async for event in events:
            if not isinstance(event, Answered):
                yield event["event"], event["data"]
                continue
            proposals = await run_in_threadpool(_kept, house, card, said, event)
            said.facts.update(await account(house, said.caller, said.body.message, event))
            for proposal in proposals:
                yield "approval", _awaited(proposal)
            yield "answer", {**event.answer, "proposals": [one["id"] for one in proposals]}


def _awaited(proposal: dict[str, Any]) -> dict[str, Any]:
    """A proposal under the name that the path of its decision gives it, beside the `id` it has everywhere else."""
    return {"approval_id": proposal["id"], **proposal}


def _kept(house: House, card: dict[str, Any], said: Said, made: Any) -> list[dict[str, Any]]:
    """The turn, its decision and its proposals, in one transaction. Conflict where the thread has moved on."""
    now = house.clock()
    with house.store.writing() as tx:
        tx.hold([card["thread_id"]])
        proposals = filed(tx, card, made.proposals, said.caller.subject, now)
        place = {"thread_id": card["thread_id"], "turn": card["turns"] + 1, "by": said.caller.subject}
        file_answer(tx, house, made, place)
        turn = {
            "message": said.body.message,
            "document_id": said.body.document_id,
            "document_ids": list(_documents(said.body)),
            "answer": {**made.answer, "proposals": [one["id"] for one in proposals]},
        }
        if not conversation.keep(tx, card, turn, now):
            raise Conflict(
                "the thread has moved on in another process; ask again", thread_id=card["thread_id"]
            )
    return proposals


@router.get("", response_model=Threads)
def list_threads(request: Request, caller: CallerHere, limit: Limit = 50, cursor: Cursor = None) -> Any:
    """The caller's threads."""
    (after,) = from_cursor(cursor, "")
    with house_of(request).store.reading() as read:
        found, last = conversation.threads(read, caller.subject, after, limit)
    return {"items": found, "next_cursor": to_cursor(last) if last else None}


@router.get("/{thread_id}", response_model=Thread)
def get_thread(request: Request, caller: CallerHere, thread_id: ThreadId) -> Any:
    """A thread: every message with its answer, and what waits for a person."""
    with house_of(request).store.reading() as read:
        card = conversation.thread_of(read, thread_id, caller.subject)
        if card is None:
            raise NotFound(f"no thread {thread_id}", thread_id=thread_id)
        said = conversation.turns(read, thread_id)
        return {**card, "items": said, "approvals": [_awaited(one) for one in waiting(read, said)]}


@router.delete("/{thread_id}", status_code=204, response_class=Response)
async def delete_thread(request: Request, caller: CallerHere, thread_id: ThreadId) -> Response:
    """Forget a thread. Decisions and proposals made in it stay: they are records."""
    house, live = house_of(request), request.app.state.live
    async with live.turn(thread_id):
        await run_in_threadpool(_dropped, house, thread_id, caller.subject)
        await (await live.session()).forget(thread_id)
    return Response(status_code=204)


def _dropped(house: House, thread_id: str, owner: str) -> None:
    with house.store.writing() as tx:
        card = conversation.thread_of(tx, thread_id, owner)
        if card is None:
            raise NotFound(f"no thread {thread_id}", thread_id=thread_id)
        drop(tx, thread_id, card["turns"])


@router.post("/{thread_id}/approvals/{approval_id}", response_model=dict[str, Any])
def post_approval(
    request: Request,
    caller: CallerHere,
    thread_id: ThreadId,
    approval_id: ApprovalId,
    body: Annotated[Choice, Body()],
) -> Any:
    """Approve, edit or reject a proposal. The same decision again changes nothing; another one is a conflict."""
    house = house_of(request)
    with house.store.reading() as read:
        if conversation.thread_of(read, thread_id, caller.subject) is None:
            raise NotFound(f"no thread {thread_id}", thread_id=thread_id)
    return decided(house, caller, thread_id, approval_id, body)
