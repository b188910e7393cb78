"""On a real Apache Kafka: nothing lost, repeats harmless, order per deal, no partition ever stuck."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from fastapi.testclient import TestClient
from installation import Installation, hours, micro
from kafka_broker import Broker, absent
from portfolios import cloud_event

from api.app import build
from api.kafka import KafkaLink
from api.settings import Settings
from api.wiring import open_house
from masterdeal.bus.kafka.domain_topics import DomainTopics
from masterdeal.bus.kafka.outlet import CANONICAL, DEAD_LETTERS, Outgoing, Outlet
from masterdeal.errors import BusFailed, StoreFailed
from masterdeal.flow.dispatch import dispatch
from masterdeal.flow.intake import Incoming, Outcome
from masterdeal.flow.quarantine import take

pytestmark = pytest.mark.slow

QUICK = {"session.timeout.ms": 6000, "topic.metadata.refresh.interval.ms": 500, "heartbeat.interval.ms": 500}
ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def broker() -> Iterator[Broker]:
    missing = absent()
    if missing is not None:
        pytest.skip(f"no Apache Kafka: {missing}")
    broker = Broker()
    yield broker
    broker.stop()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    house.now = hours(4)
    yield house
    house.close()


class Reader:
    """One consumer over a topic of its own, driven step by step."""

    def __init__(
        self,
        broker: Broker,
        house: Installation,
        topic: str,
        take_in: Callable[[Sequence[Incoming]], list[Outcome]] | None = None,
        overrides: dict[str, Any] | None = None,
    ) -> None:
        self.stopping = threading.Event()
        self.group = topic
        self.broker = broker
        self.aside = Outlet(broker.bootstrap, self.stopping)

        def usual(items: Sequence[Incoming]) -> list[Outcome]:
            return take(house.store, items, house.book, lambda: micro(house.now))

        self.topics = DomainTopics(
            broker.bootstrap,
            house.book,
            take_in or usual,
            self.aside.send,
            self.stopping,
            {**QUICK, "group.id": topic, **(overrides or {})},
            rf"^{topic.replace('.', '[.]')}$",
        )

    def until(self, done: Callable[[], bool], patience: float = 30) -> None:
        end = time.monotonic() + patience
        while not done():
            assert time.monotonic() < end, "nothing came of it in time"
            self.topics.round()

    def committed(self, topic: str, partitions: int) -> int:
        """How many messages of the topic the group has behind it."""
        return committed(self.broker, self.group, topic, partitions)

    def close(self) -> None:
        self.stopping.set()
        self.topics.close()
        self.aside.close()


def committed(broker: Broker, group: str, topic: str, partitions: int) -> int:
    asking = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group, "log_level": 0})
    places = [TopicPartition(topic, number) for number in range(partitions)]
    total = sum(max(0, place.offset) for place in asking.committed(places, timeout=10))
    asking.close()
    return total


def send(broker: Broker, topic: str, *events: dict[str, Any] | bytes, key: str | None = None) -> None:
    producer = Producer({"bootstrap.servers": broker.bootstrap, "log_level": 0})
    for event in events:
        if isinstance(event, bytes):
            producer.produce(topic, event, key or b"?")
        else:
            producer.produce(topic, msgspec.json.encode(event), key or event["subject"])
        producer.poll(0)
    assert producer.flush(20) == 0


def received(broker: Broker, topic: str, wanted: Callable[[list[Any]], bool]) -> list[Any]:
    """All messages of a topic, once there are those that are wanted."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": f"look-{time.monotonic_ns()}",
            "auto.offset.reset": "earliest",
            "log_level": 0,
        }
    )
    consumer.subscribe([topic])
    found: list[Any] = []
    end = time.monotonic() + 30
    while not wanted(found):
        assert time.monotonic() < end, f"{len(found)} messages in {topic}"
        message = consumer.poll(0.2)
        if message is not None and message.error() is None:
            found.append(message)
    consumer.close()
    return found


def story(deal: str) -> list[dict[str, Any]]:
    return [
        cloud_event("crm.deal.created", hours(0), id=f"{deal}-1", subject=deal),
        cloud_event("crm.brief.submitted", hours(1), id=f"{deal}-2", subject=deal),
        cloud_event("media.mediaplan.ready", hours(2), id=f"{deal}-3", subject=deal),
        cloud_event("crm.offer.approved", hours(3), id=f"{deal}-4", subject=deal),
    ]


