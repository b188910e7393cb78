"""The marts say what the event log says: from zero and step by step, in any order, late, repeated, taken back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import clickhouse
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from portfolios import EPOCH, cloud_event, portfolios

from masterdeal import instant
from masterdeal.demo import portfolio
from masterdeal.flow.intake import opened, read, record
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.feed import Feed
from masterdeal.marts.model import marts
from masterdeal.marts.warehouse import Warehouse
from masterdeal.ports import DealFilter, EventStore
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.rulebook import timers
from masterdeal.store.sqlite import SqliteStore
from masterdeal.view import card

BOOK = read_rulebook()
WORKING = read_calendars()["working-ru"]
TABLES = [table.name for table in marts().stored]


class House:
    """An event store, its marts and a clock that the tests set."""

    def __init__(self, folder: Path, opening: Callable[[], Warehouse] | None = None) -> None:
        self.store: EventStore = SqliteStore(folder / "events.db", synchronous="off")
        self.folder = folder
        self.now = instant.parse("2026-11-22T12:00:00Z")
        files = (folder / f"marts-{number}.duckdb" for number in count())
        self.opening: Callable[[], Warehouse] = opening or (lambda: DuckWarehouse(next(files)))
        self.warehouse = self.opening()
        self.feed = self.feeding(self.warehouse)

    def feeding(self, warehouse: Warehouse) -> Feed:
        return Feed(self.store, warehouse, BOOK, WORKING, lambda: self.now)

    def take(self, *events: dict[str, Any]) -> None:
        with self.store.writing() as tx:
            record(tx, [read(json.dumps(event), BOOK) for event in events], BOOK, self.now)

    def fed(self) -> Warehouse:
        while self.feed.round():
            pass
        return self.warehouse

    def anew(self) -> Warehouse:
        """Other marts, filled from zero."""
        other = self.opening()
        feed = self.feeding(other)
        other.begin("", {})
        feed.fed = None
        while feed.round():
            pass
        return other

    def close(self) -> None:
        self.warehouse.close()
        self.store.close()


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Warehouse]]:
    """Marts on one server of ClickHouse, each time in a new database."""
    if not clickhouse.INSTALLED:
        pytest.skip("chdb is not installed")
    server = clickhouse.Server(tmp_path_factory.mktemp("clickhouse"))
    yield lambda: clickhouse.opened(server.new_database())
    server.kill()


@pytest.fixture(params=["duckdb", "clickhouse"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    opening = request.getfixturevalue("databases") if request.param == "clickhouse" else None
    opened_house = House(tmp_path, opening)
    yield opened_house
    opened_house.close()


def content(warehouse: Warehouse) -> dict[str, list[str]]:
    return {
        name: sorted(map(repr, warehouse.ask(f"select * from {name}").rows))
        for name in TABLES
        if name != "dim_date"
    }


def same_as_from_zero(house: House) -> None:
    step_by_step = content(house.fed())
    other = house.anew()
    assert content(other) == step_by_step
    other.close()


def test_step_by_step_and_from_zero_make_the_same_rows(house: House) -> None:
    events = portfolio(date(2026, 11, 22))
    for start in range(0, len(events), 97):
        house.take(*events[start : start + 97])
        house.feed.round()
    same_as_from_zero(house)
    assert len(house.warehouse.ask("select * from fact_deal").rows) == 67


@settings(max_examples=12, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_order_of_arrival_makes_the_same_rows(tmp_path_factory: Any, data: st.DataObject) -> None:
    told = data.draw(portfolios())
    first, second = House(tmp_path_factory.mktemp("one")), House(tmp_path_factory.mktemp("two"))
    try:
        arrivals = [arrival.event for arrival in told.arrivals]
        unique = list({(event["source"], event["id"]): event for event in reversed(arrivals)}.values())
        for house, order in ((first, unique), (second, data.draw(st.permutations(unique)))):
            # The clock stands after everything, so that nothing is ahead of it.
            house.now = instant.parse("2027-06-01T00:00:00Z")
            cut = data.draw(st.integers(0, len(order)))
            house.take(*order[:cut])
            house.feed.round()
            house.take(*order[cut:])
        one, two = content(first.fed()), content(second.fed())
        assert one == two
    finally:
        first.close()
        second.close()


@settings(max_examples=5, suppress_health_check=list(HealthCheck), deadline=None)
@given(data=st.data())
def test_any_events_in_any_batches_make_the_same_rows_on_both_engines(
    tmp_path_factory: Any, databases: Callable[[], Warehouse], data: st.DataObject
) -> None:
    told = data.draw(portfolios())
    house = House(tmp_path_factory.mktemp("both"))
    other = databases()
    try:
        house.now = instant.parse("2026-03-20T00:00:00Z")
        feed = house.feeding(other)
        arrivals = [arrival.event for arrival in told.arrivals]
        cuts = sorted(data.draw(st.lists(st.integers(0, len(arrivals)), max_size=3)))
        for start, end in zip([0, *cuts], [*cuts, len(arrivals)], strict=True):
            house.take(*arrivals[start:end])
            house.now += data.draw(st.integers(0, 60)) * instant.DAY
            while feed.round():
                pass
        assert content(other) == content(house.fed())
    finally:
        other.close()
        house.close()


def rows(house: House, sql: str) -> list[tuple[Any, ...]]:
    return house.fed().ask(sql).rows


def at(hours: float) -> datetime:
    return EPOCH + timedelta(hours=hours)


def test_a_late_event_restates_its_deal_alone(house: House) -> None:
    house.take(*(cloud_event("crm.deal.created", at(0), id=f"c{n}", subject=f"MD-{n}") for n in range(3)))
    house.take(cloud_event("docflow.contract.signed", at(90), subject="MD-1"))
    before = dict(rows(house, "select master_deal_id, last_received_at from fact_deal"))
    house.now += instant.HOUR
    house.take(cloud_event("crm.brief.submitted", at(2), subject="MD-1"))
    after = dict(rows(house, "select master_deal_id, last_received_at from fact_deal"))
    assert before["MD-0"] == after["MD-0"]
    assert before["MD-2"] == after["MD-2"]
    assert before["MD-1"] != after["MD-1"]
    stages = rows(house, "select stage from fact_stage where master_deal_id = 'MD-1' order by ordinal")
    assert [stage for (stage,) in stages] == ["draft", "briefed", "launching"]
    same_as_from_zero(house)


def test_a_compensating_event_takes_figures_back(house: House) -> None:
    house.take(
        cloud_event("crm.deal.created", at(0)),
        cloud_event("crm.deal.lost", at(5)),
    )
    assert rows(house, "select outcome, deal_stage from fact_deal") == [("lost", "cancelled")]
    assert rows(house, "select settled from fact_sla") == [("cancelled",)]
    house.take(cloud_event("crm.deal.reopened", at(6)))
    assert rows(house, "select outcome, deal_stage, ended_at from fact_deal") == [("open", "draft", None)]
    assert rows(house, "select settled, ended_at from fact_sla") == [(None, None)]
    same_as_from_zero(house)


def test_a_repeat_changes_nothing(house: House) -> None:
    event = cloud_event("crm.deal.created", at(0))
    house.take(event)
    before = content(house.fed())
    house.take(event, event)
    assert house.feed.round() == 0
    assert content(house.warehouse) == before


def test_an_event_dated_ahead_counts_when_its_time_comes(house: House) -> None:
    house.take(cloud_event("crm.deal.created", at(0)))
    ahead = instant.to_datetime(house.now) + timedelta(days=2)
    house.take(cloud_event("crm.brief.submitted", ahead))
    assert rows(house, "select deal_stage from fact_deal") == [("draft",)]
    house.now += 3 * instant.DAY
    assert rows(house, "select deal_stage from fact_deal") == [("briefed",)]
    same_as_from_zero(house)


def test_a_suspension_is_left_out_of_the_time_and_moves_the_due_time(house: House) -> None:
    house.take(
        cloud_event("crm.deal.created", at(0)),
        cloud_event(
            "sla.suspended", at(2), data={"timer": "lead_to_brief", "reason": "client"}, source="crm"
        ),
        cloud_event("sla.resumed", at(12), data={"timer": "lead_to_brief"}, source="crm"),
        cloud_event("crm.brief.submitted", at(15)),
    )
    found = rows(
        house,
        "select settled, spent_s, suspended_s, suspensions, until_due_s from fact_sla where timer = 'lead_to_brief'",
    )
    assert found == [("met", 5 * 3600.0, 10 * 3600.0, 1, 8 * 3600.0)]


def test_rows_agree_with_the_deal_card(house: House) -> None:
    house.take(*portfolio(date(2026, 11, 22)))
    warehouse = house.fed()
    timers_of: dict[tuple[str, str], dict[str, Any]] = {
        (row["master_deal_id"], row["timer"]): row for row in warehouse.ask("select * from fact_sla").dicts()
    }
    deals = {row["master_deal_id"]: row for row in warehouse.ask("select * from fact_deal").dicts()}
    with house.store.reading() as store:
        stored = store.deals(DealFilter(), "", 1000)
        for row in stored:
            deal, announced = opened(store, row, BOOK, house.now)
            shown = card(deal, BOOK, house.now, row.updated, announced.scheduled)
            fact = deals[row.deal_id]
            assert fact["deal_stage"] == shown["aggregated_stage"]
            assert fact["gates"].split() == [gate for gate, one in shown["gates"].items() if one["status"]]
            assert fact["anomalies"] == len(shown["anomalies"])
            for timer, seen in zip(timers(deal, BOOK, house.now), shown["sla"], strict=True):
                mine = timers_of.get((row.deal_id, timer.name))
                assert (mine is None) == (seen["state"] == "pending")
                if mine is not None and mine["ended_at"] is not None:
                    assert mine["spent_s"] == seen["elapsed_s"]
                    assert mine["settled"] == seen["state"]
    assert len(stored) == len(deals)


def test_a_plan_stands_beside_what_was_reported_on_each_line(house: House) -> None:
    lines = [
        {"number": 1, "channel": "olv", "impressions": 1000, "cost": {"amount": "100.00", "currency": "RUB"}},
        {"number": 2, "channel": "sms", "impressions": None, "clicks": 50},
    ]
    house.take(
        cloud_event("crm.deal.created", at(0)),
        cloud_event("crm.offer.approved", at(1), data={"offer_id": "OF-1", "lines": lines}),
        *(
            cloud_event("mediapush.kpi.reported", at(10 + number), id=f"k{number}", data=data)
            for number, data in enumerate(
                [
                    {"period": "2026-03-01/2026-03-07", "line": 1, "impressions": 300, "reach": 90},
                    {"period": "2026-03-08/2026-03-14", "line": "1", "impressions": 500, "reach": 120},
                    {"period": "2026-03-08/2026-03-14", "line": 1, "impressions": 600, "reach": 110},
                    {"period": "2026-03-01/2026-03-14", "clicks": 7},
                ]
            )
        ),
    )
    found = rows(
        house,
        "select line, channel, plan, planned_impressions, planned_clicks, planned_cost, reports, impressions, clicks, reach"
        " from fact_kpi order by line nulls first",
    )
    assert [tuple(str(value) if value is not None else None for value in row) for row in found] == [
        (None, None, None, None, None, None, "1", None, "7", None),
        ("1", "olv", "OF-1", "1000", None, "100.000000", "2", "900", None, "110"),
        ("2", "sms", "OF-1", None, "50", None, "0", None, None, None),
    ]


def test_another_log_or_another_edition_fills_the_marts_anew(house: House, tmp_path: Path) -> None:
    house.take(cloud_event("crm.deal.created", at(0), subject="MD-A"))
    house.fed()
    house.store.close()
    house.store = SqliteStore(tmp_path / "other.db")
    house.feed = house.feeding(house.warehouse)
    house.take(cloud_event("crm.deal.created", at(0), subject="MD-B", id="another"))
    assert rows(house, "select master_deal_id from fact_deal") == [("MD-B",)]
    marked = house.warehouse.fed()
    assert marked is not None
    strange = Feed(house.store, house.warehouse, read_rulebook("case-6.8.5"), WORKING, lambda: house.now)
    assert strange.round() > 0
    assert house.warehouse.ask("select rules_version from fact_deal").rows == [("case-6.8.5",)]


def test_filling_that_was_cut_off_begins_again(house: House) -> None:
    house.take(*(cloud_event("crm.deal.created", at(0), id=f"c{n}", subject=f"MD-{n}") for n in range(5)))
    house.warehouse.begin(house.feed._edition, {})
    house.feed = house.feeding(house.warehouse)
    assert len(rows(house, "select * from fact_deal")) == 5
    assert rows(house, "select count(*) from dim_stage")[0][0] > 20


def test_dates_know_the_production_calendar(house: House) -> None:
    house.take(cloud_event("crm.deal.created", at(0)))
    kinds = rows(
        house,
        "select cast(day as varchar), kind, working_s from dim_date where day in ('2026-01-01', '2026-04-30', '2026-11-20') order by 1",
    )
    assert [(day, kind) for day, kind, _ in kinds] == [
        ("2026-01-01", "holiday"),
        ("2026-04-30", "shortened"),
        ("2026-11-20", "working"),
    ]
    assert kinds[0][2] == 0
    assert kinds[1][2] == kinds[2][2] - 3600
