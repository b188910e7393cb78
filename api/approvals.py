"""Proposals of the copilot in the hands of a person: kept with their hash, decided once."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.live import Conflict
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, NotFound
from masterdeal.ports import Reading, Writing

PROPOSAL: Final = "proposal"


class Choice(BaseModel):
    """What a person decides. `hash`, where given, must be that of the proposal: what was read is what is approved."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "edit", "reject"]
    hash: str | None = Field(default=None, max_length=200)
    edits: dict[str, Any] | None = Field(
        default=None, description="With edit: members of the content that change"
    )
    comment: str | None = Field(default=None, max_length=4000)


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON: keys sorted, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def filed(
    tx: Writing, card: dict[str, Any], proposals: list[dict[str, Any]], by: str, now: int
) -> list[dict[str, Any]]:
    """Keep the proposals of a turn; they wait."""
    kept = []
    for place, proposal in enumerate(proposals):
        seed = f"{card['thread_id']}/{card['turns'] + 1}/{place}/{proposal['hash']}"
        kept.append(
            {
                "id": "P-" + hashlib.blake2b(seed.encode(), digest_size=9).hexdigest(),
                **proposal,
                "thread_id": card["thread_id"],
                "created": instant.iso(now),
                "by": by,
                "state": "waiting",
                "decided_by": None,
                "decided_at": None,
                "comment": None,
            }
        )
    if kept:
        tx.file(PROPOSAL, {one["id"]: json.dumps(one, ensure_ascii=False) for one in kept}, now)
    return kept


def waiting(read: Reading, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The proposals made in some turns, as they stand."""
    ids = [id_ for turn in turns for id_ in turn["answer"].get("proposals", [])]
    return [json.loads(body) for id_ in ids if (body := read.archived(PROPOSAL, id_)) is not None]


def decided(house: House, thread_id: str, id_: str, choice: Choice, by: str) -> dict[str, Any]:
    """The proposal as decided. Conflict where it was decided otherwise or the hash is another's."""
    now = house.clock()
    with house.store.writing() as tx:
        tx.hold([id_])
        body = tx.archived(PROPOSAL, id_)
        proposal: dict[str, Any] | None = json.loads(body) if body else None
        if proposal is None or proposal["thread_id"] != thread_id:
            raise NotFound(f"no proposal {id_}", approval_id=id_)
        state = {"approve": "approved", "edit": "edited", "reject": "rejected"}[choice.decision]
        if choice.hash is not None and choice.hash not in (proposal["hash"], proposal.get("proposed_hash")):
            raise Conflict("the hash is not that of the proposal; look at it again", hash=proposal["hash"])
        if proposal["state"] != "waiting":
            same = proposal["state"] == state and proposal.get("edits") == choice.edits
            if same:
                return proposal
            raise Conflict("the proposal has been decided", state=proposal["state"])
        if choice.decision == "edit":
            if not choice.edits:
                raise BadRequest("edits: say what changes", where="body/edits")
            content = {**proposal["content"], **choice.edits}
            proposal |= {
                "proposed_hash": proposal["hash"],
                "content": content,
                "hash": content_hash(content),
                "edits": choice.edits,
            }
        proposal |= {
            "state": state,
            "decided_by": by,
            "decided_at": instant.iso(now),
            "comment": choice.comment,
        }
        tx.file(PROPOSAL, {id_: json.dumps(proposal, ensure_ascii=False)}, now)
    return proposal
