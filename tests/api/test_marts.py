"""The marts and the dashboard over HTTP and on the command line."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.app import build
from api.cli import main
from api.settings import Settings
from api.wiring import open_house
from masterdeal.demo import portfolio
from masterdeal.marts.model import marts

MANY = "application/cloudevents-batch+json"
CASES = Path(__file__).parents[3] / "shared" / "cases"


def event(subject: str, type_: str = "crm.deal.created", **data: Any) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{subject}-{type_}",
        "source": "crm",
        "type": type_,
        "time": "2026-11-20T10:00:00+03:00",
        "subject": subject,
        "data": data,
    }


def post(http: TestClient, *events: dict[str, Any]) -> None:
    answer = http.post("/v1/events", content=json.dumps(events), headers={"content-type": MANY})
    assert answer.status_code == 202, answer.text


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A service with the demonstration portfolio."""
    with (
        open_house(Settings(data=tmp_path_factory.mktemp("served"))) as house,
        TestClient(build(house), raise_server_exceptions=False) as client,
    ):
        post(client, *portfolio(date(2026, 11, 22)))
        yield client


def test_what_was_answered_is_on_the_dashboard(http: TestClient) -> None:
    before = http.get("/v1/dashboard").json()["deals"]
    for number in range(5):
        post(http, event(f"NEW-{number}", industry="ракеты"))
        shown = http.get("/v1/dashboard", params={"industry": "ракеты"}).json()
        assert shown["deals"] == number + 1
        assert shown["marts"]["whole"]
    assert http.get("/v1/dashboard").json()["deals"] == before + 5


def test_a_number_leads_to_its_deals(http: TestClient) -> None:
    shown = http.get(
        "/v1/dashboard", params={"group_by": "source", "from": "2026-10-01", "to": "2026-11-22"}
    ).json()
    assert shown["period"] == {"from": "2026-09-30T21:00:00Z", "to": "2026-11-22T21:00:00Z"}
    checked = 0
    for one in [*shown["stages"], *shown["funnel"], *shown["ageing"], *shown["groups"]]:
        address = one["href"] + ("&" if "?" in one["href"] else "?") + "limit=7"
        page = http.get(address).json()
        items = page["items"]
        while page["next_cursor"]:
            page = http.get(f"{address}&cursor={page['next_cursor']}").json()
            items += page["items"]
        assert len(items) == one["deals"], one["href"]
        checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    "query",
    [
        {"group_by": "colour"},
        {"from": "yesterday"},
        {"from": "2026-02-30"},
        {"from": "2026-11-22", "to": "2026-11-20"},
        {"calendar": "lunar"},
        {"stage": "nowhere"},
        {"unknown": "weather"},
        {"budget_min": "much"},
        {"to": "9999-12-31T23:59:59.999999+14:00", "from": "x"},
    ],
)
def test_a_question_that_makes_no_sense_is_refused(http: TestClient, query: dict[str, str]) -> None:
    answer = http.get("/v1/dashboard", params=query)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_period_at_the_ends_of_the_calendar(http: TestClient) -> None:
    for query in ({"from": "0001-01-01", "to": "9999-12-30"}, {"to": "0001-01-01"}, {"from": "9999-12-30"}):
        answer = http.get("/v1/dashboard", params=query)
        assert answer.status_code in (200, 422), answer.text


def test_choices_count_the_deals_that_they_leave(http: TestClient) -> None:
    found = http.get("/v1/dashboard/choices", params={"stage": "running", "from": "2026-01-01"}).json()
    for one in [*found["values"]["manager"], *found["values"]["budget"]]:
        left = http.get(
            "/v1/dashboard/choices", params={"stage": "running", "from": "2026-01-01", **one["conditions"]}
        ).json()
        assert left["deals"] == one["deals"]
    assert found["stale_after"]["draft"] > 0
    for name, params in {
        "breached": {"sla": "breached"}, "today": {"due": "today"}, "stale": {"stale": True}, "mine": {"mine": True},
    }.items():  # fmt: skip
        listed = http.get(
            "/v1/deals",
            params={**params, "stage": "running", "limit": 500, "created_from": "2025-12-31T21:00:00Z"},
        )
        assert len(listed.json()["items"]) == found["quick"][name], name
    assert http.get("/v1/deals", params={"due": "tomorrow"}).status_code == 422


