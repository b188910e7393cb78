"""Canonical events out: nothing lost, order kept, repeats recognisable by their ids."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from installation import Installation, hours
from portfolios import cloud_event

from masterdeal.errors import StoreFailed
from masterdeal.flow.relay import relay
from masterdeal.ports import EventStore, OutboxRow


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    for number in range(10):
        house.take(
            cloud_event("crm.deal.created", hours(0), id=str(number), subject=f"MD-{number % 3}"),
            cloud_event("crm.brief.submitted", hours(1), id=f"b{number}", subject=f"MD-{number % 3}"),
            at=hours(number),
        )
    yield house
    house.close()


def committed(house: Installation) -> list[int]:
    with house.store.reading() as read:
        return [row.position for row in read.outbox(0, 10_000)]


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_everything_goes_out_once_in_the_order_of_commits(house: Installation, limit: int) -> None:
    out: list[OutboxRow] = []
    while relay(house.store, out.extend, limit):
        pass
    assert [row.position for row in out] == committed(house)
    assert relay(house.store, out.extend, limit) == 0


def test_16_a_crash_after_publishing_publishes_again_under_the_same_ids(house: Installation) -> None:
    out: list[OutboxRow] = []

    def crash(rows: list[OutboxRow]) -> None:
        out.extend(rows)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        relay(house.store, crash, 7)
    relay(house.store, out.extend, 7)
    assert [row.id for row in out[:7]] == [row.id for row in out[7:]]


def test_14_while_the_bus_is_down_events_are_taken_and_afterwards_it_gets_them_in_order(
    house: Installation,
) -> None:
    def down(rows: list[OutboxRow]) -> None:
        raise StoreFailed("the bus is down")

    for number in range(5):
        with pytest.raises(StoreFailed):
            relay(house.store, down)
        (result,) = house.take(cloud_event("crm.lead.qualified", hours(2), id=f"q{number}", subject="MD-0"))
        assert result.outcome == "accepted"
    out: list[OutboxRow] = []
    relay(house.store, out.extend)
    assert [row.position for row in out] == committed(house)
    assert house.letters() == []


def test_15_a_transaction_that_began_earlier_and_ends_later_loses_nothing(house: Installation) -> None:
    """Writers take turns, so a position is never given before a lower one is visible."""
    out: list[OutboxRow] = []
    relay(house.store, out.extend)
    other = Installation(house.path)
    for number in range(20):
        first, second = (house, other) if number % 2 else (other, house)
        first.take(cloud_event("crm.offer.approved", hours(3), id=f"o{number}", subject=f"MD-o{number}"))
        relay(house.store, out.extend, 2)
        second.take(cloud_event("crm.offer.approved", hours(3), id=f"p{number}", subject=f"MD-p{number}"))
    while relay(other.store, out.extend, 2):
        pass
    other.close()
    assert [row.position for row in out] == committed(house)


def test_18_a_second_relay_waits_for_the_first_and_takes_nothing_back(house: Installation) -> None:
    out: list[tuple[str, int]] = []
    other = Installation(house.path)

    def work(store: EventStore, name: str) -> None:
        while relay(store, lambda rows: out.extend((name, row.position) for row in rows), 2):
            pass

    relays = [Thread(target=work, args=(one.store, name)) for one, name in ((house, "one"), (other, "other"))]
    for thread in relays:
        thread.start()
    for thread in relays:
        thread.join()
    other.close()
    assert [position for _, position in out] == committed(house)


def test_19_a_relay_that_stood_for_a_day_sends_the_backlog_in_bounded_portions(house: Installation) -> None:
    for number in range(400):
        house.take(cloud_event("crm.deal.created", hours(0), id=f"x{number}", subject=f"MD-x{number}"))
    portions: list[int] = []
    out: list[int] = []

    def note(rows: list[OutboxRow]) -> None:
        portions.append(len(rows))
        out.extend(row.position for row in rows)

    while relay(house.store, note, 100):
        pass
    assert max(portions) == 100
    assert out == committed(house)
