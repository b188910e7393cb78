"""Deals that were worked on lately, kept decoded between transactions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from masterdeal.deal import Deal
from masterdeal.notice import Announced
from masterdeal.ports import DealRow
from masterdeal.rulebook import Rulebook
from masterdeal.sla import Timer

# About 6 KB each: 25 MB at most.
MOST: Final = 4096

_deal_decoder = msgspec.json.Decoder(Deal)
_announced_decoder = msgspec.json.Decoder(Announced)


def unpack(row: DealRow) -> tuple[Deal, Announced]:
    """A deal and what was announced about it, from its row."""
    return _deal_decoder.decode(row.state), _announced_decoder.decode(row.announced)


def announced_of(row: DealRow) -> Announced:
    """What was announced about a deal, from its row."""
    return _announced_decoder.decode(row.announced)


class Words(Struct, frozen=True, gc=False):
    """The columns of a deal's row that only the words of its events decide: what it is found by."""

    industry: str | None
    client_type: str | None
    budget: int | None
    manager: str | None
    search: str


class Kept(Struct, frozen=True, gc=False):
    """A row with what it decodes to, and the timers as they were judged, and told of, when it was written."""

    row: DealRow
    deal: Deal
    announced: Announced
    judged: Sequence[Timer]
    words: Words


class HotDeals:
    """What the latest rows decode to. It is never believed without the row that the transaction itself has read: only
    where state and announcements are the same bytes is their decoded form the one kept here. So whatever other
    processes write, and whatever becomes of a transaction, a deal found here is the deal that is stored.
    For one thread, and one edition of the rulebook at a time."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._kept: dict[str, Kept] = {}
        self._book: Rulebook | None = None

    def judged_by(self, book: Rulebook) -> None:
        """Forget everything that another rulebook has judged."""
        if self._book is not book:
            self._kept.clear()
            self._book = book

    def take(self, row: DealRow) -> Kept | None:
        """What is known of the deal of a row; the caller may change it, so it is no longer kept."""
        kept = self._kept.pop(row.deal_id, None)
        if kept is None or kept.row.state != row.state or kept.row.announced != row.announced:
            return None
        return kept

    def keep(self, kept: Kept) -> None:
        """Keep a deal as it is now; the one that was kept longest ago makes room."""
        self._kept[kept.row.deal_id] = kept
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
