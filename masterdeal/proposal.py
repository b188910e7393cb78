"""Proposals: what the copilot would have done, waiting for a person. Approval is bound to the hash of the content.

A decision is a function of the proposal as it is kept: the same decision again changes nothing, another one is a
conflict. An edit makes a new proposal in place of the old one; it has its own hash and waits for its own approval.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, get_args

from msgspec import Struct
from msgspec.structs import replace

from masterdeal import instant
from masterdeal.errors import BadRequest, Conflict

Kind = Literal["plan", "offer", "qualification", "task", "event", "merge"]
State = Literal["waiting", "approved", "rejected", "superseded"]
Verdict = Literal["approve", "edit", "reject"]
Follow = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]
KINDS: Final[tuple[str, ...]] = get_args(Kind)
LARGEST: Final = 1_000_000
# What an edit leaves the proposal in, and what a decision does.
_AFTER: Final[dict[str, State]] = {"approve": "approved", "reject": "rejected", "edit": "superseded"}


class Proposal(Struct, frozen=True):
    """One proposal. Instants are microseconds; `content` is canonical JSON; `hash` is its SHA-256; `effect` says, as
    JSON, what the approval did; `superseded_by` is the edited proposal that took this one's place."""

    id: str
    kind: str
    deal_id: str | None
    content: str
    hash: str
    created: int
    thread_id: str | None
    by: str
    state: str = "waiting"
    decided_by: str | None = None
    decided_at: int | None = None
    comment: str | None = None
    supersedes: str | None = None
    superseded_by: str | None = None
    effect: str | None = None


def canonical(content: Mapping[str, Any]) -> str:
    """The content as text: keys sorted, no spaces. BadRequest where it is no JSON, or too much of it."""
    try:
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRequest(f"content: not JSON: {error}", where="content") from None
    if len(text) > LARGEST:
        raise BadRequest(f"content: longer than {LARGEST} characters", where="content")
    return text


def seal(text: str) -> str:
    """SHA-256 of a canonical content, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def propose(
    kind: str,
    content: Mapping[str, Any],
    *,
    by: str,
    now: int,
    deal_id: str | None = None,
    thread_id: str | None = None,
    supersedes: str | None = None,
    place: str = "",
) -> Proposal:
    """A new proposal. The same content for the same deal at the same place of the same thread has the same id, so that
    a run that is resumed proposes nothing twice."""
    if kind not in KINDS:
        raise BadRequest(f"kind: {kind!r} is none of {', '.join(KINDS)}", where="kind")
    text = canonical(content)
    hash_ = seal(text)
    seed = json.dumps([kind, hash_, deal_id, thread_id, by, supersedes, place], ensure_ascii=False)
    id_ = "P-" + hashlib.sha256(seed.encode()).hexdigest()[:20]
    return Proposal(id_, kind, deal_id, text, hash_, now, thread_id, by, supersedes=supersedes)


class Decided(Struct, frozen=True):
    """What a decision comes to: the proposal after it, the edited one if there is one, and whether anything changed."""

    proposal: Proposal
    successor: Proposal | None
    changed: bool


def decide(
    proposal: Proposal,
    verdict: Verdict,
    *,
    hash_: str | None,
    by: str,
    now: int,
    edits: Mapping[str, Any] | None = None,
    comment: str | None = None,
    follow: Follow | None = None,
) -> Decided:
    """The decision of a person on the content that has this hash; None says that the id was seen to stand for its
    content, which never changes. `edits` is a JSON merge patch (RFC 7396); `follow` makes of the content before and after
    it what is proposed instead, so that sums follow what they are counted from.
    Conflict, with the facts, where the content is another one or something else was decided before."""
    if hash_ not in (None, proposal.hash):
        raise _conflict(proposal, "the hash is not that of this proposal; look at it again")
    if (verdict == "edit") != (edits is not None):
        raise BadRequest("edits: given with the decision `edit`, and only with it", where="body/edits")
    successor = None
    if edits is not None:
        before = json.loads(proposal.content)
        content = merged(before, edits)
        if follow is not None:
            content = follow(before, content)
        successor = propose(
            proposal.kind,
            content,
            by=by,
            now=now,
            deal_id=proposal.deal_id,
            thread_id=proposal.thread_id,
            supersedes=proposal.id,
        )
        if successor.hash == proposal.hash:
            raise BadRequest("edits: they change nothing", where="body/edits")
    after = _AFTER[verdict]
    if proposal.state != "waiting":
        same = (
            proposal.state == after
            and proposal.decided_by == by
            and proposal.superseded_by == (None if successor is None else successor.id)
        )
        if not same:
            raise _conflict(proposal, f"it was decided before: {proposal.state}")
        return Decided(proposal, successor, changed=False)
    decided = replace(
        proposal,
        state=after,
        decided_by=by,
        decided_at=now,
        comment=comment,
        superseded_by=None if successor is None else successor.id,
    )
    return Decided(decided, successor, changed=True)


def _conflict(proposal: Proposal, why: str) -> Conflict:
    facts: dict[str, Any] = {"proposal_id": proposal.id, "state": proposal.state, "hash": proposal.hash}
    if proposal.decided_at is not None:
        facts |= {"decided_by": proposal.decided_by, "decided_at": instant.iso(proposal.decided_at)}
    if proposal.superseded_by is not None:
        facts["superseded_by"] = proposal.superseded_by
    return Conflict(why, **facts)


def merged(content: Any, patch: Any) -> Any:
    """RFC 7396: members of the patch replace those of the content, null takes them out."""
    if not isinstance(patch, Mapping):
        return patch
    found = dict(content) if isinstance(content, Mapping) else {}
    for name, value in patch.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = merged(found.get(name), value)
    return found
