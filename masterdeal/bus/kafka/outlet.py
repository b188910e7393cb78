"""Messages to Kafka: idempotent, acknowledged by all replicas, waited for."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic
from msgspec import Struct

from masterdeal.bus.kafka.message import STRUCTURED
from masterdeal.errors import BusFailed
from masterdeal.ports import OutboxRow

log = logging.getLogger(__name__)

# One topic for all canonical events: only so are those of one deal in order across their types.
CANONICAL: Final = "masterdeal.events"
DEAD_LETTERS: Final = "masterdeal.dead-letters"
# How long one look at the delivery reports lasts, and with it the wait for a stop.
_LOOK: Final = 0.05
_PATIENCE: Final = 10.0
_TOO_LARGE: Final = (KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG_SIZE)


class Outgoing(Struct, frozen=True):
    """One message to send."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | str | None]]


def canonical(row: OutboxRow) -> Outgoing:
    """A canonical event as a message: structured mode, keyed by the deal."""
    return Outgoing(CANONICAL, row.deal_id.encode(), row.body, [("content-type", STRUCTURED.encode())])


class Outlet:
    """Sends messages and waits for their acknowledgements. For one thread.

    A message never expires while it waits: were an early one given up and a later one delivered, the order of a deal
    would break. So `send` waits through an outage of the broker, until `stopping` is set.
    """

    def __init__(
        self, bootstrap: str, stopping: threading.Event, overrides: Mapping[str, Any] | None = None
    ) -> None:
        self._settings: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "enable.idempotence": True,
            "acks": "all",
            "message.timeout.ms": 0,
            "linger.ms": 2,
            "compression.type": "lz4",
            # librdkafka's own choice of partition differs from that of the Java clients; others may join on the key.
            "partitioner": "murmur2_random",
            "client.id": "masterdeal",
            "log_level": 3,
            **(overrides or {}),
        }
        self._stopping = stopping
        self._producer: Producer | None = None
        self._topics: set[str] = set()
        self.sent = 0
        self.too_large = 0

    def publish(self, rows: Sequence[OutboxRow]) -> None:
        """Send canonical events, in this order; BusFailed if not all of them are known to be kept by the broker."""
        self.send([canonical(row) for row in rows])

    def send(self, messages: Sequence[Outgoing]) -> None:
        """Send, in this order, and wait. One that is too large for the broker is left out and counted: it can
        never be sent, and what follows must not wait for it."""
        for topic in {message.topic for message in messages} - self._topics:
            self._create(topic)
        producer = self._producer or self._open()
        reports: list[KafkaError | None] = []

        def reported(error: KafkaError | None, _: Message) -> None:
            reports.append(error)

        for message in messages:
            self._produce(producer, message, reported, reports)
        while len(reports) < len(messages):
            producer.poll(_LOOK)
            if self._stopping.is_set() and len(reports) < len(messages):
                self.close()
                raise BusFailed("stopped while messages were under way; they are sent again")
        self._judge(reports)

    def _produce(
        self, producer: Producer, message: Outgoing, reported: Any, reports: list[KafkaError | None]
    ) -> None:
        while True:
            try:
                producer.produce(
                    message.topic,
                    message.value,
                    message.key,
                    on_delivery=reported,
                    headers=message.headers,
                )
            except BufferError:
                producer.poll(_LOOK)
                if self._stopping.is_set():
                    self.close()
                    raise BusFailed("stopped while messages were under way; they are sent again") from None
            except KafkaException as error:
                reports.append(error.args[0])
                return
            else:
                return

    def _judge(self, reports: Sequence[KafkaError | None]) -> None:
        for error in reports:
            if error is None:
                self.sent += 1
            elif error.code() in _TOO_LARGE:
                self.too_large += 1
                log.error("a message is larger than the broker takes and was left out: %s", error.str())
            else:
                self.close()
                raise BusFailed(f"the broker did not take a message: {error.str()}")

    def _open(self) -> Producer:
        try:
            self._producer = Producer(self._settings)
        except KafkaException as error:
            raise BusFailed(f"Kafka: {error.args[0].str()}") from error
        return self._producer

    def _create(self, topic: str) -> None:
        """Make the topic where it is missing, with the broker's own number of partitions and replicas."""
        admin = AdminClient({"bootstrap.servers": self._settings["bootstrap.servers"], "log_level": 3})
        try:
            if topic not in admin.list_topics(timeout=_PATIENCE).topics:
                admin.create_topics([NewTopic(topic, -1, -1)], operation_timeout=_PATIENCE)[topic].result()
        except KafkaException as error:
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise BusFailed(f"Kafka topic {topic}: {error.args[0].str()}") from error
        self._topics.add(topic)

    def close(self) -> None:
        """Let go of the broker; what was not acknowledged is not sent any more."""
        if self._producer is not None:
            self._producer.purge()
            self._producer.flush(1.0)
            self._producer = None
