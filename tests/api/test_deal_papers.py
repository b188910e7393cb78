"""The papers of a deal: what was worked on for it is found by it, once, newest first, and by nobody who may not see it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant
from masterdeal.instant import HOUR

BRIEF = "Клиент: ООО «Ромашка». Бюджет 2 000 000 руб. без НДС. Период: 01.04.2027 - 30.04.2027."
CONTRACT = "1. Заказчик вправе изменять стоимость услуг в одностороннем порядке."


class Clock:
    now = instant.parse("2026-11-22T12:00:00+03:00")

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def http(tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    with open_house(Settings(data=tmp_path), clock=clock) as house, TestClient(build(house)) as client:
        for deal in ("D-1", "D-1|x"):
            assert client.post("/v1/events", json=created(deal, "Иванова")).status_code == 202
        yield client


def created(deal: str, manager: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{deal}-created",
        "source": "crm",
        "type": "crm.deal.created",
        "time": "2026-11-20T10:00:00+03:00",
        "subject": deal,
        "data": {"title": deal, "manager": manager},
    }


def test_what_was_done_for_a_deal_is_found_by_it_newest_first_and_once(
    http: TestClient, clock: Clock
) -> None:
    brief = {"text": BRIEF, "master_deal_id": "D-1"}
    first = http.post("/v1/assist/brief", json=brief).json()["decision_id"]
    clock.now += HOUR
    second = http.post("/v1/assist/legal", json={"text": CONTRACT, "master_deal_id": "D-1"}).json()[
        "decision_id"
    ]
    http.post("/v1/assist/brief", json={"text": CONTRACT, "master_deal_id": "D-1|x"})
    http.post("/v1/assist/brief", json={"text": CONTRACT})
    cards = http.get("/v1/deals/D-1/decisions").json()["items"]
    assert [card["decision_id"] for card in cards] == [second, first]
    assert [card["kind"] for card in cards] == ["legal", "brief"]
    clock.now += HOUR
    assert http.post("/v1/assist/brief", json=brief).json()["decision_id"] == first
    again = http.get("/v1/deals/D-1/decisions").json()["items"]
    assert [card["decision_id"] for card in again] == [first, second]
    only = http.get("/v1/deals/D-1/decisions", params={"kind": "legal"}).json()["items"]
    assert [card["decision_id"] for card in only] == [second]


def test_the_list_is_paged_without_loss(http: TestClient, clock: Clock) -> None:
    made = []
    for number in range(5):
        clock.now += HOUR
        body = {"text": f"{BRIEF} Приложение {number}.", "master_deal_id": "D-1"}
        made.insert(0, http.post("/v1/assist/brief", json=body).json()["decision_id"])
    found: list[str] = []
    cursor = None
    while True:
        page = http.get(
            "/v1/deals/D-1/decisions", params={"limit": 2, "cursor": cursor} if cursor else {"limit": 2}
        ).json()
        found += [card["decision_id"] for card in page["items"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == made


def test_a_pasted_text_becomes_a_document_whose_offsets_hold(http: TestClient) -> None:
    text = f"\ufeff  Здравствуйте!\r\n\r\n{BRIEF}\t😀 конец"
    answer = http.post("/v1/assist/brief", json={"text": text, "master_deal_id": "D-1"}).json()
    (card,) = http.get("/v1/deals/D-1/decisions").json()["items"]
    kept = http.get(f"/v1/documents/{card['document_id']}").json()
    assert kept["text"] == text
    for field in answer["result"]["fields"].values():
        assert kept["text"][field["start"] : field["end"]] == field["quote"]
    (document,) = http.get("/v1/deals/D-1/documents").json()["items"]
    assert document["document_id"] == card["document_id"]


def test_a_file_is_handed_in_for_a_deal_and_taken_back(http: TestClient) -> None:
    def handed(deal: str) -> Any:
        return http.post(
            "/v1/documents", params={"master_deal_id": deal}, files={"file": ("бриф.txt", BRIEF.encode())}
        )

    document_id = handed("D-1").json()["document_id"]
    assert handed("D-1").json()["document_id"] == document_id
    assert handed("D-9").status_code == 404
    (card,) = http.get("/v1/deals/D-1/documents").json()["items"]
    assert (card["name"], card["document_id"]) == ("бриф.txt", document_id)
    assert http.get("/v1/deals/D-1|x/documents").json()["items"] == []
    at = f"/v1/deals/D-1/documents/{document_id}"
    assert http.delete(at).status_code == 204
    assert http.delete(at).status_code == 404
    assert http.get("/v1/deals/D-1/documents").json()["items"] == []
    assert http.get(f"/v1/documents/{document_id}").status_code == 200


@pytest.mark.parametrize("part", ["decisions", "documents", "escalations"])
def test_an_unknown_deal_is_not_found(http: TestClient, part: str) -> None:
    assert http.get(f"/v1/deals/D-404/{part}").status_code == 404


def test_the_tasks_of_a_deal_are_its_own(http: TestClient, clock: Clock) -> None:
    clock.now += 1000 * HOUR
    http.post("/v1/events", json=created("D-2", "Иванова"))  # wakes the worker
    deadline = time.monotonic() + 60
    while (
        not (found := http.get("/v1/deals/D-1/escalations").json()["items"]) and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    assert [task["timer"] for task in found if task["kind"] == "breach"] == ["lead_to_brief"]
    assert {task["master_deal_id"] for task in found} == {"D-1"}


def test_a_colleague_finds_the_work_on_a_deal_and_a_stranger_does_not(tmp_path: Path, clock: Clock) -> None:
    access = tmp_path / "access.toml"
    table = Path("api/access.toml").read_text(encoding="utf-8")
    access.write_text(table.replace('sales = { deals = "all"', 'sales = { deals = "own"'), encoding="utf-8")
    lis = {"roles": ["sales"], "name": "Пётр Лис"}
    tokens = tokens_file(
        tmp_path / "tokens.toml", kim={"roles": ["sales"], "name": "Анна Ким"}, lis=lis, boss=["admin"]
    )
    settings = Settings(data=tmp_path / "data", tokens_file=tokens, access_file=access)
    with open_house(settings, clock=clock) as house, TestClient(build(house)) as client:
        assert (
            client.post("/v1/events", json=created("D-1", "Анна Ким"), headers=bearer("boss")).status_code
            == 202
        )
        asked = {"text": CONTRACT, "master_deal_id": "D-1"}
        made = client.post("/v1/assist/legal", json=asked, headers=bearer("boss")).json()["decision_id"]
        statuses = {}
        for who in ("kim", "lis", "boss"):
            paths = (f"/v1/decisions/{made}", "/v1/deals/D-1/decisions", "/v1/deals/D-1/documents")
            statuses[who] = {client.get(path, headers=bearer(who)).status_code for path in paths}
        assert statuses == {"kim": {200}, "lis": {404}, "boss": {200}}
        file = {"file": ("чужой.txt", CONTRACT.encode())}
        handed = client.post("/v1/documents?master_deal_id=D-1", files=file, headers=bearer("lis"))
        assert handed.status_code == 404
