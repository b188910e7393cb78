"""The slow model against stories told by hand, every expected value written out."""

from __future__ import annotations

import itertools
import sqlite3
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model import in_order, instant, key, slow_deal
from portfolios import Portfolio, catalogue_eight, clocks, cloud_event, first_received, portfolios

MS = timedelta(milliseconds=1)


def at(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def stages(deal: dict) -> list[tuple[str, datetime, datetime | None]]:
    return [(entry["stage"], entry["started_at"], entry["completed_at"]) for entry in deal["stages"]]


def states(deal: dict) -> dict[str, str]:
    return {timer: row["state"] for timer, row in deal["sla"].items()}


def told(*lines: tuple[str, datetime], first: int = 0) -> list[dict]:
    return [cloud_event(type, time, id=str(number)) for number, (type, time) in enumerate(lines, first)]


STORY = told(
    ("crm.deal.created", at(2, 9)),
    ("crm.brief.submitted", at(2, 15)),
    ("media.mediaplan.ready", at(3, 12)),
    ("crm.offer.approved", at(4, 10)),
    ("docflow.contract.signed", at(6, 10)),
    ("mediapush.campaign.started", at(9, 11)),
    ("dcm.invoice.issued", at(20, 10)),
    ("dcm.closeout.completed", at(21, 10)),
)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("stream-1", "draft briefed briefed offer_ready launching running closing closed"),
        ("case-6.8.5", "draft briefed briefed offer_ready contracting running closing closed"),
    ],
)
def test_the_life_of_a_deal_through_its_gates(rules: str, expected: str) -> None:
    walked = [
        slow_deal(STORY[:count], at(22), rules=rules)["aggregated_stage"]
        for count in range(1, len(STORY) + 1)
    ]
    assert walked == expected.split()


def test_the_whole_story_ends_closed_with_every_figure() -> None:
    deal = slow_deal(STORY, at(30))
    assert deal["aggregated_stage"] == "closed"
    assert deal["pipeline_stage"] == "Post Analysis"
    assert deal["missing"] == []
    assert deal["anomalies"] == set()
    assert stages(deal) == [
        ("draft", at(2, 9), at(2, 15)),
        ("briefed", at(2, 15), at(4, 10)),
        ("offer_ready", at(4, 10), at(6, 10)),
        ("launching", at(6, 10), at(9, 11)),
        ("running", at(9, 11), at(20, 10)),
        ("closing", at(20, 10), at(21, 10)),
        ("closed", at(21, 10), None),
    ]
    assert states(deal) == {
        "lead_to_brief": "met",
        "brief_to_offer": "met",
        "offer_to_contract": "met",
        "contract_to_launch": "met_late",
        "launch_to_close": "met",
    }
    assert deal["sla"]["lead_to_brief"] == {
        "state": "met",
        "started_at": at(2, 9),
        "due_at": at(2, 17),
        "stopped_at": at(2, 15),
        "cancelled_at": None,
        "elapsed_s": 21_600.0,
        "limit_s": 28_800.0,
        "breached_at": None,
        "suspended_s": 0.0,
        "suspended_since": None,
    }
    assert deal["sla"]["contract_to_launch"] == {
        "state": "met_late",
        "started_at": at(6, 10),
        "due_at": at(8, 10),
        "stopped_at": at(9, 11),
        "cancelled_at": None,
        "elapsed_s": 262_800.0,
        "limit_s": 172_800.0,
        "breached_at": at(8, 10),
        "suspended_s": 0.0,
        "suspended_since": None,
    }
    assert deal["gates"]["G4"] == {
        "name": "contract_signed",
        "status": True,
        "event_id": "4",
        "event_timestamp": at(6, 10),
    }


def test_under_the_sql_case_the_signature_means_contracting_and_bounds_the_same_timers() -> None:
    deal = slow_deal(STORY[:5], at(7), rules="case-6.8.5")
    assert deal["aggregated_stage"] == "contracting"
    assert deal["pipeline_stage"] == "Contracting"
    assert deal["missing"] == ["G5"]
    assert deal["sla"]["offer_to_contract"]["stopped_at"] == at(6, 10)
    assert deal["sla"]["contract_to_launch"]["started_at"] == at(6, 10)


