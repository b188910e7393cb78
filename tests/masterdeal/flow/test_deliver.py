"""Tasks reach the task tracker, whatever it does: one remote task for each breach, closed when closed here."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, hours, micro
from portfolios import cloud_event

from masterdeal.delivery import LEASE, LONGEST_PAUSE, Delivery, pause
from masterdeal.errors import TrackerRefused, TrackerUnreachable
from masterdeal.escalation import task_id
from masterdeal.flow.deliver import catch_up, deliver, note_errand, retry
from masterdeal.flow.escalate import acknowledge, close, escalate
from masterdeal.instant import HOUR, MINUTE, SECOND
from masterdeal.notice import breach_id
from masterdeal.reference import read_escalation, read_rulebook
from masterdeal.trackers.circuit import Guarded
from masterdeal.trackers.connect import read_tracker
from masterdeal.trackers.errand import APPROVED
from masterdeal.trackers.ticket import Ticket, TrackerConfig

LADDERS = read_escalation(tuple(read_rulebook().rules.timers))
CONFIG = read_tracker(
    {
        "system": "jira",
        "url": "https://tracker.test",
        "place": {"project": "SLA"},
        "link": "https://deals.test/{master_deal_id}",
        "version": [
            {
                "from": date(2026, 1, 1),
                "assignee": {"owner": {"sales": "anna"}, "head": {"*": "boss"}},
                "person": {"Иванова": "ivanova"},
                "priority": {"owner": "Medium", "head": "High"},
            }
        ],
    }
)


class Remote:
    """A tracker in memory, which fails as told: `down` before anything happens, `deaf` after it has."""

    name = "jira"

    def __init__(self) -> None:
        self.tasks: dict[str, Ticket] = {}
        self.turns: list[str] = []
        self.calls = 0
        self.down: Exception | None = None
        self.deaf = 0

    def _called(self) -> None:
        self.calls += 1
        if self.down is not None:
            raise self.down

    def _answered(self) -> None:
        if self.deaf:
            self.deaf -= 1
            raise TrackerUnreachable("the answer was lost")

    def find(self, task_id: str) -> str | None:
        self._called()
        found = [remote for remote, ticket in self.tasks.items() if ticket.task_id == task_id]
        assert len(found) <= 1
        return found[0] if found else None

    def create(self, ticket: Ticket) -> str:
        self._called()
        remote = f"SLA-{len(self.tasks) + 1}"
        self.tasks[remote] = ticket
        self._answered()
        return remote

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        self._called()
        self.tasks[remote] = ticket
        if turned:
            self.turns.append(ticket.state)
        self._answered()


class Tracked(Installation):
    """An installation with a tracker."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.remote = Remote()
        self.config: TrackerConfig | None = CONFIG

    def at(self, hour: float, *events: dict[str, Any]) -> None:
        self.take(*events, at=hours(hour))
        self.sweep()
        while escalate(self.store, LADDERS, micro(self.now), 500, self.config):
            pass

    def tell(self, remote: Any = None) -> list[str]:
        """All that is due is told; what came of each."""
        outcomes = []
        while True:
            clock = lambda: micro(self.now)  # noqa: E731
            outcome = deliver(self.store, remote or self.remote, CONFIG, LADDERS, clock)
            if outcome == "nothing":
                return outcomes
            outcomes.append(outcome)

    def delivery(self, id_: str) -> Delivery:
        with self.store.reading() as read:
            found = read.delivery(id_)
        assert found is not None
        return found

    def later(self, microseconds: int) -> None:
        self.now += timedelta(microseconds=microseconds)


ID = task_id(breach_id("MD-1", "lead_to_brief", micro(hours(8))))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Tracked]:
    house = Tracked(tmp_path / "events.db")
    house.take(
        cloud_event("crm.deal.created", hours(0), data={"title": "Весна", "manager": "Иванова"}), at=hours(0)
    )
    yield house
    house.close()


def brief(hour: float, id_: str = "brief") -> dict[str, Any]:
    return cloud_event("crm.brief.submitted", hours(hour), id=id_)


def test_a_breach_opens_one_remote_task_which_climbs_and_closes_with_ours(house: Tracked) -> None:
    house.at(7)
    assert house.tell() == []  # a warning is no breach
    house.at(8.1)
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert (ticket.assignee, ticket.priority, ticket.state) == ("ivanova", "Medium", "open")
    assert "https://deals.test/MD-1" in ticket.text
    assert "Весна" in ticket.text
    house.at(12.5)
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert (ticket.assignee, ticket.priority, ticket.rung) == ("boss", "High", 1)
    acknowledge(house.store, ID, "Петров", micro(house.now), CONFIG)
    acknowledge(house.store, ID, "Петров", micro(house.now), CONFIG)
    assert house.tell() == ["told"]
    house.at(13, brief(13))
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert (ticket.state, ticket.closed_because, ticket.acknowledged_by) == ("closed", "met_late", "Петров")
    assert house.remote.turns == ["closed"]
    assert house.tell() == []
    assert (house.delivery(ID).state, house.delivery(ID).remote) == ("shown", "SLA-1")


