"""Chat over HTTP: threads that survive a restart, events in order, approvals, decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record

NOW = instant.parse("2026-11-22T12:00:00+03:00")


def _event(id_: str, deal: str, type_: str, time: str, **data: Any) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": id_,
            "source": "crm",
            "type": type_,
            "time": time,
            "subject": deal,
            "data": data,
        }
    ).encode()


EVENTS = [
    _event(
        "1", "D-1", "crm.deal.created", "2026-11-20T10:00:00+03:00", title="Весна", client={"name": "Ромашка"}
    ),
    _event("2", "D-1", "crm.brief.submitted", "2026-11-20T12:00:00+03:00"),
    _event(
        "3", "D-2", "crm.deal.created", "2026-11-20T10:00:00+03:00", title="Лето", client={"name": "Лютик"}
    ),
]


def filled(house: House) -> None:
    with house.store.writing() as tx:
        record(tx, [read(event, house.book) for event in EVENTS], house.book, NOW)


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    with open_house(Settings(data=tmp_path), clock=lambda: NOW) as house:
        filled(house)
        with TestClient(build(house), raise_server_exceptions=False) as client:
            yield client


def said(http: TestClient, message: str, **more: Any) -> list[tuple[str, Any]]:
    answer = http.post("/v1/chat", json={"message": message, **more})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/event-stream")
    return events_of(answer.text)


def events_of(text: str) -> list[tuple[str, Any]]:
    found = []
    for block in text.strip().split("\n\n"):
        event, data = block.split("\n", 1)
        found.append((event.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def one(events: list[tuple[str, Any]], name: str) -> Any:
    return next(data for event, data in events if event == name)


def test_the_events_of_a_turn_come_in_order_and_the_tokens_make_the_answer(http: TestClient) -> None:
    events = said(http, "На какой стадии D-1?")
    names = [name for name, _ in events]
    assert names[0] == "thread"
    assert names[-2:] == ["answer", "done"]
    assert set(names) == {"thread", "step", "token", "evidence", "answer", "done"}
    steps = [data for name, data in events if name == "step"]
    assert [step["state"] for step in steps] == ["started", "ended"]
    answer = one(events, "answer")
    assert "".join(data["text"] for name, data in events if name == "token") == answer["text"]
    assert [data for name, data in events if name == "evidence"] == answer["evidence"]
    assert any(item["value"] == "briefed" and item["shown"] in answer["text"] for item in answer["evidence"])


def test_a_thread_remembers_its_deal_and_is_given_back_after_a_restart(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path), clock=lambda: NOW) as house:
        filled(house)
        with TestClient(build(house)) as http:
            thread = one(said(http, "На какой стадии D-2?"), "thread")["thread_id"]
    with open_house(Settings(data=tmp_path), clock=lambda: NOW) as house, TestClient(build(house)) as http:
        second = said(http, "Чего не хватает?", thread_id=thread)
        assert one(second, "thread")["turn"] == 2
        assert "D-2" in one(second, "answer")["text"]
        assert "D-1" not in one(second, "answer")["text"]
        kept = http.get(f"/v1/chat/{thread}").json()
        assert [turn["message"] for turn in kept["items"]] == ["На какой стадии D-2?", "Чего не хватает?"]
        assert kept["items"][1]["answer"] == one(second, "answer")
        assert [card["thread_id"] for card in http.get("/v1/chat").json()["items"]] == [thread]
        assert http.delete(f"/v1/chat/{thread}").status_code == 204
        assert http.get(f"/v1/chat/{thread}").status_code == 404
        assert http.get("/v1/chat").json()["items"] == []
        fresh = said(http, "Чего не хватает?", thread_id=thread)
        assert "D-2" not in one(fresh, "answer")["text"]


def test_an_answer_is_a_decision_that_replays(http: TestClient) -> None:
    answer = one(said(http, "На какой стадии D-1?"), "answer")
    decision = http.get(f"/v1/decisions/{answer['decision_id']}").json()
    assert decision["answer"]["text"] == answer["text"]
    assert decision["made_of"]["results"][0]["tool"] == "deal_card"
    assert http.post(f"/v1/decisions/{answer['decision_id']}/replay").json() == {"identical": True}
    diff = http.get(f"/v1/decisions/{answer['decision_id']}/diff").json()
    assert diff["changed"] is False
    http.post(
        "/v1/events",
        content=_event("9", "D-1", "mediapush.planning.started", "2026-11-21T12:00:00+03:00"),
        headers={"content-type": "application/cloudevents+json"},
    )
    assert http.get(f"/v1/decisions/{answer['decision_id']}/diff").json()["changed"] is True
    assert http.post(f"/v1/decisions/{answer['decision_id']}/replay").json() == {"identical": True}
    assert http.get("/v1/decisions/D-0").status_code == 404
    asked = http.post("/v1/assist/ask", json={"question": "На какой стадии D-1?"}).json()
    assert http.post(f"/v1/decisions/{asked['decision_id']}/replay").json() == {"identical": True}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"message": " "}, 422),
        ({"message": "Где D-1?", "master_deal_id": "D-9"}, 404),
        ({"message": "Где D-1?", "document_id": "DOC-0"}, 404),
        ({"message": "Где D-1?", "thread_id": "a/b"}, 422),
        ({"text": "Где D-1?"}, 422),
    ],
)
def test_what_does_not_fit_is_refused_before_the_stream_begins(
    http: TestClient, body: dict[str, Any], status: int
) -> None:
    answer = http.post("/v1/chat", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_thread_and_its_decisions_are_their_callers_own(tmp_path: Path) -> None:
    tokens = tokens_file(tmp_path / "tokens.toml", anna=["sales"], boris=["sales"])
    with open_house(Settings(data=tmp_path, tokens_file=tokens), clock=lambda: NOW) as house:
        filled(house)
        with TestClient(build(house)) as http:
            anna, boris = bearer("anna"), bearer("boris")
            answer = http.post("/v1/chat", json={"message": "На какой стадии D-1?"}, headers=anna)
            thread = one(events_of(answer.text), "thread")["thread_id"]
            assert http.get(f"/v1/chat/{thread}", headers=anna).status_code == 200
            for refused in (
                http.get(f"/v1/chat/{thread}", headers=boris),
                http.delete(f"/v1/chat/{thread}", headers=boris),
                http.post(
                    "/v1/chat", json={"message": "Чего не хватает?", "thread_id": thread}, headers=boris
                ),
                http.post(f"/v1/chat/{thread}/approvals/P-0", json={"decision": "approve"}, headers=boris),
            ):
                assert refused.status_code == 404
            assert http.get("/v1/chat", headers=boris).json()["items"] == []
            assert http.post("/v1/chat", json={"message": "Где D-1?"}).status_code == 401


def test_two_devices_on_one_thread_take_turns(http: TestClient) -> None:
    thread = one(said(http, "На какой стадии D-1?"), "thread")["thread_id"]
    questions = [f"Какой бюджет у D-{1 + place % 2}?" for place in range(12)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda ask: one(said(http, ask, thread_id=thread), "answer"), questions))
    assert all(answer["mode"] == "rules" for answer in answers)
    kept = http.get(f"/v1/chat/{thread}").json()
    assert [turn["number"] for turn in kept["items"]] == list(range(1, 14))
    assert sorted(turn["message"] for turn in kept["items"][1:]) == sorted(questions)


BRIEF = """Добрый день! Компания ООО «Ромашка», продвигаем сеть кофеен в Москве.
Аудитория 25-45, все. Период с 1 по 20 декабря 2026. Бюджет 1,5 млн рублей с НДС.
Каналы: VK, OLV, Telegram и Яндекс Директ. KPI: 500 лидов. Сайт romashka.example, Анна, +7 916 123-45-67."""


@pytest.fixture
def priced(tmp_path: Path) -> Iterator[TestClient]:
    with open_house(Settings(data=tmp_path, sample_prices=True), clock=lambda: NOW) as house:
        filled(house)
        with TestClient(build(house), raise_server_exceptions=False) as client:
            yield client


def _looked_up(events: list[tuple[str, Any]]) -> list[str]:
    return [step["tool"] for name, step in events if name == "step" and step["state"] == "started"]


def test_a_request_of_several_steps_chains_its_tools_and_goes_on_from_its_drafts(priced: TestClient) -> None:
    first = said(priced, "возьми бриф из письма, сделай план на 3 млн без Telegram и черновик КП\n" + BRIEF)
    assert _looked_up(first) == ["brief_analysis", "media_plan", "offer_draft"]
    plan, offer = (data for name, data in first if name == "approval")
    assert (plan["kind"], offer["kind"]) == ("plan", "offer")
    assert (plan["approval_id"], offer["approval_id"]) == (plan["id"], offer["id"])
    task = plan["content"]["task"]
    assert (task["client"], task["budget_max"]) == ("ООО «Ромашка»", "3000000")
    assert "telegram" not in {line["channel"] for line in plan["content"]["plan"]["lines"]}
    assert "telegram" in task["excluded_channels"]
    gross = offer["content"]["offer"]["totals"]["gross"]["amount"]
    assert gross == plan["content"]["plan"]["totals"]["gross"]["amount"]
    text = one(first, "answer")["text"]
    assert "plan-1" in text
    assert "offer-1" in text

    thread = one(first, "thread")["thread_id"]
    second = said(priced, "а теперь без OLV", thread_id=thread)
    (changed,) = [data for name, data in second if name == "approval"]
    assert set(changed["content"]["task"]["excluded_channels"]) == {"telegram", "olv"}
    assert changed["content"]["task"]["budget_max"] == "3000000"
    third = said(priced, "сделай из этого КП со скидкой 10 %", thread_id=thread)
    (discounted,) = [data for name, data in third if name == "approval"]
    assert discounted["content"]["task"]["excluded_channels"] == ["olv", "telegram"]
    assert discounted["content"]["offer"]["discount"] == "0.1"
    assert one(third, "answer")["proposals"] == [discounted["id"]]
    waiting = priced.get(f"/v1/chat/{thread}").json()["approvals"]
    assert [proposal["kind"] for proposal in waiting] == ["plan", "offer", "plan", "offer"]
    decision = one(first, "answer")["decision_id"]
    assert priced.post(f"/v1/decisions/{decision}/replay").json() == {"identical": True}


@pytest.mark.parametrize(
    ("message", "tools", "says"),
    [
        ("Разбери бриф", [], "Нужен текст"),
        ("Сделай КП", [], "КП делают из медиаплана"),
        ("Make a media plan", [], "A text is needed"),
        (
            "Квалифицируй лида: бюджет 2 млн утверждён, решение принимаю я, нужны лиды с 1 декабря 2026.",
            ["lead_qualification"],
            "Вердикт: квалифицирован",
        ),
        (
            "Проверь рекламу: Лучшее пиво города, только у нас самая низкая цена. Пейте на здоровье!",
            ["legal_review"],
            "AD21",
        ),
        ("Что делать?", ["next_actions"], "D-2"),
        ("What should we do next?", ["next_actions"], "D-2"),
        ("Согласовано ли КП по D-1?", ["deal_card"], "G3"),
    ],
)
def test_a_job_is_done_or_says_what_it_lacks(
    priced: TestClient, message: str, tools: list[str], says: str
) -> None:
    events = said(priced, message)
    assert _looked_up(events) == tools
    assert says in one(events, "answer")["text"]


def test_a_plan_that_cannot_be_ends_the_chain(priced: TestClient) -> None:
    events = said(
        priced, "Сделай план и КП\nБюджет 1 000 рублей, DOOH, с 1 по 5 декабря 2026, вся Россия, 18+"
    )
    assert _looked_up(events) == ["media_plan"]
    assert "Плана под такие условия нет" in one(events, "answer")["text"]
    assert not [data for name, data in events if name == "approval"]


@pytest.mark.parametrize(
    ("job", "text"),
    [
        ("brief", BRIEF),
        ("mediaplan", BRIEF),
        ("offer", BRIEF),
        ("legal", "Лучшее пиво города, только у нас самая низкая цена!"),
        ("qualification", "Бюджет 2 млн утверждён, решение принимаю я."),
    ],
)
def test_every_assessment_is_a_decision_that_replays(priced: TestClient, job: str, text: str) -> None:
    answer = priced.post(f"/v1/assist/{job}", json={"text": text}).json()
    kept = priced.get(f"/v1/decisions/{answer['decision_id']}").json()
    assert (kept["kind"], kept["answer"]) == (job, answer)
    assert kept["made_of"]["request"]["options"]["date"] == "2026-11-22"
    assert priced.post(f"/v1/decisions/{answer['decision_id']}/replay").json() == {"identical": True}
    assert priced.get(f"/v1/decisions/{answer['decision_id']}/diff").json()["changed"] is False
