"""The papers of a thread in the archive: its card, and its turns."""

from __future__ import annotations

from typing import Final

from masterdeal.ports import Writing

THREAD: Final = "thread"
TURN: Final = "thread-turn"


def drop(tx: Writing, thread_id: str, count: int) -> None:
    """Remove a thread and its turns. Decisions and proposals stay: they are records of their own."""
    tx.discard(TURN, [turn_id(thread_id, number) for number in range(1, count + 1)])
    tx.discard(THREAD, [thread_id])


def turn_id(thread_id: str, number: int) -> str:
    """The id of a turn, so that ids are in the order of turns."""
    return f"{thread_id}/{number:06d}"
