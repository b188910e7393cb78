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
