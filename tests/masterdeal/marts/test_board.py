"""The dashboard's figures: the same as the portfolio's own, each with the list of its deals, on every engine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import clickhouse
import pytest

from masterdeal import instant
from masterdeal.demo import portfolio
from masterdeal.flow.intake import opened, read, record
from masterdeal.marts.board import Order, board, settings
from masterdeal.marts.choices import choices
from masterdeal.marts.clickhouse import ClickHouseWarehouse
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.feed import Feed
from masterdeal.marts.listing import deals_of, deals_sorted
from masterdeal.marts.model import marts
from masterdeal.marts.scope import Scope
from masterdeal.marts.warehouse import Warehouse
from masterdeal.portfolio import figures
from masterdeal.ports import DealFilter, EventStore
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.store.sqlite import SqliteStore

BOOK = read_rulebook()
WORKING = read_calendars()["working-ru"]
NOW = instant.parse("2026-11-22T12:00:00Z")
CUTS = (None, "industry", "budget", "client_type", "stage", "manager", "source")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EventStore]:
    """The demonstration portfolio."""
    store = SqliteStore(tmp_path_factory.mktemp("told") / "events.db", synchronous="off")
    with store.writing() as tx:
        record(tx, [read(json.dumps(event), BOOK) for event in portfolio(date(2026, 11, 22))], BOOK, NOW)
    yield store
    store.close()


def fill(store: EventStore, warehouse: Warehouse) -> None:
    feed = Feed(store, warehouse, BOOK, WORKING, lambda: NOW)
    while feed.round():
        pass


@pytest.fixture(scope="module")
def filled(
    told: EventStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[DuckWarehouse, dict[str, Any]]]:
    """The demonstration portfolio in the marts, and the portfolio's own figures of it."""
    warehouse = DuckWarehouse(tmp_path_factory.mktemp("board") / "marts.duckdb")
    fill(told, warehouse)
    with told.reading() as found:
        deals = [opened(found, row, BOOK, NOW)[0] for row in found.deals(DealFilter(), "", 1000)]
    yield warehouse, figures(deals, BOOK, NOW)
    warehouse.close()


Filled = tuple[DuckWarehouse, dict[str, Any]]


def drawn(
    warehouse: Any, scope: Scope | None = None, group_by: Any = None, counted: Any = "elapsed"
) -> dict[str, Any]:
    return board(warehouse, Order(scope or Scope(), group_by, counted), BOOK, WORKING, NOW)


def test_the_figures_are_those_of_the_portfolio(filled: Filled) -> None:
    warehouse, known = filled
    shown = drawn(warehouse)
    assert {one["stage"]: one["deals"] for one in shown["stages"] if one["deals"]} == known["by_stage"]
    assert shown["outcome"]["won"] == known["won"]
    assert shown["outcome"]["lost"] == known["lost"]
    assert shown["outcome"]["win_rate"]["value"] == round(known["win_rate"], 6)
    cycle = shown["outcome"]["cycle_s"]
    assert cycle["count"] == known["cycle_days"]["count"]
    assert cycle["mean"] == pytest.approx(known["cycle_days"]["mean"] * 86400)
    assert cycle["p90"] == pytest.approx(known["cycle_days"]["p90"] * 86400)
    assert shown["outcome"]["cycle_longer_than_days"] == known["cycle_longer_than_days"]
    for timer in shown["sla"]:
        mine = known["sla"][timer["timer"]]
        assert {state: count for state, count in timer["states"].items() if count} == mine["states"]
        assert (timer["started"], timer["breached"]) == (mine["started"], mine["breached"])
        assert timer["to_target_s"]["count"] == mine["hours_to_target"]["count"]
        assert timer["to_target_s"]["mean"] == pytest.approx(mine["hours_to_target"]["mean"] * 3600)
        assert timer["to_target_s"]["p90"] == pytest.approx(mine["hours_to_target"]["p90"] * 3600)
    # The portfolio's figures do not look at events dated ahead.
    codes = {one["code"] for one in shown["anomalies"]}
    assert codes - {"future_event"} == set(known["by_anomaly"])
    domain = {f"{one['system']}: {one['stage']}": one["deals"] for one in shown["domain_stages"]}
    assert domain == known["by_domain_stage"]
    assert [Decimal(one["amount"]) for one in shown["sums"]] == [
        Decimal(one["amount"]) for one in known["budget"]
    ]
    assert [one["deals"] for one in shown["sums"]] == [one["deals"] for one in known["budget"]]