def test_a_list_in_an_order_can_be_entered_anywhere(http: TestClient) -> None:
    def ids(deals: list[dict[str, Any]]) -> list[str]:
        return [deal["master_deal_id"] for deal in deals]

    whole = http.get("/v1/deals", params={"sort": "-budget", "limit": 500}).json()["items"]
    amounts = [float(deal["budget"]["amount"]) for deal in whole if deal["budget"]]
    assert amounts == sorted(amounts, reverse=True)
    assert all(deal["budget"] is None for deal in whole[len(amounts) :])
    page = http.get("/v1/deals", params={"sort": "-budget", "start": 30, "limit": 9}).json()
    assert ids(page["items"]) == ids(whole[30:39])
    following = http.get("/v1/deals", params={"sort": "-budget", "limit": 9, "cursor": page["next_cursor"]})
    assert ids(following.json()["items"]) == ids(whole[39:48])
    assert http.get("/v1/deals", params={"sort": "colour"}).status_code == 422
    beyond = http.get("/v1/deals", params={"sort": "due", "start": 10_000}).json()
    assert (beyond["items"], beyond["next_cursor"]) == ([], None)


def test_a_table_in_every_form(http: TestClient) -> None:
    paged: list[dict[str, Any]] = []
    page = http.get("/v1/marts/fact_sla", params={"limit": 100}).json()
    paged += page["items"]
    while page["next_cursor"]:
        page = http.get("/v1/marts/fact_sla", params={"limit": 100, "cursor": page["next_cursor"]}).json()
        paged += page["items"]
    columns = [column.name for column in marts().tables["fact_sla"].columns]
    assert list(paged[0]) == columns

    text = http.get("/v1/marts/fact_sla", headers={"accept": "text/csv"})
    assert text.headers["content-type"].startswith("text/csv")
    read = list(csv.DictReader(io.StringIO(text.text)))
    assert sorted(row["started_at"] for row in read) == sorted(row["started_at"] for row in paged)

    parquet = http.get("/v1/marts/fact_sla", headers={"accept": "application/vnd.apache.parquet"}).content
    for other in ("application/parquet", "application/x-parquet"):
        assert http.get("/v1/marts/fact_sla", headers={"accept": other}).content == parquet
    table = pyarrow.parquet.read_table(io.BytesIO(parquet))
    assert table.column_names == columns
    assert "пуск" in table.schema.field("started_at").metadata[b"ru"].decode().lower()

    book = openpyxl.load_workbook(
        io.BytesIO(http.get("/v1/marts/fact_sla", params={"format": "xlsx"}).content)
    )
    sheet = book["fact_sla"]
    assert [cell.value for cell in sheet[1]] == columns
    assert len(paged) == len(read) == table.num_rows == sheet.max_row - 1


def test_every_table_is_described_and_given(http: TestClient) -> None:
    model = http.get("/v1/marts").json()
    assert {table["name"] for table in model["tables"]} == set(marts().tables)
    for table in model["tables"]:
        answer = http.get(f"/v1/marts/{table['name']}", params={"limit": 2})
        assert answer.status_code == 200, answer.text
        for row in answer.json()["items"]:
            assert list(row) == [column["name"] for column in table["columns"]]
    assert http.get("/v1/marts/fact_love").status_code == 404
    assert http.get("/v1/marts/fact_deal", params={"format": "docx"}).status_code == 422


def test_text_of_an_event_is_no_formula(http: TestClient) -> None:
    post(http, event("EVIL", title="=cmd|' /C calc'!A0", manager="@SUM(1+1)", industry="зло"))
    rows = csv.DictReader(io.StringIO(http.get("/v1/marts/fact_deal?format=csv").text))
    evil = next(row for row in rows if row["master_deal_id"] == "EVIL")
    assert evil["title"].startswith("'=")
    book = openpyxl.load_workbook(io.BytesIO(http.get("/v1/marts/fact_deal?format=xlsx").content))
    cells = [cell for row in book["fact_deal"].iter_rows() for cell in row]
    assert [cell for cell in cells if cell.data_type == "f"] == []


def test_sql(http: TestClient) -> None:
    answer = http.post(
        "/v1/marts/sql", json={"sql": "select deal_stage, count(*) as n from fact_deal group by all"}
    )
    assert [column["name"] for column in answer.json()["columns"]] == ["deal_stage", "n"]
    stages = {
        one["stage"]: one["deals"] for one in http.get("/v1/dashboard").json()["stages"] if one["deals"]
    }
    assert dict(answer.json()["rows"]) == stages
    refused = http.post("/v1/marts/sql", json={"sql": "drop table fact_deal"})
    assert (refused.status_code, refused.json()["type"]) == (422, "urn:masterdeal:problem:bad-request")
    assert http.post("/v1/marts/sql", json={"sql": "select 1", "limit": 10**6}).status_code == 422


def test_lag_is_a_metric(http: TestClient) -> None:
    text = http.get("/metrics").text
    assert "masterdeal_marts_lag_seconds" in text
    assert "masterdeal_marts_behind_events" in text


