"""State again from the log alone, and the proof that it is the state that is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from masterdeal.flow.hot import announced_of
from masterdeal.flow.intake import refold, settle
from masterdeal.notice import Announced, Notice, stage_notices
from masterdeal.ports import DealFilter, DealRow, EventStore, Reading
from masterdeal.rulebook import Rulebook

# Small enough that events which come in meanwhile need not wait long.
_REPAIRED_AT_ONCE: Final = 200


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
    """Fold every deal of the log anew and compare it with its row; with `repair`, write what differs and publish what
    follows. Sweep first: a marked event whose time has come but which no sweep has seen yet would differ."""
    stored, rebuilt = hashlib.sha256(), hashlib.sha256()
    differing: list[str] = []
    deals = events = 0
    with store.reading() as read:
        total = read.counts()["deals"]
        for deal_id, row in _deals(read):
            state, settled, notices, folded = _anew(read, deal_id, row, book, now)
            stored.update(row.state if row is not None else b"")
            rebuilt.update(state)
            events += folded
            deals += 1
            if (
                row is None
                or state != row.state
                or (_swept(row, now) and (notices or not _same(settled, row)))
            ):
                differing.append(deal_id)
            if progress is not None and deals % 500 == 0:
                progress(deals, total)
    if repair:
        for start in range(0, len(differing), _REPAIRED_AT_ONCE):
            chunk = differing[start : start + _REPAIRED_AT_ONCE]
            with store.writing() as tx:
                tx.hold(chunk)
                rows = tx.states(chunk)
                for deal_id in chunk:
                    _, settled, notices, _ = _anew(tx, deal_id, rows.get(deal_id), book, now)
                    tx.put([settled])
                    tx.publish(notices)
    return Proof(
        deals, events, stored.hexdigest(), rebuilt.hexdigest(), differing, repair and bool(differing)
    )


def restate(store: EventStore, book: Rulebook, now: int) -> int:
    """Judge every deal anew if another edition of the rulebook judged the deals of this store; returns how many
    changed. One that is interrupted begins again."""
    with store.reading() as read:
        if read.judged_by() == book.edition:
            return 0
    proof = rebuild(store, book, now, repair=True)
    with store.writing() as tx:
        tx.judge_by(book.edition)
    return len(proof.differing)


def _anew(
    read: Reading, deal_id: str, row: DealRow | None, book: Rulebook, now: int
) -> tuple[bytes, DealRow, list[Notice], int]:
    """A deal's encoded state from its log alone, the row it makes, the notices that are due and its events' number."""
    if row is not None:
        announced, updated = announced_of(row), row.updated
    else:
        published = read.outbox_of(deal_id)
        announced = Announced(sequence=published[-1].sequence if published else 0)
        updated = max((event.received for event in read.events(deal_id)), default=now)
    deal = refold(read, deal_id, announced, book, now)
    state = msgspec.json.encode(deal)
    moved = stage_notices(announced, deal, book, None, now)
    settled, timed = settle(deal, announced, book, now, now, updated)
    return state, settled, moved + timed, deal.events


def _swept(row: DealRow, now: int) -> bool:
    return row.alarm is None or row.alarm > now


def _same(one: DealRow, other: DealRow) -> bool:
    """Whether two rows say the same; scheduled events are announced in the order they came, so that part may differ."""
    return replace(one, announced=b"") == replace(other, announced=b"")


def _deals(read: Reading) -> Iterator[tuple[str, DealRow | None]]:
    """Every deal that the log tells of or that has a row, in the order of ids."""
    both = merge(((deal_id, None) for deal_id in _told(read)), _rows(read), key=itemgetter(0))
    for deal_id, found in groupby(both, key=itemgetter(0)):
        yield deal_id, next((row for _, row in found if row is not None), None)


def _told(read: Reading) -> Iterator[str]:
    after = ""
    while ids := read.told(after, 500):
        yield from ids
        after = ids[-1]


def _rows(read: Reading) -> Iterator[tuple[str, DealRow | None]]:
    after = ""
    while rows := read.deals(DealFilter(), after, 500):
        yield from ((row.deal_id, row) for row in rows)
        after = rows[-1].deal_id
