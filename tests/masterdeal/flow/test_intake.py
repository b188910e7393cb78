"""Events in: what becomes of each, what the deal is afterwards, and what the world is told."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from installation import START, Installation, hours, micro
from portfolios import MS, Portfolio, catalogue_eight, cloud_event, portfolios

from masterdeal.event import of_body
from masterdeal.flow.intake import read, record
from masterdeal.reference import read_rulebook
from masterdeal.view import deal_at


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    yield house
    house.check_sequences()
    house.close()


def created(subject: str | None = "MD-1", at: float = 0, id: str = "created", **data: Any) -> dict[str, Any]:
    event = cloud_event("crm.deal.created", hours(at), id=id, data=data)
    return named(event, subject)


def brief(subject: str | None = "MD-1", at: float = 1, id: str = "brief", **data: Any) -> dict[str, Any]:
    return named(cloud_event("crm.brief.submitted", hours(at), id=id, data=data), subject)


def named(event: dict[str, Any], subject: str | None) -> dict[str, Any]:
    if subject is None:
        del event["subject"]
    else:
        event["subject"] = subject
    return event


def outcomes(results: list[Any]) -> list[str]:
    return [result.outcome for result in results]


REF = {"system": "amo", "id": "A-1"}


# outcomes


def test_an_accepted_event_is_answered_with_its_deal_and_its_stage(house: Installation) -> None:
    first, second = house.take(created(), brief(), at=hours(1))
    assert (first.outcome, first.master_deal_id, first.aggregated_stage) == ("accepted", "MD-1", "draft")
    assert (second.outcome, second.master_deal_id, second.aggregated_stage) == ("accepted", "MD-1", "briefed")
    assert house.told() == ["created", "stage.changed", "stage.changed", "sla.updated", "sla.updated"]
    house.prove()


def test_a_repeat_is_a_duplicate_in_its_batch_later_and_after_a_restart(house: Installation) -> None:
    assert outcomes(house.take(created(), created(), at=hours(0))) == ["accepted", "duplicate"]
    before = house.notices()
    (again,) = house.take(created(), at=hours(1))
    assert (again.outcome, again.aggregated_stage, again.reason) == ("duplicate", "draft", None)
    house.restart()
    respelled = msgspec.json.encode(dict(reversed(created().items())) | {"time": "2026-03-02T09:00:00+03:00"})
    assert outcomes(house.take(respelled, at=hours(2))) == ["duplicate"]
    assert house.notices() == before
    assert house.counts()["events"] == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "crm.deal.lost"},
        {"subject": "MD-2"},
        {"time": hours(1).isoformat()},
        {"data": {"title": "another"}},
        {"type": "telephony.call.ended"},
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_another_body_under_the_same_id_is_kept_aside(
    house: Installation, changed: dict[str, Any], together: bool
) -> None:
    other = created(title="one") | changed
    if together:
        _, result, last = house.take(created(title="one"), other, brief(), at=hours(1))
        assert last.outcome == "accepted"
    else:
        house.take(created(title="one"), brief(), at=hours(1))
        (result,) = house.take(other)
    assert (result.outcome, result.reason, result.master_deal_id) == ("rejected", "conflict", "MD-1")
    assert house.stage() == "briefed"
    assert house.deal_ids() == ["MD-1"]
    (letter,) = house.letters()
    assert (letter.reason, letter.source, letter.id, letter.times) == ("conflict", "crm", "created", 1)
    assert msgspec.json.decode(letter.body) == other
    house.take(other)
    assert [letter.times for letter in house.letters()] == [2]
    house.prove()


def test_a_conflict_teaches_no_reference(house: Installation) -> None:
    house.take(brief(None, ref=REF), created(), at=hours(1))
    (conflict,) = house.take(created(refs=[REF]))
    assert (conflict.outcome, conflict.reason) == ("rejected", "conflict")
    assert house.counts()["parked_events"] == 1
    assert house.stage() == "draft"
    assert outcomes(house.take(created("MD-2", id="other", refs=[REF]))) == ["accepted"]
    assert (house.stage("MD-1"), house.stage("MD-2")) == ("draft", "briefed")
    house.prove()


def test_an_unknown_type_is_kept_and_reported_and_makes_no_deal(house: Installation) -> None:
    unknown = cloud_event("telephony.call.ended", hours(1), data={"seconds": 3})
    (result,) = house.take(unknown)
    assert (result.outcome, result.reason, result.master_deal_id) == ("accepted", "unknown_type", "MD-1")
    assert house.deal() is None
    house.take(created(), at=hours(1))
    assert outcomes(house.take(unknown)) == ["duplicate"]
    assert house.counts() | {"canonical_events": 0} == {
        "events": 2,
        "deals": 1,
        "unknown_events": 1,
        "parked_events": 0,
        "dead_letters": 0,
        "canonical_events": 0,
    }
    house.prove()


NOT_EVENTS: dict[str, tuple[bytes, str]] = {
    "broken JSON": (b'{"specversion": "1.0", "id"', "not_json"),
    "nothing": (b"", "not_json"),
    "invalid UTF-8": (b'{"specversion":"1.0","id":"\xff"}', "not_json"),
    "half a surrogate pair": (rb'{"specversion":"1.0","id":"\ud800"}', "not_json"),
    "NaN": (msgspec.json.encode(created(budget={"amount": "1"})).replace(b'"1"', b"NaN"), "not_json"),
    "not an object": (b"12", "not_a_cloudevent"),
    "another version": (msgspec.json.encode(created() | {"specversion": "0.3"}), "not_a_cloudevent"),
    "no time": (msgspec.json.encode({k: v for k, v in created().items() if k != "time"}), "not_a_cloudevent"),
    "a naive time": (msgspec.json.encode(created() | {"time": "2026-03-02T06:00:00"}), "not_a_cloudevent"),
    "a leap second": (msgspec.json.encode(created() | {"time": "2026-12-31T23:59:60Z"}), "not_a_cloudevent"),
    "no year in UTC": (
        msgspec.json.encode(created() | {"time": "9999-12-31T23:59:59-12:00"}),
        "not_a_cloudevent",
    ),
    "an empty id": (msgspec.json.encode(created() | {"id": ""}), "not_a_cloudevent"),
    "a control character": (msgspec.json.encode(created() | {"id": "a\0b"}), "not_a_cloudevent"),
    "too deep": (
        msgspec.json.encode(created()).replace(b"{}", b'{"x":' + b"[" * 90 + b"]" * 90 + b"}"),
        "not_a_cloudevent",
    ),
    "much too deep": (b'{"data":' + b"[" * 100_000, "not_a_cloudevent"),
    "a number too large": (
        msgspec.json.encode(created()).replace(b"{}", b'{"x":1e999}'),
        "not_a_cloudevent",
    ),
    "data is a list": (msgspec.json.encode(created() | {"data": [1]}), "bad_content"),
    "bad content": (msgspec.json.encode(created(budget={"amount": "12,5"})), "bad_content"),
    "a deadline that is none": (
        msgspec.json.encode(created(deadlines={"legal": "0001-01-01T00:00:00+14:00"})),
        "bad_content",
    ),
    "a score of 11": (
        msgspec.json.encode(cloud_event("okk.nps.collected", START, data={"score": 11})),
        "bad_content",
    ),
    "no deal named": (msgspec.json.encode(brief(None)), "no_deal"),
}


@pytest.mark.parametrize("case", NOT_EVENTS)
def test_06_what_is_no_event_is_a_dead_letter_and_its_neighbours_are_taken(
    house: Installation, case: str
) -> None:
    body, reason = NOT_EVENTS[case]
    first, bad, last = house.take(created("MD-9", id="before"), body, brief("MD-9"), at=hours(1))
    assert (first.outcome, last.outcome, house.stage("MD-9")) == ("accepted", "accepted", "briefed")
    assert (bad.outcome, bad.reason) == ("rejected", reason)
    assert bad.detail
    (letter,) = house.letters()
    assert (letter.reason, letter.state, letter.received) == (reason, "open", micro(hours(1)))
    assert letter.body.encode() == body or reason == "not_json"
    house.prove()


def test_06_a_megabyte_of_content_is_taken_like_any_other(house: Installation) -> None:
    (result,) = house.take(created(title="x" * 1_000_000, extra=[{"line": n} for n in range(5_000)]))
    assert result.outcome == "accepted"
    card = house.deal()
    assert card is not None
    assert len(card["title"]) == 1_000_000


@pytest.mark.parametrize("amount", ["999999999999999999", "-999999999999999999.999999", "0.005"])
def test_06_a_budget_beyond_any_column_is_kept_as_it_came(house: Installation, amount: str) -> None:
    budget = {"amount": amount, "currency": "RUB"}
    assert outcomes(house.take(created(budget=budget))) == ["accepted"]
    card = house.deal()
    assert card is not None
    assert card["budget"] == budget


def test_a_mended_dead_letter_is_taken_like_a_new_event(house: Installation) -> None:
    house.take(created(budget={"amount": "12,5"}))
    (letter,) = house.letters()
    assert outcomes(house.take(letter.body.encode())) == ["rejected"]
    mended = letter.body.replace("12,5", "12.50").encode()
    assert outcomes(house.take(mended)) == ["accepted"]
    assert outcomes(house.take(mended)) == ["duplicate"]
    assert [letter.times for letter in house.letters()] == [2]


# references


def test_an_event_whose_reference_nobody_knows_waits_for_the_deal_that_carries_it(
    house: Installation,
) -> None:
    (parked,) = house.take(brief(None, ref=REF), at=hours(1))
    assert (parked.outcome, parked.reason, parked.master_deal_id) == ("parked", "unknown_reference", None)
    assert outcomes(house.take(brief(None, ref=REF), at=hours(1.5))) == ["parked"]
    house.restart()
    (opened,) = house.take(created(refs=[REF]), at=hours(2))
    assert opened.aggregated_stage == "briefed"  # with what waited for it
    assert house.stage() == "briefed"
    assert house.counts()["parked_events"] == 0
    assert outcomes(house.take(brief(None, ref=REF))) == ["duplicate"]
    with house.store.reading() as reading:
        kept = {row.id: row.received for row in reading.events("MD-1")}
    assert kept == {"created": micro(hours(2)), "brief": micro(hours(1))}
    house.prove()


def test_another_body_under_a_parked_id_is_kept_aside(house: Installation) -> None:
    house.take(brief(None, ref=REF, text="one"))
    (conflict,) = house.take(brief(None, ref=REF, text="two"))
    assert (conflict.outcome, conflict.reason) == ("rejected", "conflict")
    assert [letter.reason for letter in house.letters()] == ["conflict"]
    house.take(created(refs=[REF]), at=hours(2))
    assert house.stage() == "briefed"
    house.prove()


def test_a_reference_works_within_one_batch_and_in_either_order(house: Installation) -> None:
    signed = named(cloud_event("docflow.contract.signed", hours(3), data={"ref": REF}), None)
    results = house.take(brief(None, ref=REF), created(None, refs=[REF]), signed, at=hours(3))
    assert outcomes(results) == ["parked", "accepted", "accepted"]
    (deal_id,) = house.deal_ids()
    assert deal_id.startswith("MD-")
    assert house.stage(deal_id) == "launching"
    house.prove()


def test_what_was_released_counts_also_where_its_batch_made_the_deal_be_read_anew(
    house: Installation,
) -> None:
    """The batch brings a late event (so the deal is folded from its log) and the reference that releases another."""
    plan = named(cloud_event("media.mediaplan.ready", hours(2)), "MD-1")
    house.take(plan, named(cloud_event("crm.offer.approved", hours(3), data={"ref": REF}), None), at=hours(3))
    house.take(brief(at=1), created(at=0, refs=[REF]), at=hours(4))
    assert house.stage() == "offer_ready"
    house.prove()


def test_the_same_deal_without_an_id_gets_the_same_id_everywhere(house: Installation, tmp_path: Path) -> None:
    (one,) = house.take(created(None, refs=[REF]))
    (two,) = house.take(created(None, id="again", refs=[{"system": "1c", "id": "7"}, REF]))
    assert two.master_deal_id == one.master_deal_id
    (three,) = house.take(created(None, id="plain"))
    other = Installation(tmp_path / "other.db")
    (elsewhere,) = other.take(created(None, refs=[REF]))
    (plain,) = other.take(created(None, id="plain"))
    other.close()
    assert (elsewhere.master_deal_id, plain.master_deal_id) == (one.master_deal_id, three.master_deal_id)
    assert one.master_deal_id != three.master_deal_id


def test_every_alias_of_a_type_is_that_type(house: Installation) -> None:
    book = house.book
    for name, aliases in book.catalogue.aliases.items():
        for alias in aliases:
            with house.store.writing() as tx:
                event = cloud_event(alias, START, id=alias, subject=f"MD-{alias}", data={"reason": "отпуск"})
                body = msgspec.json.encode(event)
                record(tx, [read(body, book)], book, micro(START))
                kept = tx.kept(alias.partition(".")[0], alias)
                assert kept is not None
                assert kept.type == name


# order, notices, breaches


@pytest.mark.parametrize("size", [1, 2, 8])
def test_03_any_order_and_any_batches_end_in_one_deal(tmp_path: Path, size: int) -> None:
    orders = list(itertools.permutations(catalogue_eight(step=timedelta(hours=40))))[:: 40320 // 12]
    cards = []
    for number, order in enumerate(orders):
        house = Installation(tmp_path / f"{number}.db")
        for start in range(0, 8, size):
            house.take(*order[start : start + size], at=hours(300))
        house.sweep()
        cards.append(house.deal())
        house.prove()
        house.close()
    assert all(card == cards[0] for card in cards)
    assert cards[0] is not None
    assert cards[0]["aggregated_stage"] == "closed"


def test_the_notices_of_a_deal_are_numbered_in_the_order_it_moved(house: Installation) -> None:
    for event in catalogue_eight():
        house.take(event, at=hours(0) + timedelta(hours=int(event["id"][1:])))
    stages = [n["data"]["to"] for n in house.notices() if n["type"] == "masterdeal.stage.changed"]
    assert stages == ["draft", "briefed", "offer_ready", "launching", "running", "closing", "closed"]
    causes = [n["data"]["cause"]["id"] for n in house.notices() if n["type"] == "masterdeal.stage.changed"]
    assert causes == ["e0", "e1", "e3", "e4", "e5", "e6", "e7"]
    assert house.told().count("closed") == 1
    assert all(n["partitionkey"] == n["subject"] == n["data"]["master_deal_id"] for n in house.notices())
    house.prove()


def test_04_a_late_proof_takes_a_published_breach_back_once(house: Installation) -> None:
    house.take(created(), at=hours(0))
    house.sweep(hours(9))
    (breach,) = [n for n in house.notices() if n["type"] == "masterdeal.sla.breached"]
    assert breach["time"] == "2026-03-02T14:00:00Z"
    assert breach["data"]["detected_at"] == "2026-03-02T15:00:00Z"
    house.take(brief(at=7.5), at=hours(10))
    back = house.notices()[-2:]
    (taken,) = [n for n in back if "breach_taken_back" in n["data"]]
    assert (taken["type"], taken["data"]["breach_taken_back"]) == ("masterdeal.sla.updated", breach["id"])
    assert (taken["data"]["timer"], taken["data"]["state"]) == ("lead_to_brief", "met")
    house.take(brief(at=7.5), brief(at=7.75, id="again"), at=hours(11))
    assert sum("breach_taken_back" in n["data"] for n in house.notices()) == 1
    house.prove()


def test_04_a_late_event_after_the_due_time_leaves_the_breach(house: Installation) -> None:
    house.take(created(), at=hours(0))
    house.sweep(hours(9))
    house.take(named(cloud_event("crm.brief.submitted", hours(8) + MS), "MD-1"), at=hours(10))
    updated = [n["data"] for n in house.notices() if n["type"] == "masterdeal.sla.updated"]
    assert [(d["timer"], d["state"]) for d in updated if d["timer"] == "lead_to_brief"][-1] == (
        "lead_to_brief",
        "met_late",
    )
    assert not any("breach_taken_back" in data for data in updated)
    house.prove()


def test_what_one_batch_proves_is_never_first_announced_as_a_breach(house: Installation) -> None:
    house.take(created(), brief(at=7), at=hours(30))
    assert "sla.breached" not in house.told()
    house.prove()


# clocks


@pytest.mark.parametrize(
    ("ahead", "marked"),
    [
        (timedelta(minutes=5), False),
        (timedelta(minutes=5) + MS, True),
        (timedelta(days=400), True),
        (timedelta(minutes=-5), False),
        (timedelta(days=-9000), False),
    ],
)
def test_05_clock_skew_within_the_tolerance_counts_at_once_beyond_it_when_its_time_comes(
    house: Installation, ahead: timedelta, marked: bool
) -> None:
    house.take(created(at=-24 * 9500), at=hours(0))
    house.take(named(cloud_event("crm.brief.submitted", START + ahead), "MD-1"), at=hours(0))
    assert house.stage() == ("draft" if marked else "briefed")
    card = house.deal()
    assert card is not None
    assert ("future_event" in [found["code"] for found in card["anomalies"]]) == marked
    if marked:
        house.sweep(START + ahead - MS)
        assert house.stage() == "draft"
        house.sweep(START + ahead)
        assert house.stage() == "briefed"
    house.prove()


def test_05_a_future_event_whose_time_has_come_counts_before_the_sweep_has_seen_it(
    house: Installation,
) -> None:
    """Else the next event would announce a breach that the waiting one disproves."""
    house.take(created(), brief(at=7), at=hours(0))
    (result,) = house.take(cloud_event("crm.lead.qualified", hours(9)), at=hours(9))
    assert result.aggregated_stage == "briefed"
    assert "sla.breached" not in house.told()
    moves = [n["data"].get("cause") for n in house.notices() if n["type"] == "masterdeal.stage.changed"]
    assert moves[-1] is None
    house.prove()


def test_05_a_deal_that_begins_in_the_year_9999_can_be_told_of(house: Installation) -> None:
    last = cloud_event("crm.deal.created", hours(0)) | {"time": "9999-12-31T23:59:59.999999Z"}
    assert outcomes(house.take(last)) == ["accepted"]
    house.prove()
    with house.store.reading() as reading:
        (row,) = reading.events("MD-1")
    event = of_body(row.body, row.type, row.received, marked=row.marked)
    card = deal_at("MD-1", [event], house.book, event.time, as_of=event.time)
    assert card is not None
    assert card["sla"][0]["due_at"] == "9999-12-31T23:59:59.999999Z"


def test_05_equal_instants_are_ordered_by_source_and_id(house: Installation) -> None:
    lost = cloud_event("crm.deal.lost", hours(1), id="b")
    reopened = cloud_event("crm.deal.reopened", hours(1), id="a")
    house.take(created(), lost, reopened, at=hours(1))
    assert house.stage() == "cancelled"
    house.prove()


def test_reopening_lets_the_timers_run_on_from_their_old_start(house: Installation) -> None:
    house.take(created(), cloud_event("crm.deal.lost", hours(2)), at=hours(2))
    house.sweep(hours(20))
    assert "sla.breached" not in house.told()
    house.take(cloud_event("crm.deal.reopened", hours(20)), at=hours(20))
    (breach,) = [n for n in house.notices() if n["type"] == "masterdeal.sla.breached"]
    assert breach["time"] == "2026-03-02T14:00:00Z"
    house.prove()


# other rules


@pytest.mark.parametrize(("old", "new"), [("stream-1", "case-6.8.5"), ("case-6.8.5", "stream-1")])
@pytest.mark.parametrize("events", [["e5"], ["e1"], ["future"]])
def test_a_deal_judged_by_other_rules_is_folded_anew_when_something_comes(
    tmp_path: Path, old: str, new: str, events: list[str]
) -> None:
    house = Installation(tmp_path / "events.db", read_rulebook(old))
    story = {event["id"]: event for event in catalogue_eight()}
    story["future"] = cloud_event("mediapush.campaign.started", hours(500), id="future")
    house.take(story["e0"], story["e2"], story["e3"], story["e4"], at=hours(5))
    house.restart(read_rulebook(new))
    assert outcomes(house.take(*(story[id_] for id_ in events), at=hours(6))) == ["accepted"]
    card = house.deal()
    assert card is not None
    assert card["rules_version"] == new
    house.prove()
    house.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    portfolio=portfolios(max_deals=2), cuts=st.lists(st.booleans(), min_size=40, max_size=40), data=st.data()
)
def test_stored_state_is_the_fold_of_the_log_whatever_arrives(
    tmp_path_factory: pytest.TempPathFactory, portfolio: Portfolio, cuts: list[bool], data: st.DataObject
) -> None:
    """Batches cut anywhere, sweeps and restarts in between: the proof holds after each."""
    house = Installation(tmp_path_factory.mktemp("drawn") / "events.db")
    batch: list[dict[str, Any]] = []
    for arrival, cut in itertools.zip_longest(portfolio.arrivals, cuts[: len(portfolio.arrivals)]):
        batch.append(arrival.event)
        if cut:
            house.take(*batch, at=arrival.at)
            batch = []
            if data.draw(st.booleans(), "sweep"):
                house.prove()
    house.take(*batch, at=portfolio.arrivals[-1].at)
    house.prove()
    house.sweep(portfolio.arrivals[-1].at + timedelta(days=60))
    house.prove()
    house.close()