def test_who_sees_own_deals_only_sees_no_figures_of_others(tmp_path: Path) -> None:
    table = Path("api/access.toml").read_text(encoding="utf-8")
    access = tmp_path / "access.toml"
    access.write_text(
        table.replace('analyst = { deals = "all"', 'analyst = { deals = "own"'), encoding="utf-8"
    )
    tokens = tokens_file(
        tmp_path / "tokens.toml", kim={"roles": ["analyst"], "name": "Ким"}, root=["admin"], plain=["traffic"]
    )
    settings = Settings(data=tmp_path / "data", access_file=access, tokens_file=tokens)
    with open_house(settings) as house, TestClient(build(house)) as http:
        events = [
            event("MINE", manager="Ким", industry="своя"),
            event("THEIRS", manager="Лес", industry="чужая"),
        ]
        answer = http.post(
            "/v1/events", content=json.dumps(events), headers={"content-type": MANY, **bearer("root")}
        )
        assert answer.status_code == 202, answer.text
        assert http.get("/v1/dashboard", headers=bearer("root")).json()["deals"] == 2
        mine = http.get("/v1/dashboard?group_by=industry", headers=bearer("kim"))
        assert mine.json()["deals"] == 1
        assert "чужая" not in mine.text
        assert "THEIRS" not in mine.text
        for form in ("json", "csv"):
            rows = http.get("/v1/marts/fact_deal", params={"format": form}, headers=bearer("kim"))
            assert rows.status_code == 200
            assert "MINE" in rows.text
            assert "THEIRS" not in rows.text
        listed = http.get("/v1/deals?source=crm", headers=bearer("kim")).json()["items"]
        assert [deal["master_deal_id"] for deal in listed] == ["MINE"]
        for params in ({"mine": "true"}, {"sort": "due"}):
            listed = http.get("/v1/deals", params=params, headers=bearer("kim")).json()["items"]
            assert [deal["master_deal_id"] for deal in listed] == ["MINE"]
        chosen = http.get("/v1/dashboard/choices", headers=bearer("kim"))
        assert (chosen.json()["deals"], chosen.json()["quick"]["mine"]) == (1, 1)
        assert "чужая" not in chosen.text
        assert "Лес" not in chosen.text
        assert http.get("/v1/marts/dim_client", headers=bearer("kim")).status_code == 403
        assert http.post("/v1/marts/sql", json={"sql": "select 1"}, headers=bearer("kim")).status_code == 403
        assert http.get("/v1/dashboard").status_code == 401
        assert (
            http.post("/v1/marts/sql", json={"sql": "select 1"}, headers=bearer("plain")).status_code == 403
        )


@pytest.mark.parametrize("rubbish", [b"", b"no database at all" * 500, None])
def test_a_damaged_file_is_filled_anew(tmp_path: Path, rubbish: bytes | None) -> None:
    settings = Settings(data=tmp_path)
    with open_house(settings) as house, TestClient(build(house)) as http:
        post(http, event("D-1"), event("D-2"))
        assert http.get("/v1/dashboard").json()["deals"] == 2
    file = tmp_path / "marts.duckdb"
    if rubbish is None:
        content = bytearray(file.read_bytes())
        content[4096 : 4096 + 8192] = b"\xff" * 8192
        rubbish = bytes(content)
    file.write_bytes(rubbish)
    with open_house(settings) as house, TestClient(build(house)) as http:
        assert http.get("/v1/dashboard").json()["deals"] == 2
        post(http, event("D-3"))
        assert http.get("/v1/dashboard").json()["deals"] == 3


def test_the_marts_follow_without_being_asked(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path)) as house, TestClient(build(house)) as http:
        http.get("/v1/dashboard")
        post(http, event("D-1"))
        start = time.monotonic()
        while house.marts.lag()["behind"] and time.monotonic() - start < 20:
            time.sleep(0.01)
        assert house.marts.lag() == {"position": 1, "behind": 0, "lag_s": 0.0, "whole": True}


def test_export_on_the_command_line(tmp_path: Path) -> None:
    def run(*args: object) -> Any:
        return CliRunner().invoke(main, [*map(str, args), "--data", str(tmp_path / "data")])

    with open_house(Settings(data=tmp_path / "data")) as house, TestClient(build(house)) as http:
        post(http, *portfolio(date(2026, 11, 22)))
    for form in ("csv", "parquet", "xlsx"):
        found = run("export", tmp_path / f"deals.{form}", "--what", "marts", "--table", "fact_deal", "--json")
        assert found.exit_code == 0, found.output
        assert json.loads(found.stdout)["rows"] == {"fact_deal": 67}
        assert (tmp_path / f"deals.{form}").stat().st_size > 1000
    assert run("export", tmp_path / "all", "--what", "marts").exit_code == 0
    assert {path.stem for path in (tmp_path / "all").iterdir()} == set(marts().tables)
    assert run("export", "-", "--what", "marts", "--table", "dim_stage").stdout.startswith('"node"')
    assert run("export", tmp_path / "x.doc", "--what", "marts", "--table", "fact_deal").exit_code == 2
    assert run("export", tmp_path / "x.csv", "--what", "marts", "--table", "nothing").exit_code == 2


