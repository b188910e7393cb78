"""Tasks of the escalation to a task tracker outside: at least once, each remote task opened once, no transaction open
while the network is slow. What waits, and until when, stands in the store, so an outage outlives a restart."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Final, Literal

from masterdeal.delivery import Delivery, again, first_wanted, held_up, leased, refused, told, wanted
from masterdeal.errors import NotFound, TrackerRefused, TrackerUnreachable
from masterdeal.escalation import OPEN, Ladder, Task
from masterdeal.flow.hot import unpack
from masterdeal.ports import EventStore, Reading, Writing
from masterdeal.trackers.errand import APPROVED, compose_errand
from masterdeal.trackers.ticket import ERRAND, Ticket, Tracker, TrackerConfig, compose

CURSOR: Final = "tracker"
_PAGE: Final = 500

Told = Literal["nothing", "told", "held_up", "refused"]


def note(tx: Writing, tasks: Sequence[Task], config: TrackerConfig | None, now: int) -> None:
    """Write tasks, and for each that has changed that the tracker is to be told. The deals must be held."""
    if config is not None:
        changed = [task for task in tasks if task.kind in config.kinds and tx.task(task.id) != task]
        rows = [wanted(tx.delivery(task.id), task, config.system, now) for task in changed]
        tx.put_deliveries([row for row in rows if row is not None])
    tx.put_tasks(tasks)


def note_errand(
    tx: Writing, task_id: str, deal_id: str | None, config: TrackerConfig | None, now: int
) -> None:
    """The tracker is to be told of a task that a person has approved, once, whoever notes it again."""
    if config is not None and ERRAND in config.kinds and tx.delivery(task_id) is None:
        tx.put_deliveries([first_wanted(task_id, deal_id or "", config.system, now)])


def catch_up(store: EventStore, config: TrackerConfig, now: int) -> int:
    """Let the tracker be told of the open and the approved tasks that it never heard of: those opened before there was
    one. Returns how many there were."""
    missing = 0
    for kind in sorted(config.kinds):
        after = ""
        while True:
            with store.reading() as read:
                tasks = read.tasks(kind, OPEN, after, _PAGE)
                strange = [task for task in tasks if read.delivery(task.id) is None]
            if strange:
                with store.writing() as tx:
                    tx.hold({task.deal_id for task in strange})
                    rows = [
                        wanted(None, task, config.system, now)
                        for task in strange
                        if tx.delivery(task.id) is None
                    ]
                    tx.put_deliveries([row for row in rows if row is not None])
                missing += len(strange)
            if len(tasks) < _PAGE:
                break
            after = tasks[-1].id
    return missing + _errands(store, config, now)


def _errands(store: EventStore, config: TrackerConfig, now: int) -> int:
    """Approved tasks that the tracker never heard of."""
    missing, after = 0, ""
    while ERRAND in config.kinds:
        with store.reading() as read:
            kept = read.archive(APPROVED, after, _PAGE)
            strange = [(id_, body) for id_, body in kept if read.delivery(id_) is None]
        if strange:
            with store.writing() as tx:
                deals = [json.loads(body).get("master_deal_id") for _, body in strange]
                tx.hold({deal_id or "" for deal_id in deals})
                for (id_, _), deal_id in zip(strange, deals, strict=True):
                    note_errand(tx, id_, deal_id, config, now)
            missing += len(strange)
        if len(kept) < _PAGE:
            break
        after = kept[-1][0]
    return missing


def deliver(
    store: EventStore,
    tracker: Tracker,
    config: TrackerConfig,
    ladders: Sequence[Ladder],
    clock: Callable[[], int],
) -> Told:
    """Tell the tracker of the one task that has waited longest past its time, if there is one."""
    taken = _lease(store, clock())
    if taken is None:
        return "nothing"
    at_rest, row = taken
    try:
        if row.tracker != tracker.name:
            raise TrackerRefused(f"the task was opened in {row.tracker}, which is no longer connected")
        with store.reading() as read:
            ticket = _ticket(read, row, config, ladders, clock())
        remote = _show(tracker, at_rest, ticket)
    except TrackerUnreachable as error:
        detail, asked, untouched = error.message, error.facts.get("retry_after"), "untouched" in error.facts
        _settle(
            store,
            row,
            lambda present: held_up(at_rest, present, detail, clock(), asked, untouched=untouched),
        )
        return "held_up"
    except TrackerRefused as error:
        told_why = error.message
        _settle(store, row, lambda present: refused(row, present, told_why, clock()))
        return "refused"
    _settle(store, row, lambda present: told(row, present, remote, ticket.state, clock()))
    return "told"


def _show(tracker: Tracker, at_rest: Delivery, ticket: Ticket) -> str:
    """Bring the tracker's task to what ours is, opening it if it is not there; returns its id there."""
    remote = at_rest.remote
    if remote is None and at_rest.uncertain:
        # An earlier try may have opened the task and lost the answer.
        remote = tracker.find(ticket.task_id)
    shown = OPEN if at_rest.shown is None else at_rest.shown
    if remote is None:
        remote = tracker.create(ticket)
        if ticket.state == OPEN:
            return remote
    tracker.show(remote, ticket, ticket.state != shown)
    return remote


def _ticket(
    read: Reading, row: Delivery, config: TrackerConfig, ladders: Sequence[Ladder], now: int
) -> Ticket:
    stored = read.deal(row.deal_id) if row.deal_id else None
    told_of = {} if stored is None else unpack(stored)[0].attributes
    errand = read.archived(APPROVED, row.task_id)
    if errand is not None:
        paper = json.loads(errand)
        return compose_errand(paper, row.task_id, row.key, told_of.get("title"), config, now)
    task = read.task(row.task_id)
    if task is None:
        raise TrackerRefused(f"there is no task {row.task_id} any more")
    return compose(task, row.key, told_of.get("title"), told_of.get("manager"), ladders, config, now)


def _lease(store: EventStore, now: int) -> tuple[Delivery, Delivery] | None:
    """The delivery that is due, as it was and as it is leased; None if none is or others are at it."""
    with store.reading() as read:
        if not read.deliveries_due(now, 1):
            return None
    with store.writing() as tx:
        if tx.claim(CURSOR) is None:
            return None
        due = tx.deliveries_due(now, 1)
        if not due:
            return None
        tx.hold([due[0].deal_id])
        # Looked at again: whoever held the deal may have changed it.
        row = tx.delivery(due[0].task_id)
        if row is None or row.next_try is None or row.next_try > now:
            return None
        held = leased(row, now)
        tx.put_deliveries([held])
    return row, held


def _settle(store: EventStore, row: Delivery, after: Callable[[Delivery], Delivery]) -> None:
    """Write what came of an attempt, unless another process has taken over since."""
    with store.writing() as tx:
        tx.hold([row.deal_id])
        present = tx.delivery(row.task_id)
        if present is not None and present.leased == row.leased:
            tx.put_deliveries([after(present)])


def retry(store: EventStore, task_id: str, now: int) -> Delivery:
    """Tell the tracker of a task at once, also after a refusal; NotFound where no tracker follows it."""
    with store.writing() as tx:
        row = tx.delivery(task_id)
        if row is None:
            raise NotFound(f"no tracker follows {task_id}", id=task_id)
        tx.hold([row.deal_id])
        row = again(tx.delivery(task_id) or row, now)
        tx.put_deliveries([row])
    return row
