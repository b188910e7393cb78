"""The HTTP contract as a stranger sees it: what it promises, and what it makes of rubbish."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant

NOW = instant.parse("2026-11-22T12:00:00+03:00")
ONE, MANY = "application/cloudevents+json", "application/cloudevents-batch+json"
EIGHT = (
    "crm.deal.created",
    "crm.brief.submitted",
    "media.mediaplan.ready",
    "crm.offer.approved",
    "docflow.contract.signed",
    "mediapush.campaign.started",
    "dcm.invoice.issued",
    "dcm.closeout.completed",
)


class Clock:
    """A clock the tests set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def http(tmp_path: Path, clock: Clock) -> Iterator[TestClient]:
    with (
        open_house(Settings(data=tmp_path, max_body=200_000), clock=clock) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        yield client


def event(
    id_: str, type_: str = "crm.deal.created", time: str = "2026-11-20T10:00:00+03:00", **more: Any
) -> dict[str, Any]:
    data = more.pop("data", {})
    return {
        "specversion": "1.0",
        "id": id_,
        "source": "crm",
        "type": type_,
        "time": time,
        "subject": "D-1",
        "data": data,
        **more,
    }


def post(http: TestClient, *events: dict[str, Any]) -> list[dict[str, Any]]:
    answer = http.post("/v1/events", content=json.dumps(events), headers={"content-type": MANY})
    assert answer.status_code == 202, answer.text
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def is_problem(answer: Any, status: int, kind: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"] == f"urn:masterdeal:problem:{kind}"
    assert (body["status"], bool(body["title"])) == (status, True)
    assert "Traceback" not in answer.text


# events in


def test_one_event_a_batch_and_binary_mode_say_the_same(http: TestClient) -> None:
    one = http.post("/v1/events", content=json.dumps(event("1")), headers={"content-type": ONE})
    assert one.status_code == 202
    assert one.json()["results"] == [
        {
            "source": "crm",
            "id": "1",
            "outcome": "accepted",
            "master_deal_id": "D-1",
            "aggregated_stage": "draft",
        }
    ]
    binary = http.post(
        "/v1/events",
        content=json.dumps({"text": "нужен охват"}),
        headers={
            "content-type": "application/json",
            "ce-specversion": "1.0",
            "ce-id": "2",
            "ce-source": "crm",
            "ce-type": "brief.submitted",
            "ce-time": "2026-11-20T11:00:00+03:00",
            "ce-subject": "D-1",
        },
    )
    assert binary.json()["results"][0]["aggregated_stage"] == "briefed"
    assert [r["outcome"] for r in post(http, event("1"), event("3", "mediapush.planning.started"))] == [
        "duplicate",
        "accepted",
    ]


def test_the_life_of_a_deal(http: TestClient) -> None:
    events = [
        event(str(n), type_, f"2026-11-2{n // 4}T1{n % 4}:00:00+03:00") for n, type_ in enumerate(EIGHT)
    ]
    stages = [result["aggregated_stage"] for result in post(http, *events)]
    assert stages == [
        "draft",
        "briefed",
        "briefed",
        "offer_ready",
        "launching",
        "running",
        "closing",
        "closed",
    ]
    deal = http.get("/v1/deals/D-1").json()
    assert (deal["aggregated_stage"], deal["pipeline_stage"], deal["missing"]) == (
        "closed",
        "Post Analysis",
        [],
    )
    assert deal["gates"]["G4"] == {
        "name": "contract_signed",
        "status": True,
        "event_id": "4",
        "source": "crm",
        "event_timestamp": "2026-11-21T07:00:00Z",
    }
    assert [timer["state"] for timer in deal["sla"]] == ["met"] * 5
    assert deal["sla"][0]["limit_s"] == 8 * 3600
    earlier = http.get("/v1/deals/D-1", params={"as_of": "2026-11-20T13:30:00+03:00"}).json()
    assert (earlier["aggregated_stage"], earlier["missing"]) == ("offer_ready", ["G4"])
    assert earlier["sla"][2]["state"] == "running"


def test_a_bad_item_never_blocks_its_neighbours(http: TestClient) -> None:
    results = post(
        http,
        event("1"),
        {"no": "event"},
        event("2", "okk.nps.collected", data={"score": 11}),
        event("3", "never.heard.of"),
        event("1", data={"title": "other"}),
        event("4", "crm.brief.submitted", subject=None, data={"ref": {"system": "crm", "id": "A-7"}}),
        event("5", "crm.brief.submitted", subject=None),
        event("6", "crm.brief.submitted", time="2026-11-20T10:00:00"),
        event("7", "crm.brief.submitted"),
    )
    assert [(r["outcome"], r.get("reason")) for r in results] == [
        ("accepted", None),
        ("rejected", "not_a_cloudevent"),
        ("rejected", "bad_content"),
        ("accepted", "unknown_type"),
        ("rejected", "conflict"),
        ("parked", "unknown_reference"),
        ("rejected", "no_deal"),
        ("rejected", "not_a_cloudevent"),
        ("accepted", None),
    ]
    letters = http.get("/v1/dead-letters").json()["items"]
    assert sorted(letter["reason"] for letter in letters) == [
        "bad_content",
        "conflict",
        "no_deal",
        "not_a_cloudevent",
        "not_a_cloudevent",
    ]
    assert any("$.data.score" in letter["detail"] for letter in letters)


def test_a_parked_event_comes_home_with_the_deal_that_carries_its_reference(http: TestClient) -> None:
    brief = event("2", "crm.brief.submitted", subject=None, data={"ref": {"system": "crm", "id": "A-7"}})
    assert post(http, brief)[0]["outcome"] == "parked"
    post(http, event("1", subject="D-9", data={"refs": [{"system": "crm", "id": "A-7"}]}))
    assert http.get("/v1/deals/D-9").json()["aggregated_stage"] == "briefed"
    assert post(http, brief)[0]["outcome"] == "duplicate"


def test_a_dead_letter_is_replayed_as_it_came_or_corrected(http: TestClient) -> None:
    post(http, event("1"), event("2", "okk.nps.collected", data={"score": "ten"}))
    number = http.get("/v1/dead-letters").json()["items"][0]["id"]
    again = http.post(f"/v1/dead-letters/{number}/replay").json()
    assert (again["state"], again["result"]["outcome"]) == ("open", "rejected")
    mended = event("2", "okk.nps.collected", data={"score": 10})
    again = http.post(f"/v1/dead-letters/{number}/replay", json={"event": mended}).json()
    assert (again["state"], again["result"]["outcome"]) == ("replayed", "accepted")
    is_problem(http.post("/v1/dead-letters/99/replay"), 404, "not-found")


# reading


def test_lists_filter_and_page(http: TestClient, clock: Clock) -> None:
    post(
        http,
        *(
            event(
                str(n),
                subject=f"D-{n}",
                data={
                    "title": f"Кампания {n}",
                    "industry": "Аптеки" if n % 2 else "Банки",
                    "budget": {"amount": f"{n}000000.00", "currency": "RUB"},
                },
            )
            for n in range(1, 8)
        ),
        event("b", "crm.brief.submitted", "2026-11-22T11:00:00+03:00", subject="D-3"),
    )

    def ids(**query: Any) -> list[str]:
        return [deal["master_deal_id"] for deal in http.get("/v1/deals", params=query).json()["items"]]

    assert ids(stage="briefed") == ["D-3"]
    assert ids(pipeline_stage="Brief Received") == ids(pipeline_stage="3") == ["D-3"]
    assert ids(industry="Аптеки") == ["D-1", "D-3", "D-5", "D-7"]
    assert ids(budget_min="3000000", budget_max="5000000") == ["D-3", "D-4", "D-5"]
    assert ids(q="кампания 4") == ["D-4"]
    assert ids(sla="breached", timer="lead_to_brief") == ["D-1", "D-2", "D-4", "D-5", "D-6", "D-7"]
    seen, cursor = [], None
    while True:
        page = http.get("/v1/deals", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [deal["master_deal_id"] for deal in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == [f"D-{n}" for n in range(1, 8)]
    timers = http.get("/v1/sla", params={"state": "running"}).json()["items"]
    assert [(t["master_deal_id"], t["timer"]) for t in timers] == [("D-3", "brief_to_offer")]
    clock.now += 4 * instant.DAY
    patience = time.monotonic() + 60
    late: list[str] = []
    while not late and time.monotonic() < patience:
        # No traffic: the clock alone must find the breach.
        found = http.get("/v1/sla", params={"timer": "brief_to_offer", "state": "breached"}).json()["items"]
        late = [timer["master_deal_id"] for timer in found]
        time.sleep(0.05)
    assert late == ["D-3"]


def test_escalations_are_the_breaches_that_stand(http: TestClient) -> None:
    post(http, event("1"))
    (item,) = http.get("/v1/escalations").json()["items"]
    assert (item["timer"], item["state"]) == ("lead_to_brief", "open")
    post(http, event("2", "crm.brief.submitted", "2026-11-20T12:00:00+03:00"))
    assert http.get("/v1/escalations").json()["items"] == []


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not done():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_task_of_a_breach_is_taken_up_and_closed_by_a_person(http: TestClient) -> None:
    post(http, event("1", data={"title": "Кампания"}))
    (item,) = http.get("/v1/escalations").json()["items"]
    assert (item["rung"], item["addressee"], item["role"]) == (2, "director", "sales")
    path = f"/v1/escalations/{item['task_id']}"
    until(lambda: http.post(f"{path}/acknowledge", json={"by": "Иванова"}).status_code == 200)
    (taken,) = http.get("/v1/escalations").json()["items"]
    assert taken["acknowledged_by"] == "Иванова"
    assert {**item, "acknowledged_by": "Иванова", "acknowledged_at": taken["acknowledged_at"]} == taken
    closed = http.post(f"{path}/close", json={"by": "Иванова"})
    assert closed.json()["closed_because"] == "by_person"
    assert http.get("/v1/escalations").json()["items"] == []
    assert http.get("/v1/escalations?state=closed").json() == {"items": [closed.json()], "next_cursor": None}
    assert http.get("/v1/escalations?kind=warning").json()["items"] == []
    assert http.post("/v1/escalations/ESC-0/close", json={"by": "x"}).status_code == 404
    assert http.post(f"{path}/close", json={}).status_code == 422


@pytest.mark.parametrize("name", ["2026/15", "deals/№ 7", "/", "x?y#z/%"])
def test_a_slash_in_the_name_of_a_deal_is_written_as_2f(http: TestClient, name: str) -> None:
    post(http, event("1", subject=name))
    path = f"/v1/deals/{quote(name, safe='')}"
    assert http.get(path).json()["master_deal_id"] == name
    assert len(http.get(f"{path}/timeline").json()["items"]) >= 2
    assert http.post(f"{path}/what-if", json={"events": []}).json()["deal"]["master_deal_id"] == name
    is_problem(http.get(f"{path}%2Fz"), 404, "not-found")


def test_what_was_known_and_what_had_happened_are_two_questions(http: TestClient, clock: Clock) -> None:
    post(http, event("1"))
    learned = instant.iso(clock.now)
    clock.now += instant.HOUR
    post(http, event("2", "crm.brief.submitted", "2026-11-20T12:00:00+03:00"))
    assert (
        http.get("/v1/deals/D-1", params={"as_of": "2026-11-20T13:00:00+03:00"}).json()["aggregated_stage"]
        == "briefed"
    )
    assert http.get("/v1/deals/D-1", params={"known_at": learned}).json()["aggregated_stage"] == "draft"
    is_problem(http.get("/v1/deals/D-1", params={"as_of": "2020-01-01T00:00:00Z"}), 404, "not-found")


def test_the_timeline_shows_both_times_and_every_effect(http: TestClient) -> None:
    post(
        http,
        event("1"),
        event("2", "crm.brief.submitted", "2026-11-20T12:00:00+03:00"),
        event("3", "odd.type", "2026-11-20T12:30:00+03:00"),
    )
    items = http.get("/v1/deals/D-1/timeline").json()["items"]
    came = [item for item in items if item["direction"] == "in"]
    assert [(i["type"], i["effect"]["kind"]) for i in came] == [
        ("crm.deal.created", "stage"),
        ("crm.brief.submitted", "gate"),
        ("odd.type", "unknown_type"),
    ]
    assert came[1]["effect"]["stage_to"] == "briefed"
    assert came[1]["received_at"] == "2026-11-22T09:00:00Z"
    went = [item["type"] for item in items if item["direction"] == "out"]
    assert went[:2] == ["masterdeal.created", "masterdeal.stage.changed"]


def test_what_if_says_what_would_change_and_writes_nothing(http: TestClient) -> None:
    post(http, event("1"))
    before = http.get("/v1/deals/D-1").json()
    supposed = {"events": [{"type": "crm.brief.submitted", "time": "2026-11-20T12:00:00+03:00"}]}
    answer = http.post("/v1/deals/D-1/what-if", json=supposed).json()
    assert answer["deal"]["aggregated_stage"] == "briefed"
    assert [t["timer"] for t in answer["breaches"]["disappear"]] == ["lead_to_brief"]
    assert [t["timer"] for t in answer["breaches"]["appear"]] == []
    stricter = http.post("/v1/deals/D-1/what-if", json={**supposed, "sla": {"brief_to_offer": "1d"}}).json()
    assert [t["timer"] for t in stricter["breaches"]["appear"]] == ["brief_to_offer"]
    for same in ("P1D", "PT24H", 86400, {"limit_s": 86400.0}, {"limit": "1d"}):
        said = http.post("/v1/deals/D-1/what-if", json={**supposed, "sla": {"brief_to_offer": same}}).json()
        assert said["breaches"] == stricter["breaches"], same
    later = http.post("/v1/deals/D-1/what-if", json={**supposed, "at": "2026-12-01T00:00:00+03:00"}).json()
    assert [t["timer"] for t in later["breaches"]["appear"]] == ["brief_to_offer"]
    assert http.get("/v1/deals/D-1").json() == before
    is_problem(http.post("/v1/deals/D-1/what-if", json={"events": [{"type": "x"}]}), 422, "bad-request")
    is_problem(http.post("/v1/deals/D-1/what-if", json={"sla": {"nope": "1d"}}), 422, "misconfigured")
    is_problem(
        http.post("/v1/deals/D-1/what-if", json={"sla": {"brief_to_offer": "soon"}}), 422, "misconfigured"
    )
    for wrong in (True, 0, -5, 1.5, "P", "PT", {"limit_s": None}, [1], float(10**18), {"limit_s": 10**18}):
        is_problem(
            http.post("/v1/deals/D-1/what-if", json={"sla": {"brief_to_offer": wrong}}), 422, "misconfigured"
        )
    is_problem(http.post("/v1/deals/X/what-if", json={}), 404, "not-found")


def test_an_event_from_the_future_waits_for_its_time(http: TestClient, clock: Clock) -> None:
    post(http, event("1"), event("2", "crm.brief.submitted", "2026-11-22T13:00:00+03:00"))
    deal = http.get("/v1/deals/D-1").json()
    assert deal["aggregated_stage"] == "draft"
    assert "future_event" in {anomaly["code"] for anomaly in deal["anomalies"]}
    assert (
        http.get("/v1/deals/D-1", params={"as_of": "2026-11-23T00:00:00Z"}).json()["aggregated_stage"]
        == "briefed"
    )


def test_ask_answers_with_evidence_and_refuses_what_it_cannot_know(http: TestClient) -> None:
    post(
        http,
        event("1", data={"title": "Весна"}),
        event("2", "crm.brief.submitted", "2026-11-20T12:00:00+03:00"),
    )
    answer = http.post(
        "/v1/assist/ask", json={"question": "На какой стадии сделка?", "master_deal_id": "D-1"}
    ).json()
    assert "briefed" in [item["value"] for item in answer["evidence"] if item["shown"] in answer["text"]]
    assert (answer["mode"], bool(answer["evidence"])) == ("rules", True)
    assert {item["id"] for item in answer["evidence"]} >= {"e1"}
    assert (
        "missing for the next"
        in http.post("/v1/assist/ask", json={"question": "What is missing for D-1?"}).json()["text"].lower()
    )
    is_problem(
        http.post("/v1/assist/ask", json={"question": "где?", "master_deal_id": "D-404"}), 404, "not-found"
    )
    is_problem(http.post("/v1/assist/ask", json={"question": "  "}), 422, "bad-request")
    is_problem(http.post("/v1/assist/ask", json={"question": "x" * 5000}), 422, "bad-request")


# rubbish


@pytest.mark.parametrize(
    ("body", "media", "status", "kind"),
    [
        (b"", ONE, 400, "not-json"),
        (b"{", ONE, 400, "not-json"),
        (b"\xff\xfe", ONE, 400, "not-json"),
        (b"[]", ONE, 422, "not-a-cloudevent"),
        (b"null", ONE, 422, "not-a-cloudevent"),
        (b"{}", ONE, 422, "not-a-cloudevent"),
        (b"{}", MANY, 400, "not-json"),
        (b"[1", MANY, 400, "not-json"),
        (b'{"a": NaN}', ONE, 400, "not-json"),
        (b"[" * 100_000, ONE, 400, "not-json"),
        (b"[" * 100_000, MANY, 400, "not-json"),
        (b'{"data":' + b"[" * 50_000 + b"]" * 50_000 + b"}", ONE, 422, "not-a-cloudevent"),
        (b" " * 200_001, ONE, 413, "too-large"),
        (b"x=1", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (json.dumps(event("1", time="2026-11-20T10:00:00")).encode(), ONE, 422, "not-a-cloudevent"),
        (json.dumps(event("1", time="yesterday")).encode(), ONE, 422, "not-a-cloudevent"),
        (json.dumps(event("1", time=5)).encode(), ONE, 422, "not-a-cloudevent"),
        (json.dumps(event("")).encode(), ONE, 422, "not-a-cloudevent"),
        (json.dumps(event("x" * 513)).encode(), ONE, 422, "not-a-cloudevent"),
        (json.dumps(event("a\u0000b")).encode(), ONE, 422, "not-a-cloudevent"),
        (json.dumps(event("1", specversion="0.3")).encode(), ONE, 422, "not-a-cloudevent"),
    ],
)
def test_what_is_no_cloudevent_is_a_clear_problem(
    http: TestClient, body: bytes, media: str, status: int, kind: str
) -> None:
    answer = http.post("/v1/events", content=body, headers={"content-type": media})
    if status in (400, 422) and answer.status_code in (400, 422):
        # Deeply nested brackets are refused either as no JSON or as no event.
        is_problem(answer, answer.status_code, answer.json()["type"].rpartition(":")[2])
    else:
        is_problem(answer, status, kind)
    assert http.get("/v1/deals").json()["items"] == []


@pytest.mark.parametrize(
    "path",
    ["/v1/events", "/v1/assist/ask", "/v1/chat", "/v1/chat/completions", "/v1/marts/sql"],
)
def test_no_body_is_read_further_than_the_limit(http: TestClient, path: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(50):
            yield b'"' + b"x" * 50_000

    declared = http.post(path, content=b"x" * 300_000, headers={"content-type": "application/json"})
    is_problem(declared, 413, "too-large")
    undeclared = http.post(path, content=endless(), headers={"content-type": "application/json"})
    is_problem(undeclared, 413, "too-large")
    assert undeclared.headers["content-type"] == "application/problem+json"


def test_a_file_of_the_largest_size_passes_with_its_form(http: TestClient) -> None:
    assert http.post("/v1/documents", files={"file": ("a.txt", b"a " * 100_000)}).status_code == 200
    is_problem(http.post("/v1/documents", files={"file": ("a.txt", b"a " * 100_001)}), 413, "too-large")
    is_problem(http.post("/v1/documents", files={"file": ("a.txt", b"a " * 200_000)}), 413, "too-large")


def test_a_method_that_is_not_there_says_which_are(http: TestClient) -> None:
    answer = http.delete("/v1/deals")
    is_problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize(
    "data",
    [
        {"budget": "много"},
        {"budget": {"amount": "NaN", "currency": "RUB"}},
        {"budget": {"amount": 5, "currency": "RUB"}},
        {"budget": {"amount": "1e99", "currency": "RUB"}},
        {"client": 5},
        {"refs": "x"},
        {"refs": [{"system": 1}]},
        {"deadlines": {"plan": "tomorrow"}},
        {"title": ["x"]},
        [],
        "text",
    ],
)
def test_content_that_does_not_fit_goes_to_the_dead_letters(http: TestClient, data: Any) -> None:
    (result,) = post(http, event("1", data=data))
    assert (result["outcome"], result["reason"]) == ("rejected", "bad_content")
    assert http.get("/v1/deals").json()["items"] == []
    assert http.get("/v1/dead-letters").json()["items"][0]["event_id"] == "1"


@pytest.mark.parametrize(
    "time", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "1969-07-20T20:17:00Z", "2199-01-01T00:00:00Z"]
)
def test_times_at_the_ends_of_the_world_break_nothing(http: TestClient, time: str) -> None:
    (result,) = post(http, event("1", time=time))
    assert result["outcome"] in ("accepted", "rejected")
    post(http, event("2", "crm.brief.submitted"))
    assert http.get("/v1/deals/D-1").json()["aggregated_stage"] == "briefed"
    assert http.get("/v1/deals/D-1/timeline").status_code == 200
    assert http.get("/v1/sla").status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "'; drop table deal; --",
        "\u202eтекст",
        "🙂" * 200,
        "a\u0000b",
        "%00%0a",
        "{{7*7}}",
    ],
)
def test_hostile_texts_stay_texts(http: TestClient, text: str) -> None:
    post(http, event("1", data={"title": text, "client": {"name": text}, "manager": text, "industry": text}))
    deal = http.get("/v1/deals/D-1").json()
    assert deal["title"] == text
    assert http.get("/v1/deals", params={"q": text[:50]}).status_code == 200
    assert http.post("/v1/assist/ask", json={"question": f"Где сделка D-1 {text[:100]}?"}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v1/deals?stage=none",
        "/v1/deals?limit=0",
        "/v1/deals?limit=x",
        "/v1/deals?cursor=%%%",
        "/v1/deals?cursor=W10",
        "/v1/deals?budget_min=abc",
        "/v1/deals?budget_min=NaN",
        "/v1/deals?sla=late",
        "/v1/deals?pipeline_stage=11",
        "/v1/sla?timer=none",
        "/v1/sla?cursor=eA",
    ],
)
def test_queries_that_do_not_fit_are_named(http: TestClient, path: str) -> None:
    is_problem(http.get(path), 422, "bad-request")


def test_unknown_places_and_methods(http: TestClient) -> None:
    is_problem(http.get("/v1/deals/nope"), 404, "not-found")
    is_problem(http.get("/v1/deals/nope/timeline"), 404, "not-found")
    is_problem(http.get("/nowhere"), 404, "not-found")
    is_problem(http.delete("/v1/deals"), 405, "method-not-allowed")
    is_problem(http.get("/v1/stream", headers={"last-event-id": "abc"}), 422, "bad-request")
    is_problem(http.get("/v1/deals", headers={"host": "evil.example"}), 421, "host-not-allowed")


def test_health_readiness_metrics_and_the_description(http: TestClient) -> None:
    post(http, event("1"))
    assert http.get("/healthz").json() == {"status": "ok"}
    assert http.get("/readyz").json()["counts"]["events"] == 1
    assert "masterdeal_events 1" in http.get("/metrics").text
    paths = http.get("/openapi.json").json()["paths"]
    assert {
        "/v1/events",
        "/v1/deals",
        "/v1/deals/{master_deal_id}",
        "/v1/stream",
        "/v1/assist/ask",
    } <= paths.keys()
