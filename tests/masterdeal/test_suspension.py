"""A timer that stands still: what is left out of its time, where its due time goes, what is told and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from installation import Installation, hours, micro
from portfolios import cloud_event

from masterdeal import sla
from masterdeal.event import of_body
from masterdeal.flow.escalate import escalate
from masterdeal.instant import HOUR, iso
from masterdeal.reference import read_calendars, read_escalation, read_rulebook
from masterdeal.view import deal_at

CALENDARS = read_calendars()
LEAD = "lead_to_brief"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    house.take(told("crm.deal.created", 0), at=hours(0))
    yield house
    house.prove()
    house.close()


def told(type_: str, hour: float, **data: Any) -> dict[str, Any]:
    return cloud_event(type_, hours(hour), id=f"{type_}@{hour}", source="crm", data=data)


def suspended(hour: float, timer: str | None = LEAD, **data: Any) -> dict[str, Any]:
    named = {"timer": timer} if timer else {}
    return told("sla.suspended", hour, reason="клиент в отпуске", **named, **data)


def resumed(hour: float, timer: str | None = LEAD) -> dict[str, Any]:
    return told("sla.resumed", hour, **({"timer": timer} if timer else {}))


def lead(house: Installation, hour: float | None = None) -> dict[str, Any]:
    if hour is not None:
        house.sweep(hours(hour))
    card = house.deal()
    assert card is not None
    row: dict[str, Any] = card["sla"][0]
    return row


def codes(house: Installation) -> list[str]:
    card = house.deal()
    assert card is not None
    return [row["code"] for row in card["anomalies"]]


def at(hour: float) -> str:
    return iso(micro(hours(hour)))


def test_a_suspended_timer_has_no_due_time_and_none_of_its_time_passes(house: Installation) -> None:
    house.take(suspended(2, by="Иванова"), at=hours(2))
    row = lead(house, 500)
    assert (row["state"], row["due_at"], row["at_risk_at"]) == ("running", None, None)
    assert (row["elapsed_s"], row["remaining_s"]) == (2 * 3600, 6 * 3600)
    assert (row["suspended_since"], row["suspended_s"]) == (at(2), 498 * 3600)
    assert "sla.breached" not in house.told()


def test_a_resumed_timer_is_due_later_by_what_it_stood_still(house: Installation) -> None:
    house.take(suspended(2), at=hours(2))
    house.take(resumed(5), at=hours(5))
    assert (lead(house)["due_at"], lead(house)["at_risk_at"]) == (at(11), at(9.4))
    assert lead(house, 9.4)["state"] == "at_risk"
    assert lead(house, 11)["state"] == "at_risk"
    assert lead(house, 12)["state"] == "breached"
    assert lead(house)["elapsed_s"] == 9 * 3600
    card = house.deal()
    assert card is not None
    assert card["suspensions"] == [
        {
            "timer": LEAD,
            "from": at(2),
            "to": at(5),
            "reason": "клиент в отпуске",
            "by": None,
            "source": "crm",
            "event_id": "sla.suspended@2",
            "resumed_by": None,
            "resumed_source": "crm",
            "resumed_event_id": "sla.resumed@5",
        }
    ]


def test_each_change_is_told_once(house: Installation) -> None:
    house.sweep(hours(1))
    house.take(suspended(2), at=hours(2))
    for hour in (3, 4, 30):
        house.sweep(hours(hour))
        house.take(told("crm.lead.qualified", hour), at=hours(hour))
    house.take(resumed(40), at=hours(40))
    house.sweep(hours(41))
    notices = [n["data"] for n in house.notices() if n["type"] == "masterdeal.sla.updated"]
    told_ = [(n["state"], n["due_at"], n["suspended_since"]) for n in notices if n["timer"] == LEAD]
    assert told_ == [("running", at(8), None), ("running", None, at(2)), ("running", at(46), None)]


@pytest.mark.parametrize("first", [8.0, 8.5])
def test_a_suspension_that_begins_at_or_after_the_due_time_excuses_nothing(
    house: Installation, first: float
) -> None:
    house.take(suspended(first), at=hours(first))
    row = lead(house, 10)
    assert (row["state"], row["due_at"], row["breached_at"]) == ("breached", at(8), at(8))
    assert row["elapsed_s"] == first * 3600  # what is late no longer grows


def test_a_suspension_that_is_known_late_takes_the_breach_back(house: Installation) -> None:
    house.sweep(hours(9))
    house.take(suspended(7), at=hours(10))
    assert house.told().count("sla.breached") == 1
    last = house.notices()[-1]["data"]
    assert last["breach_taken_back"].endswith(at(8))
    assert (last["state"], last["suspended_since"]) == ("at_risk", at(7))
    house.take(resumed(11), at=hours(11))
    house.sweep(hours(13))
    breaches = [n for n in house.notices() if n["type"] == "masterdeal.sla.breached"]
    assert [n["data"]["breached_at"] for n in breaches] == [at(8), at(12)]
    assert len({n["id"] for n in breaches}) == 2


def test_a_resumption_that_is_known_late_finds_the_breach_at_its_due_time(house: Installation) -> None:
    house.take(suspended(1), at=hours(1))
    house.sweep(hours(20))
    house.take(resumed(2), at=hours(20))
    assert lead(house)["breached_at"] == at(9)
    assert house.told().count("sla.breached") == 1


def test_a_second_suspension_and_a_resumption_of_what_runs_change_nothing_and_are_seen(
    house: Installation,
) -> None:
    house.take(resumed(1), at=hours(1))
    assert codes(house) == ["not_suspended"]
    house.take(suspended(2), at=hours(2))
    house.take(suspended(3), at=hours(3))
    house.take(resumed(4), at=hours(4))
    assert sorted(codes(house)) == ["not_suspended", "suspended_already"]
    assert lead(house)["due_at"] == at(10)


def test_without_a_timer_the_whole_deal_stands_still_also_timers_that_begin_meanwhile(
    house: Installation,
) -> None:
    house.take(suspended(2, None), at=hours(2))
    house.take(told("crm.brief.submitted", 4), at=hours(4))
    card = house.deal()
    assert card is not None
    first, second = card["sla"][:2]
    assert (first["state"], first["stopped_at"], first["elapsed_s"]) == ("met", at(4), 2 * 3600)
    assert (second["state"], second["started_at"], second["due_at"]) == ("running", at(4), None)
    assert len(card["suspensions"]) == 5
    house.take(resumed(10, None), at=hours(10))
    card = house.deal()
    assert card is not None
    assert card["sla"][1]["due_at"] == at(58)
    assert card["sla"][1]["suspended_s"] == 6 * 3600


def test_one_timer_of_a_suspended_deal_can_run_on(house: Installation) -> None:
    house.take(suspended(2, None), at=hours(2))
    house.take(resumed(3), at=hours(3))
    assert lead(house)["due_at"] == at(9)
    card = house.deal()
    assert card is not None
    assert [line["timer"] for line in card["suspensions"] if line["to"] is None] == [
        "brief_to_offer",
        "offer_to_contract",
        "contract_to_launch",
        "launch_to_close",
    ]


def test_a_lost_deal_ends_the_suspension_of_its_timer_and_reopening_takes_it_up(house: Installation) -> None:
    house.take(suspended(2), at=hours(2))
    house.take(told("crm.deal.lost", 5), at=hours(5))
    row = lead(house, 30)
    assert (row["state"], row["elapsed_s"], row["breached_at"]) == ("cancelled", 2 * 3600, None)
    house.take(told("crm.deal.reopened", 31), at=hours(31))
    assert (lead(house)["state"], lead(house)["suspended_since"]) == ("running", at(2))


def test_history_answers_as_it_had_happened_and_as_it_was_known(house: Installation) -> None:
    house.take(suspended(2), at=hours(6))
    house.take(resumed(4), at=hours(7))

    def then(**asked: int) -> dict[str, Any]:
        with house.store.reading() as read:
            events = [of_body(r.body, r.type, r.received, marked=r.marked) for r in read.events("MD-1")]
        card = deal_at("MD-1", events, house.book, micro(hours(8)), **asked)
        assert card is not None
        row: dict[str, Any] = card["sla"][0]
        return row

    assert then(as_of=micro(hours(3)))["due_at"] is None
    assert then(as_of=micro(hours(5)))["due_at"] == at(10)
    assert then(known_at=micro(hours(5)))["due_at"] == at(8)
    assert then(known_at=micro(hours(6.5)))["suspended_since"] == at(2)
    assert then()["due_at"] == at(10)


def test_a_suspension_dated_ahead_waits_for_its_time(house: Installation) -> None:
    house.take(suspended(5), at=hours(1))
    assert "future_event" in codes(house)
    assert lead(house)["due_at"] == at(8)
    assert lead(house, 5)["due_at"] is None


def test_every_order_of_arrival_ends_alike(tmp_path: Path) -> None:
    events = [
        told("crm.deal.created", 0),
        suspended(2),
        suspended(3, None),
        resumed(4),
        resumed(6, None),
        told("crm.brief.submitted", 13),
    ]
    found = set()
    for number, order in enumerate(permutations(events)):
        if number % 7:
            continue
        house = Installation(tmp_path / f"{number}.db")
        for event in order:
            house.take(event, at=hours(20))
        with house.store.reading() as read:
            row = read.deal("MD-1")
        assert row is not None
        found.add(row.state)
        house.close()
    assert len(found) == 1


def test_a_timer_that_is_no_timer_and_a_suspension_without_a_reason_are_dead_letters(
    house: Installation,
) -> None:
    wrong = [suspended(2, "lead_to_brie"), told("sla.suspended", 3, timer=LEAD)]
    assert [outcome.reason for outcome in house.take(*wrong, at=hours(3))] == ["bad_content", "bad_content"]
    assert lead(house)["due_at"] == at(8)


def test_a_suspension_closes_the_warning_and_the_task_of_a_breach_it_takes_back(house: Installation) -> None:
    ladders = read_escalation(tuple(house.book.rules.timers))

    def open_tasks() -> list[tuple[str, str]]:
        while escalate(house.store, ladders, micro(house.now)):
            pass
        with house.store.reading() as read:
            found = [task for kind in ("breach", "warning") for task in read.tasks(kind, "open", "", 100)]
        return [(task.kind, iso(task.due)) for task in found]

    house.sweep(hours(7))
    assert open_tasks() == [("warning", at(8))]
    house.take(suspended(7.5), at=hours(7.5))
    assert open_tasks() == []
    house.take(resumed(10), at=hours(10))
    assert open_tasks() == [("warning", at(10.5))]
    house.sweep(hours(11))
    assert open_tasks() == [("breach", at(10.5))]
    house.take(suspended(10.25), at=hours(12))
    assert open_tasks() == []


def test_dated_limits_do_not_rewrite_what_began_before_them(tmp_path: Path) -> None:
    """A timer keeps the limit of its start, also where a suspension carries it over the date of the change."""

    def version(since: date, lead: str) -> dict[str, Any]:
        usual = dict.fromkeys(read_rulebook().rules.timers, "30d")
        return {"from": since, "at_risk_share": 0.8, "calendar": "elapsed", "limits": usual | {LEAD: lead}}

    book = read_rulebook(
        sla_table={"version": [version(date(2000, 1, 1), "8h"), version(date(2026, 3, 3), "1h")]}
    )
    house = Installation(tmp_path / "dated.db", book)
    house.take(told("crm.deal.created", 0), suspended(2), at=hours(2))
    house.take(resumed(48), at=hours(48))
    house.take(cloud_event("crm.deal.created", hours(48), id="new", subject="MD-2"), at=hours(48))
    assert lead(house)["due_at"] == at(54)
    new = house.deal("MD-2")
    assert new is not None
    assert new["sla"][0]["due_at"] == at(49)
    house.close()


BEGIN = micro(datetime(2026, 4, 27, 6, tzinfo=UTC))  # the week before the May holidays
MINUTES = st.integers(0, 60 * 24 * 30)


@given(
    calendar=st.sampled_from(sorted(CALENDARS)),
    edges=st.lists(MINUTES, max_size=8, unique=True).map(sorted),
    duration=st.integers(1, 60 * 24 * 20),
)
def test_the_due_time_is_the_first_instant_at_which_the_limit_has_run(
    calendar: str, edges: list[int], duration: int
) -> None:
    minute = 60_000_000
    moments = [BEGIN + edge * minute for edge in edges]
    pauses = [(since, until) for since, until in list(pairwise([*moments, None]))[::2] if since is not None]
    days = CALENDARS[calendar]
    due = sla.reached(days, BEGIN, duration * minute, pauses)

    def run(end: int) -> int:
        limit = sla.Limit(duration * minute, 1, days, 0, "")
        return sla.elapsed(sla.Timer(LEAD, "running", BEGIN, limit=limit, pauses=tuple(pauses)), end)

    if due is None:
        assert pauses[-1][1] is None
        assert run(BEGIN + 365 * 24 * 60 * minute) < duration * minute
    else:
        assert run(due) == duration * minute
        assert run(due - 1) < duration * minute


def test_a_suspension_over_a_weekend_costs_working_hours_only() -> None:
    """Friday 15:00 in Moscow; at rest from 16:00 until Monday 11:00: two hours of Friday, two of Monday."""
    days = CALENDARS["working-ru"]
    begin = micro(datetime(2026, 3, 13, 12, tzinfo=UTC))
    pause = (begin + HOUR, micro(datetime(2026, 3, 16, 8, tzinfo=UTC)))
    assert days.elapsed(*pause) == 4 * HOUR
    assert sla.reached(days, begin, 4 * HOUR, [pause]) == pause[1] + 3 * HOUR
