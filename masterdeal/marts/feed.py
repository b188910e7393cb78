"""Keeps the marts up with the event log: exactly once, from any position, with the same rows as from zero."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from masterdeal.event import Event, of_body
from masterdeal.hours import Calendar
from masterdeal.marts.dimensions import dimensions
from masterdeal.marts.model import Rows, marts
from masterdeal.marts.restated import restate
from masterdeal.marts.warehouse import Fed, Warehouse
from masterdeal.ports import EventStore, LogRow, Reading
from masterdeal.rulebook import Rulebook

# One transaction of the engine costs some milliseconds whatever it holds, so what has gathered goes in together.
PAGE: Final = 10_000
DEALS_AT_ONCE: Final = 2_000


class Feed:
    """The one that feeds a warehouse from a store. Whoever calls `round` until it returns 0 has fed everything,
    unless `halted` has said that there is no more time."""

    def __init__(
        self,
        store: EventStore,
        warehouse: Warehouse,
        book: Rulebook,
        working: Calendar,
        clock: Callable[[], int],
        halted: Callable[[], bool] = lambda: False,
    ) -> None:
        self._store = store
        self._warehouse = warehouse
        self._book = book
        self._working = working
        self._clock = clock
        self._halted = halted
        self._edition = f"{marts().edition}|{book.edition}"
        self.fed: Fed | None = warehouse.fed()
        """How far it has come."""

    def round(self) -> int:
        """Feed the next page of the log and what the clock made due; returns how many deals were restated."""
        if self._warehouse.shared:
            self.fed = self._warehouse.fed()
        fed = self.fed
        with self._store.reading() as read:
            if fed is None or not self._continues(read, fed):
                return self._fill(read)
            rows = read.log(fed.position, PAGE)
            due = self._warehouse.again(self._clock(), DEALS_AT_ONCE)
            if not rows and not due:
                return 0
            touched = list(dict.fromkeys([*(row.deal_id for row in rows if row.known), *due]))
            reached = _reached(self._edition, rows[-1]) if rows else fed
            seen = _position(read.last_logged())
            for start in range(0, max(len(touched), 1), DEALS_AT_ONCE):
                chunk = touched[start : start + DEALS_AT_ONCE]
                last = start + DEALS_AT_ONCE >= len(touched)
                # What a page touches is restated before the position moves past it: a crash repeats, never skips.
                self._take(read, chunk, reached if last else fed, seen, fresh=False)
            return max(len(touched), 1)

    def _continues(self, read: Reading, fed: Fed) -> bool:
        """Whether the rows were made by this edition from this very log, and all of them."""
        if fed.edition != self._edition or not fed.whole:
            return False
        if fed.position == 0:
            return True
        before = read.log(fed.position - 1, 1)
        return bool(before) and (before[0].position, before[0].source, before[0].id) == (
            fed.position,
            fed.source,
            fed.id,
        )

    def _fill(self, read: Reading) -> int:
        """Everything anew, deal by deal, up to the end of the log as it stood at the beginning."""
        self._warehouse.begin(self._edition, dimensions(self._book))
        last = read.last_logged()
        reached = _reached(self._edition, last) if last is not None else Fed(self._edition, 0)
        after, count = "", 0
        while ids := read.told(after, DEALS_AT_ONCE):
            if self._halted():
                return 0
            self._take(read, ids, Fed(self._edition, 0, whole=False), _position(last), fresh=True)
            after, count = ids[-1], count + len(ids)
        self._take(read, [], reached, _position(last), fresh=True)
        return max(count, 1)

    def _take(self, read: Reading, deals: list[str], fed: Fed, seen: int, *, fresh: bool) -> None:
        rows: Rows = {}
        again: dict[str, int] = {}
        now = self._clock()
        for deal_id in deals:
            made = restate(
                deal_id, _events(read.events(deal_id)), self._book, self._working, now, _papers(read)
            )
            for table, found in made.rows.items():
                rows.setdefault(table, []).extend(found)
            if made.again is not None:
                again[deal_id] = made.again
        self._warehouse.take(deals, rows, again, fed, seen=seen, fresh=fresh)
        self.fed = fed


def _position(last: LogRow | None) -> int:
    return last.position if last is not None else 0


def _reached(edition: str, row: LogRow) -> Fed:
    return Fed(edition, row.position, row.source, row.id)


def _events(rows: Iterable[LogRow]) -> list[Event]:
    return [of_body(row.body, row.type, row.received, marked=row.marked) for row in rows if row.known]


def _papers(read: Reading) -> Callable[[str, str], Mapping[str, Any] | None]:
    """Offers as they are kept by version. The newest one is never taken for one that is not named: which is the newest
    depends on the day, and a row must not."""

    def paper(name: str, version: str) -> Mapping[str, Any] | None:
        if not version.isdigit():
            return None
        kept = read.archived("offer-version", f"{name}/{int(version):06d}")
        found = json.loads(kept).get("offer") if kept else None
        return found if isinstance(found, dict) else None

    return paper
