"""The OpenAI protocol: any client of it can talk to the copilot. POST /v1/chat/completions and /v1/responses,
GET /v1/models and /v1/models/{model}."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing, suppress
from contextvars import ContextVar
from typing import Any, Final

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.routing import APIRoute
from fastapi_openai_compat import (
    ChatCompletion,
    Choice,
    Message,
    create_chat_completion_router,
    create_models_router,
    create_responses_router,
)
from fastapi_openai_compat.responses.models import Response, ResponseOutputMessage
from starlette.concurrency import run_in_threadpool

from api import chat, conversation
from api.access import Caller
from api.assistance import LONGEST_TEXT
from api.deals import house_of
from api.identity import caller_of, facts_of
from api.wiring import House
from masterdeal.errors import NotFound
from masterdeal.instant import SECOND
from masterdeal.ports import Reading

MODEL: Final = "masterdeal"
# The library serves these at the root too; only what api.md names is served here.
# Where the ids of threads are kept under what their caller has said in them, the latest first, and how many.
SAID: Final = "thread-said"
MOST_ALIKE: Final = 16
# An answer to POST /v1/responses is named by its thread and turn, so that the next request can go on from it.
_RESPONSE: Final = re.compile(r"resp_(T-[\w-]{1,80})_(\d{1,6})")
PATHS: Final = frozenset({"/v1/chat/completions", "/v1/responses", "/v1/models"})


class _Done(ChatCompletion):  # type: ignore[misc]  # the library has no types
    """The end of a stream. The library writes each chunk by this method and leaves out the mark that clients of the
    protocol read up to."""

    def model_dump_json(self, **_: Any) -> str:
        """The mark."""
        return "[DONE]"


_asking: ContextVar[Request] = ContextVar("_asking")


async def _remember(request: Request) -> None:
    """Let the functions below, which the library calls with the body alone, know the request."""
    _asking.set(request)


def router() -> APIRouter:
    """The routes of the protocol."""
    whole = APIRouter(dependencies=[Depends(_remember)])
    for part in (
        create_models_router(list_models=_models, owned_by=MODEL),
        create_chat_completion_router(
            list_models=_models, run_completion=_complete, include_models_endpoints=False
        ),
        create_responses_router(list_models=_models, run_response=_respond),
    ):
        part.routes[:] = [
            route for route in part.routes if isinstance(route, APIRoute) and route.path in PATHS
        ]
        whole.include_router(part)
    whole.add_api_route("/v1/models/{model}", _model, methods=["GET"], tags=["openai"], response_model=None)
    return whole


async def _model(model: str) -> dict[str, Any]:
    """One model. There is one; a request may name any, and is answered by it."""
    if model != MODEL:
        raise HTTPException(404, f"no model {model}; there is {MODEL}")
    return {"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}


def _models() -> list[str]:
    return [MODEL]


async def _complete(model: str, messages: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> Any:
    events = await _said([_text(message) for message in messages if message.get("role") == "user"])
    if body.get("stream"):
        options = body.get("stream_options")
        return _chunks(events, model, isinstance(options, dict) and options.get("include_usage") is True)
    answer, _ = await _answer(events)
    return ChatCompletion(
        id=answer["decision_id"],
        object="chat.completion",
        created=_now(),
        model=model,
        choices=[
            Choice(index=0, message=Message(role="assistant", content=answer["text"]), finish_reason="stop")
        ],
        usage=_usage(answer),
        masterdeal={
            name: answer[name] for name in ("evidence", "mode", "decision_id", "proposals") if name in answer
        },
    )


def _now() -> int:
    return house_of(_asking.get()).clock() // SECOND


def _usage(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The tokens of the model behind an answer; none where the rules answered alone."""
    llm = answer.get("llm") or {}
    spent = {"prompt_tokens": llm.get("tokens_in", 0), "completion_tokens": llm.get("tokens_out", 0)}
    return {**spent, "total_tokens": sum(spent.values())}


