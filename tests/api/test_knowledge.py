"""The knowledge base over HTTP and on the command line."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import respx
from click.testing import CliRunner
from identities import bearer, tokens_file
from starlette.testclient import TestClient
from vectors import Stems

import api.wiring
from api.app import build
from api.cli import main
from api.commands.taking import take
from api.settings import Settings
from api.wiring import embedding_model, open_house
from masterdeal import instant
from tools.knowledge.vectors import EmbeddingFailed

NOW = instant.parse("2026-11-22T12:00:00+03:00")
KITES = """Федеральный закон от 1 апреля 2020 г. N 999-ФЗ "О воздушных змеях"

Статья 1. Кого касается закон

Закон касается всех, кто запускает змеев.

Статья 2. Хвост

1. Хвост змея плетут из лент.

2. Длину хвоста измеряют линейкой.

Статья 3. Ответственность

Отвечает тот, кто держит нить.
"""


@pytest.fixture(autouse=True)
def without_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api.wiring, "embedding_model", lambda _: Stems())


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    with (
        open_house(Settings(data=tmp_path), clock=lambda: NOW) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        yield client


def add(http: TestClient, text: str = KITES, name: str = "kites.txt", **form: str) -> Any:
    return http.post("/v1/knowledge", files={"file": (name, text.encode())}, data=form)


def test_a_law_is_added_found_with_its_citation_listed_and_removed(http: TestClient) -> None:
    added = add(http).json()
    assert (added["state"], added["source"]["kind"], added["source"]["act"]) == (
        "added", "law", "999-ФЗ «О воздушных змеях»",
    )  # fmt: skip
    assert add(http).json()["state"] == "unchanged"
    for _ in range(200):
        found = http.get("/v1/knowledge", params={"q": "кто держит нить змея", "kind": "law"}).json()
        if not found["pending"]:
            break
        time.sleep(0.05)
    hit = found["hits"][0]
    assert hit["cited"] == "ст. 3 999-ФЗ «О воздушных змеях»"
    assert hit["citation"] == {"act": "999-ФЗ «О воздушных змеях»", "article": "3"}
    assert hit["found_by"] == ["words", "meaning"]
    document_id = added["source"]["document_id"]
    text = http.get(f"/v1/knowledge/documents/{document_id}").json()["text"]
    assert text[hit["start"] : hit["end"]] == hit["text"]
    listed = http.get("/v1/knowledge/documents").json()["items"]
    assert document_id in [source["document_id"] for source in listed]
    assert http.delete(f"/v1/knowledge/documents/{document_id}").json()["state"] == "removed"
    assert http.delete(f"/v1/knowledge/documents/{document_id}").status_code == 404
    assert http.get(f"/v1/knowledge/documents/{document_id}").status_code == 404
    assert http.get("/v1/knowledge", params={"q": "кто держит нить", "kind": "law"}).json()["hits"] == []


def test_what_cannot_be_added_is_answered_with_what_is_wrong(http: TestClient) -> None:
    for name, content in (
        ("empty.txt", b""),
        ("scan.pdf", b"%PDF-1.4\n%rubbish"),
        ("broken.docx", b"PK\x03\x04rubbish"),
        ("program.exe", b"MZ\x00"),
    ):
        refused = http.post("/v1/knowledge", files={"file": (name, content)})
        assert 400 <= refused.status_code < 500, (name, refused.text)
        assert refused.headers["content-type"] == "application/problem+json"
    assert http.post("/v1/knowledge", data={"title": "ничего"}).status_code in (400, 422)
    assert add(http, "Просто слова.", kind="law").status_code in (400, 422)
    assert add(http, "Просто слова.", kind="poem").status_code in (400, 422)
    assert add(http, "Просто слова.", master_deal_id="D-NONE").status_code == 404
    assert http.post("/v1/knowledge", data={"document_id": "DOC-0"}).status_code == 404
    assert http.get("/v1/knowledge").status_code in (400, 422)
    packaged = http.get("/v1/knowledge/documents").json()["items"][0]
    assert packaged["packaged"]
    assert 400 <= http.delete(f"/v1/knowledge/documents/{packaged['document_id']}").status_code < 500


def test_a_posted_document_becomes_a_source(http: TestClient) -> None:
    posted = http.post(
        "/v1/documents", files={"file": ("terms.txt", "1.1. Неустойка 7 процентов за змея.".encode())}
    )
    added = http.post("/v1/knowledge", data={"document_id": posted.json()["document_id"], "kind": "offer"})
    assert added.status_code == 200, added.text
    found = http.get("/v1/knowledge", params={"q": "неустойка за змея", "kind": "offer"}).json()
    assert found["hits"][0]["cited"] == "пункт 1.1 terms.txt"


def test_an_approved_offer_is_found_among_past_offers(http: TestClient) -> None:
    task = {
        "client": "Ромашка", "product": "кофейни", "budget_max": 1_500_000, "budget_vat": "incl",
        "period_start": "2026-12-01", "period_end": "2026-12-20", "geo": ["Москва"], "channels": ["vk"],
    }  # fmt: skip
    query = {"q": "КП для Ромашки, кофейни, VK", "kind": "offer"}
    offer = http.post("/v1/assist/offer", json={"options": task}).json()["result"]
    assert http.get("/v1/knowledge", params=query).json()["hits"] == []
    approved = http.post(f"/v1/offers/{offer['offer_id']}/approve", json={"hash": offer["hash"]})
    assert approved.status_code == 200, approved.text
    hit = http.get("/v1/knowledge", params=query).json()["hits"][0]
    assert hit["title"] == f"КП {offer['offer_id']}"
    assert "Ромашка" in hit["text"]


def test_a_deals_document_is_seen_with_its_deal_alone_and_lawyers_change_the_base(tmp_path: Path) -> None:
    table = tmp_path / "access.toml"
    shipped = (Path(api.wiring.__file__).parent / "access.toml").read_text("utf-8")
    table.write_text(shipped.replace('sales = { deals = "all"', 'sales = { deals = "own"'), "utf-8")
    tokens = tokens_file(tmp_path / "tokens.toml", anna=["sales"], boris=["sales"], lawyer=["legal"])
    settings = Settings(data=tmp_path, tokens_file=tokens, access_file=table)
    with open_house(settings, clock=lambda: NOW) as house, TestClient(build(house)) as http:
        created = {
            "specversion": "1.0", "id": "1", "source": "crm", "type": "crm.deal.created",
            "time": "2026-11-20T10:00:00+03:00", "subject": "D-1",
            "data": {
                "title": "Змеи", "client": {"name": "Змеи"}, "manager": "anna",
                "refs": [{"system": "crm", "id": "opp-1"}],
            },
        }  # fmt: skip
        (outcome,) = take(house, [created])
        assert outcome.outcome == "accepted", outcome
        given = {"files": {"file": ("terms.txt", "Тайная скидка сорок процентов.".encode())}}
        form = {"master_deal_id": "D-1"}
        assert http.post("/v1/knowledge", data=form, headers=bearer("anna"), **given).status_code == 403
        added = http.post("/v1/knowledge", data=form, headers=bearer("lawyer"), **given)
        assert added.status_code == 200, added.text
        document = f"/v1/knowledge/documents/{added.json()['source']['document_id']}"
        query = {"q": "тайная скидка сорок процентов", "kind": "document"}
        for who, sees in (("anna", True), ("boris", False), ("lawyer", True)):
            found = http.get("/v1/knowledge", params=query, headers=bearer(who)).json()["hits"]
            assert bool(found) is sees, who
            assert http.get(document, headers=bearer(who)).status_code == (200 if sees else 404)
            listed = http.get("/v1/knowledge/documents", headers=bearer(who)).json()["items"]
            assert any(source.get("master_deal_id") == "D-1" for source in listed) is sees
        assert http.get("/v1/knowledge", params=query).status_code == 401


def test_the_command_adds_searches_lists_and_removes(tmp_path: Path) -> None:
    def run(*args: str) -> Any:
        result = CliRunner().invoke(main, ["knowledge", *args, "--data", str(tmp_path / "data"), "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    law = tmp_path / "kites.txt"
    law.write_text(KITES, encoding="cp1251")
    added = run("add", str(law))
    assert added["embedded"] == added["source"]["passages"] + sum(
        source["passages"] for source in run("list") if source["packaged"]
    )
    assert run("add", str(law))["state"] == "unchanged"
    assert run("search", "ч. 2 ст. 2 999-ФЗ")["hits"][0]["text"] == "Длину хвоста измеряют линейкой."
    assert run("index")["embedded"] == 0
    assert run("remove", added["source"]["document_id"])["state"] == "removed"
    assert all(source["packaged"] for source in run("list"))
    missing = CliRunner().invoke(main, ["knowledge", "add", str(tmp_path / "none.txt")])
    assert missing.exit_code == 1
    assert "none.txt" in missing.output


def endpoint(vectors: Any) -> Settings:
    respx.post("https://models.example/v1/embeddings").mock(
        return_value=httpx.Response(200, json={"object": "list", "model": "m", "data": vectors, "usage": {}})
    )
    return Settings(openai_base_url="https://models.example/v1", openai_embedding_model="m")


@respx.mock
def test_a_configured_endpoint_supplies_the_vectors() -> None:
    rows = [{"object": "embedding", "index": place, "embedding": [1.0, place]} for place in range(2)]
    embedding = embedding_model(endpoint(rows))
    assert embedding.passages(["раз", "два"]) == [[1.0, 0.0], [1.0, 1.0]]
    (call,) = respx.calls
    assert json.loads(call.request.content)["input"] == ["раз", "два"]
    assert "models.example" in embedding.name


@respx.mock
@pytest.mark.parametrize("vectors", [[], [{"object": "embedding", "index": 0, "embedding": []}], "rubbish"])
def test_vectors_that_were_not_asked_for_are_refused(vectors: Any) -> None:
    with pytest.raises(EmbeddingFailed):
        embedding_model(endpoint(vectors)).query("раз")
