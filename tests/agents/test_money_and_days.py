"""Sums of money over many deals, what happened on some days, and whose turn it is: asked, answered, bound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.verify import unbound
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record
from tools.catalogue import run
from tools.deals import Which
from tools.occurrences import portfolio_events
from tools.query.deals import query_deals
from tools.workbench import Workbench

NOW = instant.parse("2026-11-22T12:00:00+03:00")


def _event(id_: str, deal: str, type_: str, time: str, **data: Any) -> bytes:
    event = {"specversion": "1.0", "id": id_, "source": "crm", "type": type_, "time": time, "subject": deal}
    return json.dumps({**event, "data": data}).encode()


def _budget(amount: str, vat: str = "incl") -> dict[str, Any]:
    return {"amount": amount, "currency": "RUB", "vat": vat}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(Settings(data=tmp_path_factory.mktemp("house")), clock=lambda: NOW) as built:
        events = [
            _event("1", "D-1", "crm.deal.created", "2026-11-10T10:00:00+03:00", title="Весна", industry="Туризм", manager="Лилия Сафина", budget=_budget("1000000")),
            _event("2", "D-1", "crm.brief.submitted", "2026-11-10T12:00:00+03:00"),
            _event("3", "D-2", "crm.deal.created", "2026-11-21T10:00:00+03:00", title="Лето", industry="Туризм", manager="Лилия Сафина", budget=_budget("4000000")),
            _event("4", "D-3", "crm.deal.created", "2026-11-20T10:00:00+03:00", industry="Культура", manager="Анна Крылова", budget=_budget("7000000", "excl")),
            _event("5", "D-3", "crm.brief.submitted", "2026-11-21T00:30:00+03:00"),
            _event("6", "D-4", "crm.deal.created", "2026-11-21T23:59:59+03:00"),
        ]  # fmt: skip
        with built.store.writing() as tx:
            record(tx, [read(event, built.book) for event in events], built.book, NOW)
        yield built


def _ask(house: House, question: str) -> dict[str, Any]:
    answer = house.copilot.ask(question)
    assert not unbound(answer["text"], answer["evidence"], question)
    return answer


def _values(answer: dict[str, Any], path: str) -> list[Any]:
    return [item["value"] for item in answer["evidence"] if item["path"].endswith(path)]


@pytest.mark.parametrize(
    "question", ["средний чек", "Какой у нас средний бюджет?", "What is the average deal budget?"]
)
def test_the_average_is_of_each_basis_by_itself(house: House, question: str) -> None:
    answer = _ask(house, question)
    assert [(mean["vat"], mean["amount"]) for mean in _values(answer, "/mean")] == [
        ("incl", "2500000.00"),
        ("excl", "7000000.00"),
    ]
    assert _values(answer, "/without") == [1]


def test_a_deal_without_the_amount_is_counted_and_not_taken_for_nothing(house: House) -> None:
    found = query_deals(house.view, [], "sum", "budget")
    assert (found["deals"], found["without"]) == (4, 1)
    assert [row["deals"] for row in found["sums"]] == [2, 1]
    assert query_deals(house.view, [], "sum", "contract")["sums"] == []


def test_groups_hold_together_what_all_deals_hold(house: House) -> None:
    found = query_deals(house.view, [], "sum", "budget", "industry")
    assert [(group["name"], group["sums"][0]["sum"]["amount"]) for group in found["groups"]] == [
        ("Культура", "7000000.00"),
        ("Туризм", "5000000.00"),
    ]
    answer = _ask(house, "сумма бюджетов по отраслям")
    assert _values(answer, "/name") == ["Культура", "Туризм"]


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=40))
def test_mean_and_median_lie_between_the_smallest_and_the_largest(amounts: list[int]) -> None:
    from decimal import Decimal

    from tools.query.money import money_spread

    (row,) = money_spread({("RUB", "incl", None): [Decimal(amount) for amount in amounts]})
    low, high = (Decimal(row[name]["amount"]) for name in ("smallest", "largest"))
    assert low <= Decimal(row["mean"]["amount"]) <= high
    assert low <= Decimal(row["median"]["amount"]) <= high
    assert Decimal(row["sum"]["amount"]) == sum(amounts)


def test_what_happened_on_a_day_is_told_by_kind_in_moscow_time(house: House) -> None:
    found = portfolio_events(house.view, Which(), date(2026, 11, 21), date(2026, 11, 21))
    assert found["by_kind"] == {"created": 2, "breached": 1, "G1": 1}
    assert [row["master_deal_id"] for row in found["latest"] if row["what"] == "created"] == ["D-4", "D-2"]
    before = portfolio_events(house.view, Which(), date(2026, 11, 20), date(2026, 11, 20))
    assert "G1" not in before["by_kind"]


@pytest.mark.parametrize(
    "question", ["Что произошло вчера?", "что случилось вчера", "что было вчера", "what happened yesterday"]
)
def test_what_happened_yesterday_is_answered_of_all_deals(house: House, question: str) -> None:
    answer = _ask(house, question)
    assert _values(answer, "portfolio_events/total") == [4]
    assert set(_values(answer, "/master_deal_id")) == {"D-2", "D-3", "D-4"}


def test_what_happened_to_one_deal_is_told_of_the_days_that_were_named(house: House) -> None:
    assert _values(_ask(house, "что произошло по D-3 вчера"), "2026-11-21/count") == [1]
    assert _values(_ask(house, "история D-3"), "/count") == [2]


@pytest.mark.parametrize("question", ["что делать пресейлу", "задачи на сегодня для пресейла", "what should presales do today"])  # fmt: skip
def test_a_role_is_told_the_deals_on_which_it_must_act(house: House, question: str) -> None:
    answer = _ask(house, question)
    presales = run(Workbench(house.view), "find_deals", {"role": "presales"})
    assert _values(answer, "next_actions/total") == [presales["total"]]
    assert set(_values(answer, "/master_deal_id")) == {deal["master_deal_id"] for deal in presales["deals"]}


def test_a_role_with_nothing_to_do_is_told_so(house: House) -> None:
    answer = _ask(house, "что делать юристу")
    assert _values(answer, "next_actions/total") == [0]