def test_late_proof_closes_the_remote_task(house: Tracked) -> None:
    house.at(9)
    house.tell()
    house.at(10, brief(7.5))
    house.tell()
    (ticket,) = house.remote.tasks.values()
    assert (ticket.state, ticket.closed_because) == ("closed", "taken_back")


@pytest.mark.parametrize("lost", [1, 2, 5])
def test_34_a_lost_answer_never_makes_a_second_task(house: Tracked, lost: int) -> None:
    house.at(9)
    house.remote.deaf = lost
    for _ in range(lost + 1):
        house.tell()
        house.later(LONGEST_PAUSE)
    assert len(house.remote.tasks) == 1
    assert house.delivery(ID).state == "shown"
    house.remote.deaf = 1
    house.at(13, brief(13))
    for _ in range(3):
        house.tell()
        house.later(LONGEST_PAUSE)
    (ticket,) = house.remote.tasks.values()
    assert ticket.state == "closed"


def test_an_hour_without_the_tracker_and_a_restart_in_it(house: Tracked) -> None:
    house.take(
        *(cloud_event("crm.deal.created", hours(0), id=f"c{n}", subject=f"MD-{n}") for n in range(2, 12))
    )
    house.at(8.1)
    house.remote.down = TrackerUnreachable("no answer")
    down_until = micro(house.now) + HOUR
    while micro(house.now) < down_until:
        house.tell()
        house.later(MINUTE)
        if micro(house.now) == down_until - 30 * MINUTE:
            house.restart()
    # Each task was tried a handful of times in the hour, not once a minute.
    assert house.remote.calls < 11 * 14
    with house.store.reading() as read:
        backlog = read.backlog()
    assert (backlog.waiting, backlog.refused) == (11, 0)
    assert backlog.oldest == micro(hours(8.1))
    house.at(9.2, brief(9.15))
    house.remote.down = None
    house.later(LONGEST_PAUSE)
    house.tell()
    assert len(house.remote.tasks) == 11
    states = {ticket.deal_id: ticket.state for ticket in house.remote.tasks.values()}
    assert states.pop("MD-1") == "closed"
    assert set(states.values()) == {"open"}
    with house.store.reading() as read:
        assert read.backlog().waiting == 0


def test_a_tracker_that_asks_for_a_pause_gets_it(house: Tracked) -> None:
    house.at(9)
    house.remote.down = TrackerUnreachable("429", retry_after=20 * MINUTE)
    house.tell()
    house.remote.down = None
    house.later(20 * MINUTE - SECOND)
    assert house.tell() == []
    house.later(SECOND)
    assert house.tell() == ["told"]


def test_a_refusal_is_shown_and_the_next_change_is_tried_again(house: Tracked) -> None:
    house.at(9)
    house.remote.down = TrackerRefused("422: no such user")
    assert house.tell() == ["refused"]
    house.later(HOUR)
    assert house.tell() == []
    told = house.delivery(ID)
    assert (told.state, told.detail) == ("refused", "422: no such user")
    retry(house.store, ID, micro(house.now))
    assert house.tell() == ["refused"]
    house.remote.down = None
    retry(house.store, ID, micro(house.now))
    assert house.tell() == ["told"]
    assert retry(house.store, ID, micro(house.now)).state == "shown"
    assert house.tell() == []


def test_a_process_that_died_while_telling_is_taken_over_after_its_lease(house: Tracked) -> None:
    house.at(9)

    class Killed(BaseException):
        pass

    class Dying(Remote):
        def create(self, ticket: Ticket) -> str:
            house.remote.create(ticket)
            raise Killed

    with pytest.raises(Killed):
        house.tell(Dying())
    assert house.tell() == []
    house.later(LEASE)
    assert house.tell() == ["told"]
    assert len(house.remote.tasks) == 1


def test_a_change_that_comes_while_one_is_being_told_is_told_after_it(house: Tracked) -> None:
    house.at(9)

    class Slow(Remote):
        def create(self, ticket: Ticket) -> str:
            acknowledge(house.store, ID, "Петров", micro(house.now), CONFIG)
            assert house.tell() == []  # nobody else tells it meanwhile
            return house.remote.create(ticket)

    deliver(house.store, Slow(), CONFIG, LADDERS, lambda: micro(house.now))
    assert house.delivery(ID).state == "waiting"
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert ticket.acknowledged_by == "Петров"


def test_a_task_closed_before_the_tracker_could_be_told_is_shown_closed(house: Tracked) -> None:
    house.at(9)
    close(house.store, ID, "Петров", micro(house.now), CONFIG)
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert (ticket.state, house.remote.turns) == ("closed", ["closed"])


