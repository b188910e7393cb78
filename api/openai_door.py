"""The OpenAI protocol: any client of it can talk to the copilot. POST /v1/chat/completions and /v1/responses,
GET /v1/models."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
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
from starlette.concurrency import run_in_threadpool

from api import chat, conversation
from api.assistance import LONGEST_TEXT
from api.deals import house_of
from api.identity import caller_of, facts_of
from masterdeal.instant import SECOND

MODEL: Final = "masterdeal"
# The library serves these at the root too; only what api.md names is served here.
PATHS: Final = frozenset({"/v1/chat/completions", "/v1/responses", "/v1/models"})

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
    return whole


def _models() -> list[str]:
    return [MODEL]


async def _complete(model: str, messages: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> Any:
    events = await _said([_text(message) for message in messages if message.get("role") == "user"])
    if body.get("stream"):
        return _tokens(events)
    answer = await _answer(events)
    llm = answer.get("llm") or {}
    spent = {"prompt_tokens": llm.get("tokens_in", 0), "completion_tokens": llm.get("tokens_out", 0)}
    house = house_of(_asking.get())
    return ChatCompletion(
        id=answer["decision_id"],
        object="chat.completion",
        created=house.clock() // SECOND,
        model=model,
        choices=[
            Choice(index=0, message=Message(role="assistant", content=answer["text"]), finish_reason="stop")
        ],
        usage={**spent, "total_tokens": sum(spent.values())},
        masterdeal={
            name: answer[name] for name in ("evidence", "mode", "decision_id", "proposals") if name in answer
        },
    )


async def _respond(_: str, items: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> Any:
    texts = [_text(item) for item in items if item.get("role") == "user"]
    events = await _said(texts)
    return _tokens(events) if body.get("stream") else (await _answer(events))["text"]


def _text(message: Mapping[str, Any]) -> str:
    """The text of a message, whether one string or parts."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    parts = content if isinstance(content, list) else []
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return "\n".join(text for text in texts if isinstance(text, str))


async def _said(texts: Sequence[str]) -> AsyncGenerator[tuple[str, Any], None]:
    """The turn that answers the last message. The protocol sends the whole conversation each time; a thread of ours
    is found again by its first message, as long as it has as many turns as the client has messages."""
    request = _asking.get()
    house, caller = house_of(request), caller_of(request)
    message = texts[-1].strip() if texts else ""
    if not message:
        raise HTTPException(422, "messages: the last message of the user is empty")
    if len(message) > LONGEST_TEXT:
        raise HTTPException(413, f"messages: the last message is longer than {LONGEST_TEXT} characters")
    seed = json.dumps([caller.subject, texts[0]], ensure_ascii=False).encode("utf-8", "surrogatepass")
    thread_id = "T-oa-" + hashlib.blake2b(seed, digest_size=12).hexdigest()
    card = await run_in_threadpool(conversation.begun, house, thread_id, caller.subject, message)
    if card["turns"] != len(texts) - 1:
        thread_id = conversation.new_id()
    body = chat.Message(message=message, thread_id=thread_id)
    said = chat.Said(body, thread_id, caller, None, facts_of(request))
    return chat.spoken(house, request.app.state.live, said)


async def _answer(events: AsyncGenerator[tuple[str, Any], None]) -> dict[str, Any]:
    async with aclosing(events):
        async for name, data in events:
            if name == "answer":
                answer: dict[str, Any] = data
            elif name == "error":
                raise HTTPException(data["status"], data.get("detail") or data["title"])
    return answer


async def _tokens(events: AsyncGenerator[tuple[str, Any], None]) -> AsyncGenerator[str, None]:
    async with aclosing(events):
        async for name, data in events:
            if name == "token":
                yield data["text"]
            elif name == "error":
                yield f"\n{data.get('detail') or data['title']}"
