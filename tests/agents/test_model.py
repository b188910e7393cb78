"""The copilot with a model behind the OpenAI protocol: respx sees the wire, the check has the last word."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx

from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record
from tools.catalogue import TOOLS

NOW = instant.parse("2026-11-22T12:00:00+03:00")
URL = "http://model.test/v1"


def _event(id_: str, type_: str, time: str, **data: Any) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": id_,
            "source": "crm",
            "type": type_,
            "time": time,
            "subject": "D-1",
            "data": data,
        }
    ).encode()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    settings = Settings(data=tmp_path, openai_base_url=URL, openai_model="any", model_seconds=5)
    with open_house(settings, clock=lambda: NOW) as built:
        events = [
            _event(
                "1",
                "crm.deal.created",
                "2026-11-20T10:00:00+03:00",
                title="Весна",
                client={"name": "Ромашка"},
            ),
            _event("2", "crm.brief.submitted", "2026-11-20T12:00:00+03:00"),
        ]
        with built.store.writing() as tx:
            record(tx, [read(event, built.book) for event in events], built.book, NOW)
        yield built


def _says(text: str) -> httpx.Response:
    return _completion({"role": "assistant", "content": text})


def _calls(name: str, **arguments: Any) -> httpx.Response:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": name, "arguments": json.dumps(arguments)},
    }
    return _completion({"role": "assistant", "content": None, "tool_calls": [call]})


def _completion(message: dict[str, Any]) -> httpx.Response:
    return httpx.Response(
        200,
        json={
            "id": "x",
            "object": "chat.completion",
            "created": 1,
            "model": "any",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
        },
    )


def _ask(
    house: House, *answers: Any, question: str = "На какой стадии D-1?"
) -> tuple[dict[str, Any], respx.Route]:
    with respx.mock(assert_all_called=False) as wire:
        route = wire.post(f"{URL}/chat/completions").mock(side_effect=list(answers))
        return house.copilot.ask(question), route


CARD = {"master_deal_id": "D-1"}


def test_a_supported_answer_goes_out_in_the_models_words_with_evidence(house: House) -> None:
    answer, route = _ask(
        house,
        _calls("deal_card", **CARD),
        _says("Сделка D-1 на стадии briefed с 20.11.2026, не хватает G2 и G3."),
    )
    assert answer["mode"] == "llm"
    assert answer["text"].startswith("Сделка D-1 на стадии briefed с 20.11.2026, не хватает G2 и G3. [e")
    assert {item["value"] for item in answer["evidence"]} >= {"D-1", "briefed", "20.11.2026", "G2", "G3"}
    assert answer["llm"]["tokens_in"] == 14
    sent = json.loads(route.calls[0].request.content)
    assert {tool["function"]["name"] for tool in sent["tools"]} == set(TOOLS)


def test_an_unsupported_figure_is_sent_back_once_and_mended(house: House) -> None:
    answer, route = _ask(
        house,
        _calls("deal_card", **CARD),
        _says("D-1 на стадии briefed, бюджет 7 300 000 рублей."),
        _says("D-1 на стадии briefed."),
    )
    assert answer["mode"] == "llm"
    assert "7 300 000" not in answer["text"]
    assert "7 300 000" in json.loads(route.calls[2].request.content)["messages"][-1]["content"]


@pytest.mark.parametrize(
    "lie",
    [
        "D-1 на стадии running.",
        "D-1 на стадии briefed, готово на 87 %.",
        "D-1: бриф пришёл 21.11.2026.",
        "D-1 на стадии briefed, клиент «Лютик».",
        "Сделка D-9 на стадии briefed.",
        "D-1 ведёт Иван Петров.",
        "D-1: 20 ноября 2025 года.",
    ],
)
def test_a_model_that_insists_is_replaced_by_the_template(house: House, lie: str) -> None:
    if "running" in lie:
        lie = "D-1 на стадии running с 2026-11-21."
    answer, _ = _ask(house, _calls("deal_card", **CARD), _says(lie), _says(lie))
    assert answer["mode"] == "rules"
    assert "briefed" in answer["text"]
    assert lie not in answer["text"]
    assert answer["llm"]["refused"]


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(500, text="no"),
        httpx.Response(429, json={"error": {"message": "slow down"}}),
        httpx.Response(200, text="{not json"),
        httpx.Response(200, json={"choices": []}),
        httpx.ConnectTimeout("late"),
        _says(""),
    ],
)
def test_whatever_the_endpoint_does_the_rules_answer(house: House, failure: Any) -> None:
    answer, _ = _ask(house, *[failure] * 4)
    assert answer["mode"] == "rules"
    assert "briefed" in answer["text"]
    assert answer["llm"]["note"]


def test_an_answer_without_looking_anything_up_is_not_believed(house: House) -> None:
    answer, _ = _ask(house, _says("Всё хорошо."), _says("Всё хорошо."))
    assert answer["mode"] == "rules"


def test_a_model_that_never_ends_is_cut_short(house: House) -> None:
    answer, route = _ask(house, *[_calls("deal_card", **CARD)] * 20)
    assert answer["mode"] == "rules"
    assert route.call_count <= 8


def test_forged_tools_and_arguments_come_back_as_errors(house: House) -> None:
    answer, route = _ask(
        house,
        _calls("delete_deal", **CARD),
        _calls("deal_card", master_deal_id="D-1", force=True),
        _calls("deal_card", **CARD),
        _says("D-1: briefed."),
    )
    assert answer["mode"] == "llm"
    heard = json.loads(route.calls[1].request.content)["messages"][-1]
    assert "there is no tool" in heard["content"]
