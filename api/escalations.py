"""Escalations: breaches that stand, their tasks, and what people do about them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from api import shapes
from api.access import LOCAL, Caller
from api.deals import DealId, house_of, timers_across
from api.identity import CallerHere
from api.paging import Cursor, Limit, from_cursor, to_cursor
from api.wiring import House
from masterdeal import instant
from masterdeal.delivery import Delivery
from masterdeal.errors import BadRequest, NotFound
from masterdeal.escalation import (
    BREACH,
    BY_PERSON,
    OPEN,
    Task,
    climb,
    ladder_at,
    of_breach,
    task_id,
    warning_id,
)
from masterdeal.flow.deliver import retry
from masterdeal.flow.escalate import acknowledge, close
from masterdeal.flow.hot import unpack
from masterdeal.notice import breach_id
from masterdeal.ports import Reading
from masterdeal.trackers.ticket import TrackerConfig

router = APIRouter(tags=["deals"])

TaskId = Annotated[str, Path(min_length=1, max_length=64, description="task_id of the escalation")]


class Person(BaseModel):
    """Who acts."""

    model_config = ConfigDict(extra="forbid")

    by: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        pattern=r"^[^\x00]*$",
        description="Name or login, where the service does not know its callers; where it does, it is the caller",
    )


@router.get("/v1/escalations", response_model=shapes.Escalations)
def list_escalations(
    request: Request,
    state: Annotated[
        Literal["open", "closed"], Query(description="Standing breaches, or closed tasks")
    ] = "open",
    kind: Annotated[
        Literal["breach", "warning"], Query(description="Breaches, or warnings of timers at risk")
    ] = "breach",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Any:
    """Breaches that stand: past their due time, their target not reached, the deal not cancelled, no person having
    closed the task. `closed`: tasks that are over, with the reason."""
    house = house_of(request)
    if kind == BREACH and state == OPEN:
        return _standing(house, limit, cursor)
    return _kept(house, kind, state, limit, cursor)


@router.get("/v1/deals/{master_deal_id}/escalations", response_model=shapes.Escalations)
def list_of_deal(request: Request, master_deal_id: DealId) -> Any:
    """Every task that a deal's timers opened, standing or closed, warnings and breaches, by due time."""
    house = house_of(request)
    now = house.clock()
    with house.store.reading() as read:
        row = read.deal(master_deal_id)
        if row is None:
            raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
        title = unpack(row)[0].attributes.get("title")
        tasks = [task for timer in house.ladders[-1].roles for task in read.tasks_of(master_deal_id, timer)]
        tasks.sort(key=lambda task: (task.due, task.id))
        return {
            "items": [_shown(house, task, title, now, read.delivery(task.id)) for task in tasks],
            "next_cursor": None,
        }


def _standing(house: House, limit: int, cursor: str | None) -> dict[str, Any]:
    now = house.clock()
    found, following = timers_across(house, "breached", None, limit, cursor)
    items = []
    with house.store.reading() as read:
        for item in found:
            deal_id, timer, due = item["master_deal_id"], item["timer"], instant.parse(item["due_at"])
            task = of_breach(read.tasks_of(deal_id, timer))
            if task is None:
                # A task is opened a moment after its breach; until then it is shown as it will be.
                id_ = task_id(breach_id(deal_id, timer, due))
                task = climb(Task(id_, BREACH, deal_id, timer, due, now, 0, None, OPEN), house.ladders, now)
            if task.closed_because != BY_PERSON:
                items.append(_shown(house, task, item["title"], now, read.delivery(task.id)))
    return {"items": items, "next_cursor": following}


def _kept(house: House, kind: str, state: str, limit: int, cursor: str | None) -> dict[str, Any]:
    now = house.clock()
    (after,) = from_cursor(cursor, "")
    with house.store.reading() as read:
        tasks = read.tasks(kind, state, after, limit + 1)
        items = [
            _shown(house, task, _title(read, task), now, read.delivery(task.id)) for task in tasks[:limit]
        ]
    return {"items": items, "next_cursor": to_cursor(tasks[limit - 1].id) if len(tasks) > limit else None}


