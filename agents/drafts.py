"""What a job gives: a draft that the thread can speak of by its id, and a proposal that a person may approve."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from agents.shown import show
from agents.state import Lang, Memory, Proposal, ProposalKind

KINDS: Final = ("brief", "plan", "offer", "review", "qualification", "task", "event")
_PROPOSED: Final[dict[str, ProposalKind]] = {
    "plan": "plan",
    "offer": "offer",
    "qualification": "qualification",
    "task": "task",
    "event": "event",
}
_MOVE_ON: Final = {"ru": "Продвинуть сделку, не хватает", "en": "Move the deal on, it lacks"}
# What of a draft is approved, where it holds more: the rest is its preview.
_CONTENT: Final[dict[str, tuple[str, ...]]] = {
    "task": ("title", "assignee", "role", "due"),
    "event": ("type", "time", "data"),
}
_TITLES: Final = {
    "plan": {"ru": "Медиаплан", "en": "Media plan"},
    "offer": {"ru": "Коммерческое предложение", "en": "Offer"},
    "qualification": {"ru": "Квалификация лида", "en": "Lead qualification"},
    "task": {"ru": "Задача", "en": "Task"},
    "event": {"ru": "Событие", "en": "Event"},
}


def named(value: Any, memory: Memory) -> tuple[Any, Memory]:
    """A tool's answer with the id it has as a draft, and the memory with it; unchanged where it is no draft."""
    if not isinstance(value, dict) or value.get("kind") not in KINDS or value.get("infeasible"):
        return value, memory
    made = memory.get("made", {})
    number = made.get(value["kind"], 0) + 1
    draft_id = f"{value['kind']}-{number}"
    draft = {**value, "draft_id": draft_id}
    counted = {**made, value["kind"]: number}
    return draft, {**memory, "made": counted, "drafts": {**memory.get("drafts", {}), draft_id: draft}}


def proposed(draft: Any, deal_id: str | None, lang: Lang) -> Proposal | None:
    """The proposal a draft makes; None where it is nothing to approve."""
    if not isinstance(draft, dict) or "draft_id" not in draft:
        return None
    kind = _PROPOSED.get(draft["kind"])
    if kind is None:
        return None
    content = {
        name: value
        for name, value in draft.items()
        if name not in ("kind", "draft_id", "text_id", "plan_draft")
    }
    if kind in _CONTENT:
        deal_id = draft["master_deal_id"]
        content = {name: draft[name] for name in _CONTENT[kind] if draft[name] is not None}
        if kind == "task" and not draft["title"]:
            content["title"] = f"{_MOVE_ON[lang]}: {show(draft['missing'], 'gates', lang)}"
    if kind == "offer":
        content["master_deal_id"] = deal_id
    return {
        "kind": kind,
        "deal_id": deal_id,
        "draft_id": draft["draft_id"],
        "title": _TITLES[kind][lang],
        "content": content,
        "hash": content_hash(content),
    }


def content_hash(content: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON: keys sorted, no spaces, UTF-8."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
