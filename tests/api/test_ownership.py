"""Where a role sees its own deals only, no other deal is reachable: not by lists, by id, by questions, by streams."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.app import build
from api.proposals import file_new
from api.settings import Settings
from api.stream import _published
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.instant import DAY
from masterdeal.ports import DealFilter
from masterdeal.sight import Sight, hidden, seen

NOW = instant.parse("2026-11-22T12:00:00+03:00")
MINE, THEIRS = "D-MINE", "D-THEIRS"


class Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


def created(deal: str, manager: str, client: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{deal}-created",
        "source": "crm",
        "type": "crm.deal.created",
        "time": "2026-11-20T10:00:00+03:00",
        "subject": deal,
        "data": {
            "title": f"Кампания {client}",
            "client": {"name": client},
            "manager": manager,
            "industry": f"отрасль {client}",
            "refs": [{"system": "crm", "id": f"opp-{deal}"}],
            "budget": {"amount": "1000000.00", "currency": "RUB", "vat": "excl", "commission": "incl"},
        },
    }


def until(look: Callable[[], dict[str, Any]], size: int) -> dict[str, Any]:
    """What is seen once there is so much of it."""
    for _ in range(200):
        if len(found := look()) >= size:
            return found
        time.sleep(0.02)
    raise AssertionError(found)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    table = Path("api/access.toml").read_text(encoding="utf-8")
    access = tmp_path / "access.toml"
    access.write_text(table.replace('sales = { deals = "all"', 'sales = { deals = "own"'), encoding="utf-8")
    tokens = tokens_file(
        tmp_path / "tokens.toml",
        kim={"roles": ["sales"], "name": "Анна Ким"},
        boss=["admin"],
        both=["sales", "analyst"],
        crm=["source:crm"],
    )
    settings = Settings(data=tmp_path, tokens_file=tokens, access_file=access, sample_prices=True)
    with open_house(settings, clock=Clock()) as house:
        yield house


@pytest.fixture
def http(house: House) -> Iterator[TestClient]:
    with TestClient(build(house), raise_server_exceptions=False) as client:
        batch = [created(MINE, "Анна Ким", "Альфа"), created(THEIRS, "Пётр Лис", "Омега")]
        answer = client.post(
            "/v1/events",
            content=json.dumps(batch),
            headers={"content-type": "application/cloudevents-batch+json", **bearer("boss")},
        )
        assert answer.status_code == 202
        yield client


def test_lists_and_cards_hold_own_deals(http: TestClient) -> None:
    def ids(subject: str, path: str) -> set[str]:
        return {row["master_deal_id"] for row in http.get(path, headers=bearer(subject)).json()["items"]}

    for path in ("/v1/deals", "/v1/deals?q=кампания", "/v1/sla", "/v1/escalations"):
        assert ids("kim", path) == {MINE}, path
        assert ids("boss", path) == {MINE, THEIRS}, path
        assert ids("both", path) == {MINE, THEIRS}, "the role that sees more decides"
    assert ids("kim", "/v1/deals?manager=Пётр Лис") == set()
    for path in (
        f"/v1/deals/{THEIRS}",
        f"/v1/deals/{THEIRS}/timeline",
        f"/v1/deals/{THEIRS}?as_of=2026-11-21T00:00:00Z",
    ):
        assert http.get(path, headers=bearer("kim")).status_code == 404, path
        assert http.get(path, headers=bearer("boss")).status_code == 200, path
    assert http.get("/v1/me", headers=bearer("kim")).json()["deals"] == "own"


def test_what_is_hidden_and_what_is_not_there_look_alike(http: TestClient) -> None:
    theirs = http.get(f"/v1/deals/{THEIRS}", headers=bearer("kim"))
    nothing = http.get("/v1/deals/D-NOTHING", headers=bearer("kim"))
    assert theirs.text.replace(THEIRS, "X") == nothing.text.replace("D-NOTHING", "X")


@pytest.mark.parametrize(
    "question",
    [
        f"На какой стадии сделка {THEIRS}?",
        f"What stage is {THEIRS} at?",
        f"Сделка opp-{THEIRS}: какой бюджет?",
        "Какие сделки у клиента Омега?",
        "Сколько сделок ведёт Пётр Лис?",
        "Покажи все просроченные сделки",
        "Which deals are overdue?",
        "Какие отрасли есть в портфеле?",
    ],
)
def test_no_question_reaches_another_deal(http: TestClient, question: str) -> None:
    answer = http.post("/v1/assist/ask", json={"question": question}, headers=bearer("kim"))
    assert answer.status_code == 200, answer.text
    said = json.dumps(answer.json()["evidence"], ensure_ascii=False)
    words = set(question.split())
    for secret in ("Кампания Омега", "отрасль Омега", "Пётр Лис", THEIRS):
        assert secret not in said
        assert secret in question or secret not in answer.text, words
    assert (
        http.post(
            "/v1/assist/ask", json={"question": "Стадия?", "master_deal_id": THEIRS}, headers=bearer("kim")
        ).status_code
        == 404
    )


def test_offers_go_with_their_deals(http: TestClient) -> None:
    body = {
        "master_deal_id": THEIRS,
        "text": "Клиент: Омега. Бюджет 1 000 000 руб. без НДС. Период 01.12.2026-31.12.2026. Каналы: OLV. Гео: Москва.",
    }
    assert http.post("/v1/assist/offer", json=body, headers=bearer("kim")).status_code == 404
    made = http.post("/v1/assist/offer", json=body, headers=bearer("boss"))
    assert made.status_code == 200, made.text
    offer = made.json()["result"]
    path = f"/v1/offers/{offer['offer_id']}"
    assert http.get(path, headers=bearer("boss")).status_code == 200
    assert http.get(path, headers=bearer("kim")).status_code == 404
    assert (
        http.post(f"{path}/approve", json={"hash": offer["hash"]}, headers=bearer("kim")).status_code == 404
    )
    signed = http.post(f"{path}/approve", json={"hash": offer["hash"]}, headers=bearer("boss"))
    assert signed.status_code == 200
    assert signed.json()["status"] == "approved"


def test_tasks_of_other_deals_cannot_be_touched(http: TestClient, house: House) -> None:
    assert isinstance(house.clock, Clock)
    house.clock.now += DAY
    house.worker.wake()

    def opened() -> dict[str, str]:
        house.worker.wake()
        with house.store.reading() as read:
            return {task.deal_id: task.id for task in read.tasks("breach", "open", "", 10)}

    tasks = until(opened, 2)
    path = "/v1/escalations/{}/acknowledge"
    assert http.post(path.format(tasks[THEIRS]), json={}, headers=bearer("kim")).status_code == 404
    taken = http.post(path.format(tasks[MINE]), json={"by": "Somebody Else"}, headers=bearer("kim"))
    assert taken.json()["acknowledged_by"] == "Анна Ким", "who acts is who the token says"


def test_the_stream_tells_of_own_deals(http: TestClient, house: House) -> None:
    sight = house.seen_by(house.identity.tokens.caller("md_kim")).sight  # type: ignore[union-attr, arg-type]

    def told() -> dict[str, bool]:
        rows, shown = _published(house, 0, sight)
        return dict(zip((row.deal_id for row in rows), shown, strict=True))

    assert until(told, 2) == {MINE: True, THEIRS: False}


def test_every_question_of_the_port_is_answered_through_the_sight(http: TestClient, house: House) -> None:
    mine = seen(house.store, Sight(frozenset({"Анна Ким"})))
    nobody = seen(house.store, Sight(frozenset()))
    with house.store.writing() as tx:
        tx.file(
            "offer",
            {"A": json.dumps({"master_deal_id": MINE}), "B": json.dumps({"master_deal_id": THEIRS})},
            NOW,
        )
        tx.file("offer", {"C": "{}", "D": json.dumps({"deal_id": THEIRS})}, NOW)
    with mine.reading() as read, nobody.reading() as none, house.store.reading() as plain:
        assert read.deal(THEIRS) is None
        assert read.events(THEIRS) == []
        assert read.outbox_of(THEIRS) == []
        assert read.referenced(f"opp-{THEIRS}") is None
        assert read.referenced(f"opp-{MINE}") == MINE
        assert read.values("manager") == ["Анна Ким"]
        assert [row.deal_id for row in read.log(0, 100)] == [MINE]
        assert {row.deal_id for row in read.of_types(("crm.deal.created",), 0, 1)} == {MINE}
        assert none.of_types(("crm.deal.created",), 0, 1) == []
        assert {row.deal_id for row in read.outbox(0, 100)} == {MINE}
        assert len({row.deal_id for row in plain.outbox(0, 100)}) == 2
        assert read.told("", 10) == [MINE]
        assert [id_ for id_, _ in read.archive("offer", "", 10)] == ["A", "C"]
        assert read.archived("offer", "B") is None
        assert read.archived("offer", "D") is None
        assert none.deals(DealFilter(), "", 10) == []
        assert none.archived("offer", "A") is None
        assert hidden(plain, Sight(frozenset()), [MINE, "D-NOTHING"]) == [MINE]
        assert read.dead_letters(0, 10) == []


def test_a_deal_handed_over_is_seen_by_its_new_manager(http: TestClient) -> None:
    over = created(THEIRS, "Анна Ким", "Омега") | {"id": "handed-over", "time": "2026-11-21T10:00:00+03:00"}
    http.post(
        "/v1/events",
        content=json.dumps(over),
        headers={"content-type": "application/cloudevents+json", **bearer("crm")},
    )
    assert http.get(f"/v1/deals/{THEIRS}", headers=bearer("kim")).status_code == 200


SECRETS = (THEIRS, "Кампания Омега", "отрасль Омега", "Пётр Лис")
NAMED = {
    "master_deal_id": THEIRS,
    "table": "fact_deal",
    "name": "plan.xlsx",
    "number": "1",
    "system": "crm",
}


def test_no_address_of_the_service_tells_of_another_deal(http: TestClient, house: House) -> None:
    text = "Клиент: Омега. Бюджет 1 000 000 руб. без НДС. Период 01.12.2026-31.12.2026. Каналы: OLV. Гео: Москва."
    boss = bearer("boss")
    made = http.post("/v1/assist/offer", json={"master_deal_id": THEIRS, "text": text}, headers=boss).json()[
        "result"
    ]
    plan = http.post(
        "/v1/assist/mediaplan", json={"master_deal_id": THEIRS, "text": text}, headers=boss
    ).json()
    asked = http.post("/v1/assist/ask", json={"question": f"Что по {THEIRS}?"}, headers=boss).json()
    http.post("/v1/chat", json={"thread_id": "T-1", "message": f"Что по {THEIRS}?"}, headers=boss)
    with house.store.writing() as tx:
        waiting = file_new(tx, "task", {"title": "Кампания Омега"}, by="boss", now=NOW, deal_id=THEIRS)
    named = {
        **NAMED,
        "offer_id": made["offer_id"],
        "plan_id": plan["result"]["plan_id"],
        "decision_id": asked["decision_id"],
        "thread_id": "T-1",
        "proposal_id": waiting.id,
    }
    house.marts.wake()
    paths = http.get("/openapi.json", headers=boss).json()["paths"]
    told, looked = [], 0
    for path, operations in paths.items():
        if "get" not in operations or path in ("/v1/stream", "/v1/knowledge"):
            continue
        concrete = path
        for name, value in named.items():
            concrete = concrete.replace(f"{{{name}}}", value)
        if "{" in concrete:
            continue
        looked += 1
        answer = http.get(concrete, headers=bearer("kim"))
        body = answer.text.replace(concrete, "")
        if answer.status_code != 404 and any(secret in body for secret in SECRETS):
            told.append((concrete, answer.status_code, body[:200]))
    assert looked > 30
    assert told == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/deals/{}/what-if", {"events": []}),
        ("/v1/assist/offer", {"master_deal_id": "{}", "text": "Бюджет 1 млн"}),
        ("/v1/assist/mediaplan", {"master_deal_id": "{}", "text": "Бюджет 1 млн"}),
        ("/v1/assist/legal", {"master_deal_id": "{}", "text": "Договор", "options": {"deal": "{}"}}),
        ("/v1/assist/ask", {"master_deal_id": "{}", "question": "Что там?"}),
        ("/v1/chat", {"master_deal_id": "{}", "message": "Что там?"}),
        ("/v1/sla/what-if", {"limits": {"lead_to_brief": "1h"}}),
        ("/v1/assist/law-change", {}),
    ],
)
def test_no_request_works_on_another_deal(http: TestClient, path: str, body: dict[str, Any]) -> None:
    filled = json.loads(json.dumps(body).replace('"{}"', f'"{THEIRS}"'))
    answer = http.post(path.replace("{}", THEIRS), json=filled, headers=bearer("kim"))
    assert all(secret not in answer.text.replace(THEIRS, "") for secret in SECRETS[1:])
    if THEIRS in json.dumps(filled) or "{}" in path:
        assert answer.status_code in (404, 422), answer.text[:300]
