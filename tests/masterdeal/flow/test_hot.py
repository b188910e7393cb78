"""Deals kept decoded between transactions are believed only where the store says the same."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import START, hours, micro
from portfolios import catalogue_eight, cloud_event

from masterdeal.flow.hot import HotDeals, Kept, unpack
from masterdeal.flow.intake import read, record
from masterdeal.flow.rebuild import rebuild
from masterdeal.flow.sweep import sweep
from masterdeal.ports import EventStore
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore

BOOK = read_rulebook()
LATE = micro(hours(24))


class Working:
    """A process that takes events in with what it keeps of them."""

    def __init__(self, path: Path, *, most: int = 100) -> None:
        self.store: EventStore = SqliteStore(path, synchronous="off")
        self.hot = HotDeals(most)

    def take(self, *events: dict[str, Any], book: Rulebook = BOOK, now: int = LATE) -> None:
        with self.store.writing() as tx:
            found = record(
                tx, [read(msgspec.json.encode(event), book) for event in events], book, now, self.hot
            )
        assert [outcome.outcome for outcome in found] == ["accepted"] * len(events)

    def kept(self, deal_id: str = "MD-1") -> Kept | None:
        with self.store.reading() as tx:
            row = tx.deal(deal_id)
        assert row is not None
        return self.hot.take(row)

    def proved(self, now: int = LATE, book: Rulebook = BOOK) -> bool:
        with self.store.writing() as tx:
            sweep(tx, book, now)
        return rebuild(self.store, book, now).identical


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "events.db"


@pytest.fixture
def one(place: Path) -> Iterator[Working]:
    working = Working(place)
    yield working
    working.store.close()


@pytest.fixture
def other(place: Path) -> Iterator[Working]:
    working = Working(place)
    yield working
    working.store.close()


def test_what_is_kept_is_what_the_row_says(one: Working) -> None:
    for event in catalogue_eight():
        one.take(event)
    kept = one.kept()
    assert kept is not None
    assert (kept.deal, kept.announced) == unpack(kept.row)
    assert one.proved()


def test_a_transaction_that_is_taken_back_leaves_nothing_behind(one: Working) -> None:
    first, second, *rest = catalogue_eight()
    one.take(first)

    def interrupted() -> None:
        with one.store.writing() as tx:
            record(tx, [read(msgspec.json.encode(event), BOOK) for event in rest], BOOK, LATE, one.hot)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    one.take(second)
    with one.store.reading() as tx:
        row = tx.deal("MD-1")
    assert row is not None
    assert unpack(row)[0].events == 2
    assert one.proved()


def test_two_processes_that_take_turns_see_each_others_events(one: Working, other: Working) -> None:
    for place, event in enumerate(catalogue_eight()):
        (one, other)[place % 2].take(event)
    assert one.proved()
    with other.store.reading() as tx:
        row = tx.deal("MD-1")
        told = [notice.sequence for notice in tx.outbox_of("MD-1")]
    assert row is not None
    assert unpack(row)[0].events == 8
    assert told == list(range(1, len(told) + 1))


def test_a_sweep_in_between_is_not_told_again(one: Working) -> None:
    created, brief, *_ = catalogue_eight()
    one.take(created, now=micro(START))
    due = micro(hours(24 * 60))
    with one.store.writing() as tx:
        assert sweep(tx, BOOK, due) == 1
    one.take(brief, now=due)
    with one.store.reading() as tx:
        breaches = [notice.id for notice in tx.outbox_of("MD-1") if notice.type == "masterdeal.sla.breached"]
    assert len(breaches) == len(set(breaches))
    assert one.proved(due)


def test_another_rulebook_judges_for_itself(one: Working) -> None:
    other = read_rulebook("case-6.8.5")
    first, second, *_ = catalogue_eight()
    one.take(first)
    one.take(second, book=other)
    assert one.proved(book=other)


def test_the_words_of_a_deal_follow_the_event_that_says_them(one: Working) -> None:
    def titled(title: str, at: int) -> dict[str, Any]:
        return cloud_event("crm.deal.created", hours(at), id=title, subject="MD-1", data={"title": title})

    one.take(titled("Spring", 1))
    one.take(titled("Autumn", 3))
    one.take(titled("Winter", 2))  # it comes last, but the deal was renamed after it
    with one.store.reading() as tx:
        row = tx.deal("MD-1")
    assert row is not None
    assert "autumn" in row.search
    assert one.proved()


def test_no_more_deals_are_kept_than_allowed(place: Path) -> None:
    working = Working(place, most=2)
    try:
        for number in range(4):
            working.take(cloud_event("crm.deal.created", hours(0), id=f"{number}", subject=f"MD-{number}"))
        assert [working.kept(f"MD-{number}") is not None for number in range(4)] == [False, False, True, True]
    finally:
        working.store.close()