def test_planning_and_contracting_are_steps_of_their_own() -> None:
    events = told(
        ("crm.deal.created", at(2, 9)),
        ("crm.lead.qualified", at(2, 10)),
        ("brief.submitted", at(2, 11)),
        ("mediapush.planning.started", at(2, 12)),
        ("mediapush.mediaplan.ready", at(2, 13)),
        ("offer.approved", at(2, 14)),
        ("legal.review.started", at(2, 15)),
        ("legal.contract.signed", at(2, 16)),
    )
    seen = [slow_deal(events[:count], at(2, 17)) for count in range(1, 9)]
    assert [deal["aggregated_stage"] for deal in seen] == [
        "draft",
        "draft",
        "briefed",
        "planning",
        "planning",
        "offer_ready",
        "contracting",
        "launching",
    ]
    assert [deal["pipeline_stage"] for deal in seen] == [
        "Lead Imported",
        "Lead Qualified",
        "Brief Received",
        "Media Planning",
        "Media Planning",
        "Offer Formed",
        "Contracting",
        "Campaign Launching",
    ]
    assert [deal["missing"] for deal in seen] == [
        ["G1"],
        ["G1"],
        ["G2", "G3"],
        ["G2", "G3"],
        ["G3"],
        ["G4"],
        ["G4"],
        ["G5"],
    ]
    assert seen[-1]["facts"] == {
        "qualified": True,
        "planning_started": True,
        "contract_in_progress": True,
        "cancelled": False,
    }


def test_equal_instants_are_ordered_by_source_and_id_as_text() -> None:
    def brief(id: str, source: str, type: str) -> dict:
        return cloud_event(type, at(2, 9), id=id, source=source)

    nine_then_ten = [brief("9", "crm", "crm.brief.withdrawn"), brief("10", "crm", "crm.brief.submitted")]
    deal = slow_deal(nine_then_ten, at(3))
    assert deal["gates"]["G1"]["status"] is False, '"10" < "9" as text, so the withdrawal is the later one'
    assert deal["gates"]["G1"]["event_id"] == "9"
    by_source = [brief("1", "legal", "crm.brief.submitted"), brief("2", "crm", "crm.brief.withdrawn")]
    assert slow_deal(by_source, at(3))["gates"]["G1"]["status"] is True


def test_event_times_are_compared_as_instants() -> None:
    events = [
        {**cloud_event("crm.brief.withdrawn", at(2)), "time": "2026-03-02T12:00:00+03:00"},
        {**cloud_event("crm.brief.submitted", at(2)), "time": "2026-03-02T09:30:00Z"},
    ]
    deal = slow_deal(events, at(3))
    assert deal["gates"]["G1"] == {
        "name": "has_brief",
        "status": True,
        "event_id": "crm.brief.submitted",
        "event_timestamp": at(2, 9, 30),
    }


def test_a_gate_taken_back_keeps_the_event_that_took_it_back() -> None:
    events = told(
        ("crm.deal.created", at(2, 9)),
        ("crm.brief.submitted", at(2, 10)),
        ("crm.brief.withdrawn", at(2, 11)),
    )
    deal = slow_deal(events, at(2, 12))
    assert deal["aggregated_stage"] == "draft"
    assert deal["gates"]["G1"]["event_id"] == "2"
    assert deal["gates"]["G1"]["event_timestamp"] == at(2, 11)
    assert deal["gates"]["G2"] == {
        "name": "mediaplan_ready",
        "status": False,
        "event_id": None,
        "event_timestamp": None,
    }
    assert stages(deal) == [
        ("draft", at(2, 9), at(2, 10)),
        ("briefed", at(2, 10), at(2, 11)),
        ("draft", at(2, 11), None),
    ]
    assert states(deal)["lead_to_brief"] == "met", "once stopped, stays stopped"
    assert states(deal)["brief_to_offer"] == "running"


@pytest.mark.parametrize(
    ("clock", "state", "breached_at"),
    [
        (at(2, 9), "running", None),
        (at(2, 15, 24) - MS, "running", None),
        (at(2, 15, 24), "at_risk", None),
        (at(2, 17), "at_risk", None),
        (at(2, 17) + MS, "breached", at(2, 17)),
    ],
)
def test_the_clock_alone_moves_an_open_timer(
    clock: datetime, state: str, breached_at: datetime | None
) -> None:
    row = slow_deal(STORY[:1], clock)["sla"]["lead_to_brief"]
    assert (row["state"], row["breached_at"]) == (state, breached_at)
    assert row["elapsed_s"] == (clock - at(2, 9)).total_seconds()


