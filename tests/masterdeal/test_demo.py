"""The demonstration portfolio: the same for the same day, and showing everything that the product is for."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model import slow_deal

from masterdeal import instant
from masterdeal.anomaly import anomalies
from masterdeal.demo import portfolio
from masterdeal.flow.hot import unpack
from masterdeal.flow.intake import read, record
from masterdeal.money import Money
from masterdeal.reference import read_rulebook
from masterdeal.store.sqlite import SqliteStore

MOSCOW = ZoneInfo("Europe/Moscow")
TODAY = date(2026, 11, 22)
DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))

STAGES = {
    "draft", "briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing", "closed",
    "cancelled",
}  # fmt: skip


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), MOSCOW)


def by_deal(events: list[dict]) -> dict[str, list[dict]]:
    """Events of each deal in order of arrival; a reference is looked up where the deal's creation states it."""
    refs = {
        (ref["system"], ref["id"]): event["subject"]
        for event in events
        if event["type"] in ("crm.deal.created", "lead.created")
        for ref in event["data"]["refs"]
    }
    deals: dict[str, list[dict]] = {}
    for event in events:
        ref = event["data"].get("ref")
        deal = event["subject"] if "subject" in event else refs[(ref["system"], ref["id"])]
        deals.setdefault(deal, []).append(event)
    return deals


def judged(day: date) -> dict[str, dict]:
    """Every deal at noon by the slow model; an event dated ahead is known to have come early."""
    answers = {}
    for deal, events in by_deal(portfolio(day)).items():
        received = {
            (event["source"], event["id"]): min(datetime.fromisoformat(event["time"]), noon(day))
            for event in events
        }
        answers[deal] = slow_deal(events, noon(day), received=received)
    return answers


@pytest.fixture(scope="module")
def events() -> list[dict]:
    return portfolio(TODAY)


@pytest.fixture(scope="module")
def deals() -> dict[str, dict]:
    return judged(TODAY)


@given(day=DAYS)
@settings(max_examples=15, deadline=None)
def test_the_same_day_tells_the_same_bytes(day: date) -> None:
    assert json.dumps(portfolio(day)) == json.dumps(portfolio(day))


def test_there_are_about_sixty_deals(events: list[dict]) -> None:
    assert 55 <= len(by_deal(events)) <= 70


@pytest.mark.parametrize("day", [TODAY, date(2026, 1, 12), date(2025, 3, 1), date(2027, 6, 30)])
def test_every_stage_and_timer_state_is_there_on_any_day(day: date) -> None:
    deals = judged(day).values()
    assert {deal["aggregated_stage"] for deal in deals} == STAGES
    states = {(name, timer["state"]) for deal in deals for name, timer in deal["sla"].items()}
    for timer in (
        "lead_to_brief",
        "brief_to_offer",
        "offer_to_contract",
        "contract_to_launch",
        "launch_to_close",
    ):
        for state in ("running", "at_risk", "breached", "met", "met_late"):
            assert (timer, state) in states
    assert any(state in ("pending", "cancelled") for _, state in states)


def test_the_oddities_are_there(events: list[dict], deals: dict[str, dict]) -> None:
    found = {code for deal in deals.values() for code in deal["anomalies"]}
    assert {"origin_missing", "future_event"} <= found
    assert any(deal["gates"]["G4"]["status"] and not deal["gates"]["G3"]["status"] for deal in deals.values())
    assert any(deal["gates"]["G5"]["status"] and not deal["gates"]["G4"]["status"] for deal in deals.values())
    kinds = {event["type"] for event in events}
    assert {
        "docflow.contract.revoked",
        "crm.deal.lost",
        "crm.deal.reopened",
        "media.mediaplan.rejected",
    } <= kinds
    assert {"mediapush.kpi.reported", "okk.nps.collected", "legal.contract.signed"} <= kinds
    reopened = {event["subject"] for event in events if event["type"] == "crm.deal.reopened"}
    assert {deals[deal]["aggregated_stage"] for deal in reopened} == {"contracting", "running"}


def test_some_words_come_late_and_out_of_order(events: list[dict]) -> None:
    late = [
        deal
        for deal, told in by_deal(events).items()
        if [event["time"] for event in told] != sorted(event["time"] for event in told)
    ]
    assert len(late) >= 3


