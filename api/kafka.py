"""The service's two threads on Kafka: domain events in, canonical events out."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from api.observing import traced
from masterdeal.errors import DealError
from masterdeal.flow.dispatch import dispatch
from masterdeal.ports import EventStore

if TYPE_CHECKING:
    from masterdeal.bus.kafka.domain_topics import DomainTopics
    from masterdeal.bus.kafka.outlet import Outlet

log = logging.getLogger(__name__)

CURSOR: Final = "kafka"
FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 30.0
# Another process may have written; this one looks this often even if nobody wakes it.
LOOK: Final = 0.25
BATCH: Final = 500


class KafkaLink:
    """Started and stopped with the service. Failures are waited out, ever longer, and counted; REST goes on."""

    def __init__(
        self,
        store: EventStore,
        clock: Callable[[], int],
        topics: DomainTopics,
        outlet: Outlet,
        aside: Outlet,
        stopping: threading.Event,
        committed: Callable[[], None],
    ) -> None:
        self._store = store
        self._clock = clock
        self._topics = topics
        self._outlet = outlet
        self._aside = aside
        self._stopping = stopping
        self._committed = committed
        self.failures = 0
        self._fresh = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, name="kafka-in", daemon=True),
            threading.Thread(target=self._write, name="kafka-out", daemon=True),
        ]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is in hand, leave the consumer group, end."""
        self._stopping.set()
        self._fresh.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()

    def _read(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                if traced("kafka.in", self._topics.round):
                    self._fresh.set()
                    self._committed()
                pause = FIRST_PAUSE
            except Exception as error:
                # The border of the process: reading must go on whatever a message or the store does.
                self._failed("reading domain events", error, pause)
                self._topics.rest(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        self._topics.close()
        self._aside.close()

    def _write(self) -> None:
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            try:
                if traced("kafka.out", self._dispatched) < BATCH:
                    self._fresh.wait(LOOK)
                    self._fresh.clear()
                pause = FIRST_PAUSE
            except Exception as error:
                # The border of the process, as above.
                self._failed("publishing canonical events", error, pause)
                self._stopping.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        self._outlet.close()

    def _dispatched(self) -> int:
        return dispatch(self._store, self._outlet.publish, CURSOR, self._clock, BATCH)

    def _failed(self, doing: str, error: Exception, pause: float) -> None:
        if self._stopping.is_set():
            return
        self.failures += 1
        if isinstance(error, DealError):
            log.warning("%s waits %.1f s: %s", doing, pause, error.message)
        else:
            log.error("%s stumbled and waits %.1f s", doing, pause, exc_info=error)

    def figures(self) -> list[tuple[str, str, str, float]]:
        """Name, kind, meaning and value for the metrics."""
        with self._store.reading() as read:
            waiting = read.last_outbox() - read.cursor(CURSOR)
        topics, outlet = self._topics, self._outlet
        return [
            ("masterdeal_kafka_waiting", "gauge", "Canonical events not yet published to Kafka", waiting),
            ("masterdeal_kafka_lag", "gauge", "Domain events not yet read from Kafka", topics.lag()),
            ("masterdeal_kafka_taken_total", "counter", "Domain events read from Kafka", topics.taken),
            (
                "masterdeal_kafka_dead_letters_total",
                "counter",
                "Domain events sent to the dead-letter topic",
                topics.set_aside,
            ),
            (
                "masterdeal_kafka_commit_failures_total",
                "counter",
                "Commits of offsets that the broker did not confirm",
                topics.commit_failures,
            ),
            ("masterdeal_kafka_sent_total", "counter", "Canonical events published to Kafka", outlet.sent),
            (
                "masterdeal_kafka_too_large_total",
                "counter",
                "Messages left out because the broker takes none so large",
                outlet.too_large + self._aside.too_large,
            ),
            ("masterdeal_kafka_failures_total", "counter", "Rounds with Kafka that failed", self.failures),
        ]