def test_events_go_in_and_canonical_events_come_out_in_order_per_deal(
    broker: Broker, house: Installation
) -> None:
    topic = broker.topic("domain.round")
    deals = [f"MD-R{number}" for number in range(20)]
    send(broker, topic, *(event for deal in deals for event in story(deal)))
    reader = Reader(broker, house, topic)
    reader.until(lambda: house.counts()["events"] == 80)
    reader.close()
    assert {house.stage(deal) for deal in deals} == {"offer_ready"}
    assert reader.committed(topic, 4) == 80

    outlet = Outlet(broker.bootstrap, threading.Event())
    while dispatch(house.store, outlet.publish, "kafka", lambda: micro(house.now), 7):
        pass
    outlet.close()
    told = house.notices()
    out = received(broker, CANONICAL, lambda found: len(found) >= len(told))
    by_deal: dict[str, list[int]] = {}
    for message in out:
        event = msgspec.json.decode(message.value())
        assert message.key().decode() == event["subject"]
        by_deal.setdefault(event["subject"], []).append(int(event["sequence"]))
    assert sorted(by_deal) == sorted(deals)
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_deal.values())
    assert len(out) == len(told)


def test_6_poison_goes_to_the_dead_letters_and_the_partition_moves_on(
    broker: Broker, house: Installation
) -> None:
    topic = broker.topic("domain.poison", 1)
    bad = [b"", b"\xff\x00not json", b"{}", b'{"specversion":"1.0","id":"x\\u0000"}', b"[" * 5000]
    wrong = cloud_event("okk.nps.collected", hours(2), subject="MD-P", data={"score": 11})
    send(broker, topic, story("MD-P")[0], *bad, wrong, story("MD-P")[1])
    reader = Reader(broker, house, topic)
    reader.until(lambda: house.stage("MD-P") == "briefed")
    reader.close()
    assert len(house.letters()) == len(bad) + 1
    assert reader.committed(topic, 1) == len(bad) + 3
    letters = received(broker, DEAD_LETTERS, lambda found: len(found) >= len(bad) + 1)
    first = min((dict(one.headers()) for one in letters), key=lambda headers: headers["masterdeal_offset"])
    assert first["masterdeal_topic"] == b"domain.poison"
    assert first["masterdeal_offset"] == b"1"
    assert first["masterdeal_reason"] == b"not_json"
    assert {one.value() for one in letters} == {*bad[1:], b"", msgspec.json.encode(wrong)}