def _title(read: Reading, task: Task) -> str | None:
    row = read.deal(task.deal_id)
    return None if row is None else unpack(row)[0].attributes.get("title")


def _shown(
    house: House, task: Task, title: str | None, now: int, delivery: Delivery | None
) -> dict[str, Any]:
    ladder = ladder_at(house.ladders, task.due)
    breached = task.kind == BREACH
    end = now if task.closed is None else task.closed
    return {
        "id": (breach_id if breached else warning_id)(task.deal_id, task.timer, task.due),
        "kind": task.kind,
        "task_id": task.id,
        "master_deal_id": task.deal_id,
        "title": title,
        "timer": task.timer,
        "state": task.state,
        "breached_at": instant.iso(task.due) if breached else None,
        "due_at": instant.iso(task.due),
        "overdue_s": instant.seconds(max(0, end - task.due)),
        "rung": task.rung,
        "addressee": ladder.rungs[min(task.rung, len(ladder.rungs) - 1)].addressee,
        "role": ladder.roles[task.timer],
        "next_rung_at": _iso(task.climbs),
        "acknowledged_at": _iso(task.acknowledged),
        "acknowledged_by": task.acknowledged_by,
        "closed_at": _iso(task.closed),
        "closed_because": task.closed_because,
        "delivery": None if delivery is None else _outside(delivery),
    }


def _outside(delivery: Delivery) -> dict[str, Any]:
    return {
        "tracker": delivery.tracker,
        "remote": delivery.remote,
        "state": delivery.state,
        "shown": delivery.shown,
        "attempts": delivery.attempts,
        "waiting_since": _iso(delivery.since),
        "next_try_at": _iso(delivery.next_try),
        "detail": delivery.detail,
    }


def _iso(moment: int | None) -> str | None:
    return None if moment is None else instant.iso(moment)


@router.post("/v1/escalations/{task_id}/acknowledge", response_model=shapes.Escalation)
def post_acknowledge(
    request: Request, task_id: TaskId, body: Annotated[Person, Body()], caller: CallerHere
) -> Any:
    """Take the task up: it climbs no further. Repeating it changes nothing."""
    house = house_of(request)
    by = _signed(house, task_id, body, caller)
    return _answer(house, acknowledge(house.store, task_id, by, house.clock(), _tracker(house)))


@router.post("/v1/escalations/{task_id}/close", response_model=shapes.Escalation)
def post_close(request: Request, task_id: TaskId, body: Annotated[Person, Body()], caller: CallerHere) -> Any:
    """Close the task though the breach may stand. It is not opened again, and repeating it changes nothing."""
    house = house_of(request)
    by = _signed(house, task_id, body, caller)
    return _answer(house, close(house.store, task_id, by, house.clock(), _tracker(house)))


@router.post("/v1/escalations/{task_id}/send", response_model=shapes.Escalation)
def post_send(request: Request, task_id: TaskId) -> Any:
    """Tell the task tracker of the task once more, at once: after it was refused, or instead of waiting."""
    house = house_of(request)
    with house.store.reading() as read:
        task = read.task(task_id)
    if task is None:
        raise NotFound(f"no escalation {task_id}", id=task_id)
    retry(house.store, task_id, house.clock())
    return _answer(house, task)


def _tracker(house: House) -> TrackerConfig | None:
    return None if house.tracker is None else house.tracker.config


def _signed(house: House, task_id: str, body: Person, caller: Caller) -> str:
    """Who acts, once it is sure that the caller may see the task."""
    with house.store.reading() as read:
        if read.task(task_id) is None:
            raise NotFound(f"no escalation {task_id}", id=task_id)
    if caller is not LOCAL:
        return caller.shown
    if body.by is None:
        raise BadRequest("by: say who acts", where="body/by")
    return body.by


def _answer(house: House, task: Task) -> dict[str, Any]:
    with house.store.reading() as read:
        return _shown(house, task, _title(read, task), house.clock(), read.delivery(task.id))
