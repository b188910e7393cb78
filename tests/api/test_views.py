"""Saved views: filters under a name, each caller's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.views import MOST
from api.wiring import open_house


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    tokens = tokens_file(tmp_path / "tokens.toml", kim=["sales"], lee=["account"])
    settings = Settings(data=tmp_path / "data", tokens_file=tokens)
    with open_house(settings) as house, TestClient(build(house)) as client:
        yield client


def names(http: TestClient, who: str) -> list[tuple[str, str, str]]:
    items = http.get("/v1/views", headers=bearer(who)).json()["items"]
    return [(one["page"], one["name"], one["query"]) for one in items]


def test_a_view_is_its_callers_own(http: TestClient) -> None:
    view = {"page": "deals", "name": "Горит", "query": "sla=breached&view=board"}
    saved = http.post("/v1/views", json=view, headers=bearer("kim"))
    assert saved.status_code == 200, saved.text
    assert names(http, "kim") == [("deals", "Горит", "sla=breached&view=board")]
    assert names(http, "lee") == []
    address = f"/v1/views/{saved.json()['view_id']}"
    assert http.delete(address, headers=bearer("lee")).status_code == 404
    assert http.delete(address, headers=bearer("kim")).status_code == 204
    assert http.delete(address, headers=bearer("kim")).status_code == 404
    assert names(http, "kim") == []
    assert http.get("/v1/views").status_code == 401


def test_the_same_name_is_the_same_view(http: TestClient) -> None:
    for page, query in (("deals", "q=a"), ("deals", "q=%D0%B0+%D0%B1"), ("dashboard", "days=30")):
        http.post("/v1/views", json={"page": page, "name": "Моё", "query": query}, headers=bearer("kim"))
    assert names(http, "kim") == [("dashboard", "Моё", "days=30"), ("deals", "Моё", "q=%D0%B0+%D0%B1")]


@pytest.mark.parametrize(
    "wrong",
    [
        {"page": "system"}, {"name": ""}, {"name": " "}, {"name": "я" * 81}, {"query": "//evil.example/"},
        {"query": "x" * 2001}, {"query": "JavaScript:=1"}, {"query": "a=1&" * 60}, {"owner": "lee"},
    ],
)  # fmt: skip
def test_what_is_no_view_is_refused(http: TestClient, wrong: dict[str, str]) -> None:
    view = {"page": "deals", "name": "Моё", "query": "", **wrong}
    assert http.post("/v1/views", json=view, headers=bearer("kim")).status_code == 422
    assert names(http, "kim") == []


def test_nobody_keeps_views_without_end(http: TestClient) -> None:
    for number in range(MOST):
        answer = http.post(
            "/v1/views", json={"page": "deals", "name": str(number), "query": ""}, headers=bearer("kim")
        )
        assert answer.status_code == 200
    one_more = {"page": "deals", "name": "ещё", "query": ""}
    assert http.post("/v1/views", json=one_more, headers=bearer("kim")).status_code == 409
    assert http.post("/v1/views", json=one_more, headers=bearer("lee")).status_code == 200
    again = {"page": "deals", "name": "7", "query": "q=x"}
    assert http.post("/v1/views", json=again, headers=bearer("kim")).status_code == 200
    assert len(names(http, "kim")) == MOST


def test_views_outlive_the_service(tmp_path: Path) -> None:
    for expected in (0, 1):
        with open_house(Settings(data=tmp_path)) as house, TestClient(build(house)) as client:
            items = client.get("/v1/views").json()["items"]
            assert len(items) == expected
            client.post("/v1/views", json={"page": "deals", "name": "Моё", "query": "q=x"})
