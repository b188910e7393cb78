"""From a domain event on a real Kafka to the canonical event it causes, on the same Kafka: PostgreSQL in between."""

from __future__ import annotations

import threading
import time
from contextlib import closing
from typing import Any

import msgspec
from confluent_kafka import Consumer, Producer
from kafka_broker import Broker, absent

from api.kafka import KafkaLink
from masterdeal.bus.kafka.domain_topics import DomainTopics
from masterdeal.bus.kafka.outlet import CANONICAL, Outlet
from masterdeal.flow.intake import Incoming, Outcome
from masterdeal.flow.quarantine import take
from masterdeal.reference import read_rulebook
from masterdeal.store.postgres import PostgresStore
from tests.bench.postgresql import server
from tests.bench.rounds import line
from tests.bench.story import STEPS, content
from tests.postgresql import binaries

PER_SECOND = 50
SECONDS = 15
WARM = 3  # seconds whose events are not counted: topics are made, partitions handed out
# Seconds within which half and nearly all of the canonical events are wanted.
AIMS = {0.5: 0.25, 0.99: 1.0}


def _now() -> int:
    return time.time_ns() // 1000


def _message(number: int, step: int) -> bytes:
    type_, system = STEPS[step]
    return msgspec.json.encode(
        {
            "specversion": "1.0",
            "id": f"{number}-{step}",
            "source": system,
            "type": type_,
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "subject": f"MD-{number}",
            "data": content(type_, number),
        }
    )


def run() -> list[str]:
    """p50 and p99 of the lag at a steady rate."""
    missing = "no PostgreSQL server" if binaries() is None else absent()
    if missing is not None:
        return [missing]
    broker = Broker()
    try:
        with server() as up, closing(PostgresStore(up.new_database())) as store:
            return _measured(broker, store)
    finally:
        broker.stop()


def _measured(broker: Broker, store: PostgresStore) -> list[str]:
    book, stopping = read_rulebook(), threading.Event()
    topic = broker.topic("domain.bench")
    broker.topic(CANONICAL)
    aside, outlet = Outlet(broker.bootstrap, stopping), Outlet(broker.bootstrap, stopping)

    def taken(items: list[Incoming]) -> list[Outcome]:
        return take(store, items, book, _now)

    topics = DomainTopics(broker.bootstrap, book, taken, aside.send, stopping)  # type: ignore[arg-type]
    link = KafkaLink(store, _now, topics, outlet, aside, stopping, lambda: None)
    sent: dict[str, float] = {}
    came: dict[str, float] = {}
    listening = threading.Thread(target=_listen, args=(broker, came, stopping))
    link.start()
    listening.start()
    producer = Producer({"bootstrap.servers": broker.bootstrap, "linger.ms": 0, "log_level": 0})
    begin = time.perf_counter()
    for place in range(PER_SECOND * SECONDS):
        wait = begin + place / PER_SECOND - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        number, step = divmod(place, 2)
        sent[f"{number}-{step}"] = time.perf_counter()
        producer.produce(topic, _message(number, step), f"MD-{number}")
        producer.poll(0)
    producer.flush(20)
    deadline = time.perf_counter() + 30
    while len(came) < len(sent) and time.perf_counter() < deadline:
        time.sleep(0.05)
    link.stop()
    listening.join()
    counted = [id_ for id_, moment in sent.items() if moment > begin + WARM]
    lags = sorted(came[id_] - sent[id_] for id_ in counted if id_ in came)
    report = [
        line(f"lost of {len(counted)} events", len(counted) - len(lags), "0", len(lags) == len(counted))
    ]
    for share, aim in AIMS.items():
        lag = lags[min(len(lags) - 1, int(len(lags) * share))]
        note = f"{PER_SECOND} events/s, one partition group of one member"
        report.append(
            line(
                f"seconds from Kafka in to canonical out, p{share * 100:.0f}",
                lag,
                f"< {aim}",
                lag < aim,
                note,
            )
        )
    return report


def _listen(broker: Broker, came: dict[str, float], stopping: threading.Event) -> None:
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap,
            "group.id": "bench",
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,
            "log_level": 0,
        }
    )
    consumer.subscribe([CANONICAL])
    while not stopping.is_set():
        message = consumer.poll(0.1)
        if message is None or message.error() is not None:
            continue
        event: dict[str, Any] = msgspec.json.decode(message.value() or b"{}")
        cause = event["data"].get("cause")
        if cause is not None:
            came.setdefault(cause["id"], time.perf_counter())
    consumer.close()
