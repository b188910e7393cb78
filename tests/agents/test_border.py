"""What goes to a model holds nothing personal; what comes back speaks of real names again, and acts on nothing."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chat_model
import httpx
import pytest
import respx
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from agents.border import MaskedModel
from agents.neutral import neutral
from api.app import build
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record
from tools.masking.vault import Vault

NOW = instant.parse("2026-11-22T12:00:00+03:00")
URL = "http://model.test/v1"
PLANTED = [
    "Анна Ким",
    "Анны Ким",
    "Лисицын",
    "+7 916 123-45-67",
    "kim@romashka.ru",
    "7707083893",
    "40702810900000012345",
]
QUESTION = "Что по D-1? Менеджер Анна Ким, звоните +7 916 123-45-67 или kim@romashka.ru, ИНН 7707083893. Спрашивает Лисицын Олег."


def _house(tmp_path: Path, masking: bool) -> Iterator[House]:
    settings = Settings(
        data=tmp_path, openai_base_url=URL, openai_model="any", model_seconds=60, masking=masking
    )
    event = {
        "specversion": "1.0",
        "id": "1",
        "source": "crm",
        "type": "crm.deal.created",
        "time": "2026-11-20T10:00:00+03:00",
        "subject": "D-1",
        "data": {
            "title": "Весна, контакт Анны Ким, р/с 40702810900000012345",
            "client": {"name": "Ромашка"},
            "manager": "Анна Ким",
        },
    }
    with open_house(settings, clock=lambda: NOW) as built:
        with built.store.writing() as tx:
            record(tx, [read(json.dumps(event), built.book)], built.book, NOW)
        yield built


@pytest.fixture(params=[True, False], ids=["masked", "plain"])
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    yield from _house(tmp_path, request.param)


def _completion(message: dict[str, Any]) -> httpx.Response:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}
    return httpx.Response(
        200,
        json={"id": "x", "object": "chat.completion", "created": 1, "model": "any", "choices": [choice]},
    )


def faithful(request: httpx.Request) -> httpx.Response:
    """A model that words the draft it is given, and says the question back where that is let out."""
    text = chat_model.faithful(chat_model.wish_of(json.loads(request.content)))
    return httpx.Response(
        200,
        headers={"content-type": "text/event-stream"},
        content=b"".join(chat_model.chunks_of(text)),
    )


def test_no_request_holds_what_was_planted_and_answers_are_the_same(tmp_path: Path) -> None:
    answers, bodies = {}, {}
    for masking in (True, False):
        for house in _house(tmp_path / str(masking), masking):
            with respx.mock() as wire:
                route = wire.post(f"{URL}/chat/completions").mock(side_effect=faithful)
                answers[masking] = house.copilot.ask(QUESTION)
                bodies[masking] = [
                    json.dumps(json.loads(call.request.content), ensure_ascii=False) for call in route.calls
                ]
    assert len(bodies[True]) == 1
    for body in bodies[True]:
        for secret in PLANTED:
            assert secret not in body
        for word in ("Анн", "Ким", "Лисицын", "romashka", "4070281"):
            assert word not in body
    assert "[PERSON_1]" in bodies[True][0]
    assert any(secret in body for body in bodies[False] for secret in PLANTED)
    assert answers[True]["text"] == answers[False]["text"]
    assert "Анна Ким" in answers[True]["text"]
    assert answers[True]["mode"] == answers[False]["mode"] == "llm"


@pytest.mark.parametrize(
    "question",
    [
        "Почему просрочена D-1? Спрашивает Лисицын Олег, kim@romashka.ru",
        "Что если лид → бриф был бы 2 дня у Анна Ким?",
        "Поставь задачу Анне Ким по D-1 позвонить на +7 916 123-45-67 до пятницы",
        "Запиши, что бриф по D-1 получен вчера от Лисицын Олег, ИНН 7707083893",
    ],
)
def test_new_jobs_send_nothing_personal_and_answer_the_same(tmp_path: Path, question: str) -> None:
    answers, bodies = {}, []
    for masking in (True, False):
        for house in _house(tmp_path / str(masking), masking):
            with respx.mock() as wire:
                route = wire.post(f"{URL}/chat/completions").mock(side_effect=faithful)
                answers[masking] = house.copilot.ask(question)
                if masking:
                    bodies = [
                        json.dumps(json.loads(call.request.content), ensure_ascii=False)
                        for call in route.calls
                    ]
    assert bodies, "the model was asked"
    for body in bodies:
        for secret in [*PLANTED, "Анн", "Ким", "Лисицын", "romashka", "916 123"]:
            assert secret not in body
    assert answers[True]["text"] == answers[False]["text"]
    assert answers[True]["result"] == answers[False]["result"]


def test_arguments_of_a_tool_have_the_real_names(house: House) -> None:
    def seeks(request: httpx.Request) -> httpx.Response:
        body = json.loads(request.content)
        if not body.get("tools"):
            return faithful(request)
        name = re.search(r"у (\[PERSON_\d\]|Анна Ким)", body["messages"][-1]["content"])
        assert name is not None
        call = {"name": "find_deals", "arguments": json.dumps({"manager": name.group(1)})}
        return _completion(
            {"content": None, "tool_calls": [{"id": "c", "type": "function", "function": call}]}
        )

    with respx.mock() as wire:
        wire.post(f"{URL}/chat/completions").mock(side_effect=seeks)
        answer = house.copilot.ask("Прикинь-ка, всё ли хорошо у Анна Ким")
    assert {"tool": "find_deals", "args": {"manager": "Анна Ким"}} in answer["result"]["looked_up"]


class _Echo:
    """A model that repeats its last message."""

    def invoke(self, messages: Any) -> Any:
        from langchain_core.messages import AIMessage

        return AIMessage(messages[-1].content)


@given(st.text())
def test_what_a_model_repeats_comes_back_whole(text: str) -> None:
    from langchain_core.messages import HumanMessage

    assert MaskedModel(_Echo()).invoke([HumanMessage(text)]).content == text


def test_vaults_of_old_threads_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    from collections import OrderedDict

    from langchain_core.messages import HumanMessage

    vaults: OrderedDict[str, Vault] = OrderedDict()
    model = MaskedModel(_Echo(), vaults)
    for number in range(600):
        monkeypatch.setattr("agents.border._thread", lambda number=number: f"T-{number}")
        model.invoke([HumanMessage("Анна Ким")])
    assert len(vaults) == 500
    assert "T-0" not in vaults


# Markup


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](https://evil.example/?q=1)",
        "![x][ref]\n[ref]: https://evil.example",
        "[нажмите](https://evil.example)",
        "[нажмите](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        "<!-- x -->",
        "</p><a href='//evil.example'>x</a>",
        "<https://evil.example>",
        "data:text/html,x",
    ],
)
def test_markup_is_taken_apart(hostile: str) -> None:
    safe = neutral(f"Сделка {hostile} на стадии briefed")
    assert not re.search(r"!\[|\]\(|\]\[|\]:|<[A-Za-z/!]|javascript:|data:\w+/", safe, re.IGNORECASE)


@given(st.text())
def test_taking_apart_twice_changes_nothing(text: str) -> None:
    assert neutral(neutral(text)) == neutral(text)


@pytest.mark.parametrize(
    "text",
    [
        "Бюджет 1 000 000 ₽ (без НДС) [e1, e2]",
        "Срок < 3 дней, CTR > 0,5 %",
        "data: 5",
        "a[0] (b)",
        "https://romashka.ru/promo",
    ],
)
def test_plain_text_stays(text: str) -> None:
    assert neutral(text) == text


def test_a_hostile_title_is_shown_as_it_is_written(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path), clock=lambda: NOW) as house:
        event = {
            "specversion": "1.0",
            "id": "1",
            "source": "crm",
            "type": "crm.deal.created",
            "time": "2026-11-20T10:00:00+03:00",
            "subject": "D-1",
            "data": {
                "title": "![x](https://evil.example) <img src=x>",
                "client": {"name": "[Р](http://evil.example)"},
            },
        }
        with house.store.writing() as tx:
            record(tx, [read(json.dumps(event), house.book)], house.book, NOW)
        for question in ("Что по D-1?", "Кто клиент D-1?", "Покажи все сделки"):
            text = house.copilot.ask(question)["text"]
            assert "](" not in text
            assert "<img" not in text


@pytest.mark.parametrize("path", ["/v1/assist/legal", "/v1/assist/brief"])
def test_jobs_that_ask_a_model_send_nothing_personal(tmp_path: Path, path: str) -> None:
    text = f"Договор возмездного оказания услуг. Исполнитель размещает рекламу. {QUESTION} " * 3
    said: list[str] = []

    def silent(request: httpx.Request) -> httpx.Response:
        said.append(json.dumps(json.loads(request.content), ensure_ascii=False))
        return _completion({"content": "[]"})

    for house in _house(tmp_path, masking=True):
        with respx.mock(assert_all_called=False) as wire, TestClient(build(house)) as http:
            wire.post(f"{URL}/chat/completions").mock(side_effect=silent)
            assert http.post(path, json={"text": text}).status_code == 200
    assert said, "the model was asked"
    for body in said:
        assert "[PERSON_1]" in body
        assert not [secret for secret in PLANTED if secret in body]


def test_markup_of_a_model_does_not_reach_the_reader(house: House) -> None:
    def hostile(request: httpx.Request) -> httpx.Response:
        text = chat_model.faithful(chat_model.wish_of(json.loads(request.content)))
        marked = "![x](https://evil.example/a.png) [жмите](https://evil.example) <img src=x> " + text
        return httpx.Response(
            200,
            headers={"content-type": "text/event-stream"},
            content=b"".join(chat_model.chunks_of(marked)),
        )

    with respx.mock() as wire:
        wire.post(f"{URL}/chat/completions").mock(side_effect=hostile)
        text = house.copilot.ask("На какой стадии D-1?")["text"]
    assert not re.search(r"!\[|\]\(|<img", text)


class _InPieces:
    """A model that says its last message back, cut at these places."""

    def __init__(self, cuts: list[int]) -> None:
        self._cuts = cuts

    async def astream(self, messages: Any) -> Any:
        from langchain_core.messages import AIMessageChunk

        text, start = messages[-1].content, 0
        for cut in [*sorted(self._cuts), len(text)]:
            yield AIMessageChunk(content=text[start : max(start, cut)])
            start = max(start, cut)


@given(
    st.lists(st.sampled_from(["Анна Ким", "Анне Ким", "+7 916 123-45-67", " и ", "[", "]", "x"]), max_size=6),
    st.lists(st.integers(0, 80), max_size=6),
)
def test_a_placeholder_cut_in_two_comes_back_whole(pieces: list[str], cuts: list[int]) -> None:
    from langchain_core.messages import HumanMessage

    async def said(text: str) -> str:
        chunks = MaskedModel(_InPieces(cuts)).astream([HumanMessage(text)])
        return "".join([chunk.text async for chunk in chunks])

    text = "Ответ: " + ",".join(pieces)
    assert asyncio.run(said(text)) == text
