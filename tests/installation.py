"""MasterDeal without a server: a store, a rulebook and a clock that the test turns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from masterdeal import instant
from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import Outcome, opened, read, record
from masterdeal.flow.rebuild import Proof, rebuild
from masterdeal.flow.sweep import sweep
from masterdeal.ports import DeadLetter, DealFilter
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore
from masterdeal.view import card

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def hours(number: float) -> datetime:
    """So many hours after the start."""
    return START + timedelta(hours=number)


def micro(moment: datetime) -> int:
    return instant.of_datetime(moment)


class Installation:
    """One event store with what works on it. `now` is the clock."""

    def __init__(self, path: Path, book: Rulebook | None = None, *, synchronous: str = "off") -> None:
        self.path = path
        self.book = book or read_rulebook()
        self.synchronous = synchronous
        self.store = SqliteStore(path, synchronous=synchronous)
        self.now = START
        self.hot = HotDeals()

    def restart(self, book: Rulebook | None = None) -> None:
        """Close and open again, perhaps under another rulebook."""
        self.store.close()
        self.store = SqliteStore(self.path, synchronous=self.synchronous)
        self.book = book or self.book

    def take(self, *events: dict[str, Any] | bytes, at: datetime | None = None) -> list[Outcome]:
        """A batch that arrives at `at` (which becomes the clock) or now."""
        if at is not None:
            self.now = at
        bodies = [event if isinstance(event, bytes) else msgspec.json.encode(event) for event in events]
        with self.store.writing() as tx:
            return record(
                tx, [read(body, self.book) for body in bodies], self.book, micro(self.now), self.hot
            )

    def sweep(self, at: datetime | None = None, limit: int = 500) -> int:
        """Let the clock do its work; returns how many times a deal was looked at."""
        if at is not None:
            self.now = at
        swept = 0
        while True:
            with self.store.writing() as tx:
                found = sweep(tx, self.book, micro(self.now), limit)
            swept += found
            if not found:
                return swept

    def deal(self, deal_id: str = "MD-1") -> dict[str, Any] | None:
        """The stored deal as a card at the clock."""
        with self.store.reading() as reading:
            row = reading.deal(deal_id)
            if row is None:
                return None
            deal, announced = opened(reading, row, self.book, micro(self.now))
            return card(deal, self.book, micro(self.now), row.updated, announced.scheduled)

    def stage(self, deal_id: str = "MD-1") -> str | None:
        card = self.deal(deal_id)
        return None if card is None else card["aggregated_stage"]

    def notices(self, deal_id: str | None = None) -> list[dict[str, Any]]:
        """Canonical events as they were published, of one deal or of all."""
        with self.store.reading() as reading:
            rows = reading.outbox(0, 100_000)
        return [msgspec.json.decode(row.body) for row in rows if deal_id in (None, row.deal_id)]

    def told(self, deal_id: str | None = None) -> list[str]:
        """The types of the canonical events, without `masterdeal.`."""
        return [notice["type"].removeprefix("masterdeal.") for notice in self.notices(deal_id)]

    def letters(self) -> list[DeadLetter]:
        with self.store.reading() as reading:
            return reading.dead_letters(0, 100_000)

    def counts(self) -> dict[str, int]:
        with self.store.reading() as reading:
            return dict(reading.counts())

    def prove(self) -> Proof:
        """Sweep, then prove that the stored state is the fold of the log and that the outbox is in order."""
        self.sweep()
        proof = rebuild(self.store, self.book, micro(self.now))
        assert proof.identical, proof
        self.check_sequences()
        return proof

    def check_sequences(self) -> None:
        """Each deal's canonical events are numbered from 1 without a gap, in the order they go out."""
        sequences: dict[str, list[int]] = {}
        ids: Counter[str] = Counter()
        for notice in self.notices():
            sequences.setdefault(notice["subject"], []).append(int(notice["sequence"]))
            ids[notice["id"]] += 1
        for deal_id, numbers in sequences.items():
            assert numbers == list(range(1, len(numbers) + 1)), deal_id
        again = {id_ for id_, times in ids.items() if times > 1}
        assert all("/sla.breached/" in id_ for id_ in again), again

    def deal_ids(self) -> Sequence[str]:
        with self.store.reading() as reading:
            return [row.deal_id for row in reading.deals(DealFilter(), "", 100_000)]

    def close(self) -> None:
        self.store.close()
