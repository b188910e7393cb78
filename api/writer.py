"""Group commit: events of many requests become durable in one transaction, each request hears its own outcome."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from api.observing import traced
from masterdeal.errors import DealError, StoreFailed
from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import Incoming, Outcome, record
from masterdeal.flow.quarantine import take_singly
from masterdeal.ports import EventStore
from masterdeal.rulebook import Rulebook

log = logging.getLogger(__name__)

LARGEST_COMMIT: Final = 500


class _Submission:
    __slots__ = ("begun", "future", "items", "loop", "outcome")

    def __init__(self, items: Sequence[Incoming], loop: asyncio.AbstractEventLoop) -> None:
        self.items = items
        self.begun = time.perf_counter()
        self.loop = loop
        self.future: asyncio.Future[list[Outcome]] = loop.create_future()
        self.outcome: list[Outcome] | DealError | None = None


class Writer:
    """The one thread that takes events in. While a commit runs, the next one gathers."""

    def __init__(
        self, store: EventStore, book: Rulebook, clock: Callable[[], int], committed: Callable[[], None]
    ) -> None:
        self._store = store
        self._book = book
        self._clock = clock
        self._committed = committed
        self._hot = HotDeals()
        self._queue: queue.SimpleQueue[_Submission | None] = queue.SimpleQueue()
        self._closed = False
        self.requests = 0
        self.waited = 0.0
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def take(self, items: Sequence[Incoming]) -> list[Outcome]:
        """Take events in and wait until they are durable; one outcome each, in order."""
        if self._closed:
            raise StoreFailed("the service is stopping")
        submission = _Submission(items, asyncio.get_running_loop())
        self._queue.put(submission)
        return await submission.future

    def stop(self) -> None:
        """Commit what has been handed in, then end."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        going = True
        while going:
            submission = self._queue.get()
            if submission is None:
                break
            gathered = [submission]
            count = len(submission.items)
            while count < LARGEST_COMMIT:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    going = False
                    break
                gathered.append(following)
                count += len(following.items)
            self._commit(gathered)
            durable = time.perf_counter()
            self.requests += len(gathered)
            self.waited += sum(durable - one.begun for one in gathered)
            self._answer(gathered)
            self._committed()
        self._turn_away()

    def _turn_away(self) -> None:
        """Whoever came after the end is told so."""
        late = []
        while not self._queue.empty():
            submission = self._queue.get_nowait()
            if submission is not None:
                submission.outcome = StoreFailed("the service is stopping")
                late.append(submission)
        self._answer(late)

    def _commit(self, gathered: list[_Submission]) -> None:
        items = [item for submission in gathered for item in submission.items]
        outcomes: list[Outcome] = []

        def recorded() -> int:
            outcomes.extend(self._record(items))
            return len(outcomes)

        try:
            traced("ingest", recorded)
        except DealError as error:
            for submission in gathered:
                submission.outcome = error
            return
        except Exception:
            # The border of the process: whatever an event does to the fold must not stop the others.
            log.exception("a batch could not be folded; its events are taken one by one")
            for submission in gathered:
                submission.outcome = self._one_by_one(submission.items)
            return
        start = 0
        for submission in gathered:
            end = start + len(submission.items)
            submission.outcome = outcomes[start:end]
            start = end

    def _record(self, items: Sequence[Incoming]) -> list[Outcome]:
        with self._store.writing() as tx:
            return record(tx, items, self._book, self._clock(), self._hot)

    def _one_by_one(self, items: Sequence[Incoming]) -> list[Outcome] | DealError:
        """The outcomes, or why they are not known: then nothing is promised, and a repeat finds what was kept."""
        try:
            return take_singly(self._store, items, self._book, self._clock)
        except DealError as error:
            return error
        except Exception as error:
            log.exception("events could be neither folded nor set aside")
            return StoreFailed(f"the events could not be set aside: {type(error).__name__}")

    @staticmethod
    def _answer(gathered: list[_Submission]) -> None:
        by_loop: dict[asyncio.AbstractEventLoop, list[_Submission]] = {}
        for submission in gathered:
            by_loop.setdefault(submission.loop, []).append(submission)
        for loop, submissions in by_loop.items():
            try:
                loop.call_soon_threadsafe(_resolve, submissions)
            except RuntimeError:
                # The loop is gone, and with it whoever asked; the events are kept.
                log.warning("a commit of %d requests had nobody left to tell", len(submissions))


def _resolve(submissions: list[_Submission]) -> None:
    for submission in submissions:
        future = submission.future
        if future.done():
            continue
        if isinstance(submission.outcome, DealError):
            future.set_exception(submission.outcome)
        elif submission.outcome is not None:
            future.set_result(submission.outcome)