@pytest.mark.parametrize("group_by", CUTS[1:])
def test_groups_make_up_the_whole(filled: Filled, group_by: str) -> None:
    shown = drawn(filled[0], group_by=group_by)
    assert sum(group["deals"] for group in shown["groups"]) == shown["deals"]
    for timer in shown["sla"]:
        parts = [group["sla"][timer["timer"]] for group in shown["groups"] if timer["timer"] in group["sla"]]
        assert sum(part["breached"] for part in parts) == timer["breached"]
        assert sum(part["started"] for part in parts) == timer["started"]
    for stage in shown["stages"]:
        assert sum(group["stages"].get(stage["stage"], 0) for group in shown["groups"]) == stage["deals"]


def scope_of(href: str) -> Scope:
    """The scope that an address names, read as the endpoint reads it."""
    given: dict[str, Any] = {}
    for name, value in parse_qsl(urlsplit(href).query):
        match name:
            case "stage" | "unknown":
                given[name] = tuple(value.split(","))
            case _ if name.endswith(("_from", "_to")):
                given[name] = instant.parse(value)
            case _ if name.startswith("budget"):
                given[name] = Decimal(value)
            case "reached" | "furthest":
                given[name] = int(value)
            case _ if name.startswith(("stage_age", "cycle_")):
                given[name] = float(value)
            case "breached":
                given[name] = value == "true"
            case _:
                given[name] = value
    return Scope(**given)


def numbers(shown: dict[str, Any]) -> Iterator[tuple[str, int, str]]:
    """Every number of the dashboard that has an address."""
    yield "deals", shown["deals"], shown["href"]
    for name in ("stages", "funnel", "ageing", "domain_stages", "anomalies", "groups"):
        for one in shown[name]:
            yield name, one["deals"], one["href"]
    for timer in shown["sla"]:
        yield timer["timer"], timer["breached"], timer["breached_href"]
        for state, href in timer["state_hrefs"].items():
            yield f"{timer['timer']} {state}", timer["states"][state], href
    for group in shown["groups"]:
        for timer, one in group["sla"].items():
            yield f"{group['value']} {timer}", one["breached"], one["breached_href"]
        yield f"{group['value']} won", group["won"], group["hrefs"]["won"]
        yield f"{group['value']} late", group["late_deals"], group["hrefs"]["late"]
    for name, href in shown["outcome"]["hrefs"].items():
        yield name, shown["outcome"][name], href
    for days, href in shown["outcome"]["cycle_hrefs"].items():
        yield f"longer than {days}", shown["outcome"]["cycle_longer_than_days"][days], href
    for name, one in shown["attention"].items():
        yield name, one["deals"], one["href"]
    for step in shown["funnel"]:
        yield f"lost at {step['stage']}", step["lost_here"], step["lost_href"]
    for point in shown["flow"]["points"]:
        for name, href in point["hrefs"].items():
            yield f"{name} from {point['from']}", point[name], href
    for period in shown["trend"].values():
        for name, href in period["hrefs"].items():
            yield name, period[name], href


@pytest.mark.parametrize("group_by", ["budget", "industry"])
def test_every_number_leads_to_its_deals(filled: Filled, group_by: str) -> None:
    warehouse, _ = filled
    last_quarter = Scope(created_from=NOW - 90 * instant.DAY, created_to=NOW)
    for scope in (Scope(), last_quarter, Scope(industry="Финансы"), Scope(unknown=("created",))):
        for name, number, href in numbers(drawn(warehouse, scope, group_by)):
            found = warehouse.ask(*deals_of(scope_of(href), NOW, "", 1000))
            assert len(found.rows) == number, (name, href)
    for name, number, href in numbers(drawn(warehouse, Scope(), group_by, "working")):
        found = warehouse.ask(*deals_of(scope_of(href), NOW, "", 1000))
        assert len(found.rows) == number, (name, href)


def test_a_deal_is_counted_once_however_many_of_its_timers_are_late(filled: Filled) -> None:
    shown = drawn(filled[0])
    assert shown["attention"]["late"]["deals"] < sum(timer["breached"] for timer in shown["sla"])
    assert shown["attention"]["breached"]["deals"] > 0


def test_a_scope_is_the_part_it_says(filled: Filled) -> None:
    warehouse, _ = filled
    whole = drawn(warehouse, group_by="manager")
    for group in whole["groups"][:3]:
        part = drawn(warehouse, Scope(manager=group["value"]))
        assert part["deals"] == group["deals"]
        assert sum(timer["breached"] for timer in part["sla"]) == sum(
            one["breached"] for one in group["sla"].values()
        )


def test_only_the_managers_that_may_be_seen(filled: Filled) -> None:
    warehouse, _ = filled
    name = drawn(warehouse, group_by="manager")["groups"][0]["value"]
    mine = drawn(warehouse, Scope(managers=(name,)), "manager")
    assert [group["value"] for group in mine["groups"]] == [name]
    assert drawn(warehouse, Scope(managers=()))["deals"] == 0
    assert "managers" not in mine["href"]


