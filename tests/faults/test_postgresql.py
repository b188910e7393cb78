"""PostgreSQL that dies, hangs, refuses and is of another age: nothing half done, a clear answer, on again by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import msgspec
import psycopg
import pytest
from installation import hours, micro
from portfolios import cloud_event
from postgresql import Server, binaries

from masterdeal.errors import StoreBusy, StoreFailed
from masterdeal.flow.intake import read
from masterdeal.flow.quarantine import take
from masterdeal.reference import read_rulebook
from masterdeal.store import postgres
from masterdeal.store.postgres import SCHEMA_VERSION, PostgresStore

BOOK = read_rulebook()
NOW = micro(hours(1))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    server = Server.new()
    yield server
    server.stop()


@pytest.fixture
def url(server: Server) -> str:
    return server.new_database()


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url, patience=5)
    yield store
    store.close()


def put(store: PostgresStore, *names: str) -> None:
    events = [cloud_event("crm.deal.created", hours(0), id=name, subject=f"MD-{name}") for name in names]
    outcomes = take(store, [read(msgspec.json.encode(event), BOOK) for event in events], BOOK, lambda: NOW)
    assert {one.outcome for one in outcomes} <= {"accepted", "duplicate"}


def kept(store: PostgresStore) -> list[str]:
    with store.reading() as reading:
        return [row.id for row in reading.log(0, 1000)]


def waited(store: PostgresStore, *names: str) -> None:
    """Put, as the service would: again and again until it works."""
    end = time.monotonic() + 60
    while True:
        try:
            put(store, *names)
        except (StoreFailed, StoreBusy):
            assert time.monotonic() < end
            time.sleep(0.05)
        else:
            return


def ended(url: str) -> int:
    """End every other connection to the database, as an administrator or a proxy does."""
    with psycopg.connect(url, autocommit=True) as db:
        query = "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        row = db.execute(query).fetchone()
    assert row is not None
    return int(row[0])


def test_33_a_connection_that_is_killed_within_a_transaction_leaves_nothing(
    store: PostgresStore, url: str
) -> None:
    put(store, "1")

    def interrupted() -> None:
        with store.writing() as tx:
            tx.move_cursor("half", 7)
            assert ended(url) >= 1
            tx.move_cursor("half", 8)

    with pytest.raises(StoreFailed):
        interrupted()
    waited(store, "2")
    assert kept(store) == ["1", "2"]
    with store.reading() as reading:
        assert reading.cursor("half") == 0


def test_33_a_server_killed_and_started_again_is_found_again_with_all_it_had_acknowledged(
    server: Server, store: PostgresStore
) -> None:
    for number in range(2):
        put(store, *(f"{number}-{n}" for n in range(30)))
        server.kill()
        with pytest.raises(StoreFailed):
            put(store, "lost")
        server.start()
        waited(store, f"{number}-after")
    assert len(kept(store)) == len(set(kept(store))) == 62


def test_33_transactions_that_wait_for_each_other_are_not_both_lost(store: PostgresStore) -> None:
    outcome: list[str] = []
    both = threading.Barrier(2)

    def cross(first: str, second: str) -> None:
        try:
            with store.writing() as tx:
                tx.hold([first])
                # What is asked for is waited for, and so is the lock before it in the pipeline.
                tx.cursor(first)
                both.wait(60)
                tx.hold([second])
                tx.move_cursor(first, 1)
            outcome.append("done")
        except StoreBusy:
            outcome.append("busy")

    threads = [threading.Thread(target=cross, args=pair) for pair in (("MD-1", "MD-2"), ("MD-2", "MD-1"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert sorted(outcome) == ["busy", "done"]


def test_33_more_askers_than_connections_wait_and_are_told_if_they_wait_too_long(url: str) -> None:
    store = PostgresStore(url, patience=0.4, connections=2)
    let_go = threading.Event()
    busy = threading.Barrier(3)

    def hold() -> None:
        with store.reading():
            busy.wait(5)
            let_go.wait(10)

    threads = [threading.Thread(target=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    busy.wait(5)
    with pytest.raises(StoreBusy), store.reading():
        pass
    let_go.set()
    for thread in threads:
        thread.join()
    put(store, "1")
    store.close()


def test_20_a_long_transaction_holds_readers_back_and_the_lag_is_seen_and_then_made_good(
    store: PostgresStore, url: str
) -> None:
    put(store, "1")
    with store.reading() as reading:
        whole = len(reading.outbox(0, 100))
    with psycopg.connect(url) as long:
        long.execute("select pg_current_xact_id()")  # somebody's report, say, that also writes
        put(store, "2", "3")
        with store.reading() as reading:
            assert len(reading.outbox(0, 100)) == whole
            assert (
                reading.last_outbox() > reading.outbox(0, 100)[-1].position
            )  # what /metrics shows as waiting
        long.rollback()
    with store.reading() as reading:
        assert len(reading.outbox(0, 100)) == 3 * whole
    assert kept(store) == ["1", "2", "3"]


@pytest.mark.parametrize("start", [0, 1])
def test_34_a_migration_interrupted_halfway_has_not_begun(
    url: str, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = postgres._schema
    if start:
        with psycopg.connect(url) as db:
            db.execute("create table schema_version (version integer primary key)")
            db.execute(whole(1))
            db.execute("insert into schema_version values (1)")
    with monkeypatch.context() as patched:
        broken = lambda step: whole(step) + ("; create table" if step == SCHEMA_VERSION else "")  # noqa: E731
        patched.setattr(postgres, "_schema", broken)
        with pytest.raises((StoreFailed, psycopg.Error)):
            PostgresStore(url)
    with psycopg.connect(url) as db:
        found = db.execute("select to_regclass('schema_version') is not null").fetchone()
        assert found == (bool(start),)
        if start:
            assert db.execute("select max(version) from schema_version").fetchone() == (1,)
    store = PostgresStore(url)
    put(store, "1")
    assert kept(store) == ["1"]
    store.close()


def test_34_a_newer_schema_is_refused_and_untouched(url: str) -> None:
    store = PostgresStore(url)
    put(store, "1")
    store.close()
    with psycopg.connect(url) as db:
        db.execute("insert into schema_version values (%s)", (SCHEMA_VERSION + 1,))
    with pytest.raises(StoreFailed, match=f"schema {SCHEMA_VERSION + 1}"):
        PostgresStore(url)
    with psycopg.connect(url) as db:
        assert db.execute("select count(*) from event").fetchone() == (1,)
