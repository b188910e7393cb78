"""Threads that nobody has gone on with for too long are forgotten: transcript and memory. Decisions and proposals stay."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from api.thread_papers import THREAD, drop
from masterdeal import instant
from masterdeal.instant import DAY, HOUR
from masterdeal.ports import EventStore

log = logging.getLogger(__name__)

EVERY: Final = HOUR
PAGE: Final = 200
# Threads whose transcript is gone and whose memory is to follow; what a crash left here is taken up again.
LEAVING: Final = "thread-leaving"

Forget = Callable[[list[str]], Coroutine[Any, Any, None]]


class Retention:
    """Looks once an hour for threads older than `days`, by their last turn; 0 keeps them all."""

    def __init__(self, store: EventStore, days: int, forget: Forget) -> None:
        self._store = store
        self._days = days
        self._forget = forget
        self._looked: int | None = None

    def __call__(self, now: int) -> None:
        """Forget what is too old, if it is time to look."""
        if not self._days or (self._looked is not None and now - self._looked < EVERY):
            return
        forgotten = self.sweep(now)
        self._looked = now
        if forgotten:
            log.info("%d threads were older than %d days and are forgotten", forgotten, self._days)

    def sweep(self, now: int) -> int:
        """Forget what is too old, now; how many threads that were."""
        before = now - self._days * DAY
        for thread_id in self._old(before):
            self._drop(thread_id, before, now)
        with self._store.reading() as read:
            leaving = [id_ for id_, _ in read.archive(LEAVING, "", PAGE)]
        total = 0
        while leaving:
            asyncio.run(self._forget(leaving))
            with self._store.writing() as tx:
                tx.discard(LEAVING, leaving)
            total += len(leaving)
            with self._store.reading() as read:
                leaving = [id_ for id_, _ in read.archive(LEAVING, "", PAGE)]
        return total

    def _old(self, before: int) -> list[str]:
        found: list[str] = []
        after = ""
        with self._store.reading() as read:
            while rows := read.archive(THREAD, after, PAGE):
                found += [id_ for id_, body in rows if _last(body) < before]
                after = rows[-1][0]
        return found

    def _drop(self, thread_id: str, before: int, now: int) -> None:
        """Remove the transcript, unless somebody has gone on meanwhile."""
        with self._store.writing() as tx:
            tx.hold([thread_id])
            body = tx.archived(THREAD, thread_id)
            if body is None or _last(body) >= before:
                return
            drop(tx, thread_id, json.loads(body)["turns"])
            tx.file(LEAVING, {thread_id: "{}"}, now)


def _last(body: str) -> int:
    return instant.parse(json.loads(body)["updated_at"])
