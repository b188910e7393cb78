"""The one that owns this process's marts: opens them, keeps them fed in a thread of its own, says how far they are."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from masterdeal.errors import DealError, MartsFailed
from masterdeal.hours import Calendar
from masterdeal.instant import SECOND
from masterdeal.ports import EventStore
from masterdeal.rulebook import Rulebook

if TYPE_CHECKING:
    from masterdeal.marts.feed import Feed
    from masterdeal.marts.warehouse import Warehouse

log = logging.getLogger(__name__)

LONGEST_WAIT: Final = 0.5
AFTER_FAILURE: Final = 1.0
# How far behind is counted up to here; beyond it is "at least".
COUNTED: Final = 1_000
# Feeding sums up what a burst of commits brings, instead of one transaction of the engine for each: a deal is restated
# once for all its events. It rests so many times as long as it worked, for taking events in goes before counting them,
# but no longer than this, in seconds, or until somebody asks for figures.
GATHERING: Final = 0.05
RESTING: Final = 4
LONGEST_REST: Final = 2.0


class MartsOwner:
    """Opens the marts when they are first needed, for the engine is slow to import. A thread feeds them between
    `start` and `stop`; without it whoever asks feeds them first."""

    def __init__(
        self,
        store: EventStore,
        book: Rulebook,
        working: Calendar,
        clock: Callable[[], int],
        opened: Callable[[], Warehouse],
    ) -> None:
        self._store = store
        self._book = book
        self._working = working
        self._clock = clock
        self._opened = opened
        self._turn = threading.RLock()
        self._feed: Feed | None = None
        self._warehouse: Warehouse | None = None
        self._wake = threading.Event()
        self._wanted = threading.Event()
        self._fed = threading.Condition()
        self._position = -1
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._fault: DealError | None = None
        self.restated = 0
        self.failures = 0

    def start(self) -> None:
        """Begin to feed."""
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="marts", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Events have been written; look now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the round, close the file. It can be started again."""
        self._stopping = True
        self._wake.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._turn:
            if self._warehouse is not None:
                self._warehouse.close()
            self._warehouse = self._feed = None
            self._position = -1

    def asked(self, patience: float = 3.0, filling: float = 15.0) -> Warehouse:
        """The marts, fed with everything that was in the log when they were asked, or as far as they came within
        `patience` seconds; those that are being filled from zero are waited for `filling` seconds. MartsHeld or
        MartsFailed where they cannot be used."""
        with self._store.reading() as read:
            last = read.last_logged()
        target = last.position if last is not None else 0
        if self._thread is None:
            with self._turn:
                while self._round():
                    pass
        elif self._position < target or self._warehouse is None:
            self._wake.set()
            self._wanted.set()
            with self._fed:
                if not self._whole():
                    self._fed.wait_for(lambda: self._whole() or self._fault is not None, filling)
                self._fed.wait_for(lambda: self._position >= target or self._fault is not None, patience)
        if self._warehouse is None or not self._whole():
            # Figures of a part would pass for figures of the whole.
            raise self._fault or MartsFailed("the marts are being filled; try again")
        return self._warehouse

    def _whole(self) -> bool:
        """Whether nothing is missing but what has come in since."""
        feed = self._feed
        return feed is not None and feed.fed is not None and feed.fed.whole

    def lag(self) -> dict[str, Any]:
        """How far the marts are behind the event log: `behind` counts events, at most COUNTED; `lag_s` is how long
        the oldest of them has waited. `whole` is false while they are filled from zero."""
        feed = self._feed
        fed = feed.fed if feed is not None else None
        with self._store.reading() as read:
            waiting = read.log(fed.position if fed is not None else 0, COUNTED)
        now = self._clock()
        return {
            "position": fed.position if fed is not None else 0,
            "behind": len(waiting),
            "lag_s": max(0.0, round((now - waiting[0].received) / SECOND, 3)) if waiting else 0.0,
            "whole": fed is not None and fed.whole,
        }

    def figures(self) -> list[tuple[str, str, str, float]]:
        """For /metrics."""
        lag = self.lag()
        return [
            (
                "masterdeal_marts_behind_events",
                "gauge",
                "Events not yet in the marts, up to 1000",
                lag["behind"],
            ),
            ("masterdeal_marts_lag_seconds", "gauge", "How long the oldest of them has waited", lag["lag_s"]),
            ("masterdeal_marts_restated_total", "counter", "Deals restated in the marts", self.restated),
            ("masterdeal_marts_failures_total", "counter", "Rounds of feeding that failed", self.failures),
        ]

    def _round(self) -> int:
        """Feed once; opens the marts first. Called by one thread at a time."""
        from masterdeal.marts.feed import Feed

        if self._warehouse is None or self._feed is None:
            self._warehouse = self._opened()
            self._feed = Feed(
                self._store, self._warehouse, self._book, self._working, self._clock, lambda: self._stopping
            )
        count = self._feed.round()
        self.restated += count
        with self._fed:
            self._fault = None
            self._position = self._feed.fed.position if self._feed.fed is not None else 0
            self._fed.notify_all()
        return count

    def _run(self) -> None:
        # The engine is slow to import: first let the service answer, unless someone is waiting for figures.
        self._wake.wait(LONGEST_WAIT)
        while not self._stopping:
            self._wake.clear()
            self._wanted.clear()
            rest = None
            pause = LONGEST_WAIT
            try:
                begun = time.monotonic()
                with self._turn:
                    busy = self._round() > 0
                if busy:
                    rest = min(max(GATHERING, RESTING * (time.monotonic() - begun)), LONGEST_REST)
            except DealError as error:
                self._stumbled(error)
                pause = AFTER_FAILURE
            except Exception as error:
                # The border of the process: the feeder must live on, and the log must say why it stumbled.
                log.exception("the marts stumbled")
                self._stumbled(MartsFailed(f"the marts cannot be fed: {error}"))
                pause = AFTER_FAILURE
            # A commit does not cut a rest short: it is there to gather what is being written.
            if rest is not None:
                self._wanted.wait(rest)
            else:
                self._wake.wait(pause)

    def _stumbled(self, error: DealError) -> None:
        """A file that cannot be used holds nothing that the log does not: the next round begins with an empty one."""
        self.failures += 1
        log.warning("the marts wait: %s", error.message)
        with self._turn:
            if self._warehouse is not None and isinstance(error, MartsFailed):
                self._warehouse.renew()
                self._feed = None
        with self._fed:
            self._fault = error
            self._fed.notify_all()
