"""Tasks kept up with the canonical events and with the clock, in the transaction that moves the reader's place:
so each event changes the tasks exactly once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec
from msgspec import Struct

from masterdeal.errors import NotFound
from masterdeal.escalation import FOLLOWED, OPENING, Ladder, Task, acknowledged, climb, closed_by, follow
from masterdeal.flow.deliver import note
from masterdeal.ports import EventStore, Writing
from masterdeal.trackers.ticket import TrackerConfig

CURSOR: Final = "escalation"


class _Timer(Struct):
    state: str


class _Stated(Struct):
    data: _Timer


_state: Final = msgspec.json.Decoder(_Stated)


def escalate(
    store: EventStore,
    ladders: Sequence[Ladder],
    now: int,
    limit: int = 500,
    config: TrackerConfig | None = None,
) -> int:
    """Follow up to `limit` canonical events and let up to `limit` tasks climb; returns how many there were. What
    changes is noted for the task tracker, where one is configured."""
    with store.reading() as read:
        if not read.outbox(read.cursor(CURSOR), 1) and not read.climbing(now, 1):
            return 0
    with store.writing() as tx:
        position = tx.claim(CURSOR)
        if position is None:
            return 0
        rows = tx.outbox(position, limit)
        rising = tx.climbing(now, limit)
        followed = [row for row in rows if row.type in FOLLOWED]
        deals = {row.deal_id for row in followed} | {task.deal_id for task in rising}
        if deals:
            tx.hold(deals)
        concerned = tx.escalated({row.deal_id for row in followed}) if followed else set()
        for row in followed:
            # Nearly every timer comes to its end in time, and of such a deal there is no task to look for.
            if row.deal_id not in concerned:
                if _state.decode(row.body).data.state not in OPENING:
                    continue
                concerned.add(row.deal_id)
            data = msgspec.json.decode(row.body)["data"]
            standing = tx.tasks_of(row.deal_id, data["timer"])
            note(tx, follow(row.type, row.deal_id, data, standing, ladders, now), config, now)
        # Looked at again, for an event of this batch may have closed one.
        risen = [climb(task, ladders, now) for task in tx.climbing(now, limit) if task.deal_id in deals]
        note(tx, risen, config, now)
        if rows:
            tx.move_cursor(CURSOR, rows[-1].position)
    return len(rows) + len(rising)


def acknowledge(store: EventStore, id_: str, by: str, now: int, config: TrackerConfig | None = None) -> Task:
    """Somebody takes a task up; NotFound if there is none. Repeating it changes nothing."""
    with store.writing() as tx:
        task = acknowledged(_held(tx, id_), by, now)
        note(tx, [task], config, now)
    return task


def close(store: EventStore, id_: str, by: str, now: int, config: TrackerConfig | None = None) -> Task:
    """Somebody closes a task; NotFound if there is none. Repeating it changes nothing."""
    with store.writing() as tx:
        task = closed_by(_held(tx, id_), by, now)
        note(tx, [task], config, now)
    return task


def _held(tx: Writing, id_: str) -> Task:
    task = tx.task(id_)
    if task is None:
        raise NotFound(f"no escalation {id_}", id=id_)
    tx.hold([task.deal_id])
    return tx.task(id_) or task
