"""Proposals made in a conversation: kept with the turn, decided in the thread as anywhere else."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.access import Caller
from api.proposals import card as shown
from api.proposals import decide_for, file_new
from api.wiring import House
from masterdeal.ports import Reading, Writing


class Choice(BaseModel):
    """What a person decides. `hash`, where given, must be that of the proposal: what was read is what is approved."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "edit", "reject"]
    hash: str | None = Field(default=None, max_length=200)
    edits: dict[str, Any] | None = Field(
        default=None, description="With edit: a JSON merge patch (RFC 7396) of the content"
    )
    comment: str | None = Field(default=None, max_length=4000)


def filed(
    tx: Writing, card: dict[str, Any], proposals: list[dict[str, Any]], by: str, now: int
) -> list[dict[str, Any]]:
    """Keep the proposals of a turn; they wait."""
    return [
        shown(
            file_new(
                tx,
                proposal["kind"],
                proposal["content"],
                by=by,
                now=now,
                deal_id=proposal.get("deal_id"),
                thread_id=card["thread_id"],
                place=f"{card['turns'] + 1}/{place}",
            )
        )
        for place, proposal in enumerate(proposals)
    ]


def waiting(read: Reading, turns: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The proposals made in some turns, and what edits made of them, as they stand."""
    ids = [id_ for turn in turns for id_ in turn["answer"].get("proposals", [])]
    found = []
    while ids:
        proposal = read.proposal(ids.pop(0))
        if proposal is not None:
            found.append(shown(proposal))
            ids += [proposal.superseded_by] if proposal.superseded_by is not None else []
    return found


def decided(house: House, caller: Caller, thread_id: str, id_: str, choice: Choice) -> dict[str, Any]:
    """The proposal as decided, with `successor` after an edit. Conflict where it was decided otherwise or the hash is
    another's."""
    made = decide_for(
        house,
        caller,
        id_,
        choice.decision,
        hash_=choice.hash,
        edits=choice.edits,
        comment=choice.comment,
        thread_id=thread_id,
    )
    return {**made["proposal"], "successor": made["successor"]}
