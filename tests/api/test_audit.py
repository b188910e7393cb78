"""The audit trail: what it holds, and that no change of it goes unseen."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from identities import bearer, tokens_file
from msgspec.structs import replace
from starlette.testclient import TestClient

from api.app import build
from api.cli import main
from api.settings import Settings
from api.trail import MOST_REFUSALS, Trail
from api.wiring import House, open_house
from masterdeal.audit import AuditRow, broken, chain, link
from masterdeal.flow.intake import read, record
from masterdeal.store.sqlite import SqliteStore

QUESTION = "Сколько сделок ведёт Анна Ким?"
CREATED = {
    "specversion": "1.0", "id": "1", "source": "crm", "type": "crm.deal.created", "time": "2026-11-20T10:00:00+03:00",
    "subject": "D-1", "data": {"title": "Весна", "manager": "Анна Ким"},
}  # fmt: skip
entries = st.lists(st.tuples(st.integers(0, 2**50), st.text(max_size=20)), min_size=1, max_size=8)


@given(entries, st.data())
def test_any_change_of_the_chain_is_found(written: list[tuple[int, str]], data: st.DataObject) -> None:
    rows = chain(None, written)
    assert broken(None, rows) is None
    place = data.draw(st.integers(0, len(rows) - 1))
    row = rows[place]
    changed: list[AuditRow] = data.draw(
        st.sampled_from(
            [
                [*rows[:place], replace(row, body=row.body + " "), *rows[place + 1 :]],
                [*rows[:place], replace(row, time=row.time + 1), *rows[place + 1 :]],
                [*rows[:place], replace(row, hash="0" * 64), *rows[place + 1 :]],
                [*rows[:place], link(rows[-1], 1, "x"), *rows[place:]],
                [*rows[:place], *rows[place + 1 :], chain(row, [(1, "x")])[0]],
            ]
        )
    )
    assert broken(None, changed) == place + 1


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    tokens = tokens_file(tmp_path / "tokens.toml", anna=["sales"], boss=["admin"])
    with open_house(Settings(data=tmp_path, tokens_file=tokens)) as house:
        with house.store.writing() as tx:
            record(tx, [read(json.dumps(CREATED).encode(), house.book)], house.book, house.clock())
        yield house


def kept(http: TestClient, number: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for _ in range(200):
        items = http.get("/v1/audit?limit=500", headers=bearer("boss")).json()["items"]
        if len(items) >= number:
            break
        time.sleep(0.02)
    return items


def test_who_asked_and_who_was_turned_away(house: House) -> None:
    with TestClient(build(house)) as http:
        http.get("/v1/deals")
        http.get("/v1/audit", headers=bearer("anna"))
        http.post("/v1/assist/ask", json={"question": QUESTION}, headers=bearer("anna"))
        http.get("/v1/deals", headers=bearer("anna"))
        http.post("/v1/chat", json={"message": QUESTION}, headers=bearer("anna"))
        brief = http.post("/v1/assist/brief", json={"text": QUESTION}, headers=bearer("anna")).json()
        items = kept(http, 5)
    assert [(item["what"], item["who"]["subject"], item.get("why")) for item in items] == [
        ("refused", "", "unauthenticated"),
        ("refused", "anna", "forbidden"),
        ("assist.use", "anna", None),
        ("chat.use", "anna", None),
        ("assist.use", "anna", None),
    ]
    assert items[4]["decision_id"] == brief["decision_id"]
    assert QUESTION not in json.dumps(items[4], ensure_ascii=False)
    for item in items[2:4]:
        assert item["asked"] == "Сколько сделок ведёт [PERSON_1]?"
        assert item["tools"]
        assert item["decision_id"].startswith("D-")
    assert items[2]["path"] == "/v1/assist/ask"
    assert "md_" not in json.dumps(items), "no token is kept"


def test_a_flood_of_refusals_is_counted(house: House) -> None:
    with TestClient(build(house)) as http:
        for _ in range(MOST_REFUSALS + 50):
            http.get("/v1/deals")
        items = kept(http, MOST_REFUSALS + 1)
    assert len(items) == MOST_REFUSALS + 1
    assert items[-1]["more"] == 50


def test_entries_are_committed_in_groups(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "a.db")
    trail = Trail(store, lambda: 1)
    for number in range(3000):
        trail.note("somebody", "asked", number=number)
    started = time.perf_counter()
    trail.start()
    trail.stop()
    assert time.perf_counter() - started < 5
    with store.reading() as read:
        rows = read.audit(0, 5000)
        assert [json.loads(row.body)["number"] for row in rows] == list(range(3000))
        assert broken(None, rows) is None
    store.close()


def verified(data: Path, *more: str) -> tuple[int, dict[str, Any]]:
    said = CliRunner().invoke(main, ["audit", "verify", "--json", "--data", str(data), *more])
    return said.exit_code, json.loads(said.stdout) if said.stdout else {}


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ("update audit set body = replace(body, 'number', 'Number') where position = 7", 7),
        ("update audit set time = time + 1 where position = 1", 1),
        ("delete from audit where position = 5", 5),
        ("delete from audit where position > 8", 9),
        ("delete from audit", 1),
        ("insert into audit select 11, time, body, hash from audit where position = 10", 11),
        ("update audit_head set position = 12", 11),
        ("delete from audit_head", 1),
    ],
)
def test_verify_finds_what_was_done_to_the_file(tmp_path: Path, change: str, at: int) -> None:
    store = SqliteStore(tmp_path / "masterdeal.db")
    with store.writing() as tx:
        tx.audit_more([(number, json.dumps({"number": number})) for number in range(10)])
    store.close()
    code, told = verified(tmp_path)
    assert (code, told["entries"], told["broken_at"]) == (0, 10, None)
    with sqlite3.connect(tmp_path / "masterdeal.db") as db:
        db.execute(change)
    db.close()
    assert verified(tmp_path)[0] == 4
    assert verified(tmp_path)[1]["broken_at"] == at


def test_a_trail_written_anew_does_not_have_the_head_that_was_noted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "masterdeal.db")
    with store.writing() as tx:
        tx.audit_more([(number, "{}") for number in range(10)])
    head = verified(tmp_path)[1]["head"]
    assert verified(tmp_path, "--head", head)[0] == 0
    with store.writing() as tx:
        tx.audit_more([(99, "{}")])
    assert verified(tmp_path, "--head", head)[0] == 0, "it may have grown since"
    store.close()
    (tmp_path / "masterdeal.db").unlink()
    for rest in tmp_path.glob("masterdeal.db-*"):
        rest.unlink()
    store = SqliteStore(tmp_path / "masterdeal.db")
    with store.writing() as tx:
        tx.audit_more([(number + 1, "{}") for number in range(11)])
    store.close()
    assert verified(tmp_path)[0] == 0
    assert verified(tmp_path, "--head", head)[0] == 4
    assert verified(tmp_path, "--head", "x")[0] == 2


def test_a_token_is_issued_and_lets_in(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    issue = [
        "token",
        "--subject",
        "kim",
        "--role",
        "sales",
        "--name",
        'Анна "Ким"',
        "--file",
        str(file),
        "--json",
    ]
    said = CliRunner().invoke(main, issue)
    token = json.loads(said.stdout)["token"]
    assert token not in file.read_text(encoding="utf-8")
    assert CliRunner().invoke(main, [*issue[:4], "king"]).exit_code == 2
    with (
        open_house(Settings(data=tmp_path, tokens_file=file)) as house,
        TestClient(build(house)) as http,
    ):
        me = http.get("/v1/me", headers={"authorization": f"Bearer {token}"}).json()
    assert (me["subject"], me["name"], me["roles"]) == ("kim", 'Анна "Ким"', ["sales"])
