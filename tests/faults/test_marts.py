"""Failure modes of the analytical store: a feeder killed anywhere, late facts, filling from zero (performance, 36 to 38)."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from portfolios import EPOCH, catalogue_eight, cloud_event
from postgresql import Server, binaries

from masterdeal import instant
from masterdeal.flow.intake import read, record
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.feed import Feed
from masterdeal.marts.model import marts
from masterdeal.ports import EventStore
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.store.postgres import PostgresStore
from masterdeal.store.sqlite import SqliteStore

BOOK = read_rulebook()
WORKING = read_calendars()["working-ru"]
NOW = instant.parse("2026-11-22T12:00:00Z")
KILLS = 6

FEEDER = """
import sys
from pathlib import Path
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts import feed
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.store.sqlite import SqliteStore
feed.PAGE = 60
store = SqliteStore(Path(sys.argv[1]))
feeding = feed.Feed(store, DuckWarehouse(Path(sys.argv[2])), read_rulebook(), read_calendars()["working-ru"], lambda: int(sys.argv[3]))
print("ready", flush=True)
while True:
    feeding.round()
"""


def take(store: EventStore, events: list[dict[str, Any]]) -> None:
    with store.writing() as tx:
        record(tx, [read(json.dumps(event), BOOK) for event in events], BOOK, NOW)


def rows(warehouse: DuckWarehouse) -> dict[str, list[str]]:
    return {
        table.name: sorted(map(repr, warehouse.ask(f"select * from {table.name}").rows))
        for table in marts().stored
        if table.of_deals
    }


def filled(store: EventStore, path: Path) -> dict[str, list[str]]:
    """The rows of marts brought up to the end of the log, those of a new file from zero."""
    warehouse = DuckWarehouse(path)
    feed = Feed(store, warehouse, BOOK, WORKING, lambda: NOW)
    while feed.round():
        pass
    found = rows(warehouse)
    warehouse.close()
    return found


def stories(deals: int, seed: int) -> list[dict[str, Any]]:
    chance = random.Random(seed)
    events = [
        event | {"id": f"{subject}/{event['id']}"}
        for subject in (f"MD-{seed}-{number}" for number in range(deals))
        for event in catalogue_eight(subject, step=timedelta(hours=chance.choice((1, 5, 30))))
    ]
    chance.shuffle(events)
    return events


def test_36_a_feeder_killed_anywhere_doubles_and_loses_nothing(tmp_path: Path) -> None:
    chance = random.Random(36)
    store = SqliteStore(tmp_path / "events.db")
    arguments = [
        sys.executable,
        "-c",
        FEEDER,
        *map(str, (tmp_path / "events.db", tmp_path / "marts.duckdb", NOW)),
    ]
    for number in range(KILLS):
        feeder = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert feeder.stdout is not None
        assert feeder.stdout.readline() == "ready\n"
        events = stories(30, number)
        for start in range(0, len(events), 40):
            take(store, events[start : start + 40])
        time.sleep(chance.random() * 0.4)
        feeder.send_signal(signal.SIGKILL)
        feeder.wait()
        feeder.stdout.close()
    followed = filled(store, tmp_path / "marts.duckdb")
    assert len(followed["fact_deal"]) == KILLS * 30
    assert followed == filled(store, tmp_path / "anew.duckdb")
    store.close()


def test_37_a_late_fact_reopens_a_month_that_was_closed(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "events.db")
    warehouse = DuckWarehouse(tmp_path / "marts.duckdb")
    feed = Feed(store, warehouse, BOOK, WORKING, lambda: NOW)

    def lost_in_march() -> int:
        while feed.round():
            pass
        query = "select count(*) from fact_deal where outcome = 'lost' and ended_at < '2026-04-01'"
        return int(warehouse.ask(query).rows[0][0])

    take(store, [cloud_event("crm.deal.created", EPOCH, id=f"c{n}", subject=f"MD-{n}") for n in range(4)])
    assert lost_in_march() == 0
    take(store, [cloud_event("crm.deal.lost", EPOCH + timedelta(days=3), subject="MD-2")])
    assert lost_in_march() == 1
    take(store, [cloud_event("crm.deal.reopened", EPOCH + timedelta(days=4), subject="MD-2")])
    assert lost_in_march() == 0
    warehouse.close()
    store.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EventStore]:
    if request.param == "sqlite":
        opened: EventStore = SqliteStore(tmp_path / "events.db")
        yield opened
        opened.close()
        return
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    server = Server.new()
    opened = PostgresStore(server.new_database())
    yield opened
    opened.close()
    server.stop()


def test_38_from_zero_is_the_same_as_step_by_step(store: EventStore, tmp_path: Path) -> None:
    events = stories(25, 38)
    warehouse = DuckWarehouse(tmp_path / "marts.duckdb")
    feed = Feed(store, warehouse, BOOK, WORKING, lambda: NOW)
    for start in range(0, len(events), 17):
        take(store, events[start : start + 17])
        feed.round()
    while feed.round():
        pass
    followed = rows(warehouse)
    warehouse.close()
    assert len(followed["fact_deal"]) == 25
    assert followed == filled(store, tmp_path / "anew.duckdb")
