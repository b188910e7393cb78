"""Escalation: from what is announced about SLA timers to tasks for people. A breach has one task, ever."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from masterdeal import instant, sla
from masterdeal.errors import Misconfigured
from masterdeal.hours import Calendar
from masterdeal.notice import SLA_AT_RISK, SLA_BREACHED, SLA_UPDATED, breach_id

FOLLOWED: Final = frozenset({SLA_AT_RISK, SLA_BREACHED, SLA_UPDATED})
# Of a timer that has no task yet, only these states may open one.
OPENING: Final = frozenset({sla.AT_RISK, sla.BREACHED})
BREACH: Final = "breach"
WARNING: Final = "warning"
OPEN: Final = "open"
CLOSED: Final = "closed"
TAKEN_BACK: Final = "taken_back"
OVERTAKEN: Final = "breached"
RESTATED: Final = "restated"
BY_PERSON: Final = "by_person"


class Rung(Struct, frozen=True):
    """One step of the ladder: who is told, and how long after the due time, in microseconds."""

    addressee: str
    after: int


class Ladder(Struct, frozen=True):
    """The rungs in rising order and the role that each timer belongs to, for due times from `since`."""

    since: int
    rungs: tuple[Rung, ...]
    roles: dict[str, str]


class Task(Struct, frozen=True):
    """A task. `due` is the due time of the timer, `rung` counts from 0, `climbs` is when the next rung is reached;
    None where there is none, or where somebody has acknowledged the task. Instants are microseconds."""

    id: str
    kind: Literal["breach", "warning"]
    deal_id: str
    timer: str
    due: int
    opened: int
    rung: int
    climbs: int | None
    state: Literal["open", "closed"]
    acknowledged: int | None = None
    acknowledged_by: str | None = None
    closed: int | None = None
    closed_because: str | None = None


def task_id(breach: str) -> str:
    """The id of the task of a breach or a warning: the same breach always has the same."""
    return "ESC-" + hashlib.blake2b(breach.encode(), digest_size=8).hexdigest().upper()


def warning_id(deal_id: str, timer: str, due: int) -> str:
    """What a warning's task is named after."""
    return f"{deal_id}/sla.at_risk/{timer}/{instant.iso(due)}"


def read_ladders(table: Mapping[str, Any], elapsed: Calendar, timers: Sequence[str]) -> tuple[Ladder, ...]:
    """The ladders from their TOML table, oldest first; Misconfigured says what does not fit."""
    ladders = []
    for row in table["version"]:
        rungs = tuple(Rung(one["addressee"], _span(one["after"], elapsed)) for one in row["rung"])
        if not rungs or rungs[0].after != 0 or any(a.after >= b.after for a, b in itertools.pairwise(rungs)):
            raise Misconfigured("the rungs of an escalation ladder must rise, and the first be at 0h")
        absent = set(timers) - set(row["role"])
        if absent:
            raise Misconfigured(f"no role for {sorted(absent)} in the escalation ladder of {row['from']}")
        since = instant.of_datetime(datetime.combine(row["from"], time(), UTC))
        ladders.append(Ladder(since, rungs, dict(row["role"])))
    if not ladders:
        raise Misconfigured("no escalation ladder")
    return tuple(sorted(ladders, key=lambda ladder: ladder.since))


def _span(text: str, elapsed: Calendar) -> int:
    return 0 if text == "0h" else elapsed.limit(text)


def ladder_at(ladders: Sequence[Ladder], due: int) -> Ladder:
    """The ladder in force at a due time."""
    return next((ladder for ladder in reversed(ladders) if ladder.since <= due), ladders[0])


