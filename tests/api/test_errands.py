"""Tasks and events asked for in conversation: drafted with their preview, done once, by whoever may, and never before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from identities import bearer, tokens_file
from pydantic import SecretStr
from starlette.testclient import TestClient

from agents.verify import unbound
from api.app import build
from api.effects import SOURCE
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record
from masterdeal.ports import pages

NOW = instant.parse("2026-11-22T15:00:00+03:00")  # a Sunday
TASK = "поставь задачу Сафиной по D-1 выслать бриф-шаблон до пятницы"
EVENT = "запиши, что бриф по D-1 получен вчера в 10:30"


def _event(id_: str, deal: str, type_: str, time: str, **data: Any) -> bytes:
    event = {"specversion": "1.0", "id": id_, "source": "crm", "type": type_, "time": time, "subject": deal}
    return json.dumps({**event, "data": data}).encode()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    tokens = tokens_file(
        tmp_path / "tokens.toml", anna=["sales"], pre=["presales"], law=["legal"], counter=["analyst"], acc=["account"]
    )  # fmt: skip
    settings = Settings(data=tmp_path, tokens_file=tokens, sample_prices=True)
    with open_house(settings, clock=lambda: NOW) as house:
        events = [
            _event("1", "D-1", "crm.deal.created", "2026-11-20T10:00:00+03:00", title="Весна", manager="Лилия Сафина"),
            _event("2", "D-2", "crm.deal.created", "2026-11-22T10:00:00+03:00", title="Лето", manager="Олег Иванов"),
        ]  # fmt: skip
        with house.store.writing() as tx:
            record(tx, [read(event, house.book) for event in events], house.book, NOW)
        yield house


@pytest.fixture
def http(house: House) -> Iterator[TestClient]:
    with TestClient(build(house), raise_server_exceptions=False) as client:
        yield client


def _say(
    http: TestClient, message: str, who: str = "anna", **more: Any
) -> tuple[dict[str, Any], list[Any], str]:
    """The answer, the proposals of the turn, the thread."""
    text = http.post("/v1/chat", json={"message": message, **more}, headers=bearer(who)).text
    events = [
        (block.split("\n")[0].removeprefix("event: "), json.loads(block.split("data: ", 1)[1]))
        for block in text.strip().split("\n\n")
    ]
    answer = next(data for name, data in events if name == "answer")
    assert not unbound(answer["text"], answer["evidence"], message), answer["text"]
    thread = next(data for name, data in events if name == "thread")["thread_id"]
    return answer, [data for name, data in events if name == "approval"], thread


def _decide(
    http: TestClient, proposal: dict[str, Any], who: str, decision: str = "approve", **more: Any
) -> Any:
    body = {"decision": decision, "hash": proposal["hash"], **more}
    return http.post(f"/v1/proposals/{proposal['id']}/decision", json=body, headers=bearer(who))


def _written(house: House) -> list[str]:
    with house.store.reading() as reading:
        return [row.id for row in pages(reading) if row.source == SOURCE]


def _tasks(house: House) -> list[dict[str, Any]]:
    with house.store.reading() as reading:
        return [json.loads(body) for _, body in reading.archive("approved-task", "", 10)]


def test_a_task_is_drafted_and_opened_once_by_approval(http: TestClient, house: House) -> None:
    answer, (proposal,), _ = _say(http, TASK)
    assert (proposal["kind"], proposal["master_deal_id"], proposal["state"]) == ("task", "D-1", "waiting")
    assert proposal["content"] == {
        "title": "Выслать бриф-шаблон",
        "assignee": "Лилия Сафина",
        "due": "2026-11-27",
    }
    assert "27.11.2026" in answer["text"]
    assert "Весна" in answer["text"]
    assert _tasks(house) == []
    answers = [_decide(http, proposal, "anna") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    assert answers[0].json() == answers[2].json()
    (task,) = _tasks(house)
    assert (task["title"], task["state"], task["approved_by"]) == ("Выслать бриф-шаблон", "open", "anna")
    assert _written(house) == []


def test_an_event_is_drafted_with_its_preview_and_taken_in_once(http: TestClient, house: House) -> None:
    answer, (proposal,), _ = _say(http, EVENT)
    assert proposal["content"] == {
        "type": "crm.brief.submitted",
        "time": "2026-11-21T10:30:00+03:00",
        "data": {},
    }
    assert "G1" in answer["text"]
    assert "бриф получен" in answer["text"]
    before = http.get("/v1/deals/D-1", headers=bearer("anna")).json()
    assert (before["aggregated_stage"], _written(house)) == ("draft", [])
    assert [_decide(http, proposal, "acc").status_code for _ in range(2)] == [200, 200]
    assert _written(house) == [proposal["id"]]
    after = http.get("/v1/deals/D-1", headers=bearer("anna")).json()
    assert after["aggregated_stage"] == "briefed"
    # What was said it would be is what it became.
    told = {item["path"].rsplit("/", 1)[-1]: item["value"] for item in answer["evidence"]}
    assert told["stage_after"] == after["aggregated_stage"]


@pytest.mark.parametrize(
    ("who", "event", "task"),
    [("anna", 200, 200), ("acc", 200, 200), ("pre", 403, 200), ("law", 403, 200), ("counter", 403, 403)],
)
def test_roles_decide_who_may_approve(
    http: TestClient, house: House, who: str, event: int, task: int
) -> None:
    for message, status in ((EVENT, event), (TASK, task)):
        _, (proposal,), _ = _say(http, message)
        assert _decide(http, proposal, who).status_code == status
    assert len(_written(house)) == (event == 200)
    assert len(_tasks(house)) == (task == 200)


def test_a_rejected_errand_does_nothing_and_an_edited_one_waits_again(http: TestClient, house: House) -> None:
    _, (event,), _ = _say(http, EVENT)
    assert _decide(http, event, "anna", "reject").status_code == 200
    _, (task,), _ = _say(http, TASK)
    edited = _decide(http, task, "anna", "edit", edits={"assignee": "Олег Иванов"}).json()["successor"]
    assert _tasks(house) == []
    assert _decide(http, edited, "anna").status_code == 200
    assert [one["assignee"] for one in _tasks(house)] == ["Олег Иванов"]
    _, (empty,), _ = _say(http, TASK)
    nameless = _decide(http, empty, "anna", "edit", edits={"title": None}).json()["successor"]
    assert _decide(http, nameless, "anna").status_code == 422
    assert _written(house) == []


def test_the_thread_knows_which_deal_is_meant(http: TestClient) -> None:
    _, _, thread = _say(http, "На какой стадии D-2?")
    _, (task,), _ = _say(http, "Поставь задачу юристам проверить договор завтра", thread_id=thread)
    assert (task["master_deal_id"], task["content"]["role"], task["content"]["due"]) == ("D-2", "legal", "2026-11-23")  # fmt: skip
    _, (event,), _ = _say(http, "Запиши, что бриф пришёл", thread_id=thread)
    assert (event["master_deal_id"], event["content"]["type"]) == ("D-2", "crm.brief.submitted")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("запиши, что бриф получен", "По какой сделке"),
        ("запиши, что бриф по D-7777 получен", "не нахожу"),
        ("запиши, что по D-1 всё хорошо", "Не понял, что произошло"),
        ("запиши, что бриф по D-1 не получен", "Не понял, что произошло"),
        ("запиши, что договор по D-1 подписан завтра", "ещё не случилось"),
        ("поставь задачу", "Что нужно сделать"),
        ("Record that the brief of D-1 arrives tomorrow", "happened"),
        ("Как поставить задачу?", "событи"),
    ],
)
def test_what_is_lacking_is_asked_for_and_nothing_is_proposed(
    http: TestClient, house: House, message: str, says: str
) -> None:
    answer, proposals, _ = _say(http, message)
    assert says in answer["text"]
    assert proposals == []
    assert _written(house) == []


def test_a_task_without_words_is_what_the_deal_waits_for(http: TestClient) -> None:
    _, (task,), _ = _say(http, "поставь задачу Ивановой по D-1 до пятницы")
    assert task["content"]["title"] == "Продвинуть сделку, не хватает: G1 (бриф)"
    assert task["content"]["assignee"] == "Ивановой", (
        "nobody of that name is known, so it stands as it was said"
    )


@pytest.mark.parametrize(
    ("said", "time"),
    [
        ("yesterday at 15:30", "2026-11-21T15:30:00+03:00"),
        ("on Friday", "2026-11-20T12:00:00+03:00"),
        ("2 days ago", "2026-11-20T12:00:00+03:00"),
        ("on 2026-11-21", "2026-11-21T12:00:00+03:00"),
    ],
)
def test_days_are_read_backwards_for_what_happened(http: TestClient, said: str, time: str) -> None:
    _, (event,), _ = _say(http, f"Record that the brief of D-1 was received {said}")
    assert event["content"]["time"] == time


def test_an_approved_task_is_noted_for_the_tracker_once(tmp_path: Path) -> None:
    file = tmp_path / "tracker.toml"
    file.write_text('system = "webhook"\nurl = "http://127.0.0.1:9"\n', encoding="utf-8")
    settings = Settings(
        data=tmp_path,
        tokens_file=tokens_file(tmp_path / "tokens.toml", anna=["sales"]),
        tracker_file=file,
        tracker_token=SecretStr("whsec_c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"),
    )
    with open_house(settings, clock=lambda: NOW) as house, TestClient(build(house)) as http:
        created = _event("1", "D-1", "crm.deal.created", "2026-11-20T10:00:00+03:00", title="Весна")
        with house.store.writing() as tx:
            record(tx, [read(created, house.book)], house.book, NOW)
        _, (proposal,), _ = _say(http, "поставь задачу по D-1 выслать бриф-шаблон до пятницы")
        with house.store.reading() as reading:
            assert reading.delivery(proposal["id"]) is None
        assert [_decide(http, proposal, "anna").status_code for _ in range(3)] == [200, 200, 200]
        with house.store.reading() as reading:
            delivery = reading.delivery(proposal["id"])
    assert delivery is not None
    assert (delivery.key, delivery.tracker, delivery.deal_id) == (f"{proposal['id']}.1", "webhook", "D-1")
