"""The dashboard's questions over 1,000,000 deals and 10,000,000 stage intervals, the same ones on plain SQLite, and how
fast the marts follow the event log."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from masterdeal.flow.intake import read, record
from masterdeal.instant import DAY
from masterdeal.marts.board import Order, board
from masterdeal.marts.clocked import worked
from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.feed import Feed
from masterdeal.marts.model import Table, marts
from masterdeal.marts.questions import Question, Questions
from masterdeal.marts.scope import Scope, stamp
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.store.sqlite import SqliteStore
from tests.bench.rounds import alternating, line, medians, timed
from tests.bench.story import BEGIN, arriving, batches

DEALS = 1_000_000
STAGES = 10
AIM_P95 = 0.2
ROUNDS = 6
# Questions that SQLite understands as they are, and the columns that they look at.
SHARED = {
    "deals by manager and stage": "select manager, deal_stage, count(*), sum(budget_amount) from fact_deal group by 1, 2",
    "timers by outcome": "select timer, settled, count(*), avg(spent_s), max(spent_s) from fact_sla group by 1, 2",
    "time in each stage": "select stage, count(*), avg(spent_s), max(spent_s) from fact_stage group by 1",
}
NARROW = {
    "fact_deal": ("manager", "deal_stage", "budget_amount"),
    "fact_sla": ("timer", "settled", "spent_s"),
    "fact_stage": ("stage", "spent_s"),
}
FED_DEALS = 2_000
NOW = 1_795_000_000_000_000

# One deal per number `n`, spread by its hash over what the dashboard cuts by; the same numbers on every engine.
_SPREAD = """
select n, 'D' || lpad(cast(n as varchar), 8, '0') as master_deal_id, h,
  'K' || cast(h % 40000 as varchar) as client_key, 'industry ' || cast(h % 14 as varchar) as industry,
  'type ' || cast(h // 7 % 4 as varchar) as client_type, 'manager ' || cast(h // 11 % 60 as varchar) as manager,
  'source ' || cast(h // 13 % 5 as varchar) as source, cast(100000 + h // 17 % 40000000 as decimal(30, 6)) as budget_amount,
  'RUB' as budget_currency,
  make_timestamp({now} - 86400000000 - (h // 19 % 94608000) * 1000000) as created_at,
  cast(h // 23 % 10 as bigint) as rank,
  (h // 29 % 400000 + 3600) * 1000000 as pace
from (select n, cast(hash(n) // 4 as bigint) as h from range({deals}) as t(n))
"""
_LADDER = "['draft','briefed','planning','offer_ready','contracting','launching','running','closing','closed','cancelled']"
_TIMERS = {
    "lead_to_brief": (0, 1, 28_800),
    "brief_to_offer": (1, 3, 172_800),
    "offer_to_contract": (3, 5, 259_200),
    "contract_to_launch": (5, 6, 172_800),
    "launch_to_close": (6, 8, 2_592_000),
}


def _columns(table: Table, given: dict[str, str]) -> str:
    """The select list of a table: what is given, a shared column under its own name, or null."""
    shared = {column.name for column in marts().shared}
    return ", ".join(
        f"{given[column.name]} as {column.name}"
        if column.name in given
        else column.name
        if column.name in shared or column.name == "master_deal_id"
        else f"null as {column.name}"
        for column in table.columns
    )


def _at(rank: str) -> str:
    return f"created_at + to_microseconds({rank} * pace)"


def fill(path: Path, deals: int, now: int) -> None:
    """Invented marts of so many deals with ten stage intervals each, made inside the engine."""
    DuckWarehouse(path).close()
    tables = marts().tables
    stage = f"{_LADDER}[rank + 1]"
    over = "rank >= 8"
    with closing(duckdb.connect(str(path))) as db:
        db.execute(f"create temp table spread as {_SPREAD.format(now=now, deals=deals)}")
        fact = {
            "deal_stage": stage,
            "stage_rank": "case when rank = 9 then -1 else rank end",
            "pipeline_step": "rank + 1",
            "stage_since_at": _at("rank"),
            "stage_since_working_s": f"epoch({_at('rank')}) * 0.27",
            "outcome": "case rank when 8 then 'won' when 9 then 'lost' else 'open' end",
            "ended_at": f"case when {over} then {_at('rank')} end",
            "cycle_s": f"case when {over} then rank * pace / 1000000.0 end",
            "cycle_working_s": f"case when {over} then rank * pace / 1000000.0 * 0.27 end",
            "furthest_rank": "least(rank, 8)",
            "budget_vat": "'incl'",
            "budget_vat_rate": "'0.22'",
            "budget_commission": "'none'",
            "anomalies": "0",
            "events": "rank",
            "last_event_at": _at("rank"),
        }
        db.execute(
            f"insert into fact_deal select {_columns(tables['fact_deal'], fact)} from spread order by created_at"
        )
        stays = {
            "deal_stage": stage,
            "ordinal": "k + 1",
            "stage": f"{_LADDER}[k + 1]",
            "stage_rank": "k",
            "entered_at": _at("k"),
            "entered_on": f"cast({_at('k')} as date)",
            "left_at": f"case when k < {STAGES - 1} then {_at('(k + 1)')} end",
            "spent_s": f"case when k < {STAGES - 1} then pace / 1000000.0 end",
        }
        db.execute(
            f"insert into fact_stage select {_columns(tables['fact_stage'], stays)} from spread, range({STAGES}) as s(k)"
        )
        for name, (first, last, limit) in _TIMERS.items():
            spent = f"{last - first} * pace / 1000000.0"
            ended = f"rank >= {last}"
            timer = {
                "deal_stage": stage,
                "timer": f"'{name}'",
                "started_at": _at(str(first)),
                "started_on": f"cast({_at(str(first))} as date)",
                "due_at": f"{_at(str(first))} + to_seconds({limit})",
                "at_risk_at": f"{_at(str(first))} + to_seconds({limit * 0.8})",
                "stopped_at": f"case when {ended} then {_at(str(last))} end",
                "ended_at": f"case when {ended} then {_at(str(last))} end",
                "settled": f"case when {ended} then case when {spent} <= {limit} then 'met' else 'met_late' end end",
                "limit_s": str(limit),
                "suspended_s": "0",
                "suspended_working_s": "0",
                "spent_s": f"case when {ended} then {spent} end",
                "spent_working_s": f"case when {ended} then {spent} * 0.27 end",
                "until_due_s": str(limit),
                "until_due_working_s": f"{limit} * 0.27",
                "started_working_s": f"epoch({_at(str(first))}) * 0.27",
            }
            db.execute(
                f"insert into fact_sla select {_columns(tables['fact_sla'], timer)} from spread where rank >= {first}"
            )
        db.execute("checkpoint")


def _asked(warehouse: DuckWarehouse) -> dict[str, Question]:
    """Every question of the dashboard about all deals."""
    clock = {"now": stamp(NOW), "worked": worked(read_calendars()["working-ru"], NOW)}
    ask = Questions(warehouse.dialect, Scope(), "elapsed", clock)
    created, won, lost, breached = ask.flow(stamp(NOW - 1000 * DAY), stamp(NOW))
    deals, timers = ask.period(stamp(NOW - 30 * DAY), stamp(NOW))
    return {
        "stages": ask.stages(),
        "sums": ask.sums(),
        "timers": ask.timers(),
        "percentiles of timers": ask.timer_ranks(),
        "outcomes": ask.outcomes(longer=(30, 60, 90)),
        "funnel": ask.funnel(),
        "ageing": ask.ageing((1, 3, 7, 14, 30, 90)),
        "created": created,
        "won": won,
        "lost": lost,
        "breached": breached,
        "period, deals": deals,
        "period, timers": timers,
        "stages by manager": ask.stages("manager"),
        "sums by manager": ask.sums("manager"),
        "timers by manager": ask.timers("manager"),
        "percentiles by manager": ask.timer_ranks("manager"),
        "outcomes by manager": ask.outcomes("manager"),
    }


def _in_sqlite(path: Path, warehouse: DuckWarehouse) -> sqlite3.Connection:
    """The columns that the shared questions look at, in plain tables."""
    db = sqlite3.connect(path)
    db.execute("pragma synchronous = off")
    for table, columns in NARROW.items():
        db.execute(f"create table {table} ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        with duckdb_rows(warehouse, table, columns) as batches:
            for batch in batches:
                db.executemany(f"insert into {table} values ({marks})", batch)
    db.commit()
    return db


class duckdb_rows:  # noqa: N801 (a context in the words of the loop)
    """Batches of rows of some columns, money as a number."""

    def __init__(self, warehouse: DuckWarehouse, table: str, columns: tuple[str, ...]) -> None:
        shown = ", ".join(f"cast({c} as double)" if c == "budget_amount" else c for c in columns)
        self._db = warehouse._cursor()
        self._db.execute(f"select {shown} from {table}")

    def __enter__(self) -> Iterator[list[tuple[Any, ...]]]:
        return iter(lambda: self._db.fetchmany(100_000), [])

    def __exit__(self, *_: object) -> None:
        self._db.close()


def _fed(folder: Path, every: int) -> tuple[float, float]:
    """Events per second that the event store takes in, in batches of 500, each of another deal, and that the marts follow,
    which look after `every` events."""
    book, store, now = read_rulebook(), SqliteStore(folder / f"events-{every}.db"), BEGIN + 30 * DAY
    warehouse = DuckWarehouse(folder / f"followed-{every}.duckdb")
    feed = Feed(store, warehouse, book, read_calendars()["working-ru"], lambda: now)
    feed.round()
    taken = followed = 0.0
    come = 0
    for batch, _ in batches(list(arriving(FED_DEALS)), 500):

        def take(batch: list[bytes] = batch) -> None:
            with store.writing() as tx:
                record(tx, [read(body, book) for body in batch], book, now)

        taken += timed(take)
        come += len(batch)
        if come % every == 0:
            followed += timed(feed.round)
    followed += timed(feed.round)
    assert feed.round() == 0
    warehouse.close()
    store.close()
    return come / taken, come / followed


def run() -> list[str]:
    """Milliseconds of the dashboard's questions, the ratio of SQLite's to ours, the marts' rate over the event store's."""
    report = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "marts.duckdb", DEALS, NOW)
        warehouse = DuckWarehouse(folder / "marts.duckdb")
        counts = [warehouse.ask(f"select count(*) from {table}").rows[0][0] for table in NARROW]
        report.append(f"{counts[0]:,} deals, {counts[2]:,} stage intervals, {counts[1]:,} timers")
        slowest: tuple[float, str] = (0.0, "")
        for what, question in _asked(warehouse).items():
            taken = [timed(lambda question=question: warehouse.ask(*question)) for _ in range(ROUNDS)]
            p95 = quantiles(taken, n=20)[-1]
            slowest = max(slowest, (p95, what))
            report.append(f"  {what:<30} p95 {p95 * 1e3:>6.0f} ms")
        report.append(
            line("slowest question, p95 in s", slowest[0], f"< {AIM_P95}", slowest[0] < AIM_P95, slowest[1])
        )
        book, working = read_rulebook(), read_calendars()["working-ru"]
        for what, order in {
            "whole dashboard, one manager": Order(Scope(manager="manager 7")),
            "whole dashboard, 90 days": Order(Scope(created_from=NOW - 90 * DAY, created_to=NOW)),
            "whole dashboard, all deals": Order(Scope()),
        }.items():
            start = time.perf_counter()
            board(warehouse, order, book, working, NOW)
            report.append(f"  {what:<30} {(time.perf_counter() - start) * 1e3:>10.0f} ms")
        with closing(_in_sqlite(folder / "plain.db", warehouse)) as plain:
            for what, sql in SHARED.items():
                sides = {
                    "marts": lambda sql=sql: timed(lambda: warehouse.ask(sql)),
                    "sqlite": lambda sql=sql: timed(lambda: plain.execute(sql).fetchall()),
                }
                seconds = medians(alternating(sides, 3))
                ratio = seconds["sqlite"] / seconds["marts"]
                report.append(line(f"SQLite / marts: {what}", ratio, "> 10", ratio > 10))
        warehouse.close()
        for every, what in ((500, "each commit, every event of another deal"), (4_000, "once a second")):
            taken, followed = _fed(folder, every)
            note = f"{followed:,.0f} against {taken:,.0f} events/s"
            report.append(
                line(
                    f"the marts look {what} / events taken in",
                    followed / taken,
                    "> 1",
                    followed > taken,
                    note,
                )
            )
    return report
