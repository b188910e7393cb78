"""Everything is killed while events flow (failure modes 1, 3, 8, 9, 11, 13, 14, 16, 18, 23, 24, 26, 33). Afterwards: every
acknowledged event exactly once in effect, every canonical event at least once with a stable id and in order per deal,
every breach escalated once. `make soak` does the same for long."""

from __future__ import annotations

import sys
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, Message, TopicPartition
from installation import Installation
from kafka_broker import absent
from postgresql import binaries
from storm import LIMITS, TIMES, Storm

from api.wiring import wall_clock
from masterdeal import instant, sla
from masterdeal.escalation import task_id
from masterdeal.flow.hot import unpack
from masterdeal.flow.intake import read, record
from masterdeal.flow.rebuild import rebuild
from masterdeal.ports import DealFilter, DealRow, LogRow, OutboxRow, Reading, pages
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import timers
from masterdeal.store.postgres import PostgresStore

BOOK = read_rulebook(sla_table=tomllib.loads(LIMITS))
CANONICAL = "masterdeal.events"


@pytest.fixture
def seconds(request: pytest.FixtureRequest) -> float:
    return float(request.config.getoption("--soak") or 8)


def places(broker: str, topics: tuple[str, ...], group: str) -> dict[tuple[str, int], tuple[int, int]]:
    """Per partition how far the group has come, and where it ends."""
    asking = Consumer({"bootstrap.servers": broker, "group.id": group, "log_level": 0})
    parts = [TopicPartition(topic, number) for topic in topics for number in range(4)]
    found = {
        (one.topic, one.partition): (max(0, one.offset), asking.get_watermark_offsets(one, timeout=10)[1])
        for one in asking.committed(parts, timeout=10)
    }
    asking.close()
    return found


def everything(broker: str, topic: str) -> list[Message]:
    """All messages of a topic, in order per partition."""
    ends = {key: end for key, (_, end) in places(broker, (topic,), "counting").items()}
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "looking", "log_level": 0})
    consumer.assign([TopicPartition(name, number, 0) for name, number in ends])
    found: list[Message] = []
    reached = dict.fromkeys(ends, 0)
    deadline = time.monotonic() + 60
    while any(reached[key] < end for key, end in ends.items()):
        assert time.monotonic() < deadline, (reached, ends)
        for message in consumer.consume(500, 0.5):
            assert message.error() is None
            found.append(message)
        reached |= {
            (one.topic, one.partition): one.offset for one in consumer.position(list(consumer.assignment()))
        }
    consumer.close()
    return found


def rows_of(reading: Reading) -> dict[str, DealRow]:
    return {row.deal_id: row for row in reading.deals(DealFilter(), "", 1_000_000)}


@pytest.mark.slow
def test_everything_is_killed_while_events_flow_and_nothing_is_lost_or_doubled(
    tmp_path: Path, seconds: float, capsys: pytest.CaptureFixture[str]
) -> None:
    if binaries() is None:
        pytest.skip("PostgreSQL is not installed")
    missing = absent()
    if missing is not None:
        pytest.skip(f"no Apache Kafka: {missing}")
    began = time.monotonic()
    storm = Storm(tmp_path, seed=33)
    try:
        storm.rage(seconds)
        store = PostgresStore(storm.url)

        def unfinished() -> str:
            with store.reading() as reading:
                kept, last = reading.counts()["events"], reading.last_outbox()
                read_out = [reading.cursor(name) for name in ("kafka", "relay", "escalation")]
                # The limits are seconds: wait until the clock has nothing left to do.
                alarm = reading.next_alarm()
            told = len(storm.told.safe)
            if kept < told or alarm is not None or read_out != [last] * 3:
                return f"{kept} events of {told}, outbox {last} read to {read_out}, alarm {alarm} at {wall_clock()}"
            return ""

        storm.calm_down(unfinished)
        told = judged(storm, store, tmp_path)
        store.close()
    finally:
        storm.close()
    with capsys.disabled():
        sys.stdout.write(f"\n  storm, {time.monotonic() - began:.0f} s in all:\n")
        for line in told:
            sys.stdout.write(f"    {line}\n")


