"""A model behind the OpenAI protocol, on a port of this machine, that does whatever a test wants of it."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from postgresql import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

REF = re.compile(r"\{\{([^{}\s]+)\}\}")


@dataclass(frozen=True)
class Wish:
    """What a request asked for: an outline and a legend to word, or nothing where tools are to be chosen."""

    body: dict[str, Any]
    question: str
    outline: list[str] = field(default_factory=list)
    legend: dict[str, str] = field(default_factory=dict)

    @property
    def plans(self) -> bool:
        return bool(self.body.get("tools"))


def wish_of(body: dict[str, Any]) -> Wish:
    """The request, read as a faithful model would."""
    said = next((m["content"] for m in body["messages"] if "\nReferences:\n" in str(m["content"])), None)
    if said is None:
        return Wish(body, body["messages"][-1]["content"])
    question, _, rest = said.partition("\n\nDraft:\n")
    outline, _, legend = rest.partition("\n\nReferences:\n")
    pairs = (line.split("}} = ", 1) for line in legend.splitlines() if "}} = " in line)
    return Wish(
        body,
        question.removeprefix("Question: "),
        [line for line in outline.splitlines() if line],
        {ref.removeprefix("{{"): value for ref, value in pairs},
    )


def faithful(wish: Wish) -> str:
    """The draft, word by word: as much as a model may do."""
    return "\n".join(wish.outline)


def chunks_of(text: str, tool: dict[str, Any] | None = None) -> Iterator[bytes]:
    """A text as the pieces of a stream."""
    pieces: list[dict[str, Any]] = [{"content": piece} for piece in re.findall(r".{1,24}", text, re.DOTALL)]
    if tool is not None:
        pieces.append({"tool_calls": [{"index": 0, "id": "x", "type": "function", "function": tool}]})
    for piece in [*pieces, {}]:
        yield event({"delta": piece, "index": 0, "finish_reason": None if piece else "stop"})
    yield b"data: [DONE]\n\n"


def event(choice: dict[str, Any]) -> bytes:
    """One piece of a stream."""
    chunk = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "any", "choices": [choice]}
    return b"data: " + json.dumps(chunk, ensure_ascii=False).encode() + b"\n\n"


def whole(text: str, tools: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A text, or calls of tools, in one piece."""
    message: dict[str, Any] = {"role": "assistant", "content": text or None}
    if tools:
        message["tool_calls"] = [
            {
                "id": f"call_{number}",
                "type": "function",
                "function": {**tool, "arguments": json.dumps(tool["arguments"])},
            }
            for number, tool in enumerate(tools)
        ]
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }


Behaviour = Callable[[Wish], Any]


class Served:
    """A running model. `behaviour` is asked for every request: a text is streamed or sent whole as the request wants,
    a Response is sent as it is, an async iterator of bytes is the stream itself."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.bodies: list[dict[str, Any]] = []
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.bodies.append(body)
        made = self.behaviour(wish_of(body))
        if isinstance(made, Response):
            return made
        if isinstance(made, str):
            if not body.get("stream"):
                return JSONResponse(whole(made))
            return StreamingResponse(chunks_of(made), media_type="text/event-stream")
        if isinstance(made, list):
            return JSONResponse(whole("", made))
        return StreamingResponse(made, media_type="text/event-stream")


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[Served]:
    """A model on the loopback interface for as long as the block."""
    served = Served(behaviour)
    app = Starlette(routes=[Route("/v1/chat/completions", served.complete, methods=["POST"])])
    server = uvicorn.Server(uvicorn.Config(app, port=served.port, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        threading.Event().wait(0.01)
    try:
        yield served
    finally:
        server.should_exit = server.force_exit = True
        thread.join(10)


async def never() -> AsyncIterator[bytes]:
    """A stream that never says anything."""
    await asyncio.sleep(30)
    yield b""


async def endless(text: str) -> AsyncIterator[bytes]:
    """A stream that says the same for ever."""
    while True:
        yield event({"delta": {"content": text}, "index": 0, "finish_reason": None})
        await asyncio.sleep(0)


async def broken(text: str) -> AsyncIterator[bytes]:
    """A stream that breaks off in the middle of a piece."""
    yield event({"delta": {"content": text}, "index": 0, "finish_reason": None})
    yield b'data: {"id": "x", "choices": [{"del'
    raise ConnectionResetError
