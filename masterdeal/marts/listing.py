"""Rows to look at: the deals behind a number, by the same conditions that made it, and a page of a table."""

from __future__ import annotations

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
