"""Every answer of an assist job kept as a decision, in one place, before it leaves; and made again from its request."""

from __future__ import annotations

import json
from typing import Any, Final

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access import LOCAL, Caller
from api.assistance import Assignment, day_of
from api.deal_papers import file_under_deal
from api.jobs import brief, mediaplan, qualification
from api.legal import legal
from api.wiring import House
from masterdeal import instant
from tools.offer import verify

DECISION: Final = "decision"
_PREFIX: Final = "/v1/assist/"
JOBS: Final = {"brief": brief, "mediaplan": mediaplan, "legal": legal, "qualification": qualification}
# Members that a route adds to what the job itself answers.
_ADDED: Final = frozenset({"plan_id", "files"})


class KeepsAssessments:
    """Files the answer of every assist job as a decision, in what it was asked and answered."""

    def __init__(self, app: ASGIApp, house: House) -> None:
        self.app = app
        self._house = house

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        job = scope["path"].removeprefix(_PREFIX) if scope["type"] == "http" else ""
        if scope.get("method") != "POST" or (job not in JOBS and job != "offer"):
            await self.app(scope, receive, send)
            return
        asked: list[bytes] = []
        answered: list[bytes] = []
        status = 0

        async def heard() -> Message:
            message = await receive()
            asked.append(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif status == 200:
                answered.append(message.get("body", b""))
                if not message.get("more_body"):
                    caller = scope.get("state", {}).get("caller", LOCAL)
                    await run_in_threadpool(
                        _kept, self._house, caller, job, b"".join(asked), b"".join(answered)
                    )
            await send(message)

        await self.app(scope, heard, sent)


def _kept(house: House, caller: Caller, job: str, request: bytes, response: bytes) -> None:
    file_assessment(house, caller.subject, job, Assignment.model_validate_json(request), json.loads(response))


def file_assessment(house: House, by: str, job: str, asked: Assignment, answer: dict[str, Any]) -> None:
    """Keep what a job was asked and what it answered, and find it by its deal, where it has one."""
    options = {"demo": house.settings.sample_prices, **asked.options, "date": day_of(asked.options, house)}
    now = house.clock()
    decision = {
        "decision_id": answer["decision_id"],
        "kind": job,
        "made_at": instant.iso(now),
        "by": by,
        "master_deal_id": asked.master_deal_id,
        "made_of": {
            "request": {**asked.model_dump(), "options": options},
            "rules": {"name": house.book.rules.name, "edition": house.book.edition},
        },
        "answer": answer,
    }
    with house.store.writing() as tx:
        tx.hold([answer["decision_id"]])
        file_under_deal(tx, decision, asked, now)
        decision["positions"] = {"outbox": tx.last_outbox()}
        text = json.dumps(decision, ensure_ascii=False, default=str)
        tx.file(DECISION, {answer["decision_id"]: text}, now)


def again(house: House, decision: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was answered and what the same request is answered now, in the members that can be compared. A model is not
    asked again: what it had added shows as a difference. An offer is held against its own arithmetic and hash."""
    then = decision["answer"]
    if decision["kind"] == "offer":
        offer = then["result"].get("offer")
        if offer is None:
            return {}, {}
        verdict = verify(offer, then["result"]["hash"])
        return {"valid": True}, {"valid": verdict.valid and offer["hash"] == then["result"]["hash"]}
    asked = Assignment.model_validate(decision["made_of"]["request"])
    unasked = asked.model_copy(update={"options": {**asked.options, "model": False}})
    now = json.loads(json.dumps(JOBS[decision["kind"]](house, unasked), default=str))
    names = [name for name in ("result", "evidence", "findings", "text") if name in then]
    return {name: _own(then[name]) for name in names}, {name: _own(now.get(name)) for name in names}


def _own(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _own(item) for name, item in value.items() if name not in _ADDED and item is not None}
    return [_own(item) for item in value] if isinstance(value, list) else value
