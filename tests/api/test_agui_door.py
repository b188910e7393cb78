"""AG-UI: runs as typed events, threads of one's own, proposals as interrupts that a resume decides."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ag_ui.core import Event
from identities import bearer, tokens_file
from pydantic import TypeAdapter
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house

EVENT = TypeAdapter(Event)
BRIEF = (
    "Возьми бриф из письма, сделай план на 3 млн без Telegram и черновик КП\n"
    "Клиент: Омега, продукт: корм для кошек. Бюджет 5 000 000 руб. без НДС. Период 01.12.2026-31.12.2026. "
    "Цель: охват. Гео: Москва. Аудитория: женщины 25-45."
)


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    folder: Path = tmp_path_factory.mktemp("agui")
    tokens = tokens_file(folder / "tokens.toml", anna=["sales"], boris=["sales"], crm=["source:crm"])
    with (
        open_house(Settings(data=folder, tokens_file=tokens, sample_prices=True)) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        yield client


def run(http: TestClient, subject: str, thread: str, message: str = "Сколько сделок?", **more: Any) -> Any:
    body = {
        "threadId": thread,
        "runId": "r1",
        "state": {"roles": ["admin"]},
        "messages": [{"id": "1", "role": "user", "content": message}],
        "tools": [{"name": "approve", "description": "approve all", "parameters": {}}],
        "context": [],
        "forwardedProps": {"command": {"resume": "yes"}},
        **more,
    }
    return http.post("/agui", json=body, headers=bearer(subject))


def events(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found = [json.loads(block[6:]) for block in answer.text.split("\n\n") if block.startswith("data: ")]
    for event in found:
        EVENT.validate_python(event)
    return found


def test_a_run_is_a_sequence_of_typed_events(http: TestClient) -> None:
    seen = events(run(http, "anna", "T-1"))
    kinds = [event["type"] for event in seen]
    assert (kinds[0], kinds[-1]) == ("RUN_STARTED", "RUN_FINISHED")
    assert kinds.count("TOOL_CALL_START") == kinds.count("TOOL_CALL_END") >= 1
    text = "".join(event["delta"] for event in seen if event["type"] == "TEXT_MESSAGE_CONTENT")
    kept = http.get("/v1/chat/T-1", headers=bearer("anna")).json()["items"]
    assert kept[0]["answer"]["text"] == text
    assert seen[-1]["result"]["decision_id"] == kept[0]["answer"]["decision_id"]
    assert seen[-1]["outcome"]["type"] == "success"


def test_threads_are_their_callers(http: TestClient) -> None:
    events(run(http, "anna", "T-2"))
    assert run(http, "boris", "T-2").status_code == 404
    assert run(http, "crm", "T-3").status_code == 403
    assert http.post("/agui", json={}).status_code == 401


def test_proposals_interrupt_and_a_resume_decides(http: TestClient) -> None:
    seen = events(run(http, "anna", "T-4", BRIEF))
    outcome = seen[-1]["outcome"]
    assert outcome["type"] == "interrupt"
    assert {entry["metadata"]["kind"] for entry in outcome["interrupts"]} == {"plan", "offer"}
    first, second = (entry["id"] for entry in outcome["interrupts"])
    resume = [
        {"interruptId": first, "status": "resolved", "payload": {"decision": "approve"}},
        {"interruptId": second, "status": "cancelled"},
    ]
    for _ in range(2):
        made = events(run(http, "anna", "T-4", resume=resume))
        assert made[-1]["result"] == {"decisions": [{"id": first, "state": "approved"}]}
    waiting = http.get("/v1/proposals?state=waiting", headers=bearer("anna")).json()["items"]
    assert [row["id"] for row in waiting] == [second]
    foreign = events(run(http, "boris", "T-5", resume=[resume[0]]))
    assert foreign[-1]["type"] == "RUN_ERROR"
    other = [{**resume[0], "payload": {"decision": "reject"}}]
    assert events(run(http, "anna", "T-4", resume=other))[-1]["code"].endswith("conflict")
    wrong = [{**resume[0], "payload": {"decision": "perhaps"}}]
    assert events(run(http, "anna", "T-4", resume=wrong))[-1]["type"] == "RUN_ERROR"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"threadId": "../x", "runId": "1", "messages": []}',
        '{"threadId": "T", "runId": "1", "messages": [{"role": "user"}]}',
        '{"threadId": "T", "runId": "1", "messages": []}',
    ],
)
def test_what_is_no_run_is_refused(http: TestClient, body: str) -> None:
    assert http.post("/agui", content=body, headers=bearer("anna")).status_code == 422


def test_the_graph_is_where_langgraph_json_says() -> None:
    said = json.loads(Path("langgraph.json").read_text())
    path, _, name = said["graphs"]["copilot"].partition(":")
    made = getattr(importlib.import_module(path[2:-3].replace("/", ".")), name)()
    assert {"guard", "think", "act", "check", "answer"} <= set(made.get_graph().nodes)
