"""SQL of anyone on the marts: one SELECT over their tables, and nothing else, however it is dressed up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from masterdeal.errors import BadRequest, MartsFailed, MartsHeld
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.warehouse import Fed


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DuckWarehouse]:
    opened = DuckWarehouse(tmp_path_factory.mktemp("free") / "marts.duckdb")
    opened.begin("edition", {})
    yield opened
    opened.close()


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from fact_deal",
        "FROM fact_sla",
        "with late as (select * from fact_sla where ended_at > due_at) select timer, count(*) from late group by all",
        "select d.industry, avg(s.spent_s) over (partition by s.timer) from fact_deal d join fact_sla s using (master_deal_id)",
        "select * from range(3) order by 1 desc",
        "(select 1) union all (select 2) -- a comment; with a semicolon",
        "select quantile_cont(spent_s, 0.9), median(spent_working_s) from fact_sla",
        "select * from post_analysis p, dim_client c where p.client = c.client",
        "select * from unnest([1, 2, 3])",
        "select 'drop table fact_deal; --' as text",
    ],
)
def test_answered(warehouse: DuckWarehouse, sql: str) -> None:
    assert warehouse.ask_freely(sql, 10, 5.0).columns


@pytest.mark.parametrize(
    "sql",
    [
        "",
        "selec 1",
        "drop table fact_deal",
        "delete from fact_deal",
        "insert into fact_nps select * from fact_nps",
        "update fact_deal set title = 'x'",
        "create table mine as select 1",
        "create temp view mine as select 1",
        "truncate fact_deal",
        "alter table fact_deal add column x integer",
        "select 1; drop table fact_deal",
        "select 1; select 2",
        "with x as (insert into fact_nps select * from fact_nps returning *) select * from x",
        "with x as (delete from fact_deal returning *) select * from x",
        "copy fact_deal to 'out.csv'",
        "copy (select 1) to '/dev/stdout'",
        "export database 'out'",
        "attach 'other.db' as other",
        "detach marts",
        "use memory",
        "set enable_external_access = true",
        "reset enable_external_access",
        "pragma database_list",
        "pragma enable_profiling",
        "install httpfs",
        "load httpfs",
        "call pragma_version()",
        "explain analyze select 1",
        "describe fact_deal",
        "summarize fact_deal",
        "show tables",
        "checkpoint",
        "vacuum",
        "begin",
        "prepare p as select 1",
        "execute p",
        "select * from '/etc/passwd'",
        'select * from "/etc/passwd"',
        "select * from 'marts.duckdb'",
        "select * from read_text('/etc/passwd')",
        "select * from read_csv('/etc/passwd')",
        "select * from read_blob('/etc/hostname')",
        "select * from read_parquet('https://example.org/x.parquet')",
        "select * from glob('/*')",
        "select * from sniff_csv('/etc/passwd')",
        "select * from query('select 1')",
        "select * from query_table('fact_deal')",
        "select * from duckdb_settings()",
        "select * from duckdb_databases()",
        "select * from duckdb_secrets()",
        "select * from pragma_database_list",
        "select * from pragma_table_info('fact_deal')",
        "select * from information_schema.tables",
        "select * from pg_catalog.pg_tables",
        "select * from main.sqlite_master",
        "select * from sqlite_master",
        "select * from mart_fed",
        "select * from MART_FED",
        "select * from marts.main.mart_fed",
        "select * from mart_again",
        "with mart_fed as (select 1) select * from (select * from mart_fed)",
        "select (with duckdb_settings as (select 1) select 1), * from duckdb_settings",
        "select current_setting('temp_directory')",
        "select getenv('HOME')",
        "select getvariable('x')",
        "select count(*) from fact_deal where exists (select * from read_text('/etc/passwd'))",
        "select (select content from read_text('/etc/passwd'))",
        "select * from fact_deal order by (select max(file) from glob('/*'))",
        "select * from fact_deal limit (select count(*) from glob('/*'))",
        "select * from (pivot (select * from read_csv('/etc/passwd')) on column0)",
        "select list_transform([1], x -> (select count(*) from glob('/*')))",
        "select nextval('s')",
        "select write_log('x')",
        "select error('x')",
        "select 1 /* " + "x" * 20_000 + " */",
        "select " + "(" * 3000 + "1" + ")" * 3000,
        "select \x00 1",
    ],
)
def test_refused(warehouse: DuckWarehouse, sql: str) -> None:
    with pytest.raises(BadRequest):
        warehouse.ask_freely(sql, 10, 5.0)
    # And whatever was tried, everything is as it was.
    assert warehouse.fed() == Fed("edition", 0, whole=False)
    assert warehouse.ask_freely("select 1", 1, 5.0).rows == [(1,)]


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) from range(1000000000000)",
        "with recursive r as (select 1 as n union all select n + 1 from r) select max(n) from r",
        "select count(*) from range(100000000) a, range(100000000) b where a.range * b.range % 7 = 3",
    ],
)
def test_a_query_that_takes_too_long_is_cut_off(warehouse: DuckWarehouse, sql: str) -> None:
    start = time.monotonic()
    with pytest.raises(BadRequest, match="longer than"):
        warehouse.ask_freely(sql, 10, 0.3)
    assert time.monotonic() - start < 60


def test_a_query_that_wants_too_much_memory_is_refused(tmp_path: Path) -> None:
    small = DuckWarehouse(tmp_path / "marts.duckdb", memory="60MB")
    with pytest.raises(BadRequest):
        small.ask_freely("select list(repeat('x', 1000)) from range(1000000)", 10, 20.0)
    assert small.ask_freely("select 1", 1, 5.0).rows == [(1,)]
    small.close()


def test_more_rows_than_asked_for_are_cut(warehouse: DuckWarehouse) -> None:
    found = warehouse.ask_freely("select * from range(1000)", 10, 5.0)
    assert (len(found.rows), found.cut) == (10, True)
    assert not warehouse.ask_freely("select * from range(10)", 10, 5.0).cut


def test_queries_run_side_by_side_with_feeding(warehouse: DuckWarehouse) -> None:
    faults: list[Exception] = []

    def ask() -> None:
        try:
            for _ in range(20):
                warehouse.ask_freely("select count(*) from fact_deal, range(1000)", 5, 5.0)
        except (BadRequest, MartsFailed) as error:
            faults.append(error)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        warehouse.take([f"MD-{number}"], {}, {f"MD-{number}": number}, Fed("edition", 0, whole=False))
    for thread in threads:
        thread.join()
    assert faults == []


def test_35_a_second_process_is_refused_politely(warehouse: DuckWarehouse, tmp_path: Path) -> None:
    import subprocess
    import sys

    first = DuckWarehouse(tmp_path / "marts.duckdb")
    script = (
        "import sys\nfrom pathlib import Path\nfrom masterdeal.errors import MartsHeld\n"
        "from masterdeal.marts.embedded import DuckWarehouse\n"
        "try:\n    DuckWarehouse(Path(sys.argv[1]))\nexcept MartsHeld as error:\n    print('held:', error.message)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "marts.duckdb")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("held:"), done.stdout
    assert first.ask("select 1").rows == [(1,)]
    first.close()
    assert issubclass(MartsHeld, Exception)
