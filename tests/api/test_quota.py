"""So many requests in a while, so many tokens in a day; then 429 with the time to wait."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import respx
from chat_model import chunks_of
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal.errors import Misconfigured

URL = "http://model.test/v1"


@pytest.fixture
def tokens(tmp_path: Path) -> Path:
    return tokens_file(tmp_path / "tokens.toml", anna=["sales"], boris=["sales"], crm=["source:crm"])


@pytest.fixture
def http(tmp_path: Path, tokens: Path) -> Iterator[TestClient]:
    settings = Settings(
        data=tmp_path,
        tokens_file=tokens,
        rate_limit="5/minute",
        token_budget=15,
        openai_base_url=URL,
        openai_model="any",
    )
    with open_house(settings) as house, TestClient(build(house), raise_server_exceptions=False) as client:
        yield client


def test_one_caller_too_many_hinders_no_other(http: TestClient) -> None:
    answers = [http.get("/v1/deals", headers=bearer("anna")) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    last = answers[-1]
    assert last.json()["type"] == "urn:masterdeal:problem:too-many-requests"
    assert 1 <= int(last.headers["retry-after"]) <= 60
    assert http.get("/v1/deals", headers=bearer("boris")).status_code == 200
    assert http.get("/healthz").status_code == 200
    event = {
        "specversion": "1.0",
        "source": "crm",
        "type": "crm.deal.created",
        "time": "2026-11-20T10:00:00Z",
        "subject": "D-1",
    }
    for number in range(10):
        sent = http.post(
            "/v1/events",
            json={**event, "id": str(number)},
            headers={**bearer("crm"), "content-type": "application/cloudevents+json"},
        )
        assert sent.status_code == 202


def test_tokens_of_the_model_are_counted_by_caller(http: TestClient) -> None:
    said = b"".join(chunks_of("{{portfolio_figures.deals}}: всего."))

    def ask(subject: str) -> httpx.Response:
        return http.post("/v1/assist/ask", json={"question": "Сколько сделок?"}, headers=bearer(subject))

    with respx.mock() as wire:
        wire.post(f"{URL}/chat/completions").mock(
            side_effect=lambda _: httpx.Response(
                200, headers={"content-type": "text/event-stream"}, content=said
            )
        )
        answers = [ask("anna") for _ in range(3)]
        assert [answer.status_code for answer in answers] in ([200, 200, 429], [200, 429, 429])
        assert int(answers[-1].headers["retry-after"]) > 60
        assert "tokens" in answers[-1].json()["limit"]
        assert http.get("/v1/deals", headers=bearer("anna")).status_code == 200
        assert ask("boris").status_code == 200


def test_jobs_spend_the_same_budget(http: TestClient) -> None:
    spent = {"prompt_tokens": 20, "completion_tokens": 1, "total_tokens": 21}
    said = {
        "id": "x",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "[]"}, "finish_reason": "stop"}],
        "usage": spent,
    }

    def brief(subject: str) -> httpx.Response:
        return http.post("/v1/assist/brief", json={"text": "Бюджет 1 млн"}, headers=bearer(subject))

    with respx.mock() as wire:
        wire.post(f"{URL}/chat/completions").mock(side_effect=lambda _: httpx.Response(200, json=said))
        assert [brief("anna").status_code for _ in range(2)] == [200, 429]
        assert brief("boris").status_code == 200


def test_a_local_administrator_is_not_counted(tmp_path: Path) -> None:
    with (
        open_house(Settings(data=tmp_path, rate_limit="1/minute")) as house,
        TestClient(build(house)) as http,
    ):
        assert [http.get("/v1/deals").status_code for _ in range(3)] == [200, 200, 200]


def test_a_rate_that_is_none_is_found_at_the_start(tmp_path: Path) -> None:
    with (
        pytest.raises(Misconfigured, match="MASTERDEAL_RATE_LIMIT"),
        open_house(Settings(data=tmp_path, rate_limit="many")),
    ):
        pass
