"""What of an escalation's task a task tracker outside has been shown, and when it is to be told again."""

from __future__ import annotations

import hashlib
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from masterdeal.escalation import OPEN, Task
from masterdeal.instant import MINUTE, SECOND

WAITING: Final = "waiting"
SHOWN: Final = "shown"
REFUSED: Final = "refused"
# Longer than all calls of one attempt may take together; after a kill -9 a task waits for this long at most.
LEASE: Final = 3 * MINUTE
FIRST_PAUSE: Final = 10 * SECOND
LONGEST_PAUSE: Final = 10 * MINUTE
# After an answer was lost the task is looked for; a tracker's search finds a new task only after a while.
SETTLING: Final = 30 * SECOND


class Delivery(Struct, frozen=True):
    """How far one tracker follows one task. `change` counts what happened to the task, `sent` is the change the
    tracker shows, `shown` the state it shows it in. `leased` is until when a process is telling it. Instants are
    microseconds; `next_try` and `since` are None where nothing waits."""

    task_id: str
    deal_id: str
    tracker: str
    remote: str | None
    change: int
    sent: int
    shown: Literal["open", "closed"] | None
    state: Literal["waiting", "shown", "refused"]
    attempts: int
    uncertain: bool
    next_try: int | None
    leased: int | None
    since: int | None
    detail: str | None = None

    @property
    def key(self) -> str:
        """The idempotency key of the change that is to be told: the same for every repeat."""
        return f"{self.task_id}.{self.change}"


class Backlog(Struct, frozen=True):
    """How many deliveries wait, since when the oldest does, and how many were refused."""

    waiting: int
    oldest: int | None
    refused: int


def first_wanted(task_id: str, deal_id: str, tracker: str, now: int) -> Delivery:
    """The delivery of a task that the tracker has never heard of. `deal_id` is empty where it belongs to no deal."""
    return Delivery(task_id, deal_id, tracker, None, 1, 0, None, WAITING, 0, False, now, None, now)


def wanted(before: Delivery | None, task: Task, tracker: str, now: int) -> Delivery | None:
    """The delivery once the task has changed. None where the tracker never heard of a task that is over."""
    if before is None:
        if task.state != OPEN:
            return None
        return first_wanted(task.id, task.deal_id, tracker, now)
    return replace(
        before,
        change=before.change + 1,
        state=WAITING,
        attempts=0,
        next_try=max(now, before.leased or 0),
        since=now if before.since is None else before.since,
    )


def again(delivery: Delivery, now: int) -> Delivery:
    """Somebody asks to try once more, at once."""
    if delivery.state == SHOWN:
        return delivery
    since = now if delivery.since is None else delivery.since
    return replace(delivery, state=WAITING, attempts=0, next_try=max(now, delivery.leased or 0), since=since)


def leased(delivery: Delivery, now: int) -> Delivery:
    """One process has the right to tell it."""
    return replace(
        delivery, attempts=delivery.attempts + 1, leased=now + LEASE, next_try=now + LEASE, uncertain=True
    )


def told(
    at_lease: Delivery, present: Delivery, remote: str, shown: Literal["open", "closed"], now: int
) -> Delivery:
    """The tracker shows the change that was leased; `present` may have had another since."""
    done = present.change == at_lease.change
    return replace(
        present,
        remote=remote,
        sent=at_lease.change,
        shown=shown,
        state=SHOWN if done else WAITING,
        attempts=0,
        uncertain=False,
        next_try=None if done else now,
        leased=None,
        since=None if done else now,
        detail=None,
    )


def held_up(
    at_rest: Delivery, present: Delivery, detail: str, now: int, asked: int | None, *, untouched: bool
) -> Delivery:
    """The tracker could not be told. `at_rest` is the delivery as it was before it was leased, `asked` the pause the
    tracker asked for, in microseconds; `untouched` says that it was not even called, so that nothing can have arrived."""
    wait = max(pause(present.attempts, present.task_id), asked or 0)
    if not untouched and present.remote is None:
        wait = max(wait, SETTLING)
    return replace(
        present,
        state=WAITING,
        attempts=max(present.attempts - 1, 0) if untouched else present.attempts,
        uncertain=at_rest.uncertain if untouched else True,
        next_try=now + wait,
        leased=None,
        detail=detail,
    )


def refused(at_lease: Delivery, present: Delivery, detail: str, now: int) -> Delivery:
    """The tracker will not have this change, however often it is told; the next change is tried again."""
    if present.change != at_lease.change:
        return replace(present, leased=None, next_try=now, detail=detail)
    return replace(
        present, state=REFUSED, uncertain=False, next_try=None, leased=None, since=None, detail=detail
    )


def pause(attempts: int, task_id: str) -> int:
    """How long to wait after so many attempts, in microseconds: doubled each time up to ten minutes, and spread by up
    to a fifth so that many tasks do not come back at once."""
    whole = min(FIRST_PAUSE << min(max(attempts - 1, 0), 16), LONGEST_PAUSE)
    spread = int.from_bytes(hashlib.blake2b(f"{task_id}/{attempts}".encode(), digest_size=2).digest()) / 65536
    return int(whole * (0.8 + 0.2 * spread))
