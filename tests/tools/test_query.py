"""Conditions on deals: any mixture of them finds what a slow look at every card finds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.deals import portfolio
from tools.deals import PortfolioView, Which, each_deal
from tools.query.condition import Condition, condition
from tools.query.deals import query_deals
from tools.records import deal_records

MOSCOW = ZoneInfo("Europe/Moscow")


class Shelf:
    """A portfolio with the cards of all its deals, taken once."""

    def __init__(self, view: PortfolioView) -> None:
        self.view = view
        self.cards = list(each_deal(view, Which()))


@pytest.fixture(scope="module")
def shelf() -> Iterator[Shelf]:
    with portfolio("demo") as house:
        yield Shelf(house.view)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).astimezone(MOSCOW).date()


def _slowly(card: dict[str, Any], one: Condition) -> bool:
    """Whether a card meets a condition, told from nothing but the card."""
    if one.field == "budget":
        amount = card["budget"] and Decimal(card["budget"]["amount"])
        return amount is not None and ((one.above is not None and amount > one.above) is not one.negated)
    if one.field in ("stage", "manager", "client_type"):
        value = card["aggregated_stage" if one.field == "stage" else one.field]
        return (value in one.any_of) is not one.negated
    if one.field == "open":
        return (card["aggregated_stage"] not in ("closed", "cancelled")) is not one.negated
    if one.field == "sla":
        return any(timer["state"] in one.any_of for timer in card["sla"]) is not one.negated
    if one.field == "created":
        created = [span["started_at"] for span in card["stages"][:1]]
        days = [_day(text) for text in created]
        return any((one.since or day) <= day <= (one.until or day) for day in days) is not one.negated
    gate = card["gates"][one.field]
    passed = gate["status"] and gate["event_timestamp"]
    inside = passed and (one.since or date.min) <= _day(passed) <= (one.until or date.max)
    return bool(inside) is not one.negated


DAYS = st.dates(date(2026, 9, 1), date(2026, 11, 30))
CONDITIONS = st.one_of(
    st.builds(lambda names, no: condition("stage", any_of=tuple(names), negated=no), st.lists(st.sampled_from(["draft", "planning", "contracting", "running", "closed", "cancelled"]), min_size=1, max_size=3), st.booleans()),
    st.builds(lambda name, no: condition("manager", any_of=(name,), negated=no), st.sampled_from(["Анна Крылова", "Игорь Гордеев", "Лилия Сафина"]), st.booleans()),
    st.builds(lambda name: condition("client_type", any_of=(name,)), st.sampled_from(["агентство", "ключевой клиент"])),
    st.builds(lambda amount, no: condition("budget", above=amount, negated=no), st.integers(1, 40).map(lambda millions: Decimal(millions) * 1_000_000), st.booleans()),
    st.builds(lambda no: condition("open", negated=no), st.booleans()),
    st.builds(lambda state, no: condition("sla", any_of=(state,), negated=no), st.sampled_from(["breached", "at_risk"]), st.booleans()),
    st.builds(lambda gate, since, no: condition(gate, since=since, negated=no), st.sampled_from(["G1", "G3", "G4", "G5"]), st.none() | DAYS, st.booleans()),
)  # fmt: skip


@given(st.lists(CONDITIONS, max_size=4))
def test_any_mixture_of_conditions_finds_what_a_look_at_every_card_finds(
    shelf: Shelf, conditions: list[Condition]
) -> None:
    wanted = [card["master_deal_id"] for card in shelf.cards if all(_slowly(card, one) for one in conditions)]
    found = query_deals(shelf.view, conditions, limit=50)
    assert found["deals"] == len(wanted)
    assert [row["master_deal_id"] for row in found["rows"]] == wanted[:50]


@given(st.lists(CONDITIONS, max_size=2), st.sampled_from(["manager", "industry", "stage", "client_type"]))
def test_groups_share_out_the_deals_that_carry_the_word(
    shelf: Shelf, conditions: list[Condition], by: Any
) -> None:
    found = query_deals(shelf.view, conditions, "sum", "budget", by)
    named = [card for card in shelf.cards if card["aggregated_stage" if by == "stage" else by] is not None]
    wanted = [card for card in named if all(_slowly(card, one) for one in conditions)]
    assert sum(group["deals"] for group in found["groups"]) == len(wanted)
    in_all = sum(Decimal(row["sum"]["amount"]) for group in found["groups"] for row in group["sums"])
    assert in_all == sum(Decimal(card["budget"]["amount"]) for card in wanted if card["budget"])


def test_a_deal_without_the_number_is_neither_within_a_bound_nor_outside_it(shelf: Shelf) -> None:
    bounded = condition("budget", above=Decimal(5_000_000))
    without = sum(card["budget"] is None for card in shelf.cards)
    inside = query_deals(shelf.view, [bounded], "count")["deals"]
    outside = query_deals(shelf.view, [bounded.model_copy(update={"negated": True})], "count")["deals"]
    assert without > 0
    assert inside + outside == len(shelf.cards) - without


def test_a_share_is_of_the_whole_that_was_named(shelf: Shelf) -> None:
    hers = condition("manager", any_of=("Лилия Сафина",))
    found = query_deals(shelf.view, [condition("sla", any_of=("breached",))], "share", whole=[hers])
    assert (found["deals"], found["whole"]) == (1, 11)


def test_days_are_counted_for_deals_that_have_them(shelf: Shelf) -> None:
    found = query_deals(shelf.view, [], "mean", "cycle_days")
    ended = [card for card in shelf.cards if card["aggregated_stage"] in ("closed", "cancelled")]
    assert (found["days"]["count"], found["without"]) == (len(ended), len(shelf.cards) - len(ended))


def test_a_reopened_deal_has_not_been_cancelled(shelf: Shelf) -> None:
    reopened = [
        card
        for card in shelf.cards
        if card["aggregated_stage"] != "cancelled"
        and any(span["stage"] == "cancelled" for span in card["stages"])
    ]
    found = query_deals(shelf.view, [condition("cancelled", until=date(2026, 11, 30))], limit=50)
    assert reopened
    assert not {row["master_deal_id"] for row in found["rows"]} & {
        card["master_deal_id"] for card in reopened
    }


def _told(shelf: Shelf, card: dict[str, Any], member: str, *types: str) -> Any:
    """The latest of what a deal's own events say."""
    told = [
        record["fields"][member]
        for record in deal_records(shelf.view, card["master_deal_id"], types)["records"]
        if member in record["fields"]
    ]
    return told[-1] if told else None