def test_the_bottleneck_says_its_arithmetic(filled: Filled) -> None:
    shown = drawn(filled[0])
    worst = shown["bottleneck"]
    assert worst["overrun_s"] == max(timer["overrun_s"] for timer in shown["sla"])
    assert worst["overrun_s"] == pytest.approx(worst["breached"] * worst["mean_overrun_s"], abs=1)
    assert worst["share"] == pytest.approx(worst["overrun_s"] / worst["all_overrun_s"], abs=1e-6)
    assert str(worst["breached"]) in worst["why"]["ru"]


def test_working_time_is_shorter(filled: Filled) -> None:
    elapsed, working = drawn(filled[0]), drawn(filled[0], counted="working")
    for long, short in zip(elapsed["sla"], working["sla"], strict=True):
        assert short["states"] == long["states"]
        if long["to_target_s"]["count"]:
            assert short["to_target_s"]["mean"] <= long["to_target_s"]["mean"]


def test_nothing_makes_no_figures(tmp_path: Path) -> None:
    warehouse = DuckWarehouse(tmp_path / "marts.duckdb")
    shown = drawn(warehouse, group_by="industry")
    assert shown["deals"] == 0
    assert shown["bottleneck"] is None
    assert shown["groups"] == []
    assert shown["flow"]["points"] == []
    warehouse.close()


@pytest.fixture(scope="module")
def distributed(told: EventStore, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseWarehouse]:
    """The same marts on a server of ClickHouse."""
    if not clickhouse.INSTALLED:
        pytest.skip("chdb is not installed")
    server = clickhouse.Server(tmp_path_factory.mktemp("clickhouse"))
    try:
        warehouse = clickhouse.opened(server.url)
        fill(told, warehouse)
        yield warehouse
        warehouse.close()
    finally:
        server.kill()


def plain(shown: Any) -> Any:
    """With floating-point figures to the tenth of a second, for sums are added in another order."""
    if isinstance(shown, dict):
        return {name: plain(value) for name, value in shown.items()}
    if isinstance(shown, list):
        return [plain(value) for value in shown]
    return round(shown, 1) if isinstance(shown, float) else shown


@pytest.mark.parametrize("counted", ["elapsed", "working"])
def test_the_distributed_engine_says_the_same(
    filled: Filled, distributed: ClickHouseWarehouse, counted: str
) -> None:
    scopes = (
        Scope(),
        Scope(created_from=NOW - 60 * instant.DAY, created_to=NOW, stage=("running", "closed")),
    )
    for scope in scopes:
        for group_by in CUTS if (scope, counted) == (Scope(), "elapsed") else (None, "budget"):
            one = drawn(filled[0], scope, group_by, counted)
            other = drawn(distributed, scope, group_by, counted)
            assert plain(other) == plain(one), group_by


def test_the_distributed_engine_lists_the_same_deals(
    filled: Filled, distributed: ClickHouseWarehouse
) -> None:
    for name, number, href in numbers(drawn(filled[0], group_by="budget")):
        found = distributed.ask(*deals_of(scope_of(href), NOW, "", 1000))
        assert len(found.rows) == number, (name, href)


def test_the_distributed_engine_orders_and_narrows_the_same(
    filled: Filled, distributed: ClickHouseWarehouse
) -> None:
    quick: dict[str, dict[str, Any]] = {
        "stale": {"stale": True},
        "today": {"due_from": NOW - instant.DAY, "due_to": NOW},
    }
    for scope in (Scope(), Scope(mine=("Анна Крылова",)), Scope(stale=False, stage=("running", "draft"))):
        one, other = (
            choices(engine, scope, quick, settings()["band"], NOW) for engine in (filled[0], distributed)
        )
        one["stages"], other["stages"] = (sorted(found["stages"], key=str) for found in (one, other))
        assert other == one
        for sort in ("id", "due", "-budget", "-age", "-created"):
            first, second = (
                engine.ask(*deals_sorted(scope, NOW, sort, 3, 40)).rows for engine in (filled[0], distributed)
            )
            assert second == first, sort


@pytest.mark.parametrize("name", [table.name for table in marts().tables.values() if table.view])
def test_views_say_the_same_on_both_engines(
    filled: Filled, distributed: ClickHouseWarehouse, name: str
) -> None:
    columns = ", ".join(column.name for column in marts().tables[name].columns)
    query = f"select {columns} from {name} order by 1"
    one, other = filled[0].ask(query, {}), distributed.ask(query, {})
    assert len(one.rows) == len(other.rows)
    assert [list(map(_alike, row)) for row in other.rows] == [list(map(_alike, row)) for row in one.rows]


def _alike(value: Any) -> Any:
    """A value without its engine: numbers as numbers, instants without their zone."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    return round(float(value), 3) if isinstance(value, int | float | Decimal) else value