@pytest.mark.parametrize(("late", "state"), [(-MS, "met"), (timedelta(0), "met"), (MS, "met_late")])
def test_a_target_reached_exactly_at_the_due_time_is_met(late: timedelta, state: str) -> None:
    events = told(("crm.deal.created", at(2, 9)), ("crm.brief.submitted", at(2, 17) + late))
    row = slow_deal(events, at(5))["sla"]["lead_to_brief"]
    assert row["state"] == state
    assert row["breached_at"] == (at(2, 17) if state == "met_late" else None)


def test_late_proof_takes_a_breach_back() -> None:
    brief = cloud_event("crm.brief.submitted", at(2, 12))
    arrived = {key(STORY[0]): at(2, 9), key(brief): at(3, 9)}
    before = slow_deal([STORY[0], brief], at(4), received=arrived, known_at=at(2, 20))
    after = slow_deal([STORY[0], brief], at(4), received=arrived, known_at=at(3, 9))
    assert (before["sla"]["lead_to_brief"]["state"], after["sla"]["lead_to_brief"]["state"]) == (
        "breached",
        "met",
    )
    assert after["sla"]["lead_to_brief"]["breached_at"] is None


def test_a_signature_after_a_revocation_does_not_bring_the_deal_back() -> None:
    revoked = [*STORY[:5], cloud_event("contract.revoked", at(6, 12))]
    again = [*revoked, STORY[4], cloud_event("docflow.contract.signed", at(6, 18), id="anew")]
    for events in (revoked, again):
        deal = slow_deal(events, at(7))
        assert deal["aggregated_stage"] == "cancelled"
        assert deal["pipeline_stage"] is None
        assert deal["missing"] == []
        assert deal["gates"]["G4"]["status"] is True
        assert deal["sla"]["contract_to_launch"] == {
            "state": "cancelled",
            "started_at": at(6, 10),
            "due_at": at(8, 10),
            "stopped_at": None,
            "cancelled_at": at(6, 12),
            "elapsed_s": 7_200.0,
            "limit_s": 172_800.0,
            "breached_at": None,
            "suspended_s": 0.0,
            "suspended_since": None,
        }
        assert states(deal)["launch_to_close"] == "pending"


def test_a_reopened_deal_runs_on_from_the_old_start() -> None:
    events = [
        *STORY[:5],
        *told(("crm.deal.lost", at(6, 12)), ("crm.deal.reopened", at(9, 10)), first=8),
    ]
    deal = slow_deal(events, at(9, 12))
    assert deal["aggregated_stage"] == "launching"
    assert stages(deal)[-3:] == [
        ("launching", at(6, 10), at(6, 12)),
        ("cancelled", at(6, 12), at(9, 10)),
        ("launching", at(9, 10), None),
    ]
    assert deal["sla"]["contract_to_launch"] == {
        "state": "breached",
        "started_at": at(6, 10),
        "due_at": at(8, 10),
        "stopped_at": None,
        "cancelled_at": None,
        "elapsed_s": 266_400.0,
        "limit_s": 172_800.0,
        "breached_at": at(8, 10),
        "suspended_s": 0.0,
        "suspended_since": None,
    }


def test_a_breach_before_the_cancellation_is_remembered() -> None:
    events = [*STORY[:5], cloud_event("crm.deal.lost", at(8, 10) + MS)]
    row = slow_deal(events, at(12))["sla"]["contract_to_launch"]
    assert (row["state"], row["breached_at"]) == ("cancelled", at(8, 10))
    on_time = [*STORY[:5], cloud_event("crm.deal.lost", at(8, 10))]
    assert slow_deal(on_time, at(12))["sla"]["contract_to_launch"]["breached_at"] is None


def test_what_happens_while_cancelled_is_reached_on_reopening() -> None:
    events = [
        *STORY[:4],
        *told(
            ("crm.deal.lost", at(5, 10)),
            ("docflow.contract.signed", at(5, 12)),
            ("crm.deal.reopened", at(6, 10)),
            first=8,
        ),
    ]
    cancelled = slow_deal(events[:-1], at(12))
    assert cancelled["sla"]["offer_to_contract"]["state"] == "cancelled"
    assert cancelled["sla"]["contract_to_launch"]["state"] == "pending"
    assert cancelled["anomalies"] == {"after_cancellation"}
    reopened = slow_deal(events, at(6, 11))
    assert reopened["sla"]["offer_to_contract"]["stopped_at"] == at(6, 10)
    assert reopened["sla"]["contract_to_launch"]["started_at"] == at(6, 10)


