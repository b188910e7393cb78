"""Decisions that can be looked at again: what was asked, what the tools answered, and the same answer from it."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel

from api.access import Caller
from api.assessments import DECISION
from api.assessments import again as again_assessed
from api.deals import house_of
from api.identity import CallerHere
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.ports import Writing

router = APIRouter(prefix="/v1/decisions", tags=["decisions"])

DecisionId = Annotated[str, Path(min_length=1, max_length=128)]


class Replay(BaseModel):
    """Whether the same answer came out, byte for byte; where not, what differs."""

    identical: bool
    diff: list[dict[str, Any]] | None = None


class Today(BaseModel):
    """What the same question is answered today, beside what it was answered then."""

    changed: bool
    then: str
    now: str
    rules_then: dict[str, Any]
    rules_now: dict[str, Any]
    gone: list[dict[str, Any]]
    new: list[dict[str, Any]]


def file_answer(tx: Writing, house: House, made: Any, place: dict[str, Any] | None = None) -> None:
    """Keep an answer of the copilot as a decision, in the transaction that keeps what came of it."""
    from prompts.prompt import editions

    now = house.clock()
    decision = {
        "decision_id": made.answer["decision_id"],
        "kind": "answer",
        "made_at": instant.iso(now),
        **(place or {}),
        "positions": {"outbox": tx.last_outbox()},
        "prompts": editions(),
        "made_of": made.made_of,
        "answer": made.answer,
    }
    text = json.dumps(decision, ensure_ascii=False, default=str)
    tx.file(DECISION, {made.answer["decision_id"]: text}, now)


def file_decision(house: House, made: Any, by: str) -> None:
    """Keep an answer that stands in no thread."""
    with house.store.writing() as tx:
        file_answer(tx, house, made, {"by": by})


def _decision(house: House, caller: Caller, decision_id: str) -> dict[str, Any]:
    """A decision of the caller; a job done for a deal that the caller sees; any, where he sees all deals."""
    with house.store.reading() as read:
        body = read.archived(DECISION, decision_id)
    decision: dict[str, Any] | None = json.loads(body) if body else None
    shared = decision is not None and (
        house.sight.everything
        or decision.get("by") == caller.subject
        or (decision["kind"] != "answer" and decision.get("master_deal_id") is not None)
    )
    if decision is None or not shared:
        raise NotFound(f"no decision {decision_id}", decision_id=decision_id)
    return decision


@router.get("/{decision_id}", response_model=dict[str, Any])
def get_decision(request: Request, caller: CallerHere, decision_id: DecisionId) -> Any:
    """A decision: the question, positions in the event log, versions of rules and prompts, tool results, the model's
    text, the answer."""
    return _decision(house_of(request), caller, decision_id)


@router.post("/{decision_id}/replay", response_model=Replay, response_model_exclude_none=True)
def post_replay(request: Request, caller: CallerHere, decision_id: DecisionId) -> Any:
    """Make the answer again from what was recorded, and compare the bytes."""
    from agents.replay import replayed

    house = house_of(request)
    decision = _decision(house, caller, decision_id)
    if decision["kind"] != "answer":
        return _compared(*again_assessed(house, decision))
    then, again = decision["answer"], replayed(decision["made_of"])
    return _compared({name: then[name] for name in again}, again)


def _compared(then: dict[str, Any], again: dict[str, Any]) -> dict[str, Any]:
    if _bytes(then) == _bytes(again):
        return {"identical": True}
    differs = [name for name in then if _bytes(then[name]) != _bytes(again.get(name))]
    return {
        "identical": False,
        "diff": [{"path": name, "then": then[name], "again": again.get(name)} for name in differs],
    }


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str).encode()


@router.get("/{decision_id}/diff", response_model=Today)
def get_diff(request: Request, caller: CallerHere, decision_id: DecisionId) -> Any:
    """What today's rules and events answer to the same question. Nothing is written."""
    from agents.copilot import Copilot

    house = house_of(request)
    decision = _decision(house, caller, decision_id)
    made_of, then = decision["made_of"], decision["answer"]
    if decision["kind"] != "answer":
        return _today(house, decision)
    deals = made_of["slots"].get("deals") or [made_of["deal_id"]]
    now = Copilot(house.view, knowledge=house.knowledge).ask(made_of["question"], deals[0], made_of["lang"])
    before = {_bytes([one["path"], one["value"]]): one for one in then["evidence"]}
    after = {_bytes([one["path"], one["value"]]): one for one in now["evidence"]}
    return {
        "changed": then["text"] != now["text"],
        "then": then["text"],
        "now": now["text"],
        "rules_then": made_of["rules"],
        "rules_now": {"name": house.book.rules.name, "edition": house.book.edition},
        "gone": [one for key, one in before.items() if key not in after],
        "new": [one for key, one in after.items() if key not in before],
    }


def _today(house: House, decision: dict[str, Any]) -> dict[str, Any]:
    """A job done again as of today: the same request, today's rules and law."""
    request = decision["made_of"]["request"]
    options = {name: value for name, value in request["options"].items() if name != "date"}
    made_of = {**decision["made_of"], "request": {**request, "options": options}}
    before, after = again_assessed(house, {**decision, "made_of": made_of})
    evidence = [{_bytes(one): one for one in side.get("evidence") or []} for side in (before, after)]
    return {
        "changed": _bytes(before) != _bytes(after),
        "then": decision["answer"]["text"],
        "now": after.get("text", decision["answer"]["text"]),
        "rules_then": made_of["rules"],
        "rules_now": {"name": house.book.rules.name, "edition": house.book.edition},
        "gone": [one for key, one in evidence[0].items() if key not in evidence[1]],
        "new": [one for key, one in evidence[1].items() if key not in evidence[0]],
    }
