"""A lead list is looked at before it is taken in, and a person says what its columns hold."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from starlette.testclient import TestClient

from api.app import build
from api.settings import Settings
from api.wiring import open_house

ROWS = [
    ["Компания", "Что за сайт", "ИНН"],
    ["ООО «Сирень»", "нужны заявки", "7707083893"],
    ["ООО «Мимоза»", "", ""],
]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    with open_house(Settings(data=tmp_path)) as house, TestClient(build(house)) as client:
        yield client


def as_file(kind: str) -> tuple[str, bytes]:
    if kind == "csv":
        return "лиды.csv", "\r\n".join(";".join(row) for row in ROWS).encode("cp1251")
    if kind == "json":
        return "лиды.json", json.dumps([dict(zip(ROWS[0], row, strict=True)) for row in ROWS[1:]]).encode()
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in ROWS:
        book.active.append(row)
    book.save(held)
    return "лиды.xlsx", held.getvalue()


def sent(http: TestClient, path: str, kind: str, **form: Any) -> Any:
    return http.post(path, files={"file": as_file(kind)}, data=form)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_a_preview_shows_columns_with_their_first_cells_and_keeps_nothing(
    http: TestClient, kind: str
) -> None:
    seen = sent(http, "/v1/leads/import/preview", kind).json()
    columns = {column["heading"]: column for column in seen["columns"]}
    assert list(columns) == ROWS[0]
    assert columns["Компания"]["field"] == "company"
    assert columns["Компания"]["examples"] == ["ООО «Сирень»", "ООО «Мимоза»"]
    assert columns["Что за сайт"]["field"] == "website"
    assert columns["Что за сайт"]["examples"] == ["нужны заявки", ""]
    assert "notes" in seen["fields"]
    assert http.get("/v1/leads").json()["items"] == []


@pytest.mark.parametrize("kind", ["csv", "xlsx", "json"])
def test_what_a_person_says_of_a_column_counts(http: TestClient, kind: str) -> None:
    choice = json.dumps({"Что за сайт": "notes", "ИНН": None})
    shown = sent(http, "/v1/leads/import/preview", kind, columns=choice).json()["columns"]
    assert [column["field"] for column in shown] == ["company", "notes", None]
    done = sent(http, "/v1/leads/import", kind, columns=choice).json()
    assert done["columns"] == {"Компания": "company", "Что за сайт": "notes", "ИНН": None}
    lead = next(one for one in done["leads"] if one["name"] == "Сирень")
    whole = http.get(f"/v1/leads/{lead['lead_id']}").json()
    assert [note["text"] for note in whole["notes"]] == ["нужны заявки"]
    assert whole["inn"] is None


def test_a_job_reads_the_columns_as_they_were_chosen_and_another_choice_is_another_job(
    http: TestClient,
) -> None:
    def job(choice: str) -> str:
        form = {"columns": choice}
        answer = http.post(
            "/v1/leads/import", files={"file": as_file("csv")}, data=form, headers={"prefer": "respond-async"}
        )
        assert answer.status_code == 202
        return str(answer.json()["import_id"])

    first, again = job('{"ИНН": null}'), job('{"ИНН": null}')
    assert first == again
    assert job('{"ИНН": "inn"}') != first


@pytest.mark.parametrize("choice", ["not json", "[]", '{"ИНН": "no such field"}'])
def test_a_choice_that_says_nothing_is_refused(http: TestClient, choice: str) -> None:
    answer = sent(http, "/v1/leads/import/preview", "csv", columns=choice)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_no_list_is_told_so(http: TestClient) -> None:
    answer = http.post("/v1/leads/import/preview", files={"file": ("x.xlsx", b"PK\x03\x04rubbish")})
    assert 400 <= answer.status_code < 500
    assert http.post("/v1/leads/import/preview", json=[]).status_code == 415
