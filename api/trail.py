"""The audit trail: who asked for what, which tools ran, what was proposed and decided, who was turned away.

Decisions enter it in their own transaction. The rest is gathered and committed in groups beside the answers, within
a fraction of a second; a process that is killed loses no more than that.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from typing import Any, Final

import msgspec

from api.access import Caller
from masterdeal.errors import DealError
from masterdeal.ports import EventStore

log = logging.getLogger(__name__)

LARGEST_GROUP: Final = 500
LONGEST_QUEUE: Final = 20_000
PAUSE: Final = 0.5
# So many refusals are kept one by one at a stretch; beyond that they are counted.
MOST_REFUSALS: Final = 100


def entry(who: Caller | str, what: str, **facts: Any) -> str:
    """One entry: who, what, and the facts that are known."""
    caller = (
        {"subject": who, "roles": []}
        if isinstance(who, str)
        else {"subject": who.subject, "roles": sorted(who.roles)}
    )
    known = {name: value for name, value in facts.items() if value is not None}
    return msgspec.json.encode({"what": what, "who": caller, **known}).decode()


class Trail:
    """Takes entries from any thread and commits them in groups."""

    def __init__(self, store: EventStore, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self._queue: queue.Queue[tuple[int, str] | None] = queue.Queue(LONGEST_QUEUE)
        self._refusals = 0
        self.lost = 0
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Commit what has been handed in, then end."""
        if self._thread.is_alive():
            self._queue.put(None)
            self._thread.join()

    def note(self, who: Caller | str, what: str, **facts: Any) -> None:
        """Hand an entry in; the caller does not wait."""
        self._add(entry(who, what, **facts))

    def refuse(self, who: Caller | str, **facts: Any) -> None:
        """Hand in that somebody was turned away. A flood of refusals is counted, not kept."""
        self._refusals += 1
        if self._refusals <= MOST_REFUSALS:
            self._add(entry(who, "refused", **facts))

    def _add(self, body: str) -> None:
        try:
            self._queue.put_nowait((self._clock(), body))
        except queue.Full:
            self.lost += 1

    def _run(self) -> None:
        going = True
        while going:
            try:
                first = self._queue.get(timeout=1.0)
            except queue.Empty:
                self._count_refusals()
                continue
            group = [] if first is None else [first]
            going = first is not None
            while going and len(group) < LARGEST_GROUP and not self._queue.empty():
                following = self._queue.get_nowait()
                if following is None:
                    going = False
                else:
                    group.append(following)
            self._commit(group, patient=going)

    def _count_refusals(self) -> None:
        """Once it is quiet: say how many more were turned away."""
        more, self._refusals = self._refusals - MOST_REFUSALS, 0
        if more > 0:
            self._add(entry("", "refused", more=more))

    def _commit(self, group: list[tuple[int, str]], *, patient: bool) -> None:
        for attempt in range(20 if patient else 2):
            try:
                with self._store.writing() as tx:
                    tx.audit_more(group)
                return
            except DealError as error:
                log.warning("the audit trail waits: %s", error.message)
                threading.Event().wait(PAUSE * min(attempt + 1, 10))
        self.lost += len(group)
        log.error("%d entries of the audit trail are lost", len(group))
