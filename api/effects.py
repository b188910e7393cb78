"""What the approval of a proposal does: an event is taken in, an offer is filed as approved, other drafts are filed.

Everything happens in the transaction that keeps the decision, so it happens once or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from api.access import Caller
from api.lead_book import join_kept
from api.offers import tell_deal
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, Forbidden
from masterdeal.flow.deliver import note_errand
from masterdeal.flow.intake import REJECTED, read, record
from masterdeal.ports import Writing
from masterdeal.proposal import Proposal
from tools.mediaplan.planner import MediaPlan
from tools.mediaplan.task import PlanTask
from tools.offer import Approval, Offer, approve, may_approve, seal, verify
from tools.reference import load_reference

SOURCE: Final = "masterdeal/copilot"

Effect = Callable[[Writing, House, Proposal, dict[str, Any], Caller, int], dict[str, Any]]


def take_effect(tx: Writing, house: House, proposal: Proposal, caller: Caller, now: int) -> dict[str, Any]:
    """Do what was approved; the answer says what that was. BadRequest where the content cannot be carried out."""
    content: dict[str, Any] = json.loads(proposal.content)
    return _EFFECTS.get(proposal.kind, _file)(tx, house, proposal, content, caller, now)


def _take_in(
    tx: Writing, house: House, proposal: Proposal, content: dict[str, Any], caller: Caller, now: int
) -> dict[str, Any]:
    """`content`: type, data, and the time it happened, which is now where it is not said."""
    event = {
        "specversion": "1.0",
        "id": proposal.id,
        "source": SOURCE,
        "type": content.get("type"),
        "time": content.get("time") or instant.iso(now),
        "subject": proposal.deal_id,
        "data": content.get("data") or {},
        "approvedby": caller.subject,
    }
    item = read(msgspec.json.encode(event), house.book)
    if item.refusal is not None:
        raise BadRequest(f"the event cannot be taken in: {item.detail}", reason=item.refusal)
    (outcome,) = record(tx, [item], house.book, now)
    if outcome.outcome == REJECTED:
        raise BadRequest(f"the event was refused: {outcome.detail}", reason=str(outcome.reason))
    return {"event": {"source": SOURCE, "id": proposal.id}, "outcome": outcome.outcome}


def _file_offer(
    tx: Writing,
    house: House,
    proposal: Proposal,
    content: dict[str, Any],
    caller: Caller,
    now: int,
) -> dict[str, Any]:
    """`content`: offer, and the plan, task and lang it was made of. It becomes the next version where another content
    is kept under its id; its deal is told."""
    try:
        offer = Offer.model_validate(content.get("offer"))
    except ValidationError as error:
        raise BadRequest(
            f"not the content of an offer: {error.errors()[0]['msg']}", where="content"
        ) from None
    tx.hold([offer.offer_id])
    if not may_approve(offer.approval_role, caller.roles, load_reference()):
        raise Forbidden(
            f"the discount of this offer is approved by {offer.approval_role}, or whoever may approve more",
            approval_role=offer.approval_role,
        )
    kept = tx.archived("offer", offer.offer_id)
    last = Offer.model_validate(json.loads(kept)["offer"]) if kept else None
    if last is not None and last.hash != offer.hash:
        offer = offer.model_copy(update={"version": last.version + 1})
    offer = offer.model_copy(update={"hash": seal(offer), "status": "draft"})
    verdict = verify(offer.model_dump(mode="json"), None)
    if not verdict.valid:
        raise BadRequest(f"the offer does not add up: {verdict.reason}", where="content")
    approval = Approval(offer_id=offer.offer_id, version=offer.version, hash=offer.hash, by=caller.shown)
    paper = {
        **content,
        "lang": content.get("lang", "ru"),
        "master_deal_id": proposal.deal_id,
        "proposal_id": proposal.id,
        "offer": approve(offer, approval).model_dump(mode="json"),
    }
    told = tell_deal(tx, house, paper, ["crm.offer.approved"], caller.shown) if "plan" in content else []
    text = json.dumps({**paper, "published": told}, ensure_ascii=False)
    tx.file("offer", {offer.offer_id: text}, now)
    tx.file("offer-version", {f"{offer.offer_id}/{offer.version:06d}": text}, now)
    return {"offer_id": offer.offer_id, "version": offer.version, "hash": offer.hash, "events": told}


def _file_plan(
    tx: Writing,
    house: House,  # noqa: ARG001 (every effect is called alike)
    proposal: Proposal,
    content: dict[str, Any],
    caller: Caller,
    now: int,
) -> dict[str, Any]:
    """`content`: plan and the task it answers. It is kept beside the plans that were made over HTTP."""
    try:
        plan, task = (
            MediaPlan.model_validate(content.get("plan")),
            PlanTask.model_validate(content.get("task")),
        )
    except ValidationError as error:
        raise BadRequest(f"not the content of a plan: {error.errors()[0]['msg']}", where="content") from None
    paper = {
        "result": {**plan.model_dump(mode="json"), "task": task.model_dump(mode="json")},
        "lang": content.get("lang", "ru"),
        "master_deal_id": proposal.deal_id,
        "proposal_id": proposal.id,
        "hash": proposal.hash,
        "approved_by": caller.subject,
        "approved_at": instant.iso(now),
    }
    tx.file("mediaplan", {proposal.id: json.dumps(paper, ensure_ascii=False)}, now)
    return {"plan_id": proposal.id}


def _file(
    tx: Writing,
    house: House,  # noqa: ARG001 (as above)
    proposal: Proposal,
    content: dict[str, Any],
    caller: Caller,
    now: int,
) -> dict[str, Any]:
    """Anything else is filed under its kind: its own id where it has one, else the proposal's."""
    id_ = str(content.get(f"{proposal.kind}_id") or proposal.id)
    paper = {
        **content,
        "master_deal_id": proposal.deal_id,
        "proposal_id": proposal.id,
        "hash": proposal.hash,
        "approved_by": caller.subject,
        "approved_at": instant.iso(now),
    }
    kind = f"approved-{proposal.kind}"
    tx.file(kind, {id_: json.dumps(paper, ensure_ascii=False)}, now)
    return {"filed": kind, "id": id_}


def _open_task(
    tx: Writing, house: House, proposal: Proposal, content: dict[str, Any], caller: Caller, now: int
) -> dict[str, Any]:
    """`content`: title, and assignee or role, due day where they were said. The task is kept, open, and the task
    tracker, where there is one, is told of it by the outbox that breaches use."""
    title = content.get("title")
    if not isinstance(title, str) or not title.strip():
        raise BadRequest("title: a task must say what is to be done", where="content/title")
    filed = _file(tx, house, proposal, {**content, "state": "open"}, caller, now)
    config = None if house.tracker is None else house.tracker.config
    note_errand(tx, filed["id"], proposal.deal_id, config, now)
    return {**filed, "state": "open"}


def _join_leads(
    tx: Writing,
    house: House,
    proposal: Proposal,  # noqa: ARG001 (as above)
    content: dict[str, Any],
    caller: Caller,  # noqa: ARG001
    now: int,
) -> dict[str, Any]:
    """`content`: lead_ids, two of them. The later lead is joined into the earlier one."""
    return join_kept(tx, house, content.get("lead_ids") or (), now)


_EFFECTS: Final[Mapping[str, Effect]] = {
    "event": _take_in,
    "offer": _file_offer,
    "plan": _file_plan,
    "task": _open_task,
    "merge": _join_leads,
}
