"""Assist: one call, one structured answer."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.account import account
from api.deals import house_of
from api.decisions import file_decision
from api.identity import CallerHere, audited
from api.shapes import Loose
from api.wiring import House
from masterdeal.errors import BadRequest, NotFound

router = APIRouter(prefix="/v1/assist", tags=["assist"])


class Question(BaseModel):
    """A question, in Russian or English."""

    model_config = ConfigDict(extra="forbid")

    question: str | None = Field(default=None, max_length=4000)
    text: str | None = Field(
        default=None, max_length=4000, description="The question, where the caller calls it so"
    )
    master_deal_id: str | None = Field(
        default=None, max_length=512, description="The deal meant where the question names none"
    )
    document_id: str | None = None
    lang: Literal["ru", "en"] | None = Field(
        default=None, description="Language of the answer; default: that of the question"
    )
    options: dict[str, Any] | None = None


class EvidenceCard(Loose):
    """One value of the answer and where it stands."""

    id: str
    kind: Literal["event", "deal", "tool", "document", "law"]
    path: str
    value: Any = None


class Answer(Loose):
    """What the copilot answers. Behind each sentence of `text` stand the ids of the evidence it rests on."""

    result: dict[str, Any]
    evidence: list[EvidenceCard]
    text: str
    mode: Literal["rules", "llm"]
    decision_id: str


@router.post("/ask", response_model=Answer, response_model_exclude_none=True)
async def ask(request: Request, caller: CallerHere, body: Annotated[Question, Body()]) -> Any:
    """Answer a question about deals from what their events say. What no event says is said to be missing."""
    house = house_of(request)
    question = (body.question or body.text or "").strip()
    if not question:
        raise BadRequest("question: ask something", where="body/question")
    from agents.copilot import Asked

    await run_in_threadpool(_known, house, body.master_deal_id)
    session = await request.app.state.live.session()
    made = await session.ask(Asked(question, body.master_deal_id, body.lang), house.view, house.knowledge)
    await run_in_threadpool(file_decision, house, made, caller.subject)
    audited(request, **await account(house, caller, question, made))
    return made.answer


def _known(house: House, deal_id: str | None) -> None:
    if deal_id is not None:
        with house.store.reading() as read:
            if read.deal(deal_id) is None:
                raise NotFound(f"no deal {deal_id}", master_deal_id=deal_id)
