"""Lead imports: de-duplicated against what is kept, resumed after a break, doubtful pairs and deals by approval."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from openpyxl import Workbook

from api import lead_imports
from api.app import build
from api.cli import main
from api.lead_imports import begin, carry_on, job_of, unfinished
from api.leads import _progress
from api.settings import Settings
from api.wiring import House, open_house

TABLE = (
    "Компания;ИНН;E-mail;Город;Комментарий\n"
    "ООО Ромашка;7707083893;info@romashka.example;Москва;Бюджет 2 млн утверждён, решает владелец. Нужны заявки. Старт 1 марта.\n"
    "ООО Лютик;;hello@lutik.example;Тверь;Просят КП\n"
    ";;;;\n"
    "ООО Василёк;;;Казань;Бюджета нет\n"
)


def many(count: int) -> bytes:
    head = "Компания;E-mail;Город;Комментарий\n"
    return (
        head
        + "".join(
            f"ООО Завод {number};boss{number}@zavod{number}.example;Омск;Нужны заявки. Бюджет {number + 1} млн.\n"
            for number in range(count)
        )
    ).encode()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Settings(data=tmp_path)) as opened:
        yield opened


@pytest.fixture
def http(house: House) -> Iterator[TestClient]:
    with TestClient(build(house)) as client:
        yield client


def post(http: TestClient, content: bytes | str, **headers: str) -> Any:
    text = content if isinstance(content, bytes) else content.encode()
    return http.post("/v1/leads/import", files={"file": ("leads.csv", text)}, headers=headers)


def kept(http: TestClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = http.get("/v1/leads", params={"limit": 200}).json()["items"]
    return items


def test_a_second_import_joins_what_is_kept_and_every_lead_is_scored(http: TestClient) -> None:
    first = post(http, TABLE).json()
    assert (first["imported"], first["merged"], [row["row"] for row in first["rejected"]]) == (3, 0, [3])
    verdicts = {lead["name"]: lead["qualification"]["verdict"] for lead in kept(http)}
    assert verdicts["Ромашка"] == "qualified"
    assert verdicts["Василёк"] != "qualified"
    again = post(http, TABLE).json()
    assert (again["imported"], again["merged"]) == (0, 3)
    more = post(
        http, "company,inn,phone\nROMASHKA OOO,7707083893,+7 495 123-45-67\nАстра,,+7 912 000-11-22\n"
    ).json()
    assert (more["imported"], more["merged"]) == (1, 1)
    (romashka,) = [lead for lead in kept(http) if lead["inn"] == "7707083893"]
    assert (romashka["email"], romashka["phone"]) == ("info@romashka.example", "+74951234567")
    assert romashka["lead_id"] in {lead["lead_id"] for lead in more["leads"]}
    assert romashka["qualification"]["verdict"] == "qualified"
    assert len(kept(http)) == 4


def test_among_many_kept_of_one_name_the_right_one_is_found(http: TestClient) -> None:
    def one(number: int) -> str:
        return f"ООО Ромашка;r{number}@mail.ru;Омск;Иван {number}ов\n"

    head = "Компания;E-mail;Город;Контактное лицо\n"
    assert post(http, head + "".join(map(one, range(120)))).json()["imported"] == 120
    more = post(
        http, head + "Ромашка ООО;r77@mail.ru;;\nООО Ромашка;;Омск;Иван 88ов\nООО Ромашка;new@mail.ru;Омск;\n"
    ).json()
    assert (more["imported"], more["merged"]) == (1, 2)
    assert len(kept(http)) == 121


def test_a_pair_below_certainty_waits_for_a_person_and_nothing_is_lost(http: TestClient) -> None:
    post(http, "company,inn,email\nООО Альфа,7707083893,office@alfa.example\n")
    answer = post(
        http, "company,inn,email,phone\nООО Бета,7736050003,office@alfa.example,+7 912 000-11-22\n"
    ).json()
    (proposal,) = answer["proposals"]
    assert len(kept(http)) == 2
    (listed,) = http.get("/v1/proposals", params={"kind": "merge", "state": "waiting"}).json()["items"]
    assert listed["id"] == proposal["proposal_id"]
    url = f"/v1/leads/merges/{proposal['proposal_id']}"
    assert http.post(url, json={"decision": "approve", "hash": "other"}).status_code == 409
    done = http.post(url, json={"decision": "approve", "hash": proposal["hash"]})
    assert done.status_code == 200
    assert http.post(url, json={"decision": "approve"}).json()["effect"] == done.json()["effect"]
    (whole,) = kept(http)
    assert whole["phone"] == "+79120001122"
    assert {"7707083893", "7736050003"} == {
        one["value"]
        for found in whole["contradictions"]
        if found["field"] == "inn"
        for one in found["values"]
    }
    for lead_id in proposal["lead_ids"]:
        assert http.get(f"/v1/leads/{lead_id}").json()["lead_id"] == whole["lead_id"]
    assert http.post(url, json={"decision": "reject"}).status_code == 409


def test_a_rejected_pair_is_not_proposed_anew(http: TestClient) -> None:
    table = "company,inn,email\nООО Альфа,7707083893,office@alfa.example\nООО Бета,7736050003,office@alfa.example\n"
    (proposal,) = post(http, table).json()["proposals"]
    http.post(f"/v1/leads/merges/{proposal['proposal_id']}", json={"decision": "reject"})
    (again,) = post(http, table).json()["proposals"]
    assert (again["proposal_id"], again["state"]) == (proposal["proposal_id"], "rejected")
    assert len(kept(http)) == 2


def test_an_approved_lead_becomes_a_deal_once(http: TestClient) -> None:
    leads = {lead["name"]: lead["lead_id"] for lead in post(http, TABLE).json()["leads"]}
    url = f"/v1/leads/{leads['Ромашка']}/approve"
    entered = http.post(url).json()
    assert [event["type"] for event in entered["events"]] == ["crm.deal.created", "crm.lead.qualified"]
    assert {event["outcome"] for event in entered["events"]} == {"accepted"}
    assert http.post(url).json() == entered
    deal = http.get(f"/v1/deals/{entered['events'][0]['master_deal_id']}").json()
    assert deal["client"]["inn"] == "7707083893"
    assert len(http.get("/v1/deals").json()["items"]) == 1
    other = http.post(f"/v1/leads/{leads['Василёк']}/approve").json()
    assert [event["type"] for event in other["events"]] == ["crm.deal.created"]
    assert http.post("/v1/leads/nobody/approve").status_code == 404


def test_by_configuration_every_lead_is_entered_at_once(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path, leads_enter=True)) as house, TestClient(build(house)) as http:
        for _ in range(2):
            post(http, TABLE)
        assert len(http.get("/v1/deals").json()["items"]) == 3


def test_a_large_file_is_a_job_with_progress(http: TestClient) -> None:
    accepted = post(http, many(30), prefer="respond-async")
    assert accepted.status_code == 202
    job: dict[str, Any] = {}
    for _ in range(200):
        job = http.get(accepted.headers["location"]).json()
        if job["state"] != "running":
            break
    else:
        carry_on(http.app.state.house, job["import_id"])  # type: ignore[attr-defined]
        job = http.get(accepted.headers["location"]).json()
    assert (job["state"], job["imported"], job["merged"], job["rejected"]) == ("done", 30, 0, [])
    assert len(kept(http)) == 30
    assert [each["import_id"] for each in http.get("/v1/leads/imports").json()["items"]] == [job["import_id"]]
    assert post(http, many(30), prefer="respond-async").json()["state"] == "done"
    assert http.get("/v1/leads/imports/LI-none").status_code == 404


def test_a_job_counts_the_pairs_that_wait_within_its_own_file(house: House) -> None:
    table = "company,inn,email\nООО Альфа,7707083893,office@alfa.example\nООО Бета,7736050003,office@alfa.example\n"
    ended = carry_on(house, begin(house, "leads.csv", table.encode(), "tests")["import_id"])
    assert (ended["state"], ended["imported"], ended["proposed"], ended["proposals"]) == ("done", 2, 1, 1)


def test_an_unreadable_file_ends_its_job_as_failed(house: House) -> None:
    job = begin(house, "leads.xlsx", b"PK\x03\x04 not a workbook", "tests")
    ended = carry_on(house, job["import_id"])
    assert ended["state"] == "failed"
    assert ended["problem"]["detail"]
    assert unfinished(house) == []


class _Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("broken_at", [1, 2, 4, 6, 9])
def test_an_import_broken_anywhere_comes_to_the_same(
    house: House, monkeypatch: pytest.MonkeyPatch, broken_at: int
) -> None:
    monkeypatch.setattr(lead_imports, "ROWS_IN_A_CHUNK", 8)
    monkeypatch.setattr(lead_imports, "LEADS_IN_A_TRANSACTION", 4)
    begin(house, "before.csv", TABLE.encode(), "tests")
    (first,) = unfinished(house)
    carry_on(house, first)
    content = (
        many(20)
        + "ООО Завод 3;boss3@zavod3.example;Омск;Повтор\nООО Лютик;hello@lutik.example;Тверь;Ждут\n".encode()
    )
    job = begin(house, "leads.csv", content, "tests")
    steps = 0

    def breaking(*_: int | None) -> None:
        nonlocal steps
        steps += 1
        if steps == broken_at:
            raise _Killed

    with pytest.raises(_Killed):
        carry_on(house, job["import_id"], breaking)
    assert unfinished(house) == [job["import_id"]]
    ended = carry_on(house, job["import_id"])
    assert (ended["state"], ended["imported"], ended["merged"], ended["rejected"]) == ("done", 20, 2, [])
    with house.store.reading() as read:
        leads = [json.loads(body) for _, body in read.archive("lead", "", 1000)]
        assert read.archive("lead-import-chunk", "", 10) == []
        assert read.archived("lead-import-file", job["import_id"]) is None
    assert len(leads) == 23
    (lutik,) = [lead for lead in leads if lead["name"] == "Лютик"]
    assert [note["text"] for note in lutik["notes"]] == ["Просят КП", "Ждут"]
    assert job_of(house, job["import_id"])["state"] == "done"


def sheet(*rows: tuple[Any, ...]) -> bytes:
    book, out = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


HOSTILE = {
    "formulas": (
        "a.csv",
        'Компания;Комментарий\n=cmd|\' /C calc\'!A0;"=HYPERLINK(""http://x"")"\n@SUM(1);+SUM(2)\n'.encode(),
    ),
    "two encodings": ("a.csv", "Компания;Город\nРомашка;Омск\n".encode() + "Лютик;Тверь\n".encode("cp1251")),
    "five hundred columns": (
        "a.xlsx",
        sheet(("Компания", "Город", *(f"К{n}" for n in range(498))), ("Ромашка", "Омск", *range(498))),
    ),
    "rows with NUL": ("a.csv", b"company;city\n" + b"x" * 5000 + b"\nRom\x00ashka;Om\x00sk\n"),
    "huge cells": ("a.csv", ("Компания;Комментарий\nРомашка;" + "очень " * 200_000 + "\n").encode()),
    "a heading twice": (
        "a.csv",
        "Телефон;Телефон;Компания;Компания\n+7 912 000-11-22;+7 912 000-11-23;Ромашка;Лютик\n".encode(),
    ),
    "rows that disagree": (
        "a.csv",
        "ИНН;Компания;Город\n7707083893;Ромашка;Омск\n7707083893;Лютик;Тверь\n".encode(),
    ),
    "a line without end": ("a.csv", b"company;city\n" + b'"' + b"x" * 2_000_000),
    "headings only": ("a.csv", "Компания;Город\n".encode()),
    "no table at all": ("a.csv", "Добрый день!\nЭто письмо.\n".encode()),
    "an empty workbook": ("a.xlsx", sheet()),
    "a torn workbook": ("a.xlsx", sheet(("Компания",), ("Ромашка",))[:-300]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_files_get_a_clear_answer_and_no_formula_comes_back(http: TestClient, kind: str) -> None:
    name, content = HOSTILE[kind]
    for answer in (
        http.post("/v1/leads/import/preview", files={"file": (name, content)}),
        http.post("/v1/leads/import", files={"file": (name, content)}),
    ):
        if answer.status_code != 200:
            assert answer.headers["content-type"].startswith("application/problem+json")
            assert answer.status_code < 500
            assert answer.json()["detail"]
    for lead in kept(http):
        texts = [lead["name"], lead["city"], *(note["text"] for note in lead["notes"])]
        assert not [text for text in texts if text and (text[0] in "=+@" or "\x00" in text)]


def told(text: str) -> list[tuple[str, dict[str, Any]]]:
    frames = [frame for frame in text.split("\n\n") if frame and not frame.startswith(":")]
    return [
        (kind.removeprefix("event: "), json.loads(data.removeprefix("data: ")))
        for kind, data in (frame.split("\n") for frame in frames)
    ]


def test_a_stream_tells_how_an_import_comes_along_after_a_restart_too(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead_imports, "ROWS_IN_A_CHUNK", 8)
    monkeypatch.setattr(lead_imports, "LEADS_IN_A_TRANSACTION", 4)
    job = begin(house, "leads.csv", many(30), "tests")

    def breaking(done: int, _: int | None) -> None:
        if done >= 16:
            raise _Killed

    with pytest.raises(_Killed):
        carry_on(house, job["import_id"], breaking)
    url = f"/v1/leads/imports/{job['import_id']}/stream"
    with TestClient(build(house)) as http:
        # The server's own runner carries the import on; the stream ends when it does.
        answer = http.get(url)
        assert answer.headers["content-type"].startswith("text/event-stream")
        frames = told(answer.text)
        assert {kind for kind, _ in frames[:-1]} <= {"progress"}
        kind, last = frames[-1]
        assert (kind, last["state"], last["made"]) == ("ended", "done", 30)
        assert "rejected" not in last
        assert told(http.get(url).text) == [frames[-1]]
        assert http.get("/v1/leads/imports/LI-none/stream").status_code == 404


def test_a_stream_of_an_import_ends_with_its_server(house: House) -> None:
    job = begin(house, "leads.csv", many(3), "tests")
    house.bus.close()
    frames = asyncio.run(_gathered(_progress(house, job["import_id"])))
    assert frames == []


async def _gathered(frames: AsyncGenerator[bytes, None]) -> list[bytes]:
    return [frame async for frame in frames]


def test_the_command_line_imports_lists_approves_and_joins(tmp_path: Path) -> None:
    file, data = tmp_path / "leads.csv", tmp_path / "data"
    file.write_text(
        "company,inn,email,notes\n"
        "ООО Альфа,7707083893,office@alfa.example,Бюджет 2 млн утверждён. Решает владелец. Нужны заявки.\n"
        "ООО Бета,7736050003,office@alfa.example,\n",
        encoding="utf-8",
    )

    def run(*args: str) -> Any:
        result = CliRunner().invoke(main, ["leads", *args, "--data", str(data), "--json"])
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    imported = run("import", str(file), "--column", "notes=notes", "--column", "email=email")
    assert (imported["imported"], len(imported["proposals"])) == (2, 1)
    (alfa,) = run("list", "--verdict", "qualified")
    (entered,) = run("approve", "--qualified")
    assert entered["lead_id"] == alfa["lead_id"]
    assert run("approve", "--qualified") == []
    (waiting,) = run("merges")
    (decided,) = run("merges", "--approve", waiting["id"])
    assert decided["state"] == "approved"
    assert run("merges") == []
    (whole,) = run("list")
    assert whole["entered"]["lead_id"] == alfa["lead_id"]
