"""The clock's own work: timers fire once, in due order, also after a long stop; future events take effect."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from installation import START, Installation, hours, micro
from portfolios import MS, catalogue_eight, cloud_event

from masterdeal.flow.rebuild import restate
from masterdeal.flow.sweep import sweep
from masterdeal.instant import iso, parse
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook

BREACHED = "masterdeal.sla.breached"
AT_RISK = "masterdeal.sla.at_risk"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    yield house
    house.check_sequences()
    house.close()


def created(subject: str = "MD-1", at: float = 0) -> dict[str, Any]:
    return cloud_event("crm.deal.created", hours(at), id=f"{subject}-created", subject=subject)


def event(type_: str, at: float, subject: str = "MD-1") -> dict[str, Any]:
    return cloud_event(type_, hours(at), id=f"{subject}-{type_}-{at}", subject=subject)


def timed(house: Installation, deal_id: str | None = None) -> list[dict[str, Any]]:
    return [notice for notice in house.notices(deal_id) if notice["type"] in (BREACHED, AT_RISK)]


def limits(lead: str = "8h", calendar: str = "elapsed", share: float = 0.8) -> Rulebook:
    return read_rulebook(
        sla_table={
            "version": [
                {
                    "from": date(2000, 1, 1),
                    "calendar": calendar,
                    "at_risk_share": share,
                    "limits": {
                        "lead_to_brief": lead,
                        "brief_to_offer": "2d",
                        "offer_to_contract": "3d",
                        "contract_to_launch": "2d",
                        "launch_to_close": "30d",
                    },
                }
            ]
        }
    )


def test_nothing_is_told_before_its_time_and_everything_once(house: Installation) -> None:
    house.take(created(), at=hours(0))
    for at, told in [
        (hours(6.4) - MS, []),
        (hours(6.4), [AT_RISK]),
        (hours(7), [AT_RISK]),
        (hours(8), [AT_RISK]),
        (hours(8) + MS, [AT_RISK, BREACHED]),
        (hours(900), [AT_RISK, BREACHED]),
    ]:
        house.sweep(at)
        assert [notice["type"] for notice in timed(house)] == told
    at_risk, breached = timed(house)
    assert at_risk["time"] == iso(micro(hours(6.4)))
    assert (
        breached["time"]
        == breached["data"]["due_at"]
        == breached["data"]["breached_at"]
        == iso(micro(hours(8)))
    )
    assert breached["id"] == f"MD-1/sla.breached/lead_to_brief/{iso(micro(hours(8)))}"
    house.prove()


def test_a_target_reached_at_exactly_the_due_time_is_met(house: Installation) -> None:
    house.take(created(), at=hours(0))
    house.take(event("crm.brief.submitted", 8), at=hours(8))
    house.sweep(hours(20))
    assert [notice["type"] for notice in timed(house)] == []


@pytest.mark.parametrize("limit", [1, 2, 7, 500])
def test_22_after_a_long_stop_each_timer_fires_once_in_the_order_of_due_times(
    house: Installation, limit: int
) -> None:
    deals = 40
    for number in range(deals):
        # Two deals share each due time; ids run against the order of time.
        house.take(created(f"MD-{deals - number:03}", at=(number // 2) / 10), at=hours(5))
    house.sweep(hours(400), limit=limit)
    breaches = [notice for notice in house.notices() if notice["type"] == BREACHED]
    assert [notice["time"] for notice in breaches] == sorted(notice["time"] for notice in breaches)
    assert len({notice["id"] for notice in breaches}) == len(breaches) == deals
    assert {notice["data"]["detected_at"] for notice in breaches} == {iso(micro(hours(400)))}
    house.prove()


@pytest.mark.parametrize("limit", [1, 3, 500])
def test_22_several_timers_of_one_deal_fire_in_due_order_among_those_of_others(
    house: Installation, limit: int
) -> None:
    for number in range(6):
        subject = f"MD-{6 - number}"
        house.take(
            created(subject, at=number), event("crm.brief.submitted", number + 1, subject), at=hours(10)
        )
    house.take(created("MD-9", at=40), at=hours(40))
    house.sweep(hours(300), limit=limit)
    breaches = [notice for notice in house.notices() if notice["type"] == BREACHED]
    assert [notice["subject"] for notice in breaches] == [
        "MD-9",
        "MD-6",
        "MD-5",
        "MD-4",
        "MD-3",
        "MD-2",
        "MD-1",
    ]
    house.prove()


def test_a_marked_event_takes_effect_by_the_clock_alone(house: Installation) -> None:
    house.take(created(), event("crm.brief.submitted", 5), at=hours(0))
    assert house.sweep(hours(5) - MS) == 0
    assert house.stage() == "draft"
    assert house.sweep(hours(5)) == 1
    assert house.stage() == "briefed"
    (moved,) = [n for n in house.notices() if n["type"] == "masterdeal.stage.changed"][1:]
    assert "cause" not in moved["data"]
    assert moved["data"]["started_at"] == iso(micro(hours(5)))
    house.sweep(hours(5) + timedelta(days=1))
    assert timed(house) == []
    house.prove()


def test_a_marked_event_after_the_due_time_does_not_save_the_timer(house: Installation) -> None:
    house.take(created(), event("crm.brief.submitted", 9), at=hours(0))
    house.sweep(hours(100))
    assert [notice["type"] for notice in timed(house, "MD-1")][:1] == [BREACHED]
    card = house.deal()
    assert card is not None
    assert (card["sla"][0]["state"], card["aggregated_stage"]) == ("met_late", "briefed")
    house.prove()


@pytest.mark.parametrize("limit", [1, 500])
def test_a_stop_over_a_scheduled_event_tells_what_a_running_sweep_would_have_told(
    tmp_path: Path, limit: int
) -> None:
    told = []
    for name, moments in (("running", [hours(step / 2) for step in range(200)]), ("stopped", [hours(100)])):
        house = Installation(tmp_path / f"{name}.db")
        house.take(created(), event("crm.brief.submitted", 5), created("MD-2", 1), at=hours(1))
        for moment in moments:
            house.sweep(moment, limit)
        house.sweep(hours(100))
        told.append(
            [
                (n["subject"], n["type"], n["data"].get("timer"))
                for n in house.notices()
                if n["type"] == BREACHED
            ]
        )
        house.prove()
        house.close()
    assert told[0] == told[1]


def test_25_an_event_and_the_sweep_in_either_order_end_alike(tmp_path: Path) -> None:
    cards = []
    for first in ("event", "sweep"):
        house = Installation(tmp_path / f"{first}.db")
        house.take(created(), at=hours(0))
        house.now = hours(9)
        if first == "sweep":
            house.sweep()
        house.take(event("crm.brief.submitted", 7.9), at=hours(9))
        house.sweep()
        cards.append(house.deal())
        house.prove()
        house.close()
    assert cards[0] == cards[1]


def test_24_two_sweepers_on_one_file_fire_nothing_twice(house: Installation) -> None:
    for number in range(30):
        house.take(created(f"MD-{number}", at=number / 10), at=hours(3))
    other = Installation(house.path)
    now = micro(hours(50))
    swept = 1
    while swept:
        swept = 0
        for one in (house, other):
            with one.store.writing() as tx:
                swept += sweep(tx, one.book, now, 4)
    other.close()
    house.now = hours(50)
    breaches = [notice["id"] for notice in house.notices() if notice["type"] == BREACHED]
    assert len(breaches) == len(set(breaches)) == 30
    house.prove()


@pytest.mark.parametrize(("first", "back"), [(9, 7), (9, 1), (7, 1), (9, 0.5)])
def test_26_a_clock_that_goes_back_unsays_nothing(house: Installation, first: float, back: float) -> None:
    house.take(created(), at=hours(0))
    house.sweep(hours(first))
    before = house.told()
    house.sweep(hours(back))
    house.take(cloud_event("crm.lead.qualified", hours(0.5)), at=hours(back))
    house.sweep()
    assert house.told() == before
    house.sweep(hours(30))
    assert [notice["type"] for notice in timed(house)] == [AT_RISK] * (first < 8) + [BREACHED]
    house.prove()


def test_26_a_jump_forward_and_back_leaves_each_breach_told_once(house: Installation) -> None:
    for number in range(5):
        house.take(created(f"MD-{number}", at=number), at=hours(4))
    house.sweep(hours(10_000))
    for number in range(5):
        house.take(event("crm.lead.qualified", 5, f"MD-{number}"), at=hours(5))
    house.sweep(hours(20))
    assert sorted(n["subject"] for n in timed(house)) == [f"MD-{number}" for number in range(5)]
    house.prove()


@pytest.mark.parametrize(
    "day", ["2026-03-29T01:30:00+01:00", "2026-10-25T02:30:00+02:00", "2026-03-29T03:30:00+02:00"]
)
def test_26_summer_time_elsewhere_moves_no_timer(house: Installation, day: str) -> None:
    start = created() | {"time": day}
    house.take(start, at=hours(24 * 300))
    card = house.deal()
    assert card is not None
    timer = card["sla"][0]
    assert timer["limit_s"] == 8 * 3600
    assert parse(timer["due_at"]) - parse(timer["started_at"]) == 8 * 3600 * 1_000_000


def test_26_limits_in_working_time_skip_the_weekend(tmp_path: Path) -> None:
    house = Installation(tmp_path / "events.db", limits("9h", "working-ru"))
    friday = created() | {"time": "2026-03-06T15:00:00+03:00"}
    house.take(friday, at=hours(24 * 4.5))
    card = house.deal()
    assert card is not None
    due = card["sla"][0]["due_at"]
    house.sweep(hours(24 * 5))
    assert timed(house) == []
    house.sweep(hours(24 * 30))
    assert timed(house)[0]["time"] == due > "2026-03-10"
    house.prove()
    house.close()


@pytest.mark.parametrize("lead", ["4h", "12h"])
def test_26_other_limits_judge_every_deal_anew_at_the_next_start(tmp_path: Path, lead: str) -> None:
    house = Installation(tmp_path / "events.db", limits("8h"))
    restate(house.store, house.book, micro(START))
    for number in range(5):
        house.take(created(f"MD-{number}"), at=hours(0))
    house.take(*catalogue_eight("MD-closed"), at=hours(10))
    house.sweep(hours(6))
    house.restart(limits(lead))
    changed = restate(house.store, house.book, micro(house.now))
    assert changed == 6
    assert restate(house.store, house.book, micro(house.now)) == 0
    breached = sorted(n["subject"] for n in timed(house) if n["type"] == BREACHED)
    assert breached == ([f"MD-{number}" for number in range(5)] if lead == "4h" else [])
    house.prove()
    house.sweep(hours(11))
    assert len([n for n in timed(house) if n["type"] == BREACHED]) == len(breached)
    house.sweep(hours(13))
    assert len([n for n in timed(house) if n["type"] == BREACHED]) == 5
    house.prove()
    house.close()


@pytest.mark.parametrize(("old", "new"), [("stream-1", "case-6.8.5"), ("case-6.8.5", "stream-1")])
def test_a_sweep_judges_by_the_rules_in_force_also_deals_that_others_judged(
    tmp_path: Path, old: str, new: str
) -> None:
    house = Installation(tmp_path / "events.db", read_rulebook(old))
    house.take(*catalogue_eight()[:5], at=hours(5))
    house.restart(read_rulebook(new))
    house.sweep(hours(2000))
    card = house.deal()
    assert card is not None
    assert (card["rules_version"], card["aggregated_stage"]) == (
        new,
        "contracting" if new == "case-6.8.5" else "launching",
    )
    house.prove()
    house.close()


def test_29_timers_of_a_closed_or_cancelled_deal_never_fire_again(house: Installation) -> None:
    house.take(*catalogue_eight("MD-closed"), at=hours(8))
    house.take(created("MD-lost"), event("crm.deal.lost", 2, "MD-lost"), at=hours(8))
    before = house.told()
    assert house.sweep(hours(24 * 400)) == 0
    assert house.told() == before
    with house.store.reading() as read:
        assert read.next_alarm() is None
    house.prove()


def test_27_the_next_alarm_is_known_without_any_traffic(house: Installation) -> None:
    house.take(created(), event("crm.brief.submitted", 3), at=hours(0))
    seen = []
    while True:
        with house.store.reading() as read:
            alarm = read.next_alarm()
        if alarm is None:
            break
        seen.append(iso(alarm))
        with house.store.writing() as tx:
            assert sweep(tx, house.book, alarm - 1) == 0
            assert sweep(tx, house.book, alarm) == 1
    assert seen == [
        iso(micro(hours(3))),
        iso(micro(hours(3 + 38.4))),
        iso(micro(hours(3 + 48)) + 1),
    ]
