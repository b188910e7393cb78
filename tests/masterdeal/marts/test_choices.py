"""Choices: what the deals can be narrowed to, each with as many deals as it then leaves; and the orders of the list."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from masterdeal import instant
from masterdeal.demo import portfolio
from masterdeal.flow.intake import opened, read, record
from masterdeal.marts.board import settings
from masterdeal.marts.choices import choices
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.feed import Feed
from masterdeal.marts.listing import deals_of, deals_sorted
from masterdeal.marts.scope import Scope
from masterdeal.marts.stale import stale_after
from masterdeal.ports import DealFilter
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.rulebook import timers
from masterdeal.store.sqlite import SqliteStore

BOOK = read_rulebook()
NOW = instant.parse("2026-11-22T12:00:00Z")
QUICK: dict[str, dict[str, Any]] = {
    "breached": {"sla": "breached"},
    "at_risk": {"sla": "at_risk"},
    "today": {
        "due_from": instant.parse("2026-11-22T00:00:00+03:00"),
        "due_to": instant.parse("2026-11-23T00:00:00+03:00"),
    },
    "stale": {"stale": True},
    "mine": {"mine": ("Анна Крылова", "anna")},
}
Filled = tuple[DuckWarehouse, list[Any]]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """The demonstration portfolio in the marts, and its deals."""
    folder: Path = tmp_path_factory.mktemp("choices")
    store = SqliteStore(folder / "events.db", synchronous="off")
    with store.writing() as tx:
        record(tx, [read(json.dumps(event), BOOK) for event in portfolio(date(2026, 11, 22))], BOOK, NOW)
    warehouse = DuckWarehouse(folder / "marts.duckdb")
    feed = Feed(store, warehouse, BOOK, read_calendars()["working-ru"], lambda: NOW)
    while feed.round():
        pass
    with store.reading() as found:
        deals = [opened(found, row, BOOK, NOW)[0] for row in found.deals(DealFilter(), "", 1000)]
    yield warehouse, deals
    warehouse.close()
    store.close()


def listed(warehouse: DuckWarehouse, scope: Scope) -> list[str]:
    return [row[0] for row in warehouse.ask(*deals_of(scope, NOW, "", 1000)).rows]


def offered(warehouse: DuckWarehouse, scope: Scope) -> dict[str, Any]:
    return choices(warehouse, scope, QUICK, settings()["band"], NOW)


def of_conditions(conditions: dict[str, str]) -> dict[str, Any]:
    return {
        name: tuple(value.split(",")) if name == "unknown" else Decimal(value) if "_" in name and name.startswith("budget") else value
        for name, value in conditions.items()
    }  # fmt: skip


SCOPES = (Scope(), Scope(manager="Анна Крылова"), Scope(stage=("running",), sla="breached"), Scope(q="олв"))


@pytest.mark.parametrize("scope", SCOPES)
def test_a_choice_leaves_as_many_deals_as_it_says(filled: Filled, scope: Scope) -> None:
    warehouse, _ = filled
    found = offered(warehouse, scope)
    assert found["deals"] == len(listed(warehouse, scope))
    for dimension, values in found["values"].items():
        anything = replace(
            scope, **({"currency": None, "budget_min": None} if dimension == "budget" else {dimension: None})
        )
        for one in values:
            chosen = replace(anything, **of_conditions(one["conditions"]))
            assert len(listed(warehouse, chosen)) == one["deals"] > 0, (dimension, one)
    for name, number in found["quick"].items():
        assert len(listed(warehouse, replace(scope, **QUICK[name]))) == number, name
    for stage in found["stages"]:
        assert len(listed(warehouse, replace(scope, stage=(stage["stage"],)))) == stage["deals"]


def test_a_stale_deal_has_been_where_it_is_for_too_long(filled: Filled) -> None:
    warehouse, deals = filled
    after = stale_after()
    wanted = sorted(
        deal.deal_id
        for deal in deals
        if deal.stage in after and (NOW - deal.stages[-1][1]) / instant.DAY >= after[deal.stage]
    )
    assert wanted
    assert listed(warehouse, Scope(stale=True)) == wanted
    assert len(listed(warehouse, Scope(stale=False))) == len(deals) - len(wanted)


def test_due_today_is_an_open_timer_that_ends_today(filled: Filled) -> None:
    warehouse, deals = filled
    first, last = QUICK["today"]["due_from"], QUICK["today"]["due_to"]
    wanted = [
        deal.deal_id
        for deal in deals
        if any(
            timer.state in ("running", "at_risk", "breached")
            and timer.due is not None
            and first <= timer.due < last
            for timer in timers(deal, BOOK, NOW)
        )
    ]
    assert wanted
    assert listed(warehouse, Scope(**QUICK["today"])) == sorted(wanted)


def test_every_order_has_every_deal_once(filled: Filled) -> None:
    warehouse, deals = filled
    for sort in ("id", "due", "-budget", "budget", "-age", "age", "-created", "created", "title", "client"):
        pages = [
            [row[0] for row in warehouse.ask(*deals_sorted(Scope(), NOW, sort, start, 10)).rows]  # type: ignore[arg-type]
            for start in range(0, len(deals) + 10, 10)
        ]
        assert sorted(id_ for page in pages for id_ in page) == sorted(deal.deal_id for deal in deals), sort


def test_the_most_urgent_first(filled: Filled) -> None:
    warehouse, deals = filled
    due = {
        deal.deal_id: min(
            (
                timer.due
                for timer in timers(deal, BOOK, NOW)
                if timer.state in ("running", "at_risk", "breached") and timer.due is not None
            ),
            default=None,
        )
        for deal in deals
    }
    found = [row[0] for row in warehouse.ask(*deals_sorted(Scope(), NOW, "due", 0, 1000)).rows]
    known = [due[id_] for id_ in found if due[id_] is not None]
    assert known == sorted(known)
    assert all(due[id_] is None for id_ in found[len(known) :])
