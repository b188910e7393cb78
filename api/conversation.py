"""Threads as they are kept: who began one, and every turn of it with its answer."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from api.thread_papers import THREAD, TURN, turn_id
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.ports import Reading, Writing

_TITLE: Final = 80
_PAGE: Final = 200


def new_id() -> str:
    """An id that nobody can guess."""
    return f"T-{secrets.token_hex(12)}"


def thread_of(read: Reading, thread_id: str, owner: str) -> dict[str, Any] | None:
    """A thread's card; None where there is none. NotFound where it is somebody else's: that it exists is not said."""
    text = read.archived(THREAD, thread_id)
    if text is None:
        return None
    card: dict[str, Any] = json.loads(text)
    if card["owner"] != owner:
        raise NotFound(f"no thread {thread_id}", thread_id=thread_id)
    return card


def begun(
    house: House, thread_id: str, owner: str, message: str, deal_id: str | None = None
) -> dict[str, Any]:
    """The thread that a message continues, or the card of a new one, which is kept with its first turn."""
    with house.store.reading() as read:
        card = thread_of(read, thread_id, owner)
    now = instant.iso(house.clock())
    return card or {
        "thread_id": thread_id,
        "owner": owner,
        "title": " ".join(message.split())[:_TITLE],
        "master_deal_id": deal_id,
        "created_at": now,
        "updated_at": now,
        "turns": 0,
    }


def keep(tx: Writing, card: dict[str, Any], turn: dict[str, Any], now: int) -> bool:
    """Add a turn. False where the thread has moved on meanwhile, in another process; nothing is written then."""
    kept = tx.archived(THREAD, card["thread_id"])
    if (json.loads(kept)["turns"] if kept else 0) != card["turns"]:
        return False
    number = card["turns"] + 1
    at = instant.iso(now)
    tx.file(
        TURN,
        {
            turn_id(card["thread_id"], number): json.dumps(
                {"number": number, "at": at, **turn}, ensure_ascii=False
            )
        },
        now,
    )
    tx.file(
        THREAD,
        {card["thread_id"]: json.dumps({**card, "turns": number, "updated_at": at}, ensure_ascii=False)},
        now,
    )
    return True


def turns(read: Reading, thread_id: str) -> list[dict[str, Any]]:
    """All turns, first to last."""
    prefix = f"{thread_id}/"
    found: list[dict[str, Any]] = []
    after = prefix
    while rows := [row for row in read.archive(TURN, after, _PAGE) if row[0].startswith(prefix)]:
        found += [json.loads(body) for _, body in rows]
        after = rows[-1][0]
    return found


def threads(read: Reading, owner: str, after: str, limit: int) -> tuple[list[dict[str, Any]], str | None]:
    """The threads of an owner in the order of their ids, and where to go on."""
    found: list[dict[str, Any]] = []
    while rows := read.archive(THREAD, after, _PAGE):
        for id_, body in rows:
            card = json.loads(body)
            if card["owner"] == owner:
                found.append(card)
            after = id_
            if len(found) == limit:
                return found, after
    return found, None