def test_tasks_opened_before_there_was_a_tracker_are_caught_up(house: Tracked) -> None:
    house.config = None
    house.at(9)
    assert house.tell() == []
    assert catch_up(house.store, CONFIG, micro(house.now)) == 1
    assert catch_up(house.store, CONFIG, micro(house.now)) == 0
    assert house.tell() == ["told"]


def test_a_task_of_another_tracker_is_not_opened_twice(house: Tracked) -> None:
    house.at(9)
    house.tell()
    house.remote.name = "youtrack"
    house.at(13, brief(13))
    assert house.tell() == ["refused"]
    assert "no longer connected" in (house.delivery(ID).detail or "")


def test_the_circuit_opens_leaves_the_tracker_alone_and_recovers(
    house: Tracked, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.take(
        *(cloud_event("crm.deal.created", hours(0), id=f"c{n}", subject=f"MD-{n}") for n in range(2, 9))
    )
    house.at(8.1)
    guarded = Guarded(house.remote, threshold=3, seconds=3600)
    house.remote.down = TrackerUnreachable("no answer")
    house.tell(guarded)
    assert (guarded.state, house.remote.calls) == ("opened", 3)
    untouched = [house.delivery(row.task_id) for row in _due(house, micro(hours(10)))]
    assert sorted(row.attempts for row in untouched) == [0] * 5 + [1] * 3
    assert [row.uncertain for row in untouched].count(True) == 3
    house.remote.down = None
    an_hour_on = time.time() + 3601
    monkeypatch.setattr("purgatory.domain.model.time.time", lambda: an_hour_on)
    house.later(LONGEST_PAUSE)
    assert house.tell(guarded) == ["told"] * 8
    assert guarded.state == "closed"
    assert len(house.remote.tasks) == 8


def _due(house: Tracked, now: int) -> list[Delivery]:
    with house.store.reading() as read:
        return read.deliveries_due(now, 100)


def test_pauses_double_up_to_ten_minutes_and_differ_between_tasks() -> None:
    pauses = [pause(attempts, "ESC-1") for attempts in range(1, 40)]
    assert 8 * SECOND <= pauses[0] <= 10 * SECOND
    assert all(left <= right * 1.25 for left, right in itertools.pairwise(pauses))
    assert LONGEST_PAUSE * 0.8 <= pauses[-1] <= LONGEST_PAUSE
    assert len({pause(5, f"ESC-{number}") for number in range(100)}) > 90


def approved(house: Tracked, id_: str, **paper: Any) -> None:
    """A task that a person has approved, kept and noted as the approval does it."""
    whole = {"title": "Выставить счёт", "approved_by": "anna", "approved_at": hours(1).isoformat(), **paper}
    with house.store.writing() as tx:
        tx.file(APPROVED, {id_: json.dumps(whole)}, micro(house.now))
        note_errand(tx, id_, whole.get("master_deal_id"), house.config, micro(house.now))


def test_an_approved_task_reaches_the_tracker_once_with_what_was_said_of_it(house: Tracked) -> None:
    for _ in range(2):
        approved(house, "P-1", master_deal_id="MD-1", assignee="Иванова", due="2026-03-06")
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert (ticket.key, ticket.kind, ticket.timer, ticket.deal_id) == ("P-1.1", "errand", None, "MD-1")
    assert (ticket.assignee, ticket.priority) == ("ivanova", "Medium")
    assert ticket.due == micro(datetime(2026, 3, 6, 20, 59, tzinfo=UTC))
    assert "Весна" in ticket.text
    assert "Выставить счёт" in ticket.title
    assert house.tell() == []


def test_what_an_approved_task_does_not_say_is_left_open(house: Tracked) -> None:
    approved(house, "P-2", due="скоро")
    assert house.tell() == ["told"]
    (ticket,) = house.remote.tasks.values()
    assert (ticket.deal_id, ticket.due, ticket.assignee, ticket.state) == ("", None, None, "open")
    assert "Срок: скоро" in ticket.text


def test_a_lost_answer_opens_no_second_task_for_an_approval(house: Tracked) -> None:
    approved(house, "P-3", master_deal_id="MD-1")
    house.remote.deaf = 1
    assert house.tell() == ["held_up"]
    house.later(LONGEST_PAUSE)
    assert house.tell() == ["told"]
    assert len(house.remote.tasks) == 1


def test_tasks_approved_before_there_was_a_tracker_are_told_when_there_is(house: Tracked) -> None:
    house.config = None
    approved(house, "P-4", master_deal_id="MD-1")
    assert house.tell() == []
    assert catch_up(house.store, CONFIG, micro(house.now)) == 1
    assert catch_up(house.store, CONFIG, micro(house.now)) == 0
    assert house.tell() == ["told"]