def judged(storm: Storm, store: PostgresStore, folder: Path) -> list[str]:
    """What holds afterwards, and the counts."""
    now = wall_clock()
    with store.reading() as reading:
        log = list(pages(reading))
        rows = rows_of(reading)
        outbox = reading.outbox(0, 10_000_000)
        tasks = [task for state in ("open", "closed") for task in reading.tasks("breach", state, "", 10**6)]
    told = storm.told
    kept = Counter((row.source, row.id) for row in log)
    assert set(kept.values()) == {1}
    assert told.safe <= set(kept), "an acknowledged event is lost"
    assert set(kept) <= set(told.sent), "an event of an aborted transaction is kept"
    calm = calmly(log, folder, now)
    assert {deal: row.state for deal, row in rows.items()} == {deal: row.state for deal, row in calm.items()}
    proof = rebuild(store, BOOK, now)
    assert proof.identical, proof
    repeats = published(storm, outbox)
    breaches = escalated(outbox, tasks, rows, now)
    refused = ", ".join(f"{name} {count}" for name, count in storm.refused.items()) or "none"
    return [
        "killed: " + ", ".join(f"{name} {count}" for name, count in storm.kills.items()),
        f"{len(told.sent)} events of {told.deals} deals, each told {TIMES} times: acknowledged over HTTP"
        f" {told.acknowledged['HTTP']}, over Kafka {told.acknowledged['Kafka']} times; refused and told again: {refused}",
        f"{storm.aborted} foreign transactions aborted, none of their events kept",
        f"kept {len(kept)} events, each once; lost 0 of {len(told.safe)} acknowledged; {len(rows)} deals equal those of a calm store",
        f"{len(outbox)} canonical events, each published, in order per deal, {repeats} repeats under the same ids",
        breaches,
    ]


def calmly(log: list[LogRow], folder: Path, now: int) -> dict[str, DealRow]:
    """The deals that the same events make where nothing ever happens."""
    house = Installation(folder / "calm.db", BOOK)
    for start in range(0, len(log), 500):
        with house.store.writing() as tx:
            items = [read(row.body.encode(), BOOK) for row in log[start : start + 500]]
            record(tx, items, BOOK, now)
    house.sweep(instant.to_datetime(now))
    with house.store.reading() as reading:
        found = rows_of(reading)
    house.close()
    return found


def published(storm: Storm, outbox: list[OutboxRow]) -> int:
    """Every canonical event at least once, with a stable id and body, in order per deal; how many repeats."""
    numbers: dict[str, list[int]] = {}
    for row in outbox:
        numbers.setdefault(row.deal_id, []).append(row.sequence)
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    by_id = {row.id: row for row in outbox}
    assert len(by_id) == len(outbox)
    messages = everything(storm.broker.bootstrap, CANONICAL)
    firsts: dict[str, list[int]] = {}
    seen: set[str] = set()
    for message in messages:
        event: dict[str, Any] = msgspec.json.decode(message.value() or b"")
        row = by_id[event["id"]]
        assert message.value() == row.body
        assert message.key() == row.deal_id.encode()
        if row.id not in seen:
            seen.add(row.id)
            firsts.setdefault(row.deal_id, []).append(row.sequence)
    assert firsts == numbers
    return len(messages) - len(seen)


def escalated(outbox: list[OutboxRow], tasks: list[Any], rows: dict[str, DealRow], now: int) -> str:
    """Each breach was announced once and has one task; open ones are of the timers that are breached now."""
    breaches = [row.id for row in outbox if row.type == "masterdeal.sla.breached"]
    assert Counter(task.id for task in tasks) == Counter(task_id(id_) for id_ in breaches)
    standing = {
        (deal_id, timer.name)
        for deal_id, row in rows.items()
        for timer in timers(unpack(row)[0], BOOK, now)
        if timer.state == sla.BREACHED
    }
    open_ = Counter((task.deal_id, task.timer) for task in tasks if task.state == "open")
    assert set(open_.values()) <= {1}
    assert set(open_) == standing
    taken_back = sum(task.closed_because == "taken_back" for task in tasks)
    return f"{len(breaches)} breaches announced, {len(tasks)} tasks, one each: {len(open_)} open, {taken_back} taken back by a late proof"
