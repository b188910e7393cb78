"""A file in hand is held against the version of the offer it was written from: unchanged, changed, replaced, foreign."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
import openpyxl
import pytest
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant

NOW = instant.parse("2026-11-22T12:00:00+03:00")
BRIEF = (
    "Клиент: ООО «Ромашка». Продукт: банковские карты. Аудитория: женщины 25-45, Москва. "
    "Период: 01.04.2027 - 30.04.2027. Бюджет 2 000 000 руб. без НДС. Канал: programmatic. KPI: 5000 кликов."
)
FILES = ("offer.docx", "offer.pdf", "plan.xlsx")


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    settings = Settings(data=tmp_path_factory.mktemp("house"), sample_prices=True)
    with open_house(settings, clock=lambda: NOW) as house, TestClient(build(house)) as client:
        yield client


def drafted(http: TestClient, discount: str = "0") -> dict[str, Any]:
    answer = http.post("/v1/assist/offer", json={"text": BRIEF, "options": {"discount": discount}})
    result: dict[str, Any] = answer.json()["result"]
    return result


def held(http: TestClient, name: str, content: bytes) -> dict[str, Any]:
    answer = http.post("/v1/offers/verify", files={"file": (name, content)})
    assert answer.status_code == 200, answer.text
    verdict: dict[str, Any] = answer.json()
    return verdict


def written(http: TestClient, offer: dict[str, Any], name: str) -> bytes:
    return http.get(f"/v1/offers/{offer['offer_id']}/files/{name}").content


def edited(name: str, content: bytes) -> bytes:
    """The file with one sum made smaller, as a person would do it in Word or Excel."""
    out = io.BytesIO()
    if name.endswith(".docx"):
        paper = docx.Document(io.BytesIO(content))
        cell = paper.tables[0].rows[1].cells[-1]
        cell.text = "1,00"
        paper.save(out)
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        book.worksheets[0]["B1"] = "Другой план"
        book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_nobody_changed_is_what_it_says(http: TestClient, name: str) -> None:
    offer = drafted(http)
    verdict = held(http, name, written(http, offer, name))
    assert verdict["valid"] is True, verdict
    assert (verdict["offer_id"], verdict["version"]) == (offer["offer_id"], offer["version"])
    assert verdict["status"] == "draft"


@pytest.mark.parametrize("name", FILES)
def test_a_file_sent_bare_is_known_by_what_it_holds(http: TestClient, name: str) -> None:
    content = written(http, drafted(http), name)
    for media in ("application/octet-stream", "application/pdf"):
        answer = http.post("/v1/offers/verify", content=content, headers={"content-type": media})
        assert answer.json()["valid"] is True, (name, media, answer.text)
    assert held(http, "blob", content)["valid"] is True


@pytest.mark.parametrize("name", ["offer.docx", "plan.xlsx"])
def test_one_changed_cell_shows_with_what_stood_there(http: TestClient, name: str) -> None:
    verdict = held(http, name, edited(name, written(http, drafted(http), name)))
    assert verdict["valid"] is False
    assert verdict["reason"] == "the text is not that of this version"
    assert any("1,00" in one["here"] or "Другой план" in one["here"] for one in verdict["differs"])


def test_a_file_repacked_without_a_change_is_still_ours(http: TestClient) -> None:
    content, out = written(http, drafted(http), "offer.docx"), io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name))
    assert out.getvalue() != content
    assert held(http, "offer.docx", out.getvalue())["valid"] is True


def test_a_file_of_an_earlier_version_is_known_as_replaced(http: TestClient) -> None:
    first = drafted(http, "0.01")
    old = {name: written(http, first, name) for name in FILES}
    second = drafted(http, "0.02")
    assert second["version"] == first["version"] + 1
    http.post(f"/v1/offers/{second['offer_id']}/approve", json={"hash": second["hash"]})
    for name in FILES:
        before, now = held(http, name, old[name]), held(http, name, written(http, second, name))
        assert (before["valid"], before["version"], before["status"]) == (
            True,
            first["version"],
            "superseded",
        ), name
        assert (now["valid"], now["version"], now["status"]) == (True, second["version"], "approved"), name


def test_what_is_not_ours_is_said_not_to_be(http: TestClient) -> None:
    paper, out = docx.Document(), io.BytesIO()
    paper.add_paragraph("Коммерческое предложение")
    paper.save(out)
    assert (
        held(http, "чужое.docx", out.getvalue())["reason"]
        == "the file carries no number and checksum of an offer"
    )
    paper.add_paragraph("OF-000000000000")
    out = io.BytesIO()
    paper.save(out)
    assert held(http, "чужое.docx", out.getvalue())["reason"] == "there is no such offer here"
    for name, content in (
        ("broken.docx", b"PK\x03\x04rubbish"),
        ("broken.pdf", b"%PDF-rubbish"),
        ("x.exe", b"PK\x03\x04"),
    ):
        verdict = held(http, name, content)
        assert verdict["valid"] is False
        assert name in verdict["reason"]
