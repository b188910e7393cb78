"""POST /agui: the Agent User Interaction protocol, for user interfaces that speak it. A run is a turn of a thread of the
caller's own; proposals that wait are interrupts, and resuming one decides it. State, tools and properties that a client
sends along are not looked at."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from api import chat, conversation
from api.access import Caller
from api.approvals import Choice, decided
from api.assistance import LONGEST_TEXT
from api.deals import house_of
from api.identity import CallerHere, facts_of
from api.intake import body_within
from api.problems import of_error
from api.wiring import House
from masterdeal.errors import BadRequest, DealError

if TYPE_CHECKING:
    from ag_ui.core import BaseEvent, RunAgentInput

router = APIRouter(tags=["chat"])


class Run(BaseModel):
    """What is read of a run's input."""

    model_config = ConfigDict(extra="allow")

    threadId: str = Field(min_length=1, max_length=128, pattern=r"^[\w.:-]+$")  # noqa: N815 (the protocol's spelling)
    runId: str = Field(min_length=1, max_length=256)  # noqa: N815
    messages: list[dict[str, Any]]
    resume: list[dict[str, Any]] | None = None


@router.post(
    "/agui",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Events of AG-UI 1.0"}},
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": Run.model_json_schema()}},
        }
    },
)
async def post_run(request: Request, caller: CallerHere) -> StreamingResponse:
    """One run: the last message of the user, answered in the thread; or, with `resume`, decisions on proposals:
    `payload` {decision: approve | edit | reject, edits?, comment?}."""
    house = house_of(request)
    given = _input(await body_within(request, house.settings.max_body))
    if given.resume:
        events = _decisions(house, caller, given)
    else:
        message = _last(given.messages)
        await run_in_threadpool(conversation.begun, house, given.thread_id, caller.subject, message)
        body = chat.Message(message=message, thread_id=given.thread_id)
        said = chat.Said(body, given.thread_id, caller, None, facts_of(request))
        events = _turn(chat.spoken(house, request.app.state.live, said), given)
    return StreamingResponse(
        _encoded(events),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _input(body: bytes) -> RunAgentInput:
    from ag_ui.core import RunAgentInput

    try:
        run = Run.model_validate_json(body)
        return RunAgentInput.model_validate(run.model_dump(exclude_none=True))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadRequest(f"{'/'.join(map(str, first['loc']))}: {first['msg']}", where="body") from None


def _last(messages: Sequence[Any]) -> str:
    said = next((message for message in reversed(messages) if message.role == "user"), None)
    content = getattr(said, "content", "")
    parts = content if isinstance(content, list) else []
    text = (
        content if isinstance(content, str) else "\n".join(str(getattr(part, "text", "")) for part in parts)
    )
    if not text.strip() or len(text) > LONGEST_TEXT:
        raise BadRequest("messages: the last message of the user is empty or too long", where="body/messages")
    return text


async def _turn(
    events: AsyncGenerator[tuple[str, Any], None], given: RunAgentInput
) -> AsyncGenerator[BaseEvent, None]:
    from ag_ui import core

    ids: dict[str, Any] = {"thread_id": given.thread_id, "run_id": given.run_id}
    message_id = f"{given.run_id}-answer"
    interrupts: list[core.Interrupt] = []
    answer: dict[str, Any] = {}
    open_text = False
    yield core.RunStartedEvent(**ids)
    async with aclosing(events):
        async for name, data in events:
            if name == "step":
                for event in _step(data):
                    yield event
            elif name == "token":
                if not open_text:
                    yield core.TextMessageStartEvent(message_id=message_id, role="assistant")
                    open_text = True
                if data["text"]:
                    yield core.TextMessageContentEvent(message_id=message_id, delta=data["text"])
            elif name == "evidence":
                yield core.CustomEvent(name="evidence", value=data)
            elif name == "approval":
                metadata = {part: data[part] for part in ("kind", "content", "hash")}
                interrupts.append(core.Interrupt(id=data["id"], reason="approval", metadata=metadata))
            elif name == "answer":
                answer = {part: data.get(part) for part in ("decision_id", "mode", "proposals")}
            elif name == "error":
                yield core.RunErrorEvent(message=data.get("detail") or data["title"], code=data["type"])
                return
    if open_text:
        yield core.TextMessageEndEvent(message_id=message_id)
    outcome: Any = core.RunFinishedSuccessOutcome(type="success")
    if interrupts:
        outcome = core.RunFinishedInterruptOutcome(type="interrupt", interrupts=interrupts)
    yield core.RunFinishedEvent(**ids, result=answer, outcome=outcome)


def _step(data: dict[str, Any]) -> list[BaseEvent]:
    """A tool that started, with its arguments, or ended."""
    from ag_ui import core

    call = str(data["id"])
    if data.get("state") == "started":
        arguments = json.dumps(data.get("args", {}), ensure_ascii=False, default=str)
        return [
            core.ToolCallStartEvent(tool_call_id=call, tool_call_name=data["tool"]),
            core.ToolCallArgsEvent(tool_call_id=call, delta=arguments),
        ]
    return [core.ToolCallEndEvent(tool_call_id=call)]


async def _decisions(house: House, caller: Caller, given: RunAgentInput) -> AsyncGenerator[BaseEvent, None]:
    from ag_ui import core

    ids: dict[str, Any] = {"thread_id": given.thread_id, "run_id": given.run_id}
    yield core.RunStartedEvent(**ids)
    made = []
    for entry in given.resume or ():
        if entry.status != "resolved":
            continue  # it goes on waiting
        try:
            choice = Choice.model_validate(entry.payload)
            made.append(
                await run_in_threadpool(decided, house, caller, given.thread_id, entry.interrupt_id, choice)
            )
        except ValidationError as error:
            yield core.RunErrorEvent(message=f"payload: {error.errors()[0]['msg']}", code="bad-request")
            return
        except DealError as error:
            problem = json.loads(bytes(of_error(error).body))
            yield core.RunErrorEvent(message=error.message, code=problem["type"])
            return
        yield core.CustomEvent(name="decision", value=made[-1])
    result = {"decisions": [{"id": one["id"], "state": one["state"]} for one in made]}
    yield core.RunFinishedEvent(**ids, result=result, outcome=core.RunFinishedSuccessOutcome(type="success"))


async def _encoded(events: AsyncGenerator[BaseEvent, None]) -> AsyncGenerator[str, None]:
    from ag_ui.encoder import EventEncoder

    encoder = EventEncoder()
    async with aclosing(events):
        async for event in events:
            yield encoder.encode(event)
