"""Events through the real intake, store and sweep: whatever the order of arrival, the model's deal comes out."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from deal_in_model_words import as_model
from hypothesis import example, given, settings
from hypothesis import strategies as st
from model import instant as utc
from model import key, slow_deal
from portfolios import (
    EPOCH,
    NAMES,
    Arrival,
    Portfolio,
    catalogue_eight,
    clocks,
    cloud_event,
    first_received,
    portfolios,
)

from masterdeal import instant
from masterdeal.flow.hot import HotDeals, unpack
from masterdeal.flow.intake import Outcome, read, record
from masterdeal.flow.rebuild import rebuild
from masterdeal.flow.sweep import sweep
from masterdeal.ports import DealFilter, OutboxRow
from masterdeal.reference import read_rulebook
from masterdeal.store.sqlite import SqliteStore
from masterdeal.view import card

RULES = ("stream-1", "case-6.8.5")
BOOKS = {rules: read_rulebook(rules) for rules in RULES}


@contextmanager
def empty_store() -> Iterator[SqliteStore]:
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "deals.db", synchronous="off")
        try:
            yield store
        finally:
            store.close()


def take(
    store: SqliteStore, rules: str, arrivals: list[Arrival], hot: HotDeals | None = None
) -> list[Outcome]:
    """One batch, at the time of its last arrival."""
    book = BOOKS[rules]
    items = [read(msgspec.json.encode(arrival.event), book) for arrival in arrivals]
    with store.writing() as tx:
        return record(tx, items, book, instant.of_datetime(arrivals[-1].at), hot)


def sweep_all(store: SqliteStore, rules: str, clock: datetime, limit: int = 500) -> None:
    for _ in range(1000):
        with store.writing() as tx:
            if not sweep(tx, BOOKS[rules], instant.of_datetime(clock), limit):
                return
    raise AssertionError("the sweep never comes to an end")


def stored(store: SqliteStore, rules: str, clock: datetime) -> dict[str, dict[str, Any]]:
    cards = {}
    with store.reading() as tx:
        for row in tx.deals(DealFilter(), "", 100):
            deal, announced = unpack(row)
            cards[row.deal_id] = card(
                deal, BOOKS[rules], instant.of_datetime(clock), row.updated, announced.scheduled
            )
    return cards


def published(store: SqliteStore) -> list[OutboxRow]:
    with store.reading() as tx:
        return tx.outbox(0, 100_000)


def expected_outcomes(arrivals: tuple[Arrival, ...]) -> list[str]:
    seen: dict[tuple[str, str], Any] = {}
    outcomes = []
    for arrival in arrivals:
        event = arrival.event
        content = (event["type"], utc(event["time"]), event["subject"], event["data"])
        if key(event) not in seen:
            seen[key(event)] = content
            outcomes.append("accepted")
        else:
            outcomes.append("duplicate" if seen[key(event)] == content else "rejected")
    return outcomes


def batches(arrivals: tuple[Arrival, ...]) -> list[list[Arrival]]:
    return [list(together) for _, together in groupby(arrivals, key=lambda arrival: arrival.at)]


@pytest.mark.parametrize("rules", RULES)
@settings(max_examples=50, deadline=None)
@given(portfolio=portfolios(), data=st.data())
def test_what_the_store_holds_is_what_the_model_says(
    rules: str, portfolio: Portfolio, data: st.DataObject
) -> None:
    hot = HotDeals(data.draw(st.sampled_from((0, 1, 100)), "deals kept decoded"))
    with empty_store() as store:
        outcomes: list[Outcome] = []
        for batch in batches(portfolio.arrivals):
            outcomes += take(store, rules, batch, hot)
            if data.draw(st.booleans(), "sweep"):
                sweep_all(store, rules, batch[-1].at, data.draw(st.sampled_from((1, 2, 500)), "limit"))
        assert [outcome.outcome for outcome in outcomes] == expected_outcomes(portfolio.arrivals)

        last = portfolio.arrivals[-1].at
        clock = max(data.draw(clocks(portfolio), "clock"), last)
        sweep_all(store, rules, clock)
        cards = stored(store, rules, clock)
        for subject in portfolio.subjects:
            arrivals = portfolio.of(subject)
            expected = slow_deal(
                [arrival.event for arrival in arrivals], clock, rules=rules, received=first_received(arrivals)
            )
            assert as_model(cards.get(subject)) == expected
            if expected is not None:
                check_announcements([row for row in published(store) if row.deal_id == subject], expected)
        proof = rebuild(store, BOOKS[rules], instant.of_datetime(clock))
        assert proof.identical, proof


def check_announcements(rows: list[OutboxRow], expected: dict[str, Any]) -> None:
    """Whoever listened to the canonical events alone knows the deal's stage, breaches and timers."""
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    assert len({row.id for row in rows}) == len(rows)
    assert rows[0].type == "masterdeal.created"
    stage, states, breached = None, {}, set()
    for row in rows:
        data = msgspec.json.decode(row.body)["data"]
        if row.type == "masterdeal.stage.changed":
            assert data["from"] == stage
            stage = data["to"]
        elif row.type.startswith("masterdeal.sla."):
            states[data["timer"]] = data["state"]
            if row.type == "masterdeal.sla.breached":
                assert data["timer"] not in breached, "published twice"
                breached.add(data["timer"])
            elif "breach_taken_back" in data:
                breached.remove(data["timer"])
            elif "breach_restored" in data:
                breached.add(data["timer"])
    started = {timer: row["state"] for timer, row in expected["sla"].items() if row["state"] != "pending"}
    assert {timer: state for timer, state in states.items() if state != "pending"} == started
    assert breached == {timer for timer, row in expected["sla"].items() if row["breached_at"] is not None}
    if stage is not None:
        assert stage == expected["aggregated_stage"]


