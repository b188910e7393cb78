"""Several processes of the service on one PostgreSQL: each breach escalated once, each canonical event published once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import msgspec
import pytest
from installation import hours, micro
from portfolios import cloud_event
from postgresql import Server, binaries

from masterdeal.flow.dispatch import dispatch
from masterdeal.flow.escalate import escalate
from masterdeal.flow.intake import read
from masterdeal.flow.quarantine import take
from masterdeal.flow.sweep import sweep
from masterdeal.ports import OutboxRow
from masterdeal.reference import read_escalation, read_rulebook
from masterdeal.store.postgres import PostgresStore

BOOK = read_rulebook()
LATE = micro(hours(9))


@pytest.fixture
def store() -> Iterator[PostgresStore]:
    if binaries() is None:
        pytest.skip("no PostgreSQL server")
    server = Server.new()
    store = PostgresStore(server.new_database())
    events = [cloud_event("crm.deal.created", hours(0), id=str(n), subject=f"MD-{n}") for n in range(40)]
    take(store, [read(msgspec.json.encode(event), BOOK) for event in events], BOOK, lambda: micro(hours(0)))
    with store.writing() as tx:
        sweep(tx, BOOK, LATE)
    yield store
    store.close()
    server.stop()


def together(work: Callable[[], object]) -> None:
    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    work()


def test_24_three_processes_escalate_each_breach_once(store: PostgresStore) -> None:
    ladders = read_escalation(tuple(BOOK.rules.timers))

    def work() -> None:
        while escalate(store, ladders, LATE, 7):
            pass

    together(work)
    with store.reading() as read:
        assert len(read.tasks("breach", "open", "", 100)) == 40
        assert read.tasks("warning", "open", "", 100) == []


def test_18_three_publishers_leave_nothing_out_and_each_sends_in_order(store: PostgresStore) -> None:
    out: list[OutboxRow] = []

    def left() -> bool:
        with store.reading() as read:
            return read.cursor("kafka") < read.last_outbox()

    def work() -> None:
        # One that finds the lease taken has nothing to do for the moment; it looks again, as the service does.
        deadline = time.monotonic() + 60
        while left() and time.monotonic() < deadline:
            dispatch(store, out.extend, "kafka", lambda: LATE, 9)

    together(work)
    positions = [row.position for row in out]
    assert positions == sorted(set(positions))
    with store.reading() as read:
        assert positions == [row.position for row in read.outbox(0, 1000)]


def test_6_an_event_with_a_nul_is_a_dead_letter_and_its_neighbours_are_taken(store: PostgresStore) -> None:
    good = cloud_event("crm.brief.submitted", hours(1))
    items = [read(b"\xff\x00", BOOK), read(msgspec.json.encode(good), BOOK)]
    outcomes = take(store, items, BOOK, lambda: LATE)
    assert [one.outcome for one in outcomes] == ["rejected", "accepted"]
    with store.reading() as reading:
        assert [letter.reason for letter in reading.dead_letters(0, 10)] == ["not_json"]