@pytest.fixture
def loaded(tmp_path: Path) -> Any:
    """The dashboard of a public case, loaded by its map."""

    def load(name: str, map_: str) -> dict[str, Any]:
        path = CASES / name
        if not path.exists():
            pytest.skip(f"the public case {name} is not beside this checkout")
        done = CliRunner().invoke(
            main, ["events", "load", str(path), "--map", map_, "--data", str(tmp_path), "--json"]
        )
        assert done.exit_code == 0, done.output
        with open_house(Settings(data=tmp_path)) as house, TestClient(build(house)) as http:
            for _ in range(30):
                answer = http.get("/v1/dashboard?group_by=manager")
                if answer.status_code == 200:
                    return dict(answer.json())
            raise AssertionError(answer.text)

    return load


@pytest.mark.slow
def test_sales_opportunities(loaded: Any) -> None:
    shown = loaded("crm_sales/sales_pipeline.csv", "crm_sales")
    outcome = shown["outcome"]
    assert (shown["deals"], outcome["won"], outcome["lost"]) == (8800, 4238, 2473)
    assert round(outcome["win_rate"]["value"], 4) == 0.6315
    domain = {one["stage"]: one["deals"] for one in shown["domain_stages"]}
    assert (domain["Engaging"], domain["Prospecting"]) == (1589, 500)
    assert [(one["amount"], one["currency"]) for one in outcome["won_sums"]] == [("10005534", "USD")]
    assert round(outcome["cycle_s"]["mean"] / 86400, 2) == 47.99
    assert outcome["cycle_s"]["p50"] == 45 * 86400
    assert outcome["cycle_longer_than_days"] == {"30": 3548, "60": 2979, "90": 1358}
    assert sum(group["won"] for group in shown["groups"]) == 4238


@pytest.mark.slow
def test_permit_applications(loaded: Any) -> None:
    shown = loaded("receipt/receipt.csv", "receipt")
    assert shown["deals"] == 1434
    deadlines = {one["deadline"]: one for one in shown["deadlines"]}
    assert deadlines["planned_end"]["late"] == 389
    legal = deadlines["legal"]
    assert (legal["with_deadline"], legal["late"], legal["in_time"], legal["overdue"]) == (
        1434,
        377,
        952,
        105,
    )


def test_the_deals_of_the_dashboard_are_exported_as_they_are_filtered(http: TestClient) -> None:
    chosen = {"stage": "planning,running", "from": "2026-01-01", "budget_min": "1000000"}
    shown = http.get("/v1/dashboard", params=chosen).json()["deals"]
    assert 0 < shown < http.get("/v1/dashboard").json()["deals"]

    sheet = http.get("/v1/dashboard/deals", params={**chosen, "format": "xlsx", "group_by": "industry"})
    assert sheet.status_code == 200, sheet.text
    said = sheet.headers["content-disposition"]
    assert 'filename="deals_stage-planning,running_budget_min-1000000_from-2026-01-01.xlsx"' in said
    book = openpyxl.load_workbook(io.BytesIO(sheet.content))
    assert book["fact_deal"].max_row - 1 == shown
    filters = {row[0]: row[1] for row in book["filters"].iter_rows(values_only=True)}
    assert filters.pop("as_of")
    assert filters == {**chosen}

    rows = list(
        csv.DictReader(io.StringIO(http.get("/v1/dashboard/deals", params={**chosen, "format": "csv"}).text))
    )
    assert len(rows) == shown
    assert {row["deal_stage"] for row in rows} <= {"planning", "running"}

    parquet = http.get("/v1/dashboard/deals", params={**chosen, "format": "parquet"}).content
    table = pyarrow.parquet.read_table(io.BytesIO(parquet))
    assert table.num_rows == shown
    assert table.schema.metadata[b"filter.stage"] == b"planning,running"


def test_a_filter_in_russian_stands_in_the_name_of_the_file(http: TestClient) -> None:
    answer = http.get("/v1/dashboard/deals", params={"industry": "Недвижимость", "format": "csv"})
    name = unquote(answer.headers["content-disposition"].partition("UTF-8''")[2])
    assert name == "deals_industry-Недвижимость.csv"
    assert http.get("/v1/dashboard/deals", params={"stage": "nowhere"}).status_code == 422
    assert (
        http.get("/v1/dashboard/deals", params={"from": "2026-02-01", "to": "2026-01-01"}).status_code == 422
    )