@pytest.mark.slow
@pytest.mark.parametrize("rules", RULES)
def test_every_arrival_order_through_the_intake_stores_one_state(rules: str) -> None:
    """All 40,320 orders of the eight events, walked as a tree; a savepoint takes back each step."""
    book, late = BOOKS[rules], instant.of_datetime(EPOCH + timedelta(days=1))
    items = [read(msgspec.json.encode(event), book) for event in catalogue_eight()]
    ends = set()
    orders = 0
    with empty_store() as store, store.writing() as tx:
        database = tx._db

        def arrive(left: list[Any]) -> None:
            nonlocal orders
            if not left:
                orders += 1
                ends.add(tx.states(["MD-1"])["MD-1"].state)
            for item in left:
                database.execute("savepoint step")
                [outcome] = record(tx, [item], book, late)
                assert outcome.outcome == "accepted"
                arrive([other for other in left if other is not item])
                database.execute("rollback to step")
                database.execute("release step")

        arrive(items)
    assert orders == 40_320
    assert len(ends) == 1


def event_at(hours: int, type: str, **more: Any) -> Arrival:
    moment = EPOCH + timedelta(hours=hours)
    return Arrival(moment, cloud_event(type, moment, **more))


def test_an_event_that_waited_for_its_deal_counts_when_the_origin_comes_last() -> None:
    named = {"system": "crm", "id": "77"}
    brief = event_at(2, "crm.brief.submitted", data={"ref": named})
    del brief.event["subject"]
    created = event_at(1, "crm.deal.created", data={"refs": [named]})
    arrivals = [event_at(5, "media.mediaplan.ready"), Arrival(EPOCH + timedelta(hours=6), brief.event)]
    with empty_store() as store:
        outcomes = [take(store, "stream-1", [arrival])[0].outcome for arrival in arrivals]
        assert outcomes == ["accepted", "parked"]
        take(store, "stream-1", [Arrival(EPOCH + timedelta(hours=7), created.event)])
        clock = EPOCH + timedelta(hours=8)
        assert stored(store, "stream-1", clock)["MD-1"]["aggregated_stage"] == "briefed"
        assert rebuild(store, BOOKS["stream-1"], instant.of_datetime(clock)).identical


