"""Group commit: every request hears of its own events, whatever the others sent and whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import Installation, hours, micro
from portfolios import cloud_event

from api import writer as writer_module
from api.writer import Writer
from masterdeal.errors import StoreBusy, StoreFailed
from masterdeal.flow.intake import Incoming, Outcome, read
from masterdeal.ports import Writing


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    yield house
    house.now = hours(10)
    house.prove()
    house.close()


@contextmanager
def writing(house: Installation) -> Iterator[Writer]:
    writer = Writer(house.store, house.book, lambda: micro(hours(10)), lambda: None)
    try:
        yield writer
    finally:
        writer.stop()


def incoming(house: Installation, id_: str, type_: str = "crm.deal.created") -> Incoming:
    return read(msgspec.json.encode(cloud_event(type_, hours(0), id=id_, subject=f"MD-{id_}")), house.book)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, 20))


def poison(monkeypatch: pytest.MonkeyPatch, *ids: str) -> None:
    """Let the fold stumble over some events, as a mistake in it would."""
    record = writer_module.record

    def stumbling(tx: Writing, batch: Any, *rest: Any) -> list[Outcome]:
        outcomes = record(tx, batch, *rest)
        if any(item.id in ids for item in batch):
            raise ZeroDivisionError
        return outcomes

    monkeypatch.setattr(writer_module, "record", stumbling)
    monkeypatch.setattr("masterdeal.flow.quarantine.record", stumbling)


def test_many_requests_each_hear_their_own_outcomes_in_order(house: Installation) -> None:
    async def work(writer: Writer) -> None:
        requests = [
            writer.take([incoming(house, f"{number}-{item}") for item in range(number % 4 + 1)])
            for number in range(60)
        ]
        for number, outcomes in enumerate(await asyncio.gather(*requests)):
            assert [outcome.id for outcome in outcomes] == [
                f"{number}-{item}" for item in range(number % 4 + 1)
            ]

    with writing(house) as writer:
        run(work(writer))
    assert house.counts()["events"] == sum(number % 4 + 1 for number in range(60))


def test_01_the_same_event_in_two_requests_at_once_is_accepted_once(house: Installation) -> None:
    async def work(writer: Writer) -> list[list[Outcome]]:
        return await asyncio.gather(*(writer.take([incoming(house, "same")]) for _ in range(20)))

    with writing(house) as writer:
        found = [outcome.outcome for (outcome,) in run(work(writer))]
    assert sorted(found) == ["accepted"] + ["duplicate"] * 19


def test_07_a_poison_event_is_set_aside_and_everybody_else_is_served(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, "bad")

    async def work(writer: Writer) -> list[list[Outcome]]:
        ids = [["a", "bad", "b"], ["c"], ["bad"], ["d", "e"]]
        return await asyncio.gather(*(writer.take([incoming(house, id_) for id_ in some]) for some in ids))

    with writing(house) as writer:
        found = [[(o.id, o.outcome, o.reason) for o in outcomes] for outcomes in run(work(writer))]
        assert [o[:2] for o in found[0]] == [("a", "accepted"), ("bad", "rejected"), ("b", "accepted")]
        assert found[0][1][2] == found[2][0][2] == "fold_failed"
        assert [o[1] for o in found[1] + found[3]] == ["accepted"] * 3
        (letter,) = house.letters()
        assert (letter.reason, letter.times, letter.id) == ("fold_failed", 2, "bad")
        monkeypatch.undo()
        (replayed,) = run(writer.take([read(letter.body, house.book)]))
        assert replayed.outcome == "accepted"


def test_07_where_even_setting_aside_fails_nothing_is_promised_and_the_writer_lives(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, "bad")

    def full(*_: object) -> int:
        raise StoreFailed("the disk is full")

    with writing(house) as writer:
        with monkeypatch.context() as patched:
            patched.setattr("masterdeal.store.session.Session.bury", full)
            with pytest.raises(StoreFailed, match="disk is full"):
                run(writer.take([incoming(house, "bad")]))
            patched.setattr("masterdeal.store.session.Session.bury", lambda *_: 1 // 0)
            with pytest.raises(StoreFailed, match="set aside"):
                run(writer.take([incoming(house, "bad")]))
        assert run(writer.take([incoming(house, "good")]))[0].outcome == "accepted"


def test_30_a_busy_store_is_reported_and_the_next_request_is_served(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: object) -> None:
        raise StoreBusy("another process holds the event store")

    with writing(house) as writer:
        with monkeypatch.context() as patched:
            patched.setattr(house.store, "writing", busy)
            with pytest.raises(StoreBusy):
                run(writer.take([incoming(house, "1")]))
        assert run(writer.take([incoming(house, "1")]))[0].outcome == "accepted"


def test_45_a_request_cancelled_while_it_waits_is_stored_and_its_repeat_is_a_duplicate(
    house: Installation,
) -> None:
    async def work(writer: Writer) -> str:
        with house.store.writing():  # nobody else can commit meanwhile
            waiting = asyncio.ensure_future(writer.take([incoming(house, "1")]))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        return (await writer.take([incoming(house, "1")]))[0].outcome

    with writing(house) as writer:
        assert run(work(writer)) == "duplicate"
    assert house.counts()["events"] == 1


def test_46_what_was_handed_in_before_the_stop_is_answered_and_what_comes_after_is_turned_away(
    house: Installation,
) -> None:
    async def work() -> tuple[list[list[Outcome]], Writer]:
        with writing(house) as writer:
            taken = [asyncio.ensure_future(writer.take([incoming(house, str(n))])) for n in range(200)]
            await asyncio.sleep(0)
        return await asyncio.gather(*taken), writer

    found, writer = run(work())
    assert [outcomes[0].outcome for outcomes in found] == ["accepted"] * 200
    with pytest.raises(StoreFailed, match="stopping"):
        run(writer.take([incoming(house, "late")]))
    assert house.counts()["events"] == 200


def test_46_one_who_slips_in_behind_the_stop_is_told_so(house: Installation) -> None:
    async def work(writer: Writer) -> None:
        with house.store.writing():
            first = asyncio.ensure_future(writer.take([incoming(house, "1")]))
            await asyncio.sleep(0.05)
            writer._queue.put(None)
            late = asyncio.ensure_future(writer.take([incoming(house, "2")]))
            await asyncio.sleep(0.05)
        assert (await first)[0].outcome == "accepted"
        with pytest.raises(StoreFailed, match="stopping"):
            await late

    with writing(house) as writer:
        run(work(writer))
