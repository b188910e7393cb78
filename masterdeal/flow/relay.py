"""Canonical events out: from the outbox to a bus, in order, at least once."""

from __future__ import annotations

from collections.abc import Callable

from masterdeal.ports import EventStore, OutboxRow

CURSOR = "relay"


def relay(store: EventStore, publish: Callable[[list[OutboxRow]], None], limit: int = 500) -> int:
    """Publish the next events of the outbox and remember how far it came; returns how many there were.
    A crash between the two publishes them again, under the same ids. Of several processes one relays at a time."""
    with store.reading() as read:
        if not read.outbox(read.cursor(CURSOR), 1):
            return 0
    with store.writing() as tx:
        position = tx.claim(CURSOR)
        rows = [] if position is None else tx.outbox(position, limit)
        if rows:
            publish(rows)
            tx.move_cursor(CURSOR, rows[-1].position)
    return len(rows)
