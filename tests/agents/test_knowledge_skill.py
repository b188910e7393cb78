"""Asked for a norm, the copilot cites the knowledge base: act, article and part, with the words as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from agents.compose_jobs import LONGEST_PASSAGE
from api.app import build
from api.settings import Settings
from api.wiring import open_house


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with (
        open_house(Settings(data=tmp_path_factory.mktemp("knowledge"))) as house,
        TestClient(build(house)) as client,
    ):
        yield client


def ask(http: TestClient, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = http.post("/v1/assist/ask", json={"question": question}).json()
    return answer


@pytest.mark.parametrize(
    ("question", "article"),
    [
        ("Что говорит закон о рекламе алкоголя в интернете?", "ст. 21"),
        ("Какая статья требует erid?", "ст. 18.1"),
        ("ч. 17 ст. 18.1 38-ФЗ", "ст. 18.1"),
        ("What does the law say about advertising alcohol?", "ст. 21"),
    ],
)
def test_a_norm_is_cited_with_its_words(http: TestClient, question: str, article: str) -> None:
    answer = ask(http, question)
    assert [call["tool"] for call in answer["result"]["looked_up"]] == ["search_knowledge"]
    assert article in answer["text"]
    laws = [one for one in answer["evidence"] if one["kind"] == "law"]
    quoted = [one for one in laws if one.get("quote")]
    assert quoted
    for one in quoted:
        shown = one["value"].removesuffix(" …")
        assert shown in " ".join(one["quote"].split())
        assert len(one["value"]) <= LONGEST_PASSAGE + 2


@pytest.mark.parametrize("question", ["Какие сделки просрочены?", "Сколько сделок на стадии договор?"])
def test_a_question_about_deals_stays_one(http: TestClient, question: str) -> None:
    tools = {call["tool"] for call in ask(http, question)["result"]["looked_up"]}
    assert "search_knowledge" not in tools
