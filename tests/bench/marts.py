"""The dashboard's questions over 1,000,000 deals and 10,000,000 stage intervals, the same ones on plain SQLite, and how
fast the marts follow the event log."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb

from masterdeal.marts.embedded import DuckWarehouse
from masterdeal.marts.model import Table, marts

DEALS = 1_000_000
STAGES = 10
AIM_P95 = 0.2
ROUNDS = 12
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
