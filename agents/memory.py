"""What a thread keeps of a turn: enough to understand the next one, bounded however long the thread becomes."""

from __future__ import annotations

from typing import Any, Final

from agents.follow_up import last_asked
from agents.state import Memory, Talk

LATEST_TURNS: Final = 8
LATEST_DRAFTS: Final = 6
LATEST_TEXTS: Final = 3
LONGEST_SAID: Final = 600
_MOST_NAMED: Final = 20


def with_text(memory: Memory, text: str | None) -> tuple[Memory, str | None]:
    """The memory with a text that came along, and the id it has; the same text again keeps its id."""
    if not text:
        return memory, None
    texts = memory.get("texts", {})
    for id_, known in texts.items():
        if known == text:
            return memory, id_
    text_id = f"text-{memory.get('seen', 0) + 1}"
    kept = dict(list({**texts, text_id: text}.items())[-LATEST_TEXTS:])
    return {**memory, "texts": kept, "seen": memory.get("seen", 0) + 1}, text_id


def remembered(talk: Talk) -> Memory:
    """The memory with this turn in it. Turns beyond the latest are summed up: how many, and what they were about."""
    before = talk["memory"]
    deals = _deals(talk) or list(before.get("deals", []))
    turns = [
        *before.get("turns", []),
        {"asked": talk["question"][:LONGEST_SAID], "answered": talk["text"][:LONGEST_SAID]},
    ]
    earlier: dict[str, Any] = dict(before.get("earlier") or {"turns": 0, "deals": []})
    gone = max(0, len(turns) - LATEST_TURNS)
    earlier["turns"] += gone
    if gone:
        earlier["deals"] = list(dict.fromkeys([*earlier["deals"], *before.get("deals", [])]))[-_MOST_NAMED:]
    drafts = dict(list(before.get("drafts", {}).items())[-LATEST_DRAFTS:])
    texts = dict(list(before.get("texts", {}).items())[-LATEST_TEXTS:])
    return {
        "turn": before.get("turn", 0) + 1,
        "deals": deals,
        "texts": texts,
        "drafts": drafts,
        "made": before.get("made", {}),
        "seen": before.get("seen", 0),
        "turns": turns[gone:],
        "earlier": earlier,
        "asked": _asked(talk, before.get("asked", {})),
        "asked_last": "deal" if _deals(talk) else "deals",
    }


def _asked(talk: Talk, before: dict[str, Any]) -> dict[str, Any]:
    """The last question about many deals; an answer in figures leaves the list that was shown before it."""
    asked = last_asked(talk)
    if not asked:
        return before
    return asked if asked["shown"] else {**asked, "shown": before.get("shown", [])}


def _deals(talk: Talk) -> list[str]:
    """The deals a turn was about, where it was about few."""
    slots = talk.get("slots") or {}
    named = list(slots.get("deals", []))
    if not named:
        looked = (
            result["args"].get("master_deal_id") for result in talk["results"] if result["error"] is None
        )
        named = [deal_id for deal_id in looked if deal_id]
    return list(dict.fromkeys(named))[:3]
