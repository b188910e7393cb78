"""Canonical events out over a network: in order, at least once, with no transaction open while the network is slow.

The right to publish is a lease that stands beside the cursor. Two processes that both publish, because one was slow,
send repeats under the same ids, each in order; the first copies still come in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from masterdeal.instant import SECOND
from masterdeal.ports import EventStore, OutboxRow

# After a kill -9 nobody publishes for this long at most; a publisher that takes longer may be joined by another.
LEASE: Final = 10 * SECOND


def dispatch(
    store: EventStore,
    publish: Callable[[list[OutboxRow]], None],
    name: str,
    clock: Callable[[], int],
    limit: int = 500,
) -> int:
    """Publish what the reader `name` of the outbox has not published yet, up to `limit`; returns how many there
    were, 0 also while another process has the right. The cursor moves once `publish` has returned."""
    with store.reading() as read:
        if not read.outbox(read.cursor(name), 1):
            return 0
    token = _lease(store, name, clock())
    if token is None:
        return 0
    rows: list[OutboxRow] = []
    sent = 0
    try:
        with store.reading() as read:
            rows = read.outbox(read.cursor(name), limit)
        if rows:
            publish(rows)
            sent = rows[-1].position
    finally:
        _release(store, name, token, sent)
    return len(rows)


def _lease_of(name: str) -> str:
    return f"{name}.lease"


def _lease(store: EventStore, name: str, now: int) -> int | None:
    """The right to publish, as a token that no other process has; None while another has it."""
    with store.writing() as tx:
        if tx.claim(name) is None:
            return None
        until = tx.cursor(_lease_of(name))
        # One that ends further ahead than a lease lasts was given before the clock went back.
        if now < until <= now + LEASE:
            return None
        tx.move_cursor(_lease_of(name), now + LEASE)
    return now + LEASE


def _release(store: EventStore, name: str, token: int, sent: int) -> None:
    with store.writing() as tx:
        # Another that only looks whether the lease is free holds the claim for a moment: what was sent must still be said.
        tx.claim(name, wait=True)
        if tx.cursor(_lease_of(name)) != token:
            return
        if sent:
            tx.move_cursor(name, sent)
        tx.move_cursor(_lease_of(name), 0)
