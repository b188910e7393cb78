"""Proposals over HTTP: what waits for a person, and the person's decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Request
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field

from api.access import Caller
from api.amending import follow
from api.deals import house_of
from api.effects import take_effect
from api.identity import CallerHere
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.shapes import Loose
from api.trail import entry
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import Forbidden, NotFound
from masterdeal.ports import Writing
from masterdeal.proposal import Kind, Proposal, State, Verdict, decide, propose

router = APIRouter(tags=["proposals"])

ProposalId = Annotated[str, Path(min_length=1, max_length=64)]


class Decision(BaseModel):
    """What a person decides about the content of this hash."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "edit", "reject"]
    hash: str = Field(min_length=1, max_length=128, description="`hash` of the proposal that was looked at")
    edits: dict[str, Any] | None = Field(
        default=None,
        description="With `edit`: a JSON merge patch (RFC 7396) of the content. What follows from the changed values "
        "follows: a plan from its `task`, an offer from its discount, days and parties, a verdict from its letters",
    )
    comment: str | None = Field(default=None, max_length=4000)


class ProposalCard(Loose):
    """A proposal as it stands. `content` is what was proposed, `hash` the SHA-256 of its canonical JSON."""

    id: str
    kind: Kind
    master_deal_id: str | None
    content: dict[str, Any]
    hash: str
    created: str
    thread_id: str | None
    by: str
    state: State
    decided_by: str | None
    decided_at: str | None
    comment: str | None
    supersedes: str | None
    superseded_by: str | None
    effect: dict[str, Any] | None = Field(description="What the approval did")


class DecidedCard(BaseModel):
    """The proposal after the decision; after an edit also the edited one, which waits for its own approval."""

    proposal: ProposalCard
    successor: ProposalCard | None = None


class Proposals(Loose):
    """A page of proposals."""

    items: list[ProposalCard]
    next_cursor: str | None


def card(proposal: Proposal) -> dict[str, Any]:
    """A proposal as it is shown."""
    return {
        "id": proposal.id,
        "kind": proposal.kind,
        "master_deal_id": proposal.deal_id,
        "content": json.loads(proposal.content),
        "hash": proposal.hash,
        "created": instant.iso(proposal.created),
        "thread_id": proposal.thread_id,
        "by": proposal.by,
        "state": proposal.state,
        "decided_by": proposal.decided_by,
        "decided_at": None if proposal.decided_at is None else instant.iso(proposal.decided_at),
        "comment": proposal.comment,
        "supersedes": proposal.supersedes,
        "superseded_by": proposal.superseded_by,
        "effect": None if proposal.effect is None else json.loads(proposal.effect),
    }


def file_new(
    tx: Writing,
    kind: str,
    content: Mapping[str, Any],
    *,
    by: str,
    now: int,
    deal_id: str | None = None,
    thread_id: str | None = None,
    place: str = "",
) -> Proposal:
    """Keep a proposal; one that is kept already stays as it is, decided or not. `place` tells apart equal proposals of
    one thread: the turn and the position in it."""
    made = propose(kind, content, by=by, now=now, deal_id=deal_id, thread_id=thread_id, place=place)
    kept = tx.proposal(made.id)
    if kept is not None:
        return kept
    tx.put_proposals([made])
    tx.audit_more(
        [(now, entry(by, "proposed", proposal_id=made.id, kind=kind, hash=made.hash, deal_id=deal_id))]
    )
    return made


def decide_for(
    house: House,
    caller: Caller,
    proposal_id: str,
    verdict: Verdict,
    *,
    hash_: str | None,
    edits: dict[str, Any] | None = None,
    comment: str | None = None,
    thread_id: str | None = None,
    kind: Kind | None = None,
) -> dict[str, Any]:
    """Decide as this caller: {"proposal", "successor"}. The decision, what it does and its entry in the audit trail
    become durable together. NotFound for a proposal of another thread or of a deal the caller may not see, Forbidden
    by role, Conflict where something else was decided or the content is another one."""
    now = house.clock()
    with house.store.reading() as read:
        seen = read.proposal(proposal_id)
    if seen is None or thread_id not in (None, seen.thread_id) or kind not in (None, seen.kind):
        raise NotFound(f"no proposal {proposal_id}", proposal_id=proposal_id)
    action = f"proposals.decide.{seen.kind}"
    if not house.identity.access.allows(caller, action):
        raise Forbidden(f"your roles do not decide on proposals of the kind {seen.kind}", action=action)
    with house.store.writing() as tx:
        tx.hold([proposal_id])
        proposal = tx.proposal(proposal_id) or seen
        decided = decide(
            proposal,
            verdict,
            hash_=hash_,
            by=caller.subject,
            now=now,
            edits=edits,
            comment=comment,
            follow=follow(proposal.kind, house.settings.sample_prices),
        )
        after, successor = decided.proposal, decided.successor
        if decided.changed:
            if verdict == "approve":
                effect = take_effect(tx, house, after, caller, now)
                after = replace(after, effect=json.dumps(effect, ensure_ascii=False))
            told = {"proposal_id": after.id, "kind": after.kind, "hash": after.hash, "effect": after.effect}
            tx.put_proposals([after, *([successor] if successor is not None else [])])
            tx.audit_more([(now, entry(caller, after.state, **told, deal_id=after.deal_id))])
        elif successor is not None:
            successor = tx.proposal(successor.id) or successor
    if decided.changed:
        house.worker.wake()
    return {"proposal": card(after), "successor": None if successor is None else card(successor)}


@router.get("/v1/proposals", response_model=Proposals)
def list_proposals(
    request: Request,
    state: Annotated[State | None, Query(description="`waiting`: for a person")] = None,
    kind: Kind | None = None,
    master_deal_id: Annotated[str | None, Query(max_length=512, description="For this deal only")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """What the copilot has proposed, oldest first."""
    house = house_of(request)
    created, after = from_cursor(cursor, 0, "")
    with house.store.reading() as read:
        rows: list[Proposal] = []
        place = (created, after)
        while len(rows) <= limit and (page := read.proposals(state, kind, place, limit + 1)):
            rows += [row for row in page if master_deal_id in (None, row.deal_id)]
            place = (page[-1].created, page[-1].id)
    last = rows[limit - 1] if len(rows) > limit else None
    return {
        "items": [card(row) for row in rows[:limit]],
        "next_cursor": to_cursor(last.created, last.id) if last is not None else None,
    }


@router.get("/v1/proposals/{proposal_id}", response_model=ProposalCard)
def get_proposal(request: Request, proposal_id: ProposalId) -> Any:
    """One proposal."""
    with house_of(request).store.reading() as read:
        proposal = read.proposal(proposal_id)
    if proposal is None:
        raise NotFound(f"no proposal {proposal_id}", proposal_id=proposal_id)
    return card(proposal)


@router.post("/v1/proposals/{proposal_id}/decision", response_model=DecidedCard)
def post_decision(
    request: Request, proposal_id: ProposalId, body: Annotated[Decision, Body()], caller: CallerHere
) -> Any:
    """Approve, edit or reject the content of one hash. The same decision again changes nothing; another one, or one on
    a content that is no longer this, is a conflict that says what was decided, by whom and when."""
    return decide_for(
        house_of(request),
        caller,
        proposal_id,
        body.decision,
        hash_=body.hash,
        edits=body.edits,
        comment=body.comment,
    )
