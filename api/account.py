"""What an answer of the copilot leaves behind beside its decision: tokens counted, facts for the audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from anyio import from_thread
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.access import Caller
from api.identity import audited, caller_of
from api.wiring import House
from tools.masking.mask import mask
from tools.masking.vault import Vault

if TYPE_CHECKING:
    from agents.copilot import Answered

LONGEST_ASKED: Final = 1000


async def account(house: House, caller: Caller, asked: str, made: Answered) -> dict[str, Any]:
    """Count the answer, and its tokens on its caller; the facts for the trail: what was asked, without personal data,
    which tools ran, which decision it is."""
    answer = made.answer
    house.answers.count(made.record)
    llm = answer.get("llm") or {}
    await house.quota.spend(caller, int(llm.get("tokens_in", 0)) + int(llm.get("tokens_out", 0)))
    looked_up = answer.get("result", {}).get("looked_up", [])
    return {
        "asked": await run_in_threadpool(mask, asked[:LONGEST_ASKED], Vault()),
        "tools": [item["tool"] for item in looked_up],
        "mode": answer.get("mode"),
        "decision_id": answer.get("decision_id"),
    }


def accounted(house: House, request: Request, skill: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The same for a job that runs beside the loop: it and its tokens counted, its decision in the trail; the answer as
    it is."""
    from agents.spans import record_of

    llm = answer.get("llm")
    spent = int(llm.get("tokens_in", 0)) + int(llm.get("tokens_out", 0)) if llm else 0
    if spent:
        from_thread.run(house.quota.spend, caller_of(request), spent)
    house.answers.count(record_of(skill, answer["mode"], llm, house.cost(llm)))
    audited(request, mode=answer.get("mode"), decision_id=answer.get("decision_id"))
    return answer
