"""Canonical events out over a slow network: the store stays open for others, and one process publishes at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from installation import Installation, hours, micro
from portfolios import cloud_event

from masterdeal.errors import BusFailed
from masterdeal.flow.dispatch import LEASE, dispatch
from masterdeal.ports import OutboxRow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    for number in range(10):
        house.take(cloud_event("crm.deal.created", hours(0), id=str(number), subject=f"MD-{number}"))
    yield house
    house.close()


def committed(house: Installation) -> list[int]:
    with house.store.reading() as read:
        return [row.position for row in read.outbox(0, 10_000)]


def test_everything_goes_out_once_in_order_for_each_reader(house: Installation) -> None:
    for name in ("kafka", "another"):
        out: list[OutboxRow] = []
        while dispatch(house.store, out.extend, name, lambda: 0, 3):
            pass
        assert [row.position for row in out] == committed(house)


def test_14_events_are_taken_in_while_the_bus_keeps_its_publisher_waiting(house: Installation) -> None:
    waiting, back = threading.Event(), threading.Event()
    out: list[OutboxRow] = []

    def slow(rows: list[OutboxRow]) -> None:
        waiting.set()
        assert back.wait(20)
        out.extend(rows)

    thread = threading.Thread(target=dispatch, args=(house.store, slow, "kafka", lambda: 0))
    thread.start()
    assert waiting.wait(20)
    (result,) = house.take(cloud_event("crm.brief.submitted", hours(1), subject="MD-1"))
    assert result.outcome == "accepted"
    back.set()
    thread.join()
    dispatch(house.store, out.extend, "kafka", lambda: 0)
    assert [row.position for row in out] == committed(house)


def test_18_a_second_process_does_not_publish_while_the_first_has_the_right(house: Installation) -> None:
    other = Installation(house.path)
    second: list[int] = []

    def first(rows: list[OutboxRow]) -> None:
        second.append(dispatch(other.store, lambda _: None, "kafka", lambda: micro(hours(0)) + LEASE - 1))

    assert dispatch(house.store, first, "kafka", lambda: micro(hours(0)), 5) == 5
    assert second == [0]
    assert dispatch(other.store, lambda _: None, "kafka", lambda: micro(hours(0)), 5) == 5
    other.close()


def test_a_publisher_that_overstays_its_lease_does_not_take_the_next_ones_place_back(
    house: Installation,
) -> None:
    out: list[int] = []

    def overtaken(rows: list[OutboxRow]) -> None:
        later = micro(hours(0)) + LEASE
        while dispatch(
            house.store, lambda more: out.extend(row.position for row in more), "kafka", lambda: later
        ):
            pass

    dispatch(house.store, overtaken, "kafka", lambda: micro(hours(0)), 2)
    assert out == committed(house)
    assert dispatch(house.store, overtaken, "kafka", lambda: micro(hours(1))) == 0


def test_26_a_lease_from_before_the_clock_went_back_does_not_bind(house: Installation) -> None:
    def killed(rows: list[OutboxRow]) -> None:
        with house.store.writing() as tx:  # what a kill -9 leaves behind
            tx.move_cursor("kafka.lease", micro(hours(100)))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        dispatch(house.store, killed, "kafka", lambda: micro(hours(0)))
    assert dispatch(house.store, lambda _: None, "kafka", lambda: micro(hours(0))) == len(committed(house))


def test_16_what_failed_is_published_again_under_the_same_ids(house: Installation) -> None:
    out: list[OutboxRow] = []

    def fails(rows: list[OutboxRow]) -> None:
        out.extend(rows)
        raise BusFailed("gone")

    with pytest.raises(BusFailed):
        dispatch(house.store, fails, "kafka", lambda: 0, 4)
    dispatch(house.store, out.extend, "kafka", lambda: 0, 4)
    assert [row.id for row in out[:4]] == [row.id for row in out[4:]]
