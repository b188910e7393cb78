"""State again from the log alone, and the proof that it is the state that is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

import msgspec
from msgspec import Struct

from masterdeal.flow.intake import outbox_row, refold, settle, unpack
from masterdeal.notice import stage_notices
from masterdeal.ports import DealFilter, DealRow, EventStore, Reading
from masterdeal.rulebook import Rulebook


class Proof(Struct, frozen=True):
    """What a rebuild found. The digests are over every deal's state, in the order of ids."""

    deals: int
    events: int
    stored_digest: str
    rebuilt_digest: str
    differing: list[str]
    repaired: bool

    @property
    def identical(self) -> bool:
        """Whether every stored deal equals the fold of its log."""
        return self.stored_digest == self.rebuilt_digest and not self.differing


def rebuild(
    store: EventStore,
    book: Rulebook,
    now: int,
    *,
    repair: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Proof:
    """Fold every deal anew and compare; with `repair`, write what differs. Sweep first: a marked event whose
    time has come but which no sweep has seen yet would differ."""
    stored, rebuilt = hashlib.sha256(), hashlib.sha256()
    differing: list[str] = []
    deals = events = 0
    with store.reading() as read:
        total = read.counts()["deals"]
        for row in _deals(read):
            deal, announced = unpack(row)
            again = refold(read, row.deal_id, announced, book, now)
            state = msgspec.json.encode(again)
            stored.update(row.state)
            rebuilt.update(state)
            events += again.events
            deals += 1
            if state != row.state:
                differing.append(row.deal_id)
            if progress is not None and deals % 500 == 0:
                progress(deals, total)
    if repair and differing:
        with store.writing() as tx:
            for row in tx.states(differing).values():
                _, announced = unpack(row)
                deal = refold(tx, row.deal_id, announced, book, now)
                moved = stage_notices(announced, deal, book, None, now)
                settled, timed = settle(deal, announced, book, now, now, row.updated)
                tx.put([settled])
                tx.publish([outbox_row(notice) for notice in moved + timed])
    return Proof(
        deals, events, stored.hexdigest(), rebuilt.hexdigest(), differing, repair and bool(differing)
    )


def _deals(read: Reading) -> Iterator[DealRow]:
    after = ""
    while rows := read.deals(DealFilter(), after, 500):
        yield from rows
        after = rows[-1].deal_id
