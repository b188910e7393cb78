"""What comes late though it happened early, on both event stores: a breach taken back, a signature sent once more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import hours, micro
from portfolios import cloud_event
from postgresql import Server, binaries

from masterdeal.escalation import Task
from masterdeal.flow.escalate import escalate
from masterdeal.flow.intake import opened, read, record
from masterdeal.flow.rebuild import rebuild
from masterdeal.flow.sweep import sweep
from masterdeal.ports import EventStore
from masterdeal.reference import read_escalation, read_rulebook
from masterdeal.store.postgres import PostgresStore
from masterdeal.store.sqlite import SqliteStore
from masterdeal.view import card

BOOK = read_rulebook()
LADDERS = read_escalation(tuple(BOOK.rules.timers))


@pytest.fixture(scope="module")
def server() -> Iterator[Server | None]:
    if binaries() is None:
        yield None
        return
    server = Server.new()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, server: Server | None, tmp_path: Path) -> Iterator[EventStore]:
    if request.param == "postgresql" and server is None:
        pytest.skip("PostgreSQL is not installed")
    store: EventStore
    if request.param == "sqlite" or server is None:
        store = SqliteStore(tmp_path / "events.db")
    else:
        store = PostgresStore(server.new_database())
    yield store
    assert rebuild(store, BOOK, micro(hours(24 * 60))).identical
    store.close()


def told(type_: str, hour: float, id_: str | None = None) -> dict[str, Any]:
    return cloud_event(type_, hours(hour), id=id_ or f"{type_}@{hour}", source="docflow")


def at(store: EventStore, hour: float, *events: dict[str, Any]) -> list[str]:
    """Take in, sweep and escalate at an hour; the outcomes."""
    now = micro(hours(hour))
    with store.writing() as tx:
        found = record(tx, [read(msgspec.json.encode(event), BOOK) for event in events], BOOK, now)
    with store.writing() as tx:
        sweep(tx, BOOK, now)
    while escalate(store, LADDERS, now):
        pass
    return [outcome.outcome for outcome in found]


def notices(store: EventStore) -> list[dict[str, Any]]:
    with store.reading() as reading:
        return [msgspec.json.decode(row.body) for row in reading.outbox(0, 1000)]


def tasks(store: EventStore) -> list[Task]:
    with store.reading() as reading:
        return [task for state in ("open", "closed") for task in reading.tasks("breach", state, "", 100)]


def shown(store: EventStore, hour: float) -> dict[str, Any]:
    with store.reading() as reading:
        row = reading.deal("MD-1")
        assert row is not None
        deal, announced = opened(reading, row, BOOK, micro(hours(hour)))
    return card(deal, BOOK, micro(hours(hour)), row.updated, announced.scheduled)


def test_04_a_proof_that_arrives_after_the_breach_takes_it_back_and_closes_the_task(
    store: EventStore,
) -> None:
    at(store, 0, told("crm.deal.created", 0))
    at(store, 9)
    (task,) = tasks(store)
    assert (task.timer, task.state) == ("lead_to_brief", "open")
    brief = told("crm.brief.submitted", 7.5)
    assert at(store, 10, brief) == ["accepted"]
    (task,) = tasks(store)
    assert (task.state, task.closed_because) == ("closed", "taken_back")
    row = shown(store, 10)["sla"][0]
    assert (row["state"], row["breached_at"]) == ("met", None)
    told_back = [n for n in notices(store) if "breach_taken_back" in n["data"]]
    breaches = [n for n in notices(store) if n["type"] == "masterdeal.sla.breached"]
    assert [n["data"]["breach_taken_back"] for n in told_back] == [n["id"] for n in breaches]
    before = notices(store)
    assert at(store, 11, brief) == ["duplicate"]
    assert notices(store) == before
    assert len(tasks(store)) == 1


@pytest.mark.parametrize(
    "again", ["the same event", "a new event about the old signature", "a new signature"]
)
def test_a_signature_after_a_revocation_changes_nothing(store: EventStore, again: str) -> None:
    signed = told("contract.signed", 3)
    at(store, 5, told("crm.deal.created", 0), told("crm.brief.submitted", 1), signed)
    at(store, 6, told("contract.revoked", 6))
    before = shown(store, 200), tasks(store)
    once_more = {
        "the same event": signed,
        "a new event about the old signature": told("contract.signed", 3, "resent"),
        "a new signature": told("contract.signed", 7),
    }[again]
    outcome = at(store, 8, once_more)
    assert outcome == ["duplicate" if again == "the same event" else "accepted"]
    at(store, 200)
    after = shown(store, 200), tasks(store)
    assert (after[0]["aggregated_stage"], after[0]["facts"]["cancelled"]) == ("cancelled", True)
    assert after[0]["sla"] == before[0]["sla"]
    assert after[0]["stages"] == before[0]["stages"]
    assert after[1] == before[1]
    moved = [n for n in notices(store) if n["type"] == "masterdeal.stage.changed"]
    assert moved[-1]["data"]["to"] == "cancelled"
