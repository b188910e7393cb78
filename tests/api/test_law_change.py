"""The law changed: the kept papers that are touched, over HTTP and on the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from api.app import build
from api.cli import main
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant

NOW = instant.parse("2025-06-15T12:00:00+03:00")
HEAD = "ДОГОВОР № 1 от 01.06.2025\n1. Предмет\n1.1. Исполнитель размещает рекламу Заказчика в {where}.\n2. Срок\n"
DATED = HEAD + "2.1. Период размещения: с 01.07.2025 по 01.12.2025.\n3. Прочее\n3.1. Споры решает суд."
UNDATED = HEAD + "2.1. Сроки стороны согласуют.\n3. Прочее\n3.1. Споры решает суд."


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    with (
        open_house(Settings(data=tmp_path), clock=lambda: NOW) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        yield client


def post(http: TestClient, name: str, text: str) -> str:
    return str(http.post("/v1/documents", files={"file": (name, text.encode())}).json()["document_id"])


def test_open_contracts_and_plans_are_named_with_the_rule_and_the_day(
    http: TestClient, tmp_path: Path
) -> None:
    instagram = post(http, "instagram.txt", DATED.format(where="Instagram"))
    radio = post(http, "radio.txt", DATED.format(where="радиоэфире"))
    undated = post(http, "undated.txt", UNDATED.format(where="Instagram"))
    post(http, "letter.txt", "Добрый день! Пришлите прайс, пожалуйста.")
    task = {
        "client": "Ромашка", "product": "курсы", "budget_max": 1_500_000, "budget_vat": "incl",
        "period_start": "2026-02-01", "period_end": "2026-03-20", "geo": ["Москва"], "channels": ["telegram"],
    }  # fmt: skip
    planned = http.post("/v1/assist/mediaplan", json={"options": {**task, "demo": True}}).json()["result"]
    answer = http.post("/v1/assist/law-change", json={"since": "2025-06-15", "until": "2025-09-01"}).json()
    touched = {(row["matter_id"], row["rule_id"]): row for row in answer["affected"]}
    assert touched[instagram, "K27"]["first_day_touched"] == "2025-09-01"
    assert "Instagram" in touched[instagram, "K27"]["finding"]["quote"]
    assert (radio, "K27") not in touched
    assert answer["set_aside"] == [{"matter_id": undated, "reason": "no_dates_of_performance"}]
    assert answer["open"] == 2 + bool(planned.get("plan_id"))
    later = http.post("/v1/assist/law-change", json={"since": "2026-03-04", "until": "2026-03-05"}).json()
    if "plan_id" in planned:
        assert (planned["plan_id"], "AD5-10-7-TG") in {
            (row["matter_id"], row["rule_id"]) for row in later["affected"]
        }
    done = http.post("/v1/assist/law-change", json={"since": "2025-06-15", "today": "2026-12-31"}).json()
    assert (done["open"], done["affected"]) == (0, [])
    args = ["law-change", "--since", "2025-06-15", "--until", "2025-09-01", "--today", "2025-06-15", "--json"]
    result = CliRunner().invoke(main, [*args, "--data", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == answer


def test_spans_that_say_nothing_are_refused(http: TestClient) -> None:
    for body in ({}, {"since": "вчера"}, {"since": "2025-06-15", "until": "2025-06-01"}):
        assert http.post("/v1/assist/law-change", json=body).status_code in (400, 422)