def test_ids_are_unique_but_for_the_intended_repeats(events: list[dict]) -> None:
    copies: dict[tuple[str, str], list[dict]] = {}
    for event in events:
        copies.setdefault((event["source"], event["id"]), []).append(event)
    repeated = {key: told for key, told in copies.items() if len(told) > 1}
    assert {len(told) for told in repeated.values()} == {2}
    assert all(one == other for one, other in repeated.values())
    assert Counter(one["type"] for one, _ in repeated.values())["docflow.contract.signed"] == 2
    assert len(repeated) == 7


@given(day=DAYS)
@settings(max_examples=10, deadline=None)
def test_times_carry_an_offset_and_one_event_alone_lies_ahead(day: date) -> None:
    times = [datetime.fromisoformat(event["time"]) for event in portfolio(day)]
    assert {moment.utcoffset() for moment in times} == {timedelta(hours=3)}
    assert sum(moment > noon(day) for moment in times) == 1


def valid_inn(inn: str) -> bool:
    """Check digits of a Russian tax number of a company (10) or a person (12)."""
    weights = [3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8]

    def digit(length: int) -> int:
        pairs = zip(inn[:length], weights[len(weights) - length :], strict=True)
        return sum(int(figure) * weight for figure, weight in pairs) % 11 % 10

    if len(inn) == 10:
        return int(inn[9]) == digit(9)
    return len(inn) == 12 and int(inn[10]) == digit(10) and int(inn[11]) == digit(11)


def test_clients_have_valid_tax_numbers(events: list[dict]) -> None:
    clients = {
        (event["data"]["client"]["name"], event["data"]["client"]["inn"])
        for event in events
        if "client" in event["data"]
    }
    assert len(clients) == len({name for name, _ in clients}) == len({inn for _, inn in clients}) >= 20
    assert [inn for _, inn in clients if not valid_inn(inn)] == []


def amounts(event: dict) -> list[dict]:
    return [value for value in event["data"].values() if isinstance(value, dict) and "amount" in value]


@pytest.mark.parametrize("day", [TODAY, date(2026, 1, 20)])
def test_amounts_state_the_tax_rate_of_their_day(day: date) -> None:
    rates = Counter()
    for event in portfolio(day):
        until = event["data"]["period"][11:] if "period" in event["data"] else event["time"][:10]
        for amount in amounts(event):
            money = Money.model_validate(amount)
            assert money.vat_rate == (Decimal("0.20") if until < "2026-01-01" else Decimal("0.22"))
            assert (money.currency, money.vat, money.commission) == ("RUB", "incl", "none")
            assert money.amount > 0
            rates[money.vat_rate] += 1
    assert len(rates) == 2


def test_budgets_span_small_and_large_clients(events: list[dict]) -> None:
    budgets = [Decimal(event["data"]["budget"]["amount"]) for event in events if "budget" in event["data"]]
    assert (min(budgets), max(budgets)) == (300_000, 60_000_000)


def test_the_product_takes_every_event_in(events: list[dict], deals: dict[str, dict], tmp_path: Path) -> None:
    book = read_rulebook()
    store = SqliteStore(tmp_path / "demo.db")
    clock = instant.of_datetime(noon(TODAY))
    with store.writing() as transaction:
        incoming = [read(json.dumps(event), book) for event in events]
        outcomes = Counter(outcome.outcome for outcome in record(transaction, incoming, book, clock))
    assert outcomes["rejected"] == 0
    assert outcomes["duplicate"] == 7
    assert outcomes["parked"] == 1  # planning named its deal by reference before the deal was known
    with store.reading() as transaction:
        rows = [transaction.deal(deal) for deal in deals]
        assert transaction.counts()["parked_events"] == 0
    store.close()
    kept = [unpack(row)[0] for row in rows if row is not None]
    assert {deal.deal_id: deal.stage for deal in kept} == {
        deal: answer["aggregated_stage"] for deal, answer in deals.items()
    }
    disagreeing = {
        (oddity.facts["system"], oddity.facts["domain_stage"], deal.stage)
        for deal in kept
        for oddity in anomalies(deal, book)
        if oddity.code == "stage_disagreement"
    }
    assert ("crm", "Completed", "running") in disagreeing
    assert len(disagreeing) < 10
