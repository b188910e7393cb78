"""What a person may ask of marts on a server of ClickHouse, and how its HTTP interface is spoken to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import clickhouse
import httpx
import pytest
import respx
from hypothesis import given, settings
from hypothesis import strategies as st

from masterdeal.errors import BadRequest, MartsUnavailable, Misconfigured
from masterdeal.marts.clickhouse import ClickHouseWarehouse
from masterdeal.marts.clickhouse_http import Link


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouseWarehouse]:
    if not clickhouse.INSTALLED:
        pytest.skip("chdb is not installed")
    server = clickhouse.Server(tmp_path_factory.mktemp("free"))
    try:
        opened = clickhouse.opened(server.url)
        opened.begin("edition", {})
        yield opened
        opened.close()
    finally:
        server.kill()


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from fact_deal",
        "with late as (select * from fact_sla where ended_at > due_at) select timer, count(*) from late group by all",
        "select d.industry, quantile(0.9)(s.spent_s) from fact_deal d join fact_sla s using (master_deal_id) group by 1",
        "select * from numbers(3) order by 1 desc",
        "(select 1) union all (select 2) -- a comment; with a semicolon",
        "select * from post_analysis p, dim_client c where p.client = c.client",
        "select count(*) from fact_deal d where d.master_deal_id in (select master_deal_id from fact_sla)",
        "select count(*) from fact_deal d where d.deal_stage not in ('draft', 'closed')",
        "select 'drop table mart_deals; --' as text",
        "select 'a\nb' as text",
    ],
)
def test_answered(warehouse: ClickHouseWarehouse, sql: str) -> None:
    assert warehouse.ask_freely(sql, 10, 30.0).columns


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "selec 1",
        "drop table mart_deals",
        "insert into mart_deals (master_deal_id) values ('x')",
        "alter table mart_deals delete where 1",
        "truncate table mart_deals",
        "create table mine (x Int64) engine = Memory",
        "optimize table mart_deals",
        "set readonly = 0",
        "use system",
        "show tables",
        "describe table fact_deal",
        "system shutdown",
        "grant all on *.* to default",
        "explain select 1",
        "select 1; drop table mart_deals",
        "select 1) ; drop table mart_deals; (select 1",
        "select 1 format CSV",
        "select 1 into outfile 'out.csv'",
        "select 1 settings readonly = 0",
        "select * from (select 1 settings max_threads = 1)",
        "select * from mart_deals",
        "select * from MART_DEALS",
        "select * from `mart_deals`",
        "select 1 where 'x' in mart_deals",
        "select * from system.users",
        "select * from `system`.`users`",
        "select 1 where 'x' in system.users",
        "select 1 where in('x', system.users)",
        "select 1 where 'x' global not in system.users",
        "select * from fact_deal where master_deal_id in (select name from system.users)",
        "with x as (select * from system.users) select * from x",
        "select * from information_schema.tables",
        "select * from file('/etc/passwd', 'LineAsString')",
        "select file('/etc/passwd')",
        "select FILE('/etc/passwd')",
        "select * from url('http://127.0.0.1:1/', 'LineAsString')",
        "select * from remote('127.0.0.1', system.users)",
        "select * from merge('system', 'users')",
        "select * from executable('ls', 'TSV', 'x String')",
        "select * from mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')",
        "select dictGet('a', 'b', 1)",
        "select joinGet('a', 'b', 1)",
        "select getSetting('max_threads')",
        "select hostName()",
        "select currentUser()",
        "select version()",
        "select sleep(1)",
        "select 1 /* never ends",
        f"select '{'x' * 20_001}'",
    ],
)
def test_refused(warehouse: ClickHouseWarehouse, sql: str) -> None:
    with pytest.raises(BadRequest):
        warehouse.ask_freely(sql, 10, 30.0)
    assert warehouse.fed() is not None


def test_cut_and_interrupted(warehouse: ClickHouseWarehouse) -> None:
    found = warehouse.ask_freely("select number from numbers(100)", 7, 30.0)
    assert (len(found.rows), found.cut) == (7, True)
    with pytest.raises(BadRequest, match="took longer"):
        warehouse.ask_freely(
            "select count(*) from numbers(100000000000) a where a.number % 7 = sipHash64(a.number)", 7, 0.5
        )


@settings(max_examples=40, deadline=None)
@given(
    text=st.text(st.characters(exclude_categories=["Cs"])),
    number=st.integers(-(2**63), 2**63 - 1),
    money=st.decimals(-(10**12), 10**12, places=6),
    moment=st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)),  # noqa: DTZ001
)
def test_values_arrive_as_they_were_sent(
    warehouse: ClickHouseWarehouse, text: str, number: int, money: Decimal, moment: datetime
) -> None:
    values: dict[str, Any] = {"t": text, "n": number, "m": money, "i": moment, "b": True}
    found = warehouse.ask("select :t as t, :n as n, :m as m, :i as i, :b as b", values)
    assert found.dicts() == [values]


@pytest.mark.parametrize(
    "url",
    [
        "clickhouse://host/db",
        "http://host",
        "http://host/",
        "http://host/a/b",
        "http:///db",
        "http://host:port/db",
    ],
)
def test_an_address_that_is_none(url: str) -> None:
    with httpx.Client() as client, pytest.raises(Misconfigured) as refused:
        Link(url, client)
    assert "secret" not in refused.value.message


def test_who_asks_stands_in_the_headers_and_in_no_message() -> None:
    link = Link("https://a%40b:s%3Acret@marts.example/deals", httpx.Client())
    try:
        with respx.mock(base_url="https://marts.example:8443") as mock:
            route = mock.post("/").mock(side_effect=[httpx.Response(200), httpx.ConnectError("refused")])
            link.run("select 1")
            sent = route.calls[0].request
            assert (sent.headers["x-clickhouse-user"], sent.headers["x-clickhouse-key"]) == ("a@b", "s:cret")
            assert sent.url.params["database"] == "deals"
            assert "cret" not in str(sent.url)
            with pytest.raises(MartsUnavailable) as down:
                link.run("select 1")
        assert "cret" not in f"{down.value.message} {down.value.facts}"
    finally:
        link.close()


def test_an_answer_that_breaks_off_is_not_taken_for_all() -> None:
    link = Link("http://marts.example/deals", httpx.Client())
    try:
        with respx.mock(base_url="http://marts.example:8123") as mock:
            mock.post("/").respond(200, content=b"\xff\xff\xff\xff\x10\x00\x00\x00half of it")
            with pytest.raises(MartsUnavailable):
                link.rows("select 1", {}, {})
    finally:
        link.close()