def test_two_cancellations_count_from_the_first_and_one_reopening_takes_both_back() -> None:
    events = told(
        ("crm.deal.created", at(2, 9)),
        ("contract.revoked", at(2, 10)),
        ("crm.deal.lost", at(2, 11)),
        ("crm.deal.reopened", at(2, 12)),
    )
    assert slow_deal(events[:3], at(3))["sla"]["lead_to_brief"]["cancelled_at"] == at(2, 10)
    assert slow_deal(events, at(2, 13))["aggregated_stage"] == "draft"


def test_without_an_origin_the_first_timer_waits() -> None:
    deal = slow_deal(STORY[1:2], at(4))
    assert deal["aggregated_stage"] == "briefed"
    assert deal["anomalies"] == {"origin_missing"}
    assert states(deal)["lead_to_brief"] == "pending"
    assert deal["sla"]["brief_to_offer"]["started_at"] == at(2, 15)
    assert stages(deal) == [("briefed", at(2, 15), None)]


def test_a_stage_proved_before_the_origin_starts_and_stops_the_first_timer_at_once() -> None:
    events = told(("crm.brief.submitted", at(2, 8)), ("crm.deal.created", at(2, 9)))
    deal = slow_deal(events, at(4))
    row = deal["sla"]["lead_to_brief"]
    assert (row["state"], row["started_at"], row["stopped_at"], row["elapsed_s"]) == (
        "met",
        at(2, 8),
        at(2, 8),
        0.0,
    )
    assert stages(deal) == [("briefed", at(2, 8), None)]
    assert deal["anomalies"] == {"time_before_origin"}


def test_draft_is_entered_with_the_first_event_and_timed_from_the_origin() -> None:
    events = told(("crm.lead.qualified", at(2, 8)), ("crm.deal.created", at(2, 9)))
    deal = slow_deal(events, at(2, 10))
    assert stages(deal) == [("draft", at(2, 8), None)]
    assert deal["sla"]["lead_to_brief"]["started_at"] == at(2, 9)
    assert deal["anomalies"] == set()


def test_a_deal_created_while_cancelled_starts_its_first_timer_on_reopening() -> None:
    events = told(
        ("crm.deal.lost", at(2, 8)),
        ("crm.deal.created", at(2, 9)),
        ("crm.deal.reopened", at(2, 10)),
    )
    assert slow_deal(events[:2], at(3))["sla"]["lead_to_brief"]["state"] == "pending"
    row = slow_deal(events, at(2, 11))["sla"]["lead_to_brief"]
    assert (row["state"], row["started_at"]) == ("running", at(2, 10))


def test_a_type_nobody_knows_makes_no_deal_and_changes_none() -> None:
    unknown = cloud_event("telephony.call.ended", at(2, 8))
    assert slow_deal([unknown], at(3)) is None
    assert slow_deal([unknown, STORY[0]], at(3)) == slow_deal(STORY[:1], at(3))


def test_a_signature_without_an_approved_offer_is_followed_and_flagged() -> None:
    events = told(("crm.deal.created", at(2, 9)), ("docflow.contract.signed", at(2, 10)))
    deal = slow_deal(events, at(2, 11))
    assert deal["aggregated_stage"] == "launching"
    assert deal["anomalies"] == {"gate_order"}
    for timer in ("lead_to_brief", "brief_to_offer", "offer_to_contract"):
        assert deal["sla"][timer]["stopped_at"] == at(2, 10)


def test_an_event_far_ahead_waits_for_its_time_and_one_slightly_ahead_does_not() -> None:
    created, brief = STORY[0], STORY[1]
    far = {key(created): at(2, 9), key(brief): at(2, 14, 55) - MS}
    near = {key(created): at(2, 9), key(brief): at(2, 14, 55)}
    waiting = slow_deal([created, brief], at(2, 15) - MS, received=far)
    assert (waiting["aggregated_stage"], waiting["anomalies"]) == ("draft", {"future_event"})
    come = slow_deal([created, brief], at(2, 15), received=far)
    assert (come["aggregated_stage"], come["anomalies"]) == ("briefed", set())
    early = slow_deal([created, brief], at(2, 14, 56), received=near)
    assert (early["aggregated_stage"], early["anomalies"]) == ("briefed", set())


def test_as_of_takes_exactly_what_had_happened_and_known_at_what_had_arrived() -> None:
    received = {key(event): instant(event["time"]) + timedelta(days=1) for event in STORY}
    assert slow_deal(STORY, at(30), received=received, as_of=at(6, 10))["aggregated_stage"] == "launching"
    assert (
        slow_deal(STORY, at(30), received=received, as_of=at(6, 10) - MS)["aggregated_stage"] == "offer_ready"
    )
    assert (
        slow_deal(STORY, at(30), received=received, known_at=at(6, 10))["aggregated_stage"] == "offer_ready"
    )
    both = slow_deal(STORY, at(30), received=received, known_at=at(30), as_of=at(2, 16))
    assert both["aggregated_stage"] == "briefed"
    assert both["sla"]["brief_to_offer"]["elapsed_s"] == 3_600.0