def follow(
    type_: str,
    deal_id: str,
    data: Mapping[str, Any],
    standing: Sequence[Task],
    ladders: Sequence[Ladder],
    now: int,
) -> list[Task]:
    """The tasks that a canonical event of one of the FOLLOWED types opens, closes or opens again, as they are
    afterwards. `standing` are the tasks of the deal's timer. The same event twice changes nothing the second time."""
    timer, state = data["timer"], data["state"]
    taken_back = data.get("breach_taken_back")
    changed: dict[str, Task] = {}
    if state == sla.BREACHED and data["breached_at"] is not None:
        changed |= _closed(standing, OVERTAKEN, now, WARNING)
        meant = of_breach(standing)
        if type_ == SLA_BREACHED or "breach_restored" in data or meant is None:
            due = instant.parse(data["breached_at"])
            name = breach_id(deal_id, timer, due)
            others = [task for task in standing if task.id != task_id(name)]
            changed |= _closed(others, RESTATED, now, BREACH)
            opened = _opened(BREACH, name, deal_id, timer, due, standing, ladders, now)
            changed |= {task.id: task for task in opened}
        elif meant.closed_because not in (None, BY_PERSON):
            # The deal runs on, or its due time has moved: the breach that was announced is still the one meant.
            again = replace(meant, state=OPEN, closed=None, closed_because=None)
            changed[again.id] = climb(again, ladders, now)
        return list(changed.values())
    because = TAKEN_BACK if taken_back is not None else RESTATED if state in sla.OPEN else state
    changed |= _closed(standing, because, now, BREACH)
    if state == sla.AT_RISK and data["due_at"] is not None:
        due = instant.parse(data["due_at"])
        name = warning_id(deal_id, timer, due)
        others = [task for task in standing if task.id != task_id(name)]
        changed |= _closed(others, RESTATED, now, WARNING)
        opened = _opened(WARNING, name, deal_id, timer, due, standing, ladders, now)
        changed |= {task.id: task for task in opened}
    else:
        changed |= _closed(standing, because, now, WARNING)
    return list(changed.values())


def of_breach(standing: Sequence[Task]) -> Task | None:
    """The task, open or closed, of the breach of a timer that was announced last and not taken back."""
    meant = [
        task for task in standing if task.kind == BREACH and task.closed_because not in (TAKEN_BACK, RESTATED)
    ]
    return max(meant, key=lambda task: (task.state == OPEN, task.closed or 0), default=None)


def _closed(standing: Sequence[Task], because: str, now: int, kind: str) -> dict[str, Task]:
    return {
        task.id: replace(task, state=CLOSED, closed=now, closed_because=because, climbs=None)
        for task in standing
        if task.kind == kind and task.state == OPEN
    }


def _opened(
    kind: Literal["breach", "warning"],
    name: str,
    deal_id: str,
    timer: str,
    due: int,
    standing: Sequence[Task],
    ladders: Sequence[Ladder],
    now: int,
) -> list[Task]:
    id_ = task_id(name)
    known = next((task for task in standing if task.id == id_), None)
    if known is not None and (known.state == OPEN or known.closed_because == BY_PERSON):
        return []
    task = known or Task(id_, kind, deal_id, timer, due, now, 0, None, OPEN)
    task = replace(task, state=OPEN, closed=None, closed_because=None)
    return [climb(task, ladders, now)] if kind == BREACH else [task]


def climb(task: Task, ladders: Sequence[Ladder], now: int) -> Task:
    """The task on the rung that it has reached at `now`. One that is closed or acknowledged stays where it is, and
    no task ever goes down."""
    if task.state != OPEN or task.acknowledged is not None:
        return replace(task, climbs=None)
    rungs = ladder_at(ladders, task.due).rungs
    reached = max((place for place, rung in enumerate(rungs) if task.due + rung.after <= now), default=0)
    rung = max(task.rung, reached)
    return replace(
        task, rung=rung, climbs=task.due + rungs[rung + 1].after if rung + 1 < len(rungs) else None
    )


def acknowledged(task: Task, by: str, now: int) -> Task:
    """Somebody has taken the task up: it climbs no further. The first to do so stays named."""
    if task.state != OPEN or task.acknowledged is not None:
        return task
    return replace(task, acknowledged=now, acknowledged_by=by, climbs=None)


def closed_by(task: Task, by: str, now: int) -> Task:
    """A person closes the task though its reason may stand; it is not opened again."""
    if task.state == CLOSED:
        return task
    return replace(
        acknowledged(task, by, now), state=CLOSED, closed=now, closed_because=BY_PERSON, climbs=None
    )
