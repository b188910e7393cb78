"""One event that breaks the fold is set aside; its neighbours are taken in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import Installation, hours, micro
from portfolios import cloud_event

from masterdeal.errors import StoreFailed
from masterdeal.flow import quarantine
from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import Incoming, Outcome, read


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    house.now = hours(4)
    yield house
    house.close()


def items(house: Installation, *names: str) -> list[Incoming]:
    events = [cloud_event("crm.deal.created", hours(0), id=name, subject=f"MD-{name}") for name in names]
    return [read(msgspec.json.encode(event), house.book) for event in events]


def test_7_one_that_breaks_the_fold_becomes_a_dead_letter_and_the_others_are_kept(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = quarantine.record

    def breaking(tx: Any, batch: Sequence[Incoming], *rest: Any) -> list[Outcome]:
        if any(item.id == "b" for item in batch):
            raise RecursionError
        return record(tx, batch, *rest)

    monkeypatch.setattr(quarantine, "record", breaking)
    taken = items(house, "a", "b", "c")
    taken[1].body += "\0"
    outcomes = quarantine.take(house.store, taken, house.book, lambda: micro(house.now))
    assert [one.outcome for one in outcomes] == ["accepted", "rejected", "accepted"]
    (letter,) = house.letters()
    assert (letter.reason, letter.detail) == ("fold_failed", "the fold failed: RecursionError")
    assert "\0" not in letter.body


def test_a_store_that_fails_sets_nothing_aside(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> list[Outcome]:
        raise StoreFailed("the disk is full")

    monkeypatch.setattr(quarantine, "record", full)
    with pytest.raises(StoreFailed):
        quarantine.take(house.store, items(house, "a"), house.book, lambda: micro(house.now))
    monkeypatch.undo()
    assert house.letters() == []


def test_what_is_kept_decoded_outlives_an_event_that_breaks_the_fold(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    hot, clock = HotDeals(), lambda: micro(house.now)
    first, second = (
        read(msgspec.json.encode(cloud_event(type_, hours(at), id=type_, subject="MD-1")), house.book)
        for at, type_ in enumerate(("crm.deal.created", "crm.brief.submitted"))
    )
    quarantine.take(house.store, [first], house.book, clock, hot)
    record = quarantine.record

    def breaking(tx: Any, batch: Sequence[Incoming], *rest: Any) -> list[Outcome]:
        outcomes = record(tx, batch, *rest)
        if any(item.id == "poison" for item in batch):
            raise RecursionError
        return outcomes

    monkeypatch.setattr(quarantine, "record", breaking)
    poisoned = [*items(house, "poison"), second]
    outcomes = quarantine.take(house.store, poisoned, house.book, clock, hot)
    assert [one.outcome for one in outcomes] == ["rejected", "accepted"]
    third = cloud_event("media.mediaplan.ready", hours(2), id="plan", subject="MD-1")
    quarantine.take(house.store, [read(msgspec.json.encode(third), house.book)], house.book, clock, hot)
    assert house.prove().identical
    with house.store.reading() as reading:
        row = reading.deal("MD-1")
    assert row is not None
    kept = hot.take(row)
    assert kept is not None
    assert kept.deal.events == 3
