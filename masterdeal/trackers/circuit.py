"""A tracker behind a circuit: after several failures in a row it is left alone for a while, then tried once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from purgatory import SyncCircuitBreakerFactory
from purgatory.domain.model import OpenedState

from masterdeal.errors import TrackerRefused, TrackerUnreachable
from masterdeal.trackers.ticket import Ticket, Tracker

THRESHOLD: Final = 5
SECONDS: Final = 30.0


class Guarded:
    """The tracker, called only while the circuit is closed, or half open to try. A refusal is an answer, not a failure."""

    def __init__(self, tracker: Tracker, threshold: int = THRESHOLD, seconds: float = SECONDS) -> None:
        self._tracker = tracker
        self._breaker = SyncCircuitBreakerFactory(threshold, seconds, [TrackerRefused]).get_breaker(
            tracker.name
        )

    @property
    def name(self) -> str:
        return self._tracker.name

    @property
    def state(self) -> str:
        """closed, opened or half-opened."""
        return str(self._breaker.context.state)

    @contextmanager
    def _passage(self) -> Iterator[None]:
        try:
            with self._breaker:
                yield
        except OpenedState as error:
            raise TrackerUnreachable(
                f"{self.name} is left alone after repeated failures", untouched=True
            ) from error

    def find(self, task_id: str) -> str | None:
        with self._passage():
            return self._tracker.find(task_id)

    def create(self, ticket: Ticket) -> str:
        with self._passage():
            return self._tracker.create(ticket)

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        with self._passage():
            self._tracker.show(remote, ticket, turned)
