"""Failure modes of marts on a server: it dies in the middle of an insert, its answer is lost, it comes back empty, two
processes feed it, and a service lives beside one that is down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import clickhouse
import pytest
from portfolios import EPOCH, catalogue_eight, cloud_event
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant
from masterdeal.errors import MartsFailed, MartsUnavailable
from masterdeal.flow.intake import read, record
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.feed import Feed
from masterdeal.marts.model import marts
from masterdeal.marts.warehouse import Warehouse
from masterdeal.ports import EventStore
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.store.sqlite import SqliteStore

pytestmark = pytest.mark.skipif(not clickhouse.INSTALLED, reason="chdb is not installed")

BOOK = read_rulebook()
WORKING = read_calendars()["working-ru"]
NOW = instant.parse("2026-11-22T12:00:00Z")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[clickhouse.Server]:
    started = clickhouse.Server(tmp_path)
    yield started
    started.kill()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EventStore]:
    opened = SqliteStore(tmp_path / "events.db", synchronous="off")
    yield opened
    opened.close()


def take(store: EventStore, events: list[dict[str, Any]]) -> None:
    with store.writing() as tx:
        record(tx, [read(json.dumps(event), BOOK) for event in events], BOOK, NOW)


def stories(*subjects: str) -> list[dict[str, Any]]:
    return [
        event | {"id": f"{subject}/{event['id']}"}
        for subject in subjects
        for event in catalogue_eight(subject, step=timedelta(hours=5))
    ]


def feeding(store: EventStore, warehouse: Warehouse) -> Feed:
    return Feed(store, warehouse, BOOK, WORKING, lambda: NOW)


def finish(feed: Feed) -> None:
    while feed.round():
        pass


def rows(warehouse: Warehouse) -> dict[str, list[str]]:
    return {
        table.name: sorted(map(repr, warehouse.ask(f"select * from {table.name}").rows))
        for table in marts().stored
    }


def from_zero(store: EventStore, path: Path) -> dict[str, list[str]]:
    """What the rows should be, by the other engine."""
    warehouse = DuckWarehouse(path)
    finish(feeding(store, warehouse))
    found = rows(warehouse)
    warehouse.close()
    return found


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_server_that_dies_at_an_insert_loses_and_doubles_nothing(
    server: clickhouse.Server, store: EventStore, tmp_path: Path, when: str
) -> None:
    warehouse = clickhouse.opened(server.url)
    feed = feeding(store, warehouse)
    take(store, stories("MD-1", "MD-2"))
    finish(feed)
    reached = warehouse.fed()
    take(store, [*stories("MD-3"), cloud_event("crm.deal.lost", EPOCH + timedelta(days=9), subject="MD-1")])
    server.die_at_insert(when)
    with pytest.raises(MartsUnavailable):
        feed.round()
    server.wait()
    with pytest.raises(MartsUnavailable):
        feed.round()
    server.start()
    # The rows and the position that tells of them are there together, or neither is.
    assert (warehouse.fed() != reached) == (when == "after")
    assert len(warehouse.ask("select * from fact_deal").rows) == (3 if when == "after" else 2)
    finish(feed)
    assert rows(warehouse) == from_zero(store, tmp_path / "anew.duckdb")
    warehouse.close()


def test_filling_that_the_server_did_not_live_to_see_begins_again(
    server: clickhouse.Server, store: EventStore, tmp_path: Path
) -> None:
    warehouse = clickhouse.opened(server.url)
    take(store, stories("MD-1", "MD-2"))
    finish(feeding(store, warehouse))
    before = rows(warehouse)
    strange = Feed(store, warehouse, read_rulebook("case-6.8.5"), WORKING, lambda: NOW)
    server.die_at_insert("after")
    with pytest.raises(MartsUnavailable):
        strange.round()
    server.wait()
    server.start()
    marked = warehouse.fed()
    assert marked is not None
    assert not marked.whole
    # Whoever reads the server's tables meanwhile sees the last that were whole.
    assert rows(warehouse) == before
    finish(feeding(store, warehouse))
    assert rows(warehouse) == from_zero(store, tmp_path / "anew.duckdb") == before
    left = warehouse.ask("select distinct generation from mart_deals").rows
    assert len(left) == 1
    warehouse.close()


def test_tables_that_were_dropped_are_made_and_filled_again(
    server: clickhouse.Server, store: EventStore, tmp_path: Path
) -> None:
    warehouse = clickhouse.opened(server.url)
    take(store, stories("MD-1"))
    feed = feeding(store, warehouse)
    finish(feed)
    server.run("drop table mart_deals sync")
    with pytest.raises(MartsFailed):
        feed.round()
    warehouse.renew()
    finish(feed)
    assert rows(warehouse) == from_zero(store, tmp_path / "anew.duckdb")
    warehouse.close()


def test_tables_of_another_model_are_made_anew(server: clickhouse.Server, store: EventStore) -> None:
    warehouse = clickhouse.opened(server.url)
    take(store, stories("MD-1"))
    finish(feeding(store, warehouse))
    server.run("alter table mart_deals add column strange Int64")
    again = clickhouse.opened(server.url)
    assert again.fed() is None
    finish(feeding(store, again))
    assert len(again.ask("select * from fact_deal").rows) == 1
    again.close()
    warehouse.close()


def test_several_may_feed_and_rows_that_knew_less_never_win(
    server: clickhouse.Server, store: EventStore, tmp_path: Path
) -> None:
    first, second = clickhouse.opened(server.url), clickhouse.opened(server.url)
    feeds = [feeding(store, first), feeding(store, second)]
    take(store, stories("MD-1"))
    failed: list[BaseException] = []

    def follow(feed: Feed, until: Callable[[], bool]) -> None:
        try:
            while not until():
                feed.round()
            finish(feed)
        except BaseException as error:
            failed.append(error)

    over = threading.Event()
    threads = [threading.Thread(target=follow, args=(feed, over.is_set)) for feed in feeds]
    for thread in threads:
        thread.start()
    for number in range(2, 8):
        take(store, stories(f"MD-{number}"))
    over.set()
    for thread in threads:
        thread.join(120)
    assert failed == []
    finish(feeds[0])
    wanted = from_zero(store, tmp_path / "anew.duckdb")
    assert rows(first) == rows(second) == wanted
    # A feeder that stood still since an early event says what it knew then.
    late = first.fed()
    assert late is not None
    first.take(["MD-1"], {}, {}, late, seen=1)
    assert rows(first) == wanted
    first.close()
    second.close()


def until(true: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_service_tells_of_a_server_that_is_down_and_catches_up(
    server: clickhouse.Server, tmp_path: Path
) -> None:
    settings = Settings(data=tmp_path / "data", marts_url=SecretStr(server.url))

    def post(http: TestClient, *subjects: str) -> None:
        answer = http.post(
            "/v1/events",
            content=json.dumps(stories(*subjects)),
            headers={"content-type": "application/cloudevents-batch+json"},
        )
        assert answer.status_code == 202, answer.text

    with open_house(settings) as house, TestClient(build(house), raise_server_exceptions=False) as http:
        post(http, "MD-1", "MD-2")
        until(lambda: http.get("/v1/dashboard").json().get("deals") == 2)
        exported = http.get("/v1/marts/fact_deal", params={"format": "csv"})
        assert len(exported.text.splitlines()) == 3
        assert len(http.get("/v1/marts/fact_sla").json()["items"]) > 1
        asked = http.post("/v1/marts/sql", json={"sql": "select count(*) as n from fact_deal"}).json()
        assert asked["rows"] == [[2]]
        refused = http.post("/v1/marts/sql", json={"sql": "select * from system.users"})
        assert refused.status_code == 422

        server.kill()
        post(http, "MD-3")
        down = http.get("/v1/dashboard")
        assert down.status_code == 503
        assert down.json()["type"] == "urn:masterdeal:problem:marts-unavailable"
        assert down.json()["server"] in server.url
        assert down.headers["retry-after"] == "1"
        assert http.get("/v1/deals/MD-3").status_code == 200
        until(lambda: "masterdeal_marts_failures_total 0\n" not in http.get("/metrics").text)

        server.start()
        until(lambda: http.get("/v1/dashboard").json().get("deals") == 3)
        assert not (tmp_path / "data" / "marts.duckdb").exists()