def test_7_an_event_that_breaks_the_fold_is_set_aside_alone(
    broker: Broker, house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from masterdeal.flow import quarantine

    record = quarantine.record

    def breaking(tx: Any, batch: Sequence[Incoming], *rest: Any) -> list[Outcome]:
        if any(item.id == "MD-F-2" for item in batch):
            raise RecursionError
        return record(tx, batch, *rest)

    monkeypatch.setattr(quarantine, "record", breaking)
    topic = broker.topic("domain.fold", 1)
    send(broker, topic, *story("MD-F"))
    reader = Reader(broker, house, topic)
    reader.until(lambda: house.counts()["events"] == 3)
    reader.close()
    assert [letter.reason for letter in house.letters()] == ["fold_failed"]
    assert reader.committed(topic, 1) == 4


def test_12_a_failed_batch_is_not_committed_and_not_skipped_by_the_next(
    broker: Broker, house: Installation
) -> None:
    topic = broker.topic("domain.failing", 1)
    calls: list[int] = []

    def unsteady(items: Sequence[Incoming]) -> list[Outcome]:
        calls.append(len(items))
        if len(calls) <= 2:
            raise StoreFailed("the disk is full")
        return take(house.store, items, house.book, lambda: micro(house.now))

    send(broker, topic, *story("MD-S")[:2])
    reader = Reader(broker, house, topic, unsteady)
    with pytest.raises(StoreFailed):
        reader.until(lambda: False)
    assert reader.committed(topic, 1) == 0
    send(broker, topic, *story("MD-S")[2:])
    reader.topics.rest(0.5)
    with pytest.raises(StoreFailed):
        reader.until(lambda: False)
    reader.until(lambda: house.counts()["events"] == 4)
    assert reader.committed(topic, 1) == 4
    reader.close()
    assert house.stage("MD-S") == "offer_ready"


KILLED = """
import os, signal, sys, threading
from pathlib import Path
sys.path[:0] = ["tests"]
from fastapi.testclient import TestClient
from installation import Installation, hours, micro
from masterdeal.bus.kafka.domain_topics import DomainTopics
from masterdeal.flow.quarantine import take

bootstrap, topic, path = sys.argv[1:]
house = Installation(Path(path))
house.now = hours(4)

def dies_after_commit(items):
    take(house.store, items, house.book, lambda: micro(house.now))
    os.kill(os.getpid(), signal.SIGKILL)

topics = DomainTopics(bootstrap, house.book, dies_after_commit, print, threading.Event(),
                      {"group.id": topic, "session.timeout.ms": 1500, "heartbeat.interval.ms": 300}, "^" + topic + "$")
while True:
    topics.round()
"""


def test_8_kill_9_between_the_stores_commit_and_the_offsets_makes_repeats_only(
    broker: Broker, house: Installation
) -> None:
    topic = broker.topic("domain.killed", 2)
    send(broker, topic, *story("MD-K"), *story("MD-L"))
    command = [sys.executable, "-c", KILLED, broker.bootstrap, topic, str(house.path)]
    killed = subprocess.run(command, cwd=ROOT, timeout=60, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = house.counts()["events"]
    assert kept > 0
    assert committed(broker, topic, topic, 2) == 0
    told = house.notices()
    seen: list[Outcome] = []

    def watched(items: Sequence[Incoming]) -> list[Outcome]:
        outcomes = take(house.store, items, house.book, lambda: micro(house.now))
        seen.extend(outcomes)
        return outcomes

    reader = Reader(broker, house, topic, watched)
    reader.until(lambda: len(seen) >= 8)
    reader.close()
    assert [one.outcome for one in seen].count("duplicate") == kept
    assert house.counts()["events"] == 8
    assert house.notices()[: len(told)] == told
    assert {house.stage("MD-K"), house.stage("MD-L")} == {"offer_ready"}
    house.prove()


def test_11_two_members_share_the_partitions_and_a_rebalance_loses_nothing(
    broker: Broker, house: Installation
) -> None:
    topic = broker.topic("domain.shared")
    other = Installation(house.path)
    deals = [f"MD-B{number}" for number in range(30)]
    readers = [Reader(broker, house, topic), Reader(broker, other, topic)]
    stop = threading.Event()

    def work(reader: Reader) -> None:
        while not stop.is_set():
            try:
                reader.topics.round()
            except BusFailed:
                reader.topics.rest(0.1)
        reader.topics.close()

    threads = [threading.Thread(target=work, args=(reader,)) for reader in readers]
    threads[0].start()
    for number, deal in enumerate(deals):
        send(broker, topic, *story(deal))
        if number == 5:
            threads[1].start()
        time.sleep(0.1)
    end = time.monotonic() + 30
    while time.monotonic() < end and (
        house.counts()["events"] < 120 or committed(broker, topic, topic, 4) < 120
    ):
        time.sleep(0.3)
    stop.set()
    for thread in threads:
        thread.join()
    for reader in readers:
        reader.close()
    other.close()
    assert house.counts()["events"] == 120
    assert committed(broker, topic, topic, 4) == 120
    assert {house.stage(deal) for deal in deals} == {"offer_ready"}
    assert house.letters() == []
    house.prove()


def test_11_a_member_that_stalls_beyond_its_time_loses_its_partitions_and_nothing_is_lost_or_doubled(
    broker: Broker, house: Installation
) -> None:
    """The store holds a batch up for longer than `max.poll.interval.ms`: the other member takes over, the stalled one's
    commit is refused, and when it comes back it reads on."""
    topic = broker.topic("domain.stalled", 2)
    deals = [f"MD-Z{number}" for number in range(6)]
    send(broker, topic, *(event for deal in deals for event in story(deal)))
    stalled = threading.Event()

    def slowly(items: Sequence[Incoming]) -> list[Outcome]:
        outcomes = take(house.store, items, house.book, lambda: micro(house.now))
        if not stalled.is_set():
            stalled.set()
            time.sleep(8)
        return outcomes

    quick = {"max.poll.interval.ms": 6000}
    slow, other = Reader(broker, house, topic, slowly, quick), Reader(broker, house, topic, None, quick)

    def run(reader: Reader) -> None:
        while not reader.stopping.is_set():
            try:
                reader.topics.round()
            except BusFailed:
                time.sleep(0.1)

    threads = [threading.Thread(target=run, args=(reader,)) for reader in (slow, other)]
    threads[0].start()
    assert stalled.wait(20)
    threads[1].start()
    wait_for(lambda: other.committed(topic, 2) == 24)
    send(broker, topic, *(event for deal in deals for event in story(f"{deal}-again")))
    wait_for(lambda: house.counts()["events"] == 48)
    for reader in (slow, other):
        reader.stopping.set()
    for thread in threads:
        thread.join(20)
    assert {house.stage(f"{deal}{again}") for deal in deals for again in ("", "-again")} == {"offer_ready"}
    assert house.letters() == []
    house.prove()
    for reader in (slow, other):
        reader.close()


def test_13_what_a_foreign_transaction_aborted_is_never_read(broker: Broker, house: Installation) -> None:
    topic = broker.topic("domain.aborted", 1)
    settings = {"bootstrap.servers": broker.bootstrap, "transactional.id": "foreign", "log_level": 0}
    foreign = Producer(settings)
    foreign.init_transactions(20)

    def transaction(deal: str) -> None:
        foreign.begin_transaction()
        for event in story(deal):
            foreign.produce(topic, msgspec.json.encode(event), deal)
        foreign.flush(20)

    transaction("MD-ABORTED")
    foreign.abort_transaction(20)
    transaction("MD-KEPT")
    foreign.commit_transaction(20)
    transaction("MD-ABORTED")
    foreign.abort_transaction(20)
    send(broker, topic, *story("MD-AFTER"))
    reader = Reader(broker, house, topic)
    reader.until(lambda: house.stage("MD-AFTER") == "offer_ready")
    reader.close()
    assert (house.stage("MD-KEPT"), house.stage("MD-ABORTED")) == ("offer_ready", None)
    assert house.counts()["events"] == 8


def test_21_a_message_too_large_for_the_broker_does_not_hold_up_the_others(broker: Broker) -> None:
    broker.topic("masterdeal.large", 1)
    outlet = Outlet(broker.bootstrap, threading.Event())
    outlet.send([Outgoing("masterdeal.large", b"k", value, []) for value in (b"a", b"x" * 3_000_000, b"b")])
    outlet.close()
    assert (outlet.sent, outlet.too_large) == (2, 1)
    found = received(broker, "masterdeal.large", lambda found: len(found) >= 2)
    assert [message.value() for message in found] == [b"a", b"b"]


def test_14_a_broker_that_dies_and_comes_back_gets_everything_and_events_go_on(
    broker: Broker, house: Installation
) -> None:
    topic = broker.topic("domain.restarted", 1)
    reader = Reader(broker, house, topic)
    out = Outlet(broker.bootstrap, reader.stopping)
    link = KafkaLink(
        house.store, lambda: micro(house.now), reader.topics, out, reader.aside, reader.stopping, lambda: None
    )
    link.start()
    send(broker, topic, *story("MD-T")[:2])
    wait_for(lambda: house.stage("MD-T") == "briefed")
    broker.kill()
    house.take(*story("MD-U"))  # as over REST: the outage is not felt here
    assert house.stage("MD-U") == "offer_ready"
    time.sleep(1)
    broker.start()
    send(broker, topic, *story("MD-T")[2:])
    wait_for(lambda: house.stage("MD-T") == "offer_ready")
    told = {notice["id"] for notice in house.notices()}

    def ids(found: list[Any]) -> set[str]:
        return {msgspec.json.decode(message.value())["id"] for message in found}

    found = received(broker, CANONICAL, lambda found: told <= ids(found))
    link.stop()
    firsts: dict[str, list[int]] = {}
    for message in found:
        event = msgspec.json.decode(message.value())
        if event["id"] in told:
            numbers = firsts.setdefault(event["subject"], [])
            if int(event["sequence"]) not in numbers:
                numbers.append(int(event["sequence"]))
    assert firsts.keys() == {"MD-T", "MD-U"}
    assert all(numbers == sorted(numbers) for numbers in firsts.values())
    assert reader.committed(topic, 1) == 4


def wait_for(done: Callable[[], bool], patience: float = 30) -> None:
    end = time.monotonic() + patience
    while not done():
        assert time.monotonic() < end, "nothing came of it in time"
        time.sleep(0.1)


def test_the_service_reads_and_publishes_with_nothing_but_the_address_of_a_broker(
    broker: Broker, tmp_path: Path
) -> None:
    topic = broker.topic("domain.crm")
    send(broker, topic, *story("MD-E"))
    with open_house(Settings(data=tmp_path, kafka_bootstrap=broker.bootstrap)) as house:
        with TestClient(build(house)) as client:
            wait_for(lambda: "offer_ready" in client.get("/v1/deals/MD-E").text)
            found = received(
                broker,
                CANONICAL,
                lambda found: any(
                    b'"to":"offer_ready"' in one.value() for one in found if one.key() == b"MD-E"
                ),
            )
            figures = client.get("/metrics").text
        assert any(one.key() == b"MD-E" for one in found)
        assert "masterdeal_kafka_failures_total 0.0\n" in figures
        assert "masterdeal_kafka_lag 0.0\n" in figures
