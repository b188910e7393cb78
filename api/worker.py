"""The background worker: timers by the clock, canonical events out."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from msgspec.structs import replace

from api.observing import traced
from masterdeal.errors import DealError
from masterdeal.escalation import Ladder
from masterdeal.flow.escalate import escalate
from masterdeal.flow.rebuild import restate
from masterdeal.flow.relay import CURSOR, relay
from masterdeal.flow.sweep import sweep
from masterdeal.instant import MINUTE, SECOND
from masterdeal.ports import DealRow, EventStore, OutboxRow
from masterdeal.rulebook import Rulebook
from masterdeal.trackers.ticket import TrackerConfig

log = logging.getLogger(__name__)

LONGEST_WAIT: Final = 1.0
# While events pour in, what a few commits brought is relayed together: each round locks and flushes the store.
LONGEST_REST: Final = 0.05
AFTER_FAILURE: Final = 1.0
AFTER_MISJUDGING: Final = MINUTE
BATCH: Final = 500


class Worker:
    """One thread: sweep what is due, relay what is new, sleep until the next alarm, a wake-up or a second."""

    def __init__(
        self,
        store: EventStore,
        book: Rulebook,
        clock: Callable[[], int],
        publish: Callable[[list[OutboxRow]], None],
        told: Callable[[], None] = lambda: None,
        ladders: Sequence[Ladder] = (),
        tracker: TrackerConfig | None = None,
        chores: Sequence[Callable[[int], None]] = (),
    ) -> None:
        self._chores = chores
        self._store = store
        self._book = book
        self._clock = clock
        self._publish = publish
        self._told = told
        self._reached = 0
        self._ladders = ladders
        self._tracker = tracker
        self._wake = threading.Event()
        self._stopping = False
        self._ended = threading.Event()
        self.swept_at = 0
        self.drained_at = 0
        self.failures = 0
        self._restated = False
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Something has been written; look now."""
        self._wake.set()

    def stop(self) -> None:
        """Finish the round, then end."""
        self._stopping = True
        self._ended.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def round(self) -> None:
        """Everything that is due and everything that is new, once."""
        now = self._clock()
        while not self._stopping and self._due(now):
            self._sweep(now)
            self._drain()
        if not self._restated and not self._stopping:
            changed = restate(self._store, self._book, now)
            self._restated = True
            if changed:
                log.warning("%d deals were judged anew by %s", changed, self._book.edition)
        self.swept_at = now
        self._drain()
        for chore in self._chores:
            if not self._stopping:
                chore(now)

    def _sweep(self, now: int) -> None:
        try:
            traced("sweep", lambda: self._swept(now))
        except DealError:
            raise
        except Exception:
            # The border of the process: one deal that cannot be judged must not stop the timers of the others.
            log.exception("a sweep failed; its deals are taken one by one")
            self.failures += 1
            while not self._stopping and self._sweep_one(now):
                pass

    def _swept(self, now: int) -> int:
        with self._store.writing() as tx:
            return sweep(tx, self._book, now, BATCH)

    def _sweep_one(self, now: int) -> bool:
        """Sweep the earliest deal alone; whether there was one."""
        due: list[DealRow] = []
        try:
            with self._store.writing() as tx:
                due = tx.due(now, 1)
                return sweep(tx, self._book, now, 1) > 0
        except DealError:
            raise
        except Exception:
            log.exception("deal %s cannot be judged; it is tried again later", due[0].deal_id)
            with self._store.writing() as tx:
                tx.hold([due[0].deal_id])
                tx.put(
                    [
                        replace(row, alarm=now + AFTER_MISJUDGING)
                        for row in tx.states([due[0].deal_id]).values()
                    ]
                )
            return True

    def _due(self, now: int) -> bool:
        with self._store.reading() as read:
            alarm = read.next_alarm()
        return alarm is not None and alarm <= now

    def _drain(self) -> None:
        while traced("relay", self._relayed) == BATCH and not self._stopping:
            self._tell()
        self._tell()
        self.drained_at = self._clock()
        if self._ladders:
            while not self._stopping:
                if traced("escalate", self._escalated) < BATCH:
                    break

    def _relayed(self) -> int:
        return relay(self._store, self._publish, BATCH)

    def _escalated(self) -> int:
        return escalate(self._store, self._ladders, self._clock(), BATCH, self._tracker)

    def _tell(self) -> None:
        """Wake the listeners once the relay's cursor is committed, for they read no further than it stands; also
        where another process of the service has relayed."""
        with self._store.reading() as read:
            reached = read.cursor(CURSOR)
        if reached != self._reached:
            self._reached = reached
            self._told()

    def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            pause = LONGEST_WAIT
            try:
                begun = time.monotonic()
                self.round()
                # No longer than the round took: a single event, and with it the next, is told at once.
                self._ended.wait(min(time.monotonic() - begun, LONGEST_REST))
                with self._store.reading() as read:
                    alarm = read.next_alarm()
                if alarm is not None:
                    pause = min(pause, max(0.001, (alarm - self._clock()) / SECOND))
            except DealError as error:
                self.failures += 1
                log.warning("the worker waits: %s", error.message)
                pause = AFTER_FAILURE
            except Exception:
                # The border of the process: the worker must live on, and the log must say why it stumbled.
                self.failures += 1
                log.exception("the worker stumbled")
                pause = AFTER_FAILURE
            if not self._stopping:
                self._wake.wait(pause)
