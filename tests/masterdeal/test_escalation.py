"""A breach has exactly one task; a warning goes before it; what the deal does, and what people do, ends it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, hours, micro
from portfolios import cloud_event

from masterdeal.errors import Misconfigured, NotFound
from masterdeal.escalation import Task, read_ladders, task_id, warning_id
from masterdeal.flow.escalate import acknowledge, close, escalate
from masterdeal.hours import Elapsed
from masterdeal.notice import breach_id
from masterdeal.reference import read_escalation, read_rulebook, table

TIMERS = tuple(read_rulebook().rules.timers)
LADDERS = read_escalation(TIMERS)
DUE = micro(hours(8))
BREACH = task_id(breach_id("MD-1", "lead_to_brief", DUE))
WARNING = task_id(warning_id("MD-1", "lead_to_brief", DUE))


class Escalating(Installation):
    """An installation whose escalation follows."""

    def at(self, hour: float, *events: dict[str, Any]) -> dict[str, Task]:
        """Take in, sweep, escalate at an hour; the tasks by id."""
        self.take(*events, at=hours(hour))
        self.sweep()
        return self.followed()

    def followed(self, limit: int = 500) -> dict[str, Task]:
        while escalate(self.store, LADDERS, micro(self.now), limit):
            pass
        with self.store.reading() as read:
            kinds = [(kind, state) for kind in ("breach", "warning") for state in ("open", "closed")]
            return {task.id: task for pair in kinds for task in read.tasks(*pair, "", 1000)}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Escalating]:
    house = Escalating(tmp_path / "events.db")
    house.take(cloud_event("crm.deal.created", hours(0)), at=hours(0))
    yield house
    house.close()


def test_a_timer_at_risk_warns_and_a_breach_takes_the_warnings_place(house: Escalating) -> None:
    assert house.at(6) == {}
    (warning,) = house.at(7).values()
    assert (warning.id, warning.kind, warning.state) == (WARNING, "warning", "open")
    tasks = house.at(8.01)
    assert (tasks[WARNING].state, tasks[WARNING].closed_because) == ("closed", "breached")
    assert (tasks[BREACH].state, tasks[BREACH].due, tasks[BREACH].rung) == ("open", DUE, 0)


def test_the_same_events_again_change_nothing(house: Escalating) -> None:
    before = house.at(9)
    with house.store.writing() as tx:
        tx.move_cursor("escalation", 0)
    assert house.followed(1) == before


@pytest.mark.parametrize(
    ("hour", "type_", "because"),
    [
        (9, "crm.brief.submitted", "met_late"),
        (7, "crm.brief.submitted", "taken_back"),
        (9, "crm.deal.lost", "cancelled"),
    ],
)
def test_a_target_reached_a_breach_taken_back_and_a_lost_deal_close_the_task(
    house: Escalating, hour: float, type_: str, because: str
) -> None:
    house.at(8.5)
    tasks = house.at(10, cloud_event(type_, hours(hour)))
    assert (tasks[BREACH].state, tasks[BREACH].closed_because) == ("closed", because)
    assert tasks[BREACH].climbs is None
    assert [task.id for task in tasks.values() if task.kind == "breach"] == [BREACH]


def test_a_deal_that_is_reopened_opens_the_same_task_again(house: Escalating) -> None:
    house.at(8.5)
    assert house.at(10, cloud_event("crm.deal.lost", hours(9)))[BREACH].state == "closed"
    tasks = house.at(12, cloud_event("crm.deal.reopened", hours(11)))
    assert (tasks[BREACH].state, tasks[BREACH].closed) == ("open", None)


def test_a_breach_taken_back_that_stands_again_has_its_old_task(house: Escalating) -> None:
    before = house.at(8.5)[BREACH]
    taken_back = house.at(11, cloud_event("crm.deal.lost", hours(5)))[BREACH]
    assert taken_back.closed_because == "taken_back"
    task = house.at(12.5, cloud_event("crm.deal.reopened", hours(10)))[BREACH]
    assert (task.state, task.opened, task.rung) == ("open", before.opened, 1)


def test_the_task_climbs_by_the_clock_until_somebody_takes_it_up(house: Escalating) -> None:
    assert [house.at(hour)[BREACH].rung for hour in (8.01, 11.99, 12, 31.99)] == [0, 0, 1, 1]
    acknowledge(house.store, BREACH, "Иванова", micro(hours(31.99)))
    task = house.at(100)[BREACH]
    assert (task.rung, task.acknowledged_by, task.state) == (1, "Иванова", "open")
    assert acknowledge(house.store, BREACH, "Петров", micro(hours(101))) == task


def test_a_process_that_was_down_finds_the_rung_that_was_reached(house: Escalating) -> None:
    task = house.at(8 + 24)[BREACH]
    assert (task.rung, task.climbs) == (2, None)


def test_what_a_person_closed_stays_closed(house: Escalating) -> None:
    house.at(9)
    closed = close(house.store, BREACH, "Иванова", micro(hours(9)))
    assert (closed.state, closed.closed_because, closed.acknowledged_by) == ("closed", "by_person", "Иванова")
    house.at(10, cloud_event("crm.deal.lost", hours(9.5)))
    assert house.at(12, cloud_event("crm.deal.reopened", hours(11)))[BREACH] == closed
    assert close(house.store, BREACH, "Петров", micro(hours(13))) == closed


def test_a_task_that_is_not_there_is_said_so(house: Escalating) -> None:
    for act in (acknowledge, close):
        with pytest.raises(NotFound):
            act(house.store, "ESC-0", "Иванова", 0)


@pytest.mark.parametrize("seed", range(8))
def test_every_breach_that_was_announced_has_one_task_whatever_the_portions(
    tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    house = Escalating(tmp_path / f"{seed}.db")
    names = [
        "crm.deal.created",
        "crm.brief.submitted",
        "crm.deal.lost",
        "crm.deal.reopened",
        "media.mediaplan.ready",
    ]
    names += ["crm.offer.approved", "docflow.contract.signed", "mediapush.campaign.started"]
    for step in range(40):
        events = [
            cloud_event(
                chance.choice(names),
                hours(chance.uniform(0, 12 * step)),
                id=f"{step}-{n}",
                subject=f"MD-{chance.randrange(5)}",
            )
            for n in range(3)
        ]
        house.take(*events, at=hours(12 * step))
        house.sweep()
        if chance.random() < 0.5:
            house.followed(chance.choice([1, 3, 500]))
    tasks = house.followed(2)
    standing = {
        (deal_id, timer["timer"])
        for deal_id in house.deal_ids()
        for timer in (house.deal(deal_id) or {})["sla"]
        if timer["state"] == "breached"
    }
    announced = {task_id(one["id"]) for one in house.notices() if one["type"] == "masterdeal.sla.breached"}
    house.close()
    assert announced == {task.id for task in tasks.values() if task.kind == "breach"}
    open_ones = [
        (task.deal_id, task.timer) for task in tasks.values() if (task.kind, task.state) == ("breach", "open")
    ]
    assert standing == set(open_ones)
    assert len(standing) == len(open_ones)


def test_a_ladder_that_does_not_rise_is_refused() -> None:
    wrong = table("escalation.toml")
    wrong["version"][0]["rung"][1]["after"] = "0h"
    with pytest.raises(Misconfigured, match="rise"):
        read_ladders(wrong, Elapsed(), TIMERS)
    with pytest.raises(Misconfigured, match="no role"):
        read_ladders(table("escalation.toml"), Elapsed(), ("another",))