async def _respond(model: str, items: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> Any:
    texts = [_text(item) for item in items if item.get("role") == "user"]
    events = await _said(texts, body.get("previous_response_id"))
    if body.get("stream"):
        return _tokens(events)
    answer, thread = await _answer(events)
    part = {"type": "output_text", "text": answer["text"], "annotations": []}
    usage = _usage(answer)
    return Response(
        id=f"resp_{thread['thread_id']}_{thread['turn']}",
        created_at=_now(),
        model=model,
        output=[ResponseOutputMessage(id=f"msg_{answer['decision_id']}", content=[part]).model_dump()],
        usage={
            "input_tokens": usage["prompt_tokens"],
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": usage["completion_tokens"],
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage["total_tokens"],
        },
    )


def _text(message: Mapping[str, Any]) -> str:
    """The text of a message, whether one string or parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


async def _said(texts: Sequence[str], previous: str | None = None) -> AsyncGenerator[tuple[str, Any], None]:
    """The turn that answers the last message. The protocol sends the whole conversation each time; a thread of ours
    is found again by what its caller has said in it, or by the response that it goes on from."""
    request = _asking.get()
    house, caller = house_of(request), caller_of(request)
    message = texts[-1].strip() if texts else ""
    if not message:
        raise HTTPException(422, "messages: the last message of the user is empty")
    if len(message) > LONGEST_TEXT:
        raise HTTPException(413, f"messages: the last message is longer than {LONGEST_TEXT} characters")
    before = texts[:-1]
    if previous is not None:
        thread_id = await run_in_threadpool(_continued, house, caller, previous)
    else:
        thread_id = await run_in_threadpool(_begun, house, caller, before)
    body = chat.Message(message=message, thread_id=thread_id)
    said = chat.Said(body, thread_id, caller, None, facts_of(request))
    return _remembered(house, chat.spoken(house, request.app.state.live, said), _told(caller, texts))


def _told(caller: Caller, texts: Sequence[str]) -> str:
    """What a caller has said in a conversation, as a key."""
    seed = json.dumps([caller.subject, *texts], ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(seed, digest_size=16).hexdigest()


def _begun(house: House, caller: Caller, before: Sequence[str]) -> str:
    """A thread in which a caller said all this before and nothing since, or a new one. Conversations that went alike so
    far are each as good as the other to go on with."""
    if before:
        with house.store.reading() as read:
            for thread_id in _alike(read, _told(caller, before)):
                with suppress(NotFound):
                    card = conversation.thread_of(read, thread_id, caller.subject)
                    if card is not None and card["turns"] == len(before):
                        return thread_id
    return conversation.new_id()


def _alike(read: Reading, told: str) -> list[str]:
    kept = read.archived(SAID, told)
    found: list[str] = json.loads(kept) if kept else []
    return found


async def _remembered(
    house: House, events: AsyncGenerator[tuple[str, Any], None], told: str
) -> AsyncGenerator[tuple[str, Any], None]:
    """The events; once the answer is there, the thread can be found by what was said in it."""
    async with aclosing(events):
        async for name, data in events:
            if name == "thread":
                thread_id = data["thread_id"]
            elif name == "answer":
                await run_in_threadpool(_file, house, told, thread_id)
            yield name, data


def _file(house: House, told: str, thread_id: str) -> None:
    with house.store.writing() as tx:
        alike = [one for one in _alike(tx, told) if one != thread_id]
        tx.file(SAID, {told: json.dumps([thread_id, *alike][:MOST_ALIKE])}, house.clock())


def _continued(house: House, caller: Caller, previous: str) -> str:
    """The thread that a response belongs to. Where it is not the thread's last one, or none of this caller's, there is
    nothing to go on from, and it is better said than answered without what went before."""
    found = _RESPONSE.fullmatch(previous)
    card = None
    if found is not None:
        with house.store.reading() as read, suppress(NotFound):
            card = conversation.thread_of(read, found[1], caller.subject)
    if found is None or card is None or card["turns"] != int(found[2]):
        raise HTTPException(
            404,
            "previous_response_id: no response to go on from (streamed ones are not kept); send the conversation as input",
        )
    return found[1]


async def _answer(events: AsyncGenerator[tuple[str, Any], None]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The answer, and the thread and turn it was given in."""
    async with aclosing(events):
        async for name, data in events:
            if name == "thread":
                thread: dict[str, Any] = data
            elif name == "answer":
                answer: dict[str, Any] = data
            elif name == "error":
                raise HTTPException(data["status"], data.get("detail") or data["title"])
    return answer, thread


async def _tokens(events: AsyncGenerator[tuple[str, Any], None]) -> AsyncGenerator[str, None]:
    """The text as it comes."""
    async with aclosing(events):
        async for name, data in events:
            if name == "token":
                yield data["text"]
            elif name == "error":
                yield f"\n{data.get('detail') or data['title']}"


async def _chunks(
    events: AsyncGenerator[tuple[str, Any], None], model: str, counted: bool
) -> AsyncGenerator[ChatCompletion, None]:
    """The text as it comes, its end, and after that, where it is asked for, the tokens of the model behind it."""
    id_, now = f"chatcmpl-{conversation.new_id()}", _now()
    usage: dict[str, Any] = {}

    def chunk(choices: list[Choice], **more: Any) -> ChatCompletion:
        return ChatCompletion(
            id=id_, object="chat.completion.chunk", created=now, model=model, choices=choices, **more
        )

    async with aclosing(events):
        async for name, data in events:
            if name == "token":
                yield chunk([Choice(index=0, delta=Message(role="assistant", content=data["text"]))])
            elif name == "answer":
                usage = _usage(data)
            elif name == "error":
                said = f"\n{data.get('detail') or data['title']}"
                yield chunk([Choice(index=0, delta=Message(role="assistant", content=said))])
    yield chunk([Choice(index=0, delta=Message(role="assistant", content=""), finish_reason="stop")])
    if counted:
        yield chunk([], usage=usage or _usage({}))
    yield _Done(id=id_, object="chat.completion.chunk", created=now, model=model, choices=[])
