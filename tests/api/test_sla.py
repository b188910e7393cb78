"""The arithmetic of a deal's timers, and other limits for the portfolio: over HTTP, on the command line, as tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from portfolios import cloud_event
from starlette.testclient import TestClient

from api.app import build
from api.cli import main
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record
from tools.catalogue import run
from tools.deals import PortfolioView
from tools.workbench import Workbench

NOW = instant.parse("2026-11-20T18:00:00+03:00")


def told(type_: str, time: str, subject: str = "MD-77", **data: Any) -> dict[str, Any]:
    moment = instant.to_datetime(instant.parse(f"2026-11-{time}+03:00"))
    return cloud_event(type_, moment, id=f"{subject}/{type_}/{time}", subject=subject, data=data)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(Settings(data=tmp_path), clock=lambda: NOW) as house:
        yield house


@pytest.fixture
def http(house: House) -> Iterator[TestClient]:
    with TestClient(build(house), raise_server_exceptions=False) as client:
        yield client


def take(house: House, *events: dict[str, Any]) -> None:
    with house.store.writing() as tx:
        outcomes = record(
            tx, [read(json.dumps(event).encode(), house.book) for event in events], house.book, NOW
        )
    assert {outcome.outcome for outcome in outcomes} == {"accepted"}


def rested(house: House) -> None:
    take(
        house,
        told("crm.deal.created", "19T09:00:00", title="Весна"),
        told("sla.suspended", "19T12:00:00", timer="lead_to_brief", reason="отпуск", by="Иванова"),
        told("sla.resumed", "19T18:00:00", timer="lead_to_brief"),
    )


def test_the_counted_days_sum_up_and_the_lateness_is_what_is_over_the_limit(
    house: House, http: TestClient
) -> None:
    rested(house)
    answer = http.get("/v1/deals/MD-77/sla").json()
    first, second = answer["timers"][:2]
    assert sum(day["counted_s"] for day in first["counted"]) == first["elapsed_s"] == 27 * 3600
    assert [(row["reason"], row["by"], row["left_out_s"]) for row in first["left_out"]] == [
        ("отпуск", "Иванова", 6 * 3600)
    ]
    assert first["due_at"] == first["breached_at"] == "2026-11-19T20:00:00Z"
    assert (first["late_s"], first["late_by_clock_s"]) == (19 * 3600, 19 * 3600)
    assert first["text"]["ru"] == [
        "Таймер «лид → бриф»: нарушен.",
        "Начат 19.11.2026 09:00.",
        "Лимит 8h = 8 ч по календарю «астрономическое время»; действует для таймеров, начатых с 01.01.2000.",
        "  19.11.2026: 09:00–12:00, считается каждый час, засчитано 3 ч",
        "  19.11.2026: 18:00–24:00, считается каждый час, засчитано 6 ч",
        "  20.11.2026: 00:00–18:00, считается каждый час, засчитано 18 ч",
        "Приостановлен с 19.11.2026 12:00 по 19.11.2026 18:00: отпуск (событие sla/MD-77/sla.suspended/19T12:00:00, Иванова);"
        " не засчитано 6 ч.",
        "Засчитано до 20.11.2026 18:00: 27 ч из 8 ч.",
        "Нарушен 19.11.2026 23:00: сверх лимита 19 ч, по часам прошло 19 ч.",
    ]
    assert first["text"]["en"][-1] == "Breached 19.11.2026 23:00: 19 h over the limit, 19 h by the clock."
    assert second["counted"] == []
    assert "Not begun" in second["text"]["en"][1]


def test_the_arithmetic_of_working_time_names_the_days_that_do_not_count(tmp_path: Path) -> None:
    limits = "\n".join(
        f'{timer} = "1d"'
        for timer in (
            "lead_to_brief",
            "brief_to_offer",
            "offer_to_contract",
            "contract_to_launch",
            "launch_to_close",
        )
    )
    (tmp_path / "sla.toml").write_text(
        "[[version]]\nfrom = 2000-01-01\nat_risk_share = 0.8\ncalendar = 'working-ru'\n[version.limits]\n"
        + limits
    )
    monday = instant.parse("2026-11-16T12:00:00+03:00")
    with (
        open_house(Settings(data=tmp_path, sla_file=tmp_path / "sla.toml"), clock=lambda: monday) as house,
        TestClient(build(house)) as http,
    ):
        take(house, told("crm.deal.created", "13T15:00:00"))
        first = http.get("/v1/deals/MD-77/sla").json()["timers"][0]
    assert first["text"]["ru"][3:6] == [
        "  13.11.2026: 15:00–18:00, рабочий день, засчитано 3 ч",
        "  14.11.2026–15.11.2026 (2 дн.): выходной, не считается",
        "  16.11.2026: 09:00–12:00, рабочий день, засчитано 3 ч",
    ]
    assert (first["elapsed_s"], first["limit_s"], first["due_at"]) == (
        6 * 3600,
        9 * 3600,
        "2026-11-16T12:00:00Z",
    )


def test_the_arithmetic_of_the_past_is_that_of_the_past(house: House, http: TestClient) -> None:
    rested(house)
    then = http.get("/v1/deals/MD-77/sla", params={"as_of": "2026-11-19T14:00:00+03:00"}).json()["timers"][0]
    assert (then["due_at"], then["elapsed_s"], then["left_out"][0]["to"]) == (None, 3 * 3600, None)
    assert then["text"]["ru"][-1] == "Срока нет, пока таймер стоит; осталось 5 ч."
    assert http.get("/v1/deals/MD-78/sla").status_code == 404


def portfolio(house: House, count: int = 7) -> None:
    """Deals whose offer is n days old: due in three days, so from the fourth on they are breached."""
    for number in range(count):
        day = f"{20 - number:02d}T17:00:00"
        take(
            house,
            told("crm.deal.created", day, f"MD-{number}", industry="retail" if number % 2 else "auto"),
            told("media.mediaplan.ready", day, f"MD-{number}"),
            told("crm.offer.approved", day, f"MD-{number}"),
        )


def test_other_limits_bring_and_spare_breaches_and_the_tally_adds_up(house: House, http: TestClient) -> None:
    portfolio(house)
    before = http.get("/v1/sla", params={"state": "breached"}).json()
    sooner = http.post("/v1/sla/what-if", json={"sla": {"offer_to_contract": "2d"}}).json()
    assert [(item["master_deal_id"], item["change"]) for item in sooner["items"]] == [("MD-2", "appear")]
    assert sooner["timers"]["offer_to_contract"] == {
        "breached": 4,
        "would_be": 5,
        "appear": 1,
        "disappear": 0,
    }
    assert sooner["items"][0]["before"]["due_at"] == "2026-11-21T14:00:00Z"
    assert sooner["items"][0]["after"]["due_at"] == "2026-11-20T14:00:00Z"
    later = http.post(
        "/v1/sla/what-if", json={"sla": {"offer_to_contract": "10d"}, "industry": "auto"}
    ).json()
    assert [item["master_deal_id"] for item in later["items"]] == ["MD-4", "MD-6"]
    assert (later["deals"], later["next_cursor"], later["writes"]) == (4, None, 0)
    assert http.get("/v1/sla", params={"state": "breached"}).json() == before


def test_pages_together_are_the_whole_and_the_stream_is_too(house: House, http: TestClient) -> None:
    portfolio(house, 12)
    body = {"sla": {"offer_to_contract": "30d"}}
    items, deals, cursor = [], 0, None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = http.post("/v1/sla/what-if", json=body, params=params).json()
        assert len(page["items"]) <= 2
        items += page["items"]
        deals += page["deals"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert (deals, len(items)) == (12, 9)
    streamed = http.post("/v1/sla/what-if", json=body, headers={"accept": "application/x-ndjson"})
    *lines, tally = [json.loads(line) for line in streamed.text.splitlines()]
    assert lines == items
    assert (tally["deals"], tally["timers"]["offer_to_contract"]["disappear"]) == (12, 9)


@pytest.mark.parametrize(
    ("body", "told_"),
    [
        ({"sla": {"offer_to_sale": "2d"}}, "offer_to_sale"),
        ({"sla": {"offer_to_contract": "two days"}}, "two days"),
        ({"sla": {}}, "sla"),
        ({"sla": {"offer_to_contract": "2d"}, "at": "2020-01-01T00:00:00Z"}, "past"),
        ({"sla": {"offer_to_contract": "2d"}, "stage": "sold"}, "sold"),
    ],
)
def test_what_cannot_be_supposed_is_said_so(http: TestClient, body: dict[str, Any], told_: str) -> None:
    answer = http.post("/v1/sla/what-if", json=body)
    assert answer.status_code in (400, 422)
    assert told_ in answer.text


def test_looking_ahead_shows_what_will_be_breached_if_nothing_happens(house: House, http: TestClient) -> None:
    portfolio(house, 3)
    body = {"sla": {"offer_to_contract": "2d"}, "at": "2026-11-22T18:00:00+03:00"}
    assert [item["master_deal_id"] for item in http.post("/v1/sla/what-if", json=body).json()["items"]] == [
        "MD-0"
    ]


def test_the_commands_say_the_same(house: House, tmp_path: Path) -> None:
    rested(house)
    portfolio(house, 5)

    def said(*args: str) -> str:
        result = CliRunner().invoke(main, [*args, "--data", str(tmp_path)])
        assert result.exit_code == 0, result.output
        return result.output

    assert "Приостановлен с 19.11.2026 12:00 по 19.11.2026 18:00: отпуск" in said("deal", "MD-77", "--why")
    assert "Приостановки" in said("deal", "MD-77")
    found = json.loads(said("deal", "MD-77", "--why", "--json"))
    assert found["why"][0]["left_out"][0]["left_out_s"] == 6 * 3600
    supposed = json.loads(
        said("what-if", "offer_to_contract=100000d", "--at", "2100-01-01T00:00:00Z", "--json")
    )
    assert supposed["timers"]["offer_to_contract"]["disappear"] == len(supposed["items"]) > 0
    assert "исчезнет" in said("what-if", "offer_to_contract=100000d", "--at", "2100-01-01T00:00:00Z")
    refused = CliRunner().invoke(main, ["what-if", "offer_to_contract", "--data", str(tmp_path)])
    assert refused.exit_code == 2


def test_the_tools_answer_from_the_same_arithmetic(house: House) -> None:
    rested(house)
    portfolio(house, 5)
    bench = Workbench(PortfolioView(house.store, house.book, house.clock))
    why = run(bench, "sla_why", {"master_deal_id": "MD-77"})
    assert why["timers"][0]["suspended_s"] == 6 * 3600
    moved = run(bench, "portfolio_what_if", {"limits": {"offer_to_contract": "2d"}})
    assert [row["master_deal_id"] for row in moved["moved"]] == ["MD-2"]
