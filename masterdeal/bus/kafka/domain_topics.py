"""Domain events from Kafka: batches into the event store, offsets committed after the store's commit."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from masterdeal.bus.kafka.message import Headers, incoming
from masterdeal.bus.kafka.outlet import DEAD_LETTERS, Outgoing
from masterdeal.errors import BusFailed
from masterdeal.flow.intake import REJECTED, Incoming, Outcome
from masterdeal.rulebook import Rulebook

log = logging.getLogger(__name__)

TOPICS: Final = r"^domain\..*"
GROUP: Final = "masterdeal"
BATCH: Final = 500
_LOOK: Final = 0.2
# How often a member looks how far it is behind, in seconds.
_LOOK_BEHIND: Final = 1.0

Place = tuple[str, int]


class DomainTopics:
    """A member of the consumer group that reads `domain.*`, or the topics that the regular expression `topics` names. For one
    thread.

    Auto-commit is off: an offset is committed once its event is durable and, if it was refused, kept in the
    dead-letter topic too. Whatever happens in between is read again, and the store knows a repeat.
    """

    def __init__(
        self,
        bootstrap: str,
        book: Rulebook,
        take: Callable[[Sequence[Incoming]], list[Outcome]],
        set_aside: Callable[[Sequence[Outgoing]], None],
        stopping: threading.Event,
        overrides: Mapping[str, Any] | None = None,
        topics: str = TOPICS,
    ) -> None:
        self._topics = topics
        self._settings: dict[str, Any] = {
            "bootstrap.servers": bootstrap,
            "group.id": GROUP,
            "client.id": "masterdeal",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            "partition.assignment.strategy": "cooperative-sticky",
            # A member that was killed is missed after this long; the default lets its partitions stand for 45 s.
            "session.timeout.ms": 10_000,
            "topic.metadata.refresh.interval.ms": 10_000,
            "log_level": 3,
            **(overrides or {}),
        }
        self._book = book
        self._take = take
        self._set_aside = set_aside
        self._stopping = stopping
        self._consumer: Consumer | None = None
        self._resting = False
        # Where the next event of a partition stands, as far as the broker has not confirmed it.
        self._owed: dict[Place, int] = {}
        self.taken = 0
        self.set_aside = 0
        self.commit_failures = 0
        self.trouble = ""
        self._behind = 0
        self._look_at = 0.0

    def round(self, wait: float = _LOOK) -> int:
        """Take in what is there, waiting `wait` seconds for a first message; returns how many there were.
        On any error nothing is committed and the same messages come again."""
        consumer = self._consumer or self._open()
        messages = self._fetch(consumer, wait)
        self._look_behind(consumer)
        if not messages:
            self._commit(consumer)
            return 0
        done = False
        try:
            items = [incoming(_headers(one), one.value(), self._book) for one in messages]
            outcomes = self._take(items)
            refused = [
                _dead_letter(message, outcome)
                for message, outcome in zip(messages, outcomes, strict=True)
                if outcome.outcome == REJECTED
            ]
            if refused:
                self._set_aside(refused)
            done = True
        finally:
            if not done:
                self._rewind(consumer, messages)
        self.taken += len(messages)
        self.set_aside += len(refused)
        for message in messages:
            self._owed[_place(message)] = _offset(message) + 1
        self._commit(consumer)
        return len(messages)

    def lag(self) -> int:
        """How many messages of this member's partitions had not been read when it last looked, a second ago or in its
        last round; 0 while there is no connection. May be asked from any thread: the reader itself looks, for asking
        the client from another thread can wait as long as the reader does."""
        return self._behind if self._consumer is not None else 0

    def _look_behind(self, consumer: Consumer) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_BEHIND
        try:
            behind = 0
            for place in consumer.position(consumer.assignment()):
                low, high = consumer.get_watermark_offsets(place, cached=True)
                behind += max(0, high - max(place.offset, low)) if high > 0 else 0
            self._behind = behind
        except (KafkaException, RuntimeError, TypeError):
            self._behind = 0

    def rest(self, seconds: float) -> None:
        """Read nothing for a while, yet stay a member of the group; ends early when `stopping` is set."""
        end = time.monotonic() + seconds
        consumer = self._consumer
        if consumer is None:
            self._stopping.wait(seconds)
            return
        self._resting = True
        try:
            consumer.pause(consumer.assignment())
            while (left := end - time.monotonic()) > 0 and not self._stopping.is_set():
                stray = consumer.poll(min(_LOOK, left))
                if stray is not None and stray.error() is None:
                    self._rewind(consumer, [stray])
            consumer.resume(consumer.assignment())
        except KafkaException as error:
            self._give_up(error)
        finally:
            self._resting = False

    def close(self) -> None:
        """Leave the group, so that others take over at once."""
        if self._consumer is not None:
            try:
                self._commit(self._consumer)
                self._consumer.close()
            except (KafkaException, RuntimeError) as error:
                log.warning("the consumer did not end cleanly: %s", error)
            self._consumer = None

    def _open(self) -> Consumer:
        try:
            consumer = Consumer(self._settings)
            consumer.subscribe(
                [self._topics], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._revoked
            )
        except KafkaException as error:
            raise BusFailed(f"Kafka: {error.args[0].str()}") from error
        self._owed.clear()
        self._consumer = consumer
        return consumer

    def _assigned(self, consumer: Consumer, partitions: list[TopicPartition]) -> None:
        consumer.incremental_assign(partitions)
        if self._resting:
            consumer.pause(partitions)

    def _revoked(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        for partition in partitions:
            self._owed.pop((partition.topic, partition.partition), None)

    def _fetch(self, consumer: Consumer, wait: float) -> list[Message]:
        # The first message is waited for, the others are taken only if they have arrived: a lone event is not held up.
        first = consumer.poll(wait)
        if first is None:
            return []
        fetched = [first, *consumer.consume(BATCH - 1, 0)]
        messages = []
        for message in fetched:
            error = message.error()
            if error is None:
                messages.append(message)
            else:
                self._note(error)
        if messages:
            self.trouble = ""
        return messages

    def _note(self, error: KafkaError) -> None:
        self.trouble = error.str()
        log.warning("Kafka: %s", self.trouble)
        if error.fatal():
            self._consumer = None
            raise BusFailed(f"Kafka: {self.trouble}")

    def _commit(self, consumer: Consumer) -> None:
        """Say what is done. A failure changes nothing for good: the next round says it again, and if the partition
        has gone to another member, that one reads the events again as repeats."""
        if not self._owed:
            return
        offsets = [TopicPartition(*place, offset) for place, offset in self._owed.items()]
        try:
            confirmed = consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException as error:
            self._uncommitted(error.args[0])
            return
        for one in confirmed or ():
            if one.error is None:
                self._owed.pop((one.topic, one.partition), None)
            else:
                self._uncommitted(one.error)

    def _uncommitted(self, error: KafkaError) -> None:
        self.commit_failures += 1
        self.trouble = error.str()
        log.warning("offsets are not committed yet: %s", self.trouble)
        if error.code() in (KafkaError.ILLEGAL_GENERATION, KafkaError.UNKNOWN_MEMBER_ID):
            self._owed.clear()

    def _rewind(self, consumer: Consumer, messages: Sequence[Message]) -> None:
        """Read these messages again. Whoever has their partition now, if not this member, reads them anyway."""
        first: dict[Place, int] = {}
        for message in messages:
            first.setdefault(_place(message), _offset(message))
        try:
            mine = {(one.topic, one.partition) for one in consumer.assignment()}
            for place, offset in first.items():
                if place in mine:
                    consumer.seek(TopicPartition(*place, offset))
        except KafkaException as error:
            self._give_up(error)

    def _give_up(self, error: KafkaException) -> None:
        """A member whose position is in doubt leaves; the next round joins anew, at the committed offsets."""
        log.warning("the consumer joins its group anew: %s", error)
        self._owed.clear()
        self.close()


def _place(message: Message) -> Place:
    topic, partition = message.topic(), message.partition()
    assert topic is not None
    assert partition is not None
    return topic, partition


def _headers(message: Message) -> Headers:
    headers = message.headers() or []
    return list(headers.items()) if isinstance(headers, dict) else headers


def _offset(message: Message) -> int:
    offset = message.offset()
    assert offset is not None
    return offset


def _dead_letter(message: Message, outcome: Outcome) -> Outgoing:
    """The message as it came, with the reason and the place it came from in added headers."""
    topic, partition = _place(message)
    added = {
        "masterdeal_reason": outcome.reason or "",
        "masterdeal_detail": (outcome.detail or "")[:2000],
        "masterdeal_topic": topic,
        "masterdeal_partition": str(partition),
        "masterdeal_offset": str(_offset(message)),
    }
    headers: list[tuple[str, bytes | str | None]] = [
        *_headers(message),
        *((name, text.encode()) for name, text in added.items()),
    ]
    return Outgoing(DEAD_LETTERS, message.key(), message.value(), headers)
