"""The background worker: timers without traffic, the backlog after a stop, deals that cannot be judged."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import msgspec
import pytest
from installation import Installation, hours, micro
from portfolios import cloud_event

from api import worker as worker_module
from api.worker import Worker
from masterdeal.errors import StoreBusy
from masterdeal.flow.relay import CURSOR
from masterdeal.ports import OutboxRow
from masterdeal.reference import read_rulebook


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    yield house
    house.close()


@contextmanager
def working(house: Installation, out: list[OutboxRow], clock: Callable[[], datetime]) -> Iterator[Worker]:
    worker = Worker(house.store, house.book, lambda: micro(clock()), out.extend)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def until(true: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def take(house: Installation, deals: int) -> None:
    house.take(
        *(
            cloud_event("crm.deal.created", hours(number / 100), id=str(number), subject=f"MD-{number:05}")
            for number in range(deals)
        ),
        at=hours(5),
    )


def breaches(out: list[OutboxRow]) -> list[str]:
    return [row.deal_id for row in out if row.type == "masterdeal.sla.breached"]


def test_27_without_any_traffic_timers_fire_when_the_clock_reaches_them(house: Installation) -> None:
    take(house, 1)
    moment, out = [hours(7.9)], list[OutboxRow]()
    with working(house, out, lambda: moment[0]) as worker:
        until(lambda: worker.swept_at == micro(hours(7.9)))
        assert breaches(out) == []
        moment[0] = hours(8.5)
        until(lambda: breaches(out) == ["MD-00000"])


def test_22_after_a_stop_each_timer_fires_once_while_events_are_taken(house: Installation) -> None:
    take(house, 1_200)
    out: list[OutboxRow] = []
    longest = 0.0
    with working(house, out, lambda: hours(100)):
        taken = 0
        while len(breaches(out)) < 1_200:
            begun = time.monotonic()
            (result,) = house.take(
                cloud_event("crm.lead.qualified", hours(99), id=f"q{taken}", subject="MD-other"),
                at=hours(100),
            )
            longest = max(longest, time.monotonic() - begun)
            assert result.outcome == "accepted"
            taken += 1
            time.sleep(0.002)
    assert breaches(out) == [f"MD-{number:05}" for number in range(1_200)]
    assert taken > 1
    assert longest < 5
    house.prove()


def test_23_a_crash_between_firing_and_publishing_publishes_after_the_restart(house: Installation) -> None:
    take(house, 3)
    house.sweep(hours(50))  # fired, committed, never relayed
    with house.store.reading() as read:
        assert read.cursor(CURSOR) == 0
    house.restart()
    out: list[OutboxRow] = []
    with working(house, out, lambda: hours(50)):
        until(lambda: len(breaches(out)) == 3)
    assert len({row.id for row in out}) == len(out)


def test_28_a_restored_backup_fires_what_is_overdue_again_under_the_same_ids(
    house: Installation, tmp_path: Path
) -> None:
    take(house, 4)
    target, source = sqlite3.connect(tmp_path / "backup.db"), sqlite3.connect(house.path)
    source.backup(target)
    source.close()
    target.close()
    house.sweep(hours(50))
    restored = Installation(tmp_path / "backup.db")
    out: list[OutboxRow] = []
    with working(restored, out, lambda: hours(60)):
        until(lambda: len(breaches(out)) == 4)
    first = [notice["id"] for notice in house.notices() if notice["type"] == "masterdeal.sla.breached"]
    assert [row.id for row in out if row.type == "masterdeal.sla.breached"] == first
    restored.close()


def test_07_a_deal_that_cannot_be_judged_does_not_stop_the_timers_of_the_others(house: Installation) -> None:
    take(house, 20)
    with house.store.writing() as tx:
        (row,) = tx.states(["MD-00003"]).values()
        tx.put([msgspec.structs.replace(row, state=b"not JSON")])
    out: list[OutboxRow] = []
    with working(house, out, lambda: hours(100)) as worker:
        until(lambda: worker.swept_at > 0)
        assert worker.failures >= 1
        # At the first start under a rulebook every deal is judged anew, and that mends this one.
        until(lambda: len(breaches(out)) == 20)
    assert [deal for deal in breaches(out) if deal != "MD-00003"] == [
        f"MD-{number:05}" for number in range(20) if number != 3
    ]
    house.now = hours(100)
    house.prove()


def test_14_a_bus_that_is_down_is_tried_again_and_gets_everything_in_order(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "AFTER_FAILURE", 0.02)
    take(house, 10)
    out: list[OutboxRow] = []
    down = [3]

    def publish(rows: list[OutboxRow]) -> None:
        down[0] -= 1
        if down[0] > 0:
            raise StoreBusy("the bus is down")
        if down[0] == 0:
            raise ConnectionError
        out.extend(rows)

    worker = Worker(house.store, house.book, lambda: micro(hours(5)), publish)
    worker.start()
    until(lambda: len(out) > 0)
    worker.stop()
    assert worker.failures == 3
    with house.store.reading() as read:
        assert [row.position for row in out] == [row.position for row in read.outbox(0, 1_000)]


def test_a_start_under_other_rules_judges_every_deal_anew_once(house: Installation) -> None:
    take(house, 5)
    house.take(cloud_event("docflow.contract.signed", hours(1), subject="MD-00001"))
    out: list[OutboxRow] = []
    with working(house, out, lambda: hours(5)) as worker:
        until(lambda: worker.swept_at > 0)
    assert house.stage("MD-00001") == "launching"
    house.restart(read_rulebook("case-6.8.5"))
    before = len(house.notices())
    with working(house, out, lambda: hours(5)) as worker:
        until(lambda: worker.swept_at > 0)
    moved = [n["data"]["to"] for n in house.notices()[before:] if n["type"] == "masterdeal.stage.changed"]
    assert moved == ["contracting"]
    house.prove()


def test_a_worker_that_was_never_started_can_be_stopped(house: Installation) -> None:
    Worker(house.store, house.book, lambda: 0, lambda rows: None).stop()
