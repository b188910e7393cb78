"""The service's thread to a task tracker outside: what waits is told, one task at a time."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

from api.observing import traced
from masterdeal.errors import DealError
from masterdeal.escalation import Ladder
from masterdeal.flow.deliver import Told, catch_up, deliver
from masterdeal.instant import SECOND
from masterdeal.ports import EventStore
from masterdeal.trackers.circuit import Guarded
from masterdeal.trackers.ticket import TrackerConfig

log = logging.getLogger(__name__)

# Another process may have noted a change; this one looks this often even if nobody wakes it.
LOOK: Final = 1.0
AFTER_FAILURE: Final = 1.0


class TrackerLink:
    """Started and stopped with the service. `close` lets go of the client that the tracker speaks through."""

    def __init__(
        self,
        store: EventStore,
        tracker: Guarded,
        config: TrackerConfig,
        ladders: Sequence[Ladder],
        clock: Callable[[], int],
        close: Callable[[], None],
    ) -> None:
        self._store = store
        self._tracker = tracker
        self.config = config
        self._ladders = ladders
        self._clock = clock
        self._close = close
        self._stopping = threading.Event()
        self._caught_up = False
        self.told = 0
        self.failures = 0
        self._thread = threading.Thread(target=self._run, name="tracker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the task in hand, then end."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._close()

    def round(self) -> float:
        """Tell of one task; returns how long to rest before the next, in seconds."""
        if not self._caught_up:
            catch_up(self._store, self.config, self._clock())
            self._caught_up = True
        outcome: Told = "nothing"

        def told() -> int:
            nonlocal outcome
            outcome = deliver(self._store, self._tracker, self.config, self._ladders, self._clock)
            return int(outcome != "nothing")

        traced("tracker", told)
        if outcome == "told":
            self.told += 1
        elif outcome != "nothing":
            self.failures += 1
            log.warning("the task tracker %s: a task is %s", self._tracker.name, outcome)
        return {"told": 0.0, "refused": 0.0, "held_up": AFTER_FAILURE, "nothing": LOOK}[outcome]

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                rest = self.round()
            except Exception as error:
                # The border of the process: the thread must live on whatever a tracker answers.
                self.failures += 1
                rest = AFTER_FAILURE
                if isinstance(error, DealError):
                    log.warning("the tracker's thread waits: %s", error.message)
                else:
                    log.exception("the tracker's thread stumbled")
            self._stopping.wait(rest)

    def standing(self) -> dict[str, Any]:
        """For `doctor` and /readyz: which tracker, how its circuit stands, what waits."""
        with self._store.reading() as read:
            backlog = read.backlog()
        waited = 0 if backlog.oldest is None else max(0, self._clock() - backlog.oldest)
        return {
            "system": self.config.system,
            "circuit": self._tracker.state,
            "waiting": backlog.waiting,
            "oldest_s": round(waited / SECOND, 3),
            "refused": backlog.refused,
        }

    def figures(self) -> list[tuple[str, str, str, float]]:
        """Name, kind, meaning and value for the metrics."""
        now = self.standing()
        return [
            (
                "masterdeal_tracker_waiting",
                "gauge",
                "Task changes not yet told to the tracker",
                now["waiting"],
            ),
            (
                "masterdeal_tracker_oldest_seconds",
                "gauge",
                "How long the oldest of them has waited",
                now["oldest_s"],
            ),
            ("masterdeal_tracker_refused", "gauge", "Tasks the tracker will not have", now["refused"]),
            (
                "masterdeal_tracker_circuit_open",
                "gauge",
                "1 while the tracker is left alone after failures",
                float(now["circuit"] != "closed"),
            ),
            ("masterdeal_tracker_told_total", "counter", "Task changes told to the tracker", self.told),
            ("masterdeal_tracker_failures_total", "counter", "Attempts that failed", self.failures),
        ]
