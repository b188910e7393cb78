"""The fold against the slow model, and what must hold of it for every order and every combination."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import msgspec
import pytest
from deal_in_model_words import as_model
from hypothesis import given, settings
from hypothesis import strategies as st
from model import LIMITS, ladder_of, slow_deal, stage_of
from portfolios import (
    EPOCH,
    MOSCOW,
    MS,
    NAMES,
    Arrival,
    Portfolio,
    catalogue_eight,
    clocks,
    cloud_event,
    first_received,
    portfolios,
)

from masterdeal import instant
from masterdeal.deal import Deal, advance, blank, fold, follows
from masterdeal.event import Event
from masterdeal.flow.intake import read
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.view import deal_at

RULES = ("stream-1", "case-6.8.5")
BOOKS = {rules: read_rulebook(rules) for rules in RULES}


def read_event(arrival: Arrival, book: Rulebook) -> Event:
    incoming = read(msgspec.json.encode(arrival.event), book)
    assert incoming.refusal is None, incoming.detail
    received = instant.of_datetime(arrival.at)
    marked = incoming.time > received + book.sla.future_tolerance
    return Event(incoming.source, incoming.id, incoming.type, incoming.time, received, marked, incoming.data)


def kept(arrivals: list[Arrival], book: Rulebook) -> list[Event]:
    """What the log keeps of the arrivals: the first under each source and id."""
    events: dict[tuple[str, str], Event] = {}
    for arrival in arrivals:
        events.setdefault((arrival.event["source"], arrival.event["id"]), read_event(arrival, book))
    return list(events.values())


@pytest.mark.parametrize("rules", RULES)
def test_every_arrival_order_of_the_eight_events_ends_in_one_deal(rules: str) -> None:
    """All 40,320 orders, walked as a tree: one event more is folded in, or, come late, the deal is folded anew."""
    book = BOOKS[rules]
    events = [read_event(Arrival(EPOCH, event), book) for event in catalogue_eight()]
    expected = msgspec.json.encode(fold("MD-1", events, book.rules, book.catalogue))
    orders = 0

    def arrive(deal: Deal, come: list[Event], left: list[Event]) -> None:
        nonlocal orders
        if not left:
            orders += 1
            assert msgspec.json.encode(deal) == expected, [event.type for event in come]
        state = msgspec.json.encode(deal)
        for event in left:
            after = msgspec.json.decode(state, type=Deal)
            if follows(after, event):
                advance(after, event, book.rules, book.catalogue)
            else:
                after = fold("MD-1", [*come, event], book.rules, book.catalogue)
            arrive(after, [*come, event], [other for other in left if other is not event])

    arrive(blank("MD-1", book.rules), [], events)
    assert orders == 40_320


PROOF = {
    "has_brief": "crm.brief.submitted",
    "mediaplan_ready": "media.mediaplan.ready",
    "offer_approved": "crm.offer.approved",
    "contract_signed": "docflow.contract.signed",
    "campaign_started": "mediapush.campaign.started",
    "invoice_issued": "dcm.invoice.issued",
    "closeout_completed": "dcm.closeout.completed",
    "qualified": "crm.lead.qualified",
    "planning_started": "mediapush.planning.started",
    "contract_in_progress": "docflow.contract.sent",
    "cancelled": "crm.deal.lost",
}


def combinations() -> Iterator[tuple[int, set[str]]]:
    facts = BOOKS["stream-1"].catalogue.facts
    assert set(facts) == set(PROOF)
    for mask in range(1 << len(facts)):
        yield mask, {fact for bit, fact in enumerate(facts) if mask >> bit & 1}


@pytest.mark.parametrize("rules", RULES)
def test_every_combination_of_facts_has_the_stage_the_model_gives_it(rules: str) -> None:
    table = BOOKS[rules].rules.stage_of
    for mask, true in combinations():
        proofs = [cloud_event(PROOF[fact], EPOCH) for fact in sorted(true)]
        assert table[mask] == stage_of(proofs, rules), true


@pytest.mark.parametrize("rules", RULES)
def test_no_added_fact_takes_a_deal_back(rules: str) -> None:
    book, ladder = BOOKS[rules], ladder_of(rules)
    assert book.rules.ladder == tuple(ladder)
    for mask, true in combinations():
        for fact in set(PROOF) - true:
            before = book.rules.stage_of[mask]
            after = book.rules.stage_of[mask | 1 << book.catalogue.facts.index(fact)]
            if fact == "cancelled" or before == "cancelled":
                assert after == "cancelled", (true, fact)
            else:
                assert ladder.index(after) >= ladder.index(before), (true, fact)


def test_every_type_is_known_under_all_its_names() -> None:
    catalogue = BOOKS["stream-1"].catalogue
    for canonical, names in NAMES.items():
        for name in names:
            kind = catalogue.find(name)
            assert (kind.name if kind else None) == (None if canonical.startswith("telephony") else canonical)


@pytest.mark.parametrize("rules", RULES)
@settings(max_examples=120, deadline=None)
@given(portfolio=portfolios(max_deals=2), data=st.data())
def test_the_deal_at_any_moment_is_what_the_model_says(
    rules: str, portfolio: Portfolio, data: st.DataObject
) -> None:
    book = BOOKS[rules]
    clock = data.draw(clocks(portfolio), "clock")
    as_of = data.draw(st.none() | clocks(portfolio), "as_of")
    known_at = data.draw(st.none() | clocks(portfolio).map(lambda moment: min(moment, clock)), "known_at")
    for subject in portfolio.subjects:
        arrivals = portfolio.of(subject)
        card = deal_at(
            subject,
            data.draw(st.permutations(kept(arrivals, book)), "order of the log"),
            book,
            instant.of_datetime(clock),
            as_of=None if as_of is None else instant.of_datetime(as_of),
            known_at=None if known_at is None else instant.of_datetime(known_at),
        )
        expected = slow_deal(
            [arrival.event for arrival in arrivals],
            clock,
            rules=rules,
            received=first_received(arrivals),
            as_of=as_of,
            known_at=known_at,
        )
        assert as_model(card) == expected


@settings(max_examples=60, deadline=None)
@given(
    portfolio=portfolios(max_deals=1),
    hours=st.tuples(*(st.sampled_from((1, 8, 48, 100)) for _ in range(10))),
    share=st.sampled_from((0.5, 0.8, 1.0)),
    since=st.integers(0, 20),
    data=st.data(),
)
def test_limits_of_two_dates_are_read_as_the_model_reads_them(
    portfolio: Portfolio, hours: tuple[int, ...], share: float, since: int, data: st.DataObject
) -> None:
    change = (EPOCH + timedelta(days=since)).astimezone(MOSCOW).date()
    midnight = datetime(change.year, change.month, change.day, tzinfo=MOSCOW)
    old, new = dict(zip(LIMITS, hours[:5], strict=True)), dict(zip(LIMITS, hours[5:], strict=True))
    common = {"at_risk_share": share, "calendar": "elapsed"}
    book = read_rulebook(
        sla_table={
            "version": [
                {
                    "from": date(2000, 1, 1),
                    "limits": {n: f"{h}h" for n, h in old.items()},
                    **common,
                },
                {"from": change, "limits": {n: f"{h}h" for n, h in new.items()}, **common},
            ]
        }
    )
    clock = data.draw(clocks(portfolio))
    [subject] = portfolio.subjects
    arrivals = portfolio.of(subject)
    card = deal_at(subject, kept(arrivals, book), book, instant.of_datetime(clock))
    expected = slow_deal(
        [arrival.event for arrival in arrivals],
        clock,
        limits=[
            (EPOCH - timedelta(days=9000), {name: timedelta(hours=h) for name, h in old.items()}),
            (midnight, {name: timedelta(hours=h) for name, h in new.items()}),
        ],
        at_risk_share=share,
        received=first_received(arrivals),
    )
    assert as_model(card) == expected


@pytest.mark.parametrize(("late", "due_after"), [(-MS, 8), (timedelta(0), 1), (MS, 1)])
def test_a_new_limit_holds_for_timers_that_start_at_its_date_in_moscow(
    late: timedelta, due_after: int
) -> None:
    def version(since: date, hours: int) -> dict[str, object]:
        limits = dict.fromkeys(LIMITS, f"{hours}h")
        return {"from": since, "at_risk_share": 0.8, "calendar": "elapsed", "limits": limits}

    book = read_rulebook(sla_table={"version": [version(date(2000, 1, 1), 8), version(date(2026, 3, 3), 1)]})
    start = datetime(2026, 3, 3, tzinfo=MOSCOW) + late
    created = read_event(Arrival(start, cloud_event("crm.deal.created", start)), book)
    card = deal_at("MD-1", [created], book, instant.of_datetime(start))
    assert card is not None
    assert datetime.fromisoformat(card["sla"][0]["due_at"]) == start + timedelta(hours=due_after)


@settings(max_examples=60, deadline=None)
@given(portfolio=portfolios(max_deals=1), data=st.data())
@pytest.mark.parametrize("rules", RULES)
def test_folding_one_by_one_is_folding_all_at_once(
    rules: str, portfolio: Portfolio, data: st.DataObject
) -> None:
    book = BOOKS[rules]
    [subject] = portfolio.subjects
    events = [event for event in kept(list(portfolio.arrivals), book) if book.catalogue.find(event.type)]
    deal, come = blank(subject, book.rules), []
    for event in data.draw(st.permutations(events)):
        come.append(event)
        if follows(deal, event):
            advance(deal, event, book.rules, book.catalogue)
        else:
            deal = fold(subject, come, book.rules, book.catalogue)
    assert deal == fold(subject, events, book.rules, book.catalogue)