def test_a_repeat_is_ignored_and_of_two_bodies_the_first_to_arrive_stands() -> None:
    other = {**STORY[1], "type": "crm.brief.withdrawn"}
    assert slow_deal([*STORY[:2], STORY[1], other], at(3)) == slow_deal(STORY[:2], at(3))
    assert slow_deal([STORY[0], other, STORY[1]], at(3))["aggregated_stage"] == "draft"


def test_configured_limits_and_share_are_used() -> None:
    row = slow_deal(STORY[:1], at(2, 10), limits={"lead_to_brief": timedelta(hours=2)}, at_risk_share=0.5)[
        "sla"
    ]
    assert row["lead_to_brief"]["state"] == "at_risk"
    assert row["lead_to_brief"]["due_at"] == at(2, 11)
    assert row["lead_to_brief"]["limit_s"] == 7_200.0


def test_the_limit_is_the_one_in_force_when_the_timer_started() -> None:
    versions = [
        (at(1), {"lead_to_brief": timedelta(hours=4)}),
        (at(3), {"lead_to_brief": timedelta(hours=1)}),
    ]
    for start, due in ((at(2, 23), at(3, 3)), (at(3), at(3, 1))):
        deal = slow_deal(told(("crm.deal.created", start)), at(3), limits=versions)
        assert deal["sla"]["lead_to_brief"]["due_at"] == due


def test_each_system_keeps_its_own_stage_and_the_latest_word_counts() -> None:
    def changed(system: str, stage: str, time: datetime) -> dict:
        return cloud_event(f"{system}.stage.changed", time, id=stage, data={"stage": stage})

    events = [
        changed("crm", "Won", at(4)),
        changed("crm", "New", at(2)),
        changed("docflow", "In sign", at(3)),
    ]
    deal = slow_deal(events, at(5))
    assert deal["domain_stages"] == {"crm": "Won", "docflow": "In sign"}
    assert deal["aggregated_stage"] == "draft"


SQL_CASE = """
SELECT CASE
    WHEN :G7 THEN 'closed'
    WHEN :G6 AND :G5 THEN 'closing'
    WHEN :G5 THEN 'running'
    WHEN :G4 THEN 'contracting'
    WHEN :G3 AND :G2 THEN 'offer_ready'
    WHEN :G1 THEN 'briefed'
    ELSE 'draft'
END
"""


def test_the_case_rules_are_the_sql_case_for_all_128_sets_of_gates() -> None:
    created, *proofs = catalogue_eight()
    database = sqlite3.connect(":memory:")
    for mask in itertools.product((False, True), repeat=7):
        chosen = [proof for proof, true in zip(proofs, mask, strict=True) if true]
        values = {f"G{number}": true for number, true in enumerate(mask, 1)}
        [expected] = database.execute(SQL_CASE, values).fetchone()
        assert slow_deal([created, *chosen], at(3), rules="case-6.8.5")["aggregated_stage"] == expected, mask
    database.close()


@settings(max_examples=60, deadline=None)
@given(portfolio=portfolios(conflicts=False), data=st.data())
def test_the_model_does_not_care_about_the_order_of_arrival(
    portfolio: Portfolio, data: st.DataObject
) -> None:
    clock = data.draw(clocks(portfolio))
    for subject in portfolio.subjects:
        arrivals = portfolio.of(subject)
        received = first_received(arrivals)
        events = [arrival.event for arrival in arrivals]
        shuffled = data.draw(st.permutations(events))
        assert slow_deal(events, clock, received=received) == slow_deal(shuffled, clock, received=received)


@settings(max_examples=60, deadline=None)
@given(portfolio=portfolios(max_deals=1))
def test_drawn_portfolios_are_fit_for_comparison(portfolio: Portfolio) -> None:
    assert list(portfolio.arrivals) == sorted(portfolio.arrivals, key=lambda arrival: arrival.at)
    events = [arrival.event for arrival in portfolio.arrivals]
    assert {event["subject"] for event in events} == set(portfolio.subjects)
    assert len(in_order(events)) == len(events)
    assert all(instant(event["time"]).microsecond % 1000 == 0 for event in events)