def test_an_announced_brief_whose_time_has_come_is_no_breach_though_no_sweep_has_seen_it() -> None:
    created, qualified = event_at(0, "crm.deal.created"), event_at(9, "crm.lead.qualified")
    brief = Arrival(EPOCH + timedelta(hours=1), event_at(7, "crm.brief.submitted").event)
    with empty_store() as store:
        for arrival in (created, brief, qualified):
            take(store, "stream-1", [arrival])
        card = stored(store, "stream-1", qualified.at)["MD-1"]
        assert (card["aggregated_stage"], card["sla"][0]["state"]) == ("briefed", "met")
        assert "masterdeal.sla.breached" not in {row.type for row in published(store)}


@settings(max_examples=50, deadline=None)
@given(portfolio=portfolios(max_deals=2, conflicts=False), data=st.data())
def test_events_that_name_the_deal_by_a_reference_join_it(portfolio: Portfolio, data: st.DataObject) -> None:
    """Any event but the one that opens the deal may come under the source system's own name for it."""
    by_reference = data.draw(
        st.sets(st.sampled_from(sorted({key(arrival.event) for arrival in portfolio.arrivals}))),
        "by reference",
    )
    opened = set()
    with empty_store() as store:
        for arrival in portfolio.arrivals:
            event = dict(arrival.event)
            named = {"system": "erp", "id": event["subject"].lower()}
            if event["type"] in NAMES["crm.deal.created"]:
                event["data"] = {**event["data"], "refs": [named]}
                opened.add(event["subject"])
            elif key(event) in by_reference:
                event["data"] = {**event["data"], "ref": named}
                del event["subject"]
            take(store, "stream-1", [Arrival(arrival.at, event)])
            if data.draw(st.booleans(), "sweep"):
                sweep_all(store, "stream-1", arrival.at)
        clock = max(data.draw(clocks(portfolio), "clock"), portfolio.arrivals[-1].at)
        sweep_all(store, "stream-1", clock)
        cards = stored(store, "stream-1", clock)
        for subject in portfolio.subjects:
            joined = [
                arrival
                for arrival in portfolio.of(subject)
                if subject in opened or key(arrival.event) not in by_reference
            ]
            expected = slow_deal(
                [arrival.event for arrival in joined], clock, received=first_received(joined)
            )
            assert as_model(cards.get(subject)) == expected
        assert rebuild(store, BOOKS["stream-1"], instant.of_datetime(clock)).identical


@settings(max_examples=80, deadline=None)
@given(
    starts=st.lists(st.integers(0, 80), min_size=1, max_size=6),
    limit=st.sampled_from((1, 2, 3, 500)),
)
@example(starts=[1, 60], limit=1)  # the one that is at risk first is due last
def test_after_a_long_stop_each_breach_is_told_once_in_the_order_of_due_times(
    starts: list[int], limit: int
) -> None:
    deals = {f"MD-{number}": start for number, start in enumerate(starts)}
    arrivals = [
        event_at(start, type, id=f"{subject}/{type}", subject=subject)
        for subject, start in deals.items()
        for type in ("crm.deal.created", "crm.offer.approved", "media.mediaplan.ready")[: 1 + start % 2 * 2]
    ]
    detected = EPOCH + timedelta(days=20)
    with empty_store() as store:
        for arrival in sorted(arrivals, key=lambda arrival: arrival.at):
            take(store, "stream-1", [arrival])
        sweep_all(store, "stream-1", detected, limit)
        sweep_all(store, "stream-1", detected, limit)
        told = [
            (row.deal_id, utc(msgspec.json.decode(row.body)["data"]["breached_at"]))
            for row in published(store)
            if row.type == "masterdeal.sla.breached"
        ]
        # An even start is a bare lead, due in 8 hours; an odd one has its offer at once, a contract due in 3 days.
        assert [due for _, due in told] == sorted(due for _, due in told)
        assert sorted(told) == sorted(
            (subject, EPOCH + timedelta(hours=start + (72 if start % 2 else 8)))
            for subject, start in deals.items()
        )
