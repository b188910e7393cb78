"""Rows to look at: the deals behind a number, by the same conditions that made it, and a page of a table."""

from __future__ import annotations

from typing import Final, Literal

from masterdeal.marts.model import Table
from masterdeal.marts.questions import Question
from masterdeal.marts.scope import Scope, stamp


def deals_of(scope: Scope, now: int, after: str, limit: int) -> Question:
    """Ids of the deals in scope, those after `after`, in their order."""
    condition, values = scope.deals(stamp(now))
    return Question(
        f"select master_deal_id from fact_deal where {condition} and master_deal_id > :after"
        " order by master_deal_id limit :limit",
        values | {"after": after, "limit": limit},
    )


Sort = Literal["id", "due", "-budget", "budget", "-age", "age", "-created", "created", "title", "client"]
_ORDER: Final[dict[Sort, str]] = {
    "id": "d.master_deal_id",
    "due": "u.due asc nulls last, d.created_at desc nulls last",
    "budget": "d.budget_amount asc nulls last",
    "-budget": "d.budget_amount desc nulls last",
    "age": "d.stage_since_at desc nulls last",
    "-age": "d.stage_since_at asc nulls last",
    "created": "d.created_at asc nulls last",
    "-created": "d.created_at desc nulls last",
    "title": "lower(d.title) asc nulls last",
    "client": "lower(d.client) asc nulls last",
}


def deals_sorted(scope: Scope, now: int, sort: Sort, start: int, limit: int) -> Question:
    """Ids of the deals in scope in an order, from the place `start` (from 0) on. `-age` begins with those that have
    been at their stage longest, `due` with those whose open timer fell or falls due first; what is not known is last."""
    condition, values = scope.deals(stamp(now))
    soonest = "select master_deal_id, min(due_at) as due from fact_sla where settled is null group by 1"
    joined = f" left join ({soonest}) u on u.master_deal_id = d.master_deal_id" if sort == "due" else ""
    return Question(
        f"select d.master_deal_id from (select * from fact_deal where {condition}) d{joined}"
        f" order by {_ORDER[sort]}, d.master_deal_id limit :limit offset :start",
        values | {"limit": limit, "start": start},
    )


def rows_of(table: Table, seen: Scope | None, start: int, limit: int) -> Question:
    """Rows of a table, or those of them that may be seen, ordered by their columns from the first on."""
    clauses, values = seen.conditions() if seen is not None else ([], {})
    where = f" where {' and '.join(clauses)}" if clauses else ""
    names = [column.name for column in table.columns]
    key = ", ".join(str(place) for place in range(1, len(names) + 1))
    return Question(
        f"select {', '.join(names)} from {table.name}{where} order by {key} limit :limit offset :start",
        values | {"limit": limit, "start": start},
    )
