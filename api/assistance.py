"""What the assist endpoints share: the text they speak of, the day, and the envelope of their answers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.shapes import Loose
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, NotFound
from masterdeal.sla import MOSCOW

LONGEST_TEXT = 2_000_000


class Assignment(BaseModel):
    """What to work on: a text, or a document that was uploaded; the deal it belongs to; options of the job."""

    model_config = ConfigDict(extra="forbid")

    master_deal_id: str | None = Field(default=None, max_length=512)
    text: str | None = Field(default=None, max_length=LONGEST_TEXT)
    document_id: str | None = Field(default=None, max_length=128)
    lang: Literal["ru", "en"] = "ru"
    options: dict[str, Any] = Field(default_factory=dict)


class AssistAnswer(Loose):
    """One structured answer. `text` says the same for people; `evidence` carries every value and its quote."""

    result: dict[str, Any]
    evidence: list[dict[str, Any]]
    findings: list[dict[str, Any]] | None = None
    text: str
    mode: Literal["rules", "llm"]
    decision_id: str


def check_seen(house: House, master_deal_id: str | None) -> None:
    """Nobody drafts for a deal that he may not see."""
    if master_deal_id is None or house.sight.everything:
        return
    with house.store.reading() as read:
        if read.deal(master_deal_id) is None:
            raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)


def text_of(assignment: Assignment, house: House, *, needed: bool = True) -> str:
    """The text to work on; BadRequest where there is none and one is needed."""
    check_seen(house, assignment.master_deal_id)
    if assignment.text is not None and assignment.text.strip():
        return assignment.text
    if assignment.document_id is not None:
        with house.store.reading() as read:
            kept = read.archived("document", assignment.document_id)
        if kept is None:
            raise NotFound(f"no document {assignment.document_id}", document_id=assignment.document_id)
        text: str = json.loads(kept)["text"]
        return text
    if needed:
        raise BadRequest("text or document_id: give one of them", where="body/text")
    return ""


def day_of(options: Mapping[str, Any], house: House, name: str = "date") -> date:
    """The day a job is done on: an option, or today in Moscow."""
    given = options.get(name)
    if given is None:
        return instant.to_datetime(house.clock()).astimezone(MOSCOW).date()
    try:
        return date.fromisoformat(str(given)[:10])
    except ValueError:
        raise BadRequest(f"options.{name}: {given!r} is not a date", where=f"body/options/{name}") from None


def answered(
    job: str,
    assignment: Assignment,
    result: dict[str, Any],
    evidence: list[dict[str, Any]],
    text: str,
    findings: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    """The envelope. The decision's id is the same for the same request and the same answer."""
    body: dict[str, Any] = {"result": result, "evidence": evidence, "text": text, "mode": "rules"}
    if findings is not None:
        body["findings"] = findings
    seed = json.dumps([job, assignment.model_dump(), body], ensure_ascii=False, sort_keys=True, default=str)
    body["decision_id"] = "D-" + hashlib.blake2b(seed.encode(), digest_size=9).hexdigest()
    return body