def test_scores_are_those_of_the_deals_own_events(shelf: Shelf) -> None:
    scores = {
        card["master_deal_id"]: score
        for card in shelf.cards
        if (score := _told(shelf, card, "score", "okk.nps.collected")) is not None
    }
    found = query_deals(shelf.view, [], "mean", "nps")
    assert found["scores"]["count"] == len(scores) > 5
    assert found["scores"]["mean"] == pytest.approx(sum(scores.values()) / len(scores))
    for figure in range(11):
        below = query_deals(
            shelf.view, [condition("nps", below=figure)], order="nps", descending=False, limit=50
        )
        assert {row["master_deal_id"]: row["sorted_by"] for row in below["rows"]} == {
            deal_id: score for deal_id, score in scores.items() if score < figure
        }


def test_reasons_are_told_of_cancelled_deals_alone(shelf: Shelf) -> None:
    reasons = [
        _told(shelf, card, "reason", "crm.deal.lost", "docflow.contract.revoked")
        for card in shelf.cards
        if card["aggregated_stage"] == "cancelled"
    ]
    found = query_deals(shelf.view, [], "count", by="reason")
    assert {group["name"]: group["deals"] for group in found["groups"]} == Counter(reasons)
    assert query_deals(shelf.view, [condition("reason", any_of=(reasons[0],))])["deals"] >= 1
