"""Why a deal is late, and what another limit would mean: the arithmetic said, bound, and equal to the tool's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.limits_said import limits_said
from agents.spoken import words_of
from agents.verify import unbound
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record
from tools.deals import Which, portfolio_what_if, sla_why

NOW = instant.parse("2026-11-22T12:00:00+03:00")


def _event(id_: str, deal: str, type_: str, time: str, **data: Any) -> bytes:
    event = {"specversion": "1.0", "id": id_, "source": "crm", "type": type_, "time": time, "subject": deal}
    return json.dumps({**event, "data": data}).encode()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(Settings(data=tmp_path_factory.mktemp("house")), clock=lambda: NOW) as built:
        events = [
            _event("1", "D-1", "crm.deal.created", "2026-11-10T10:00:00+03:00", title="Весна"),
            _event("2", "D-1", "crm.brief.submitted", "2026-11-10T12:00:00+03:00"),
            _event("3", "D-1", "sla.suspended", "2026-11-11T12:00:00+03:00", reason="ждём клиента", timer="brief_to_offer"),
            _event("4", "D-1", "sla.resumed", "2026-11-12T12:00:00+03:00", timer="brief_to_offer"),
            _event("5", "D-2", "crm.deal.created", "2026-11-22T10:00:00+03:00", title="Лето"),
            _event("6", "D-3", "crm.deal.created", "2026-11-20T10:00:00+03:00"),
            _event("7", "D-3", "crm.brief.submitted", "2026-11-20T16:00:00+03:00"),
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
    "question",
    [
        "Почему нарушен SLA по D-1?",
        "Откуда просрочка по D-1?",
        "почему d-1 просрочена",
        "Как посчитан срок бриф → КП в D-1?",
        "Why is D-1 late?",
        "Explain the overdue SLA of D-1",
    ],
)
def test_a_breach_is_explained_with_its_arithmetic(house: House, question: str) -> None:
    answer = _ask(house, question)
    assert [call["tool"] for call in answer["result"]["looked_up"]] == ["deal_card", "sla_why"]
    timers = sla_why(house.view, "D-1")["timers"]
    late = next(timer for timer in timers if timer["timer"] == "brief_to_offer")
    assert _values(answer, "brief_to_offer/limit_s") == [late["limit_s"]] == [2 * 86_400]
    assert _values(answer, "brief_to_offer/elapsed_s") == [late["elapsed_s"]]
    assert _values(answer, "brief_to_offer/late_s") == [late["late_s"]]
    counted = [value for item in answer["evidence"] if re.search(r"counted/\d+/counted_s$", item["path"]) for value in [item["value"]]]  # fmt: skip
    assert sum(counted) == late["elapsed_s"]
    assert _values(answer, "left_out/0/left_out_s") == [86_400]
    assert _values(answer, "left_out/0/reason") == ["ждём клиента"]
    assert any(item["kind"] == "event" and item["value"] == "3" for item in answer["evidence"])
    # What would stop the clock, and who must act.
    assert _values(answer, "D-1/missing") == [["G2", "G3"]]


def test_a_deal_that_is_not_late_is_said_not_to_be(house: House) -> None:
    text = _ask(house, "Почему просрочена D-2?")["text"]
    assert "просрочки нет" in text
    assert "сверх лимита" not in text


def test_a_timer_that_has_not_begun_has_no_arithmetic(house: House) -> None:
    text = _ask(house, "Почему нарушен SLA КП → договор по D-2?")["text"]
    assert "ещё не начался" in text


@pytest.mark.parametrize(
    ("question", "limits"),
    [
        ("Что если бриф -> КП был бы 1 день?", {"brief_to_offer": "1d"}),
        ("что, если КП → договор сделать 36 часов", {"offer_to_contract": "36h"}),
        ("А если лимит лид → бриф поднять до суток?", {"lead_to_brief": "1d"}),
        ("what if Brief to Offer were three days?", {"brief_to_offer": "3d"}),
        ("Suppose the limit of contract to launch is 2 weeks", {"contract_to_launch": "14d"}),
        ("Что если бриф → КП 1 день, а КП → договор 5 дней?", {"brief_to_offer": "1d", "offer_to_contract": "5d"}),
        ("если offer_to_contract станет 2d, сколько нарушений?", {"offer_to_contract": "2d"}),
    ],
)  # fmt: skip
def test_another_limit_is_reckoned_as_the_tool_does(
    house: House, question: str, limits: dict[str, str]
) -> None:
    answer = _ask(house, question)
    (call,) = answer["result"]["looked_up"]
    assert call == {"tool": "portfolio_what_if", "args": {"limits": limits}}
    found = portfolio_what_if(house.view, Which(), limits)
    for timer in limits:
        assert _values(answer, f"timers/{timer}/would_be") == [found["timers"][timer]["would_be"]]
        assert _values(answer, f"timers/{timer}/breached") == [found["timers"][timer]["breached"]]
    named = {item["value"] for item in answer["evidence"] if item["path"].endswith("/master_deal_id")}
    assert named == {row["master_deal_id"] for row in found["moved"]}


def test_one_deal_may_be_supposed_alone(house: House) -> None:
    answer = _ask(house, "Что если по D-3 бриф → КП был бы 1 день?")
    (call,) = answer["result"]["looked_up"]
    assert call["args"] == {"text": "D-3", "limits": {"brief_to_offer": "1d"}}
    assert _values(answer, "brief_to_offer/appear") == [1]


@pytest.mark.parametrize(
    "question",
    ["Что если бриф → КП сделать на день короче?", "Что если сроки будут другие?", "What if Brief to Offer were twice longer?"],
)  # fmt: skip
def test_a_limit_that_is_not_said_is_asked_for(house: House, question: str) -> None:
    answer = _ask(house, question)
    assert answer["result"]["looked_up"] == []
    assert answer["evidence"] == []
    assert "лимит" in answer["text"] or "limit" in answer["text"]


@given(st.integers(1, 9999), st.sampled_from([("дней", "d"), ("часов", "h"), ("hours", "h"), ("days", "d")]))
def test_any_limit_is_read_as_it_is_written(count: int, unit: tuple[str, str]) -> None:
    said = limits_said(words_of(f"что если КП → договор был бы {count} {unit[0]}"))
    assert said == {"offer_to_contract": f"{count}{unit[1]}"}


def test_nothing_is_written(house: House, tmp_path: Path) -> None:
    with house.store.reading() as read_:
        before = read_.last_outbox()
    _ask(house, "Что если бриф → КП был бы 1 день?")
    with house.store.reading() as read_:
        assert read_.last_outbox() == before
    assert portfolio_what_if(house.view, Which(), {"brief_to_offer": "2d"})["moved"] == []
