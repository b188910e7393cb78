"""How the marts lie in ClickHouse: all that a deal has in one row, so that one insert replaces all of it at once.

The engine has no transactions over tables, and an insert of one block into one partition is whole or not at all. So the
facts of a deal are nested columns of a single table, how far the feeding has come is a row of that same table (the one
without a deal) and goes in with the block that it tells of, and the tables of the model are views that unfold it.

Of the rows of a deal the one of the highest version counts (ReplacingMergeTree): that made from the longest log. What a
feeder repeats after a crash, or a second one feeds as well, is therefore the same row once more.

Filling from zero makes a new generation in a partition of its own; the views show the newest one that is whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pyarrow as pa

from masterdeal.marts.arrow import array, arrays
from masterdeal.marts.dialect import ClickHouse
from masterdeal.marts.model import Column, Model, Row, Rows, Table
from masterdeal.marts.warehouse import Fed

DEALS: Final = "mart_deals"
WHOLE_PREFIX: Final = "mart_"
SHOWN: Final = f"(select max(generation) from {DEALS} where master_deal_id = '' and fed_whole)"
_NEWEST: Final = f"from {DEALS} final where master_deal_id = '' order by generation desc limit 1"
MARK: Final = f"select generation, fed_edition, fed_position, fed_source, fed_id, fed_whole {_NEWEST}"
STAMP: Final = f"select generation, taken_at {_NEWEST}"
"""What differs after every insert of deals."""
_FED: Final = {
    "fed_edition": "String",
    "fed_position": "Int64",
    "fed_source": "String",
    "fed_id": "String",
    "fed_whole": "Bool",
}


def tables(model: Model) -> dict[str, str]:
    """The statements that make the stored tables, by name."""
    kinds = ClickHouse.kinds
    columns = [
        "generation UInt64",
        "master_deal_id String",
        "version UInt64",
        *(f"{column.name} Nullable({kinds[column.kind]})" for column in model.shared),
        *(
            f"`{table.name}.{column.name}` Array(Nullable({kinds[column.kind]}))"
            for table in model.stored
            if table.of_deals
            for column in own(table, model)
        ),
        "again Nullable(Int64)",
        *(f"{name} {type_}" for name, type_ in _FED.items()),
        "taken_at DateTime64(6, 'UTC') default now64(6)",
    ]
    made = {
        DEALS: f"create table if not exists {DEALS} ({', '.join(columns)}) engine = ReplacingMergeTree(version)"
        " partition by generation order by (generation, master_deal_id)"
    }
    for table in model.stored:
        if not table.of_deals:
            name = WHOLE_PREFIX + table.name
            held = ", ".join(f"{column.name} Nullable({kinds[column.kind]})" for column in table.columns)
            made[name] = (
                f"create table if not exists {name} (generation UInt64, place UInt64, {held})"
                " engine = ReplacingMergeTree partition by generation order by (generation, place)"
            )
    return made


def columns_of(model: Model) -> dict[str, list[str]]:
    """The names of the columns of the stored tables, by table: what is compared with what a server holds."""
    deals = [
        *("generation", "master_deal_id", "version"),
        *(column.name for column in model.shared),
        *(
            f"{table.name}.{column.name}"
            for table in model.stored
            if table.of_deals
            for column in own(table, model)
        ),
        *("again", *_FED, "taken_at"),
    ]
    whole = {
        WHOLE_PREFIX + table.name: ["generation", "place", *(column.name for column in table.columns)]
        for table in model.stored
        if not table.of_deals
    }
    return {DEALS: deals} | whole


def views(model: Model) -> list[str]:
    """The statements that make the tables of the model visible under their names."""
    return [_view(table, model) for table in model.tables.values()]


def _view(table: Table, model: Model) -> str:
    if table.view is not None:
        return f"create or replace view {table.name} as {table.view.strip()} settings join_use_nulls = 1"
    names = ", ".join(column.name for column in table.columns)
    if not table.of_deals:
        held = f"{WHOLE_PREFIX}{table.name} final where generation = {SHOWN}"
        return f"create or replace view {table.name} as select {names} from {held}"
    unfolded = ", ".join(f"`{table.name}.{column.name}` as {column.name}" for column in own(table, model))
    return (
        f"create or replace view {table.name} as select {names} from {DEALS} final array join {unfolded}"
        f" where generation = {SHOWN}"
    )


def own(table: Table, model: Model) -> tuple[Column, ...]:
    """The columns of a table beside the deal and what all facts share."""
    return table.columns[1 + len(model.shared) :]


def block(
    model: Model,
    generation: int,
    deals: Sequence[str],
    rows: Rows,
    again: Mapping[str, int],
    fed: Fed,
    seen: int,
) -> pa.Table:
    """What one insert holds: a row for each of the deals, and the mark of how far the feeding has come."""
    facts = [table for table in model.stored if table.of_deals]
    found = {table.name: _by_deal(rows.get(table.name, ())) for table in facts}
    keys = [*dict.fromkeys(deals), ""]
    shared = [_shared(deal, facts, found, len(model.shared)) for deal in keys]
    count = len(keys)
    columns: dict[str, pa.Array] = {
        "generation": pa.array([generation] * count, pa.uint64()),
        "master_deal_id": pa.array(keys, pa.string()),
        "version": pa.array([seen] * (count - 1) + [fed.position], pa.uint64()),
    }
    for column, values in zip(model.shared, zip(*shared, strict=True), strict=True):
        columns[column.name] = array(values, column)
    for table in facts:
        columns |= _nested(table, own(table, model), keys, found[table.name], 1 + len(model.shared))
    columns["again"] = pa.array([again.get(deal) for deal in keys], pa.int64())
    marks = (fed.edition, fed.position, fed.source, fed.id, fed.whole)
    none = ("", 0, "", "", False)
    for name, mark, absent in zip(_FED, marks, none, strict=True):
        columns[name] = pa.array([absent] * (count - 1) + [mark])
    return pa.table(columns)


def whole_block(table: Table, generation: int, rows: Sequence[Row]) -> pa.Table:
    """The rows of a table that belongs to no deal."""
    columns = {
        "generation": pa.array([generation] * len(rows), pa.uint64()),
        "place": pa.array(range(len(rows)), pa.uint64()),
    }
    for column, values in zip(table.columns, arrays(rows, table.columns), strict=True):
        columns[column.name] = values
    return pa.table(columns)


def _by_deal(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(row)
    return found


def _shared(
    deal: str, facts: Sequence[Table], found: Mapping[str, Mapping[str, list[Row]]], width: int
) -> Row:
    """What all facts of a deal share, from whichever it has."""
    for table in facts:
        rows = found[table.name].get(deal)
        if rows:
            return rows[0][1 : 1 + width]
    return (None,) * width


def _nested(
    table: Table, columns: Sequence[Column], keys: Sequence[str], found: Mapping[str, list[Row]], start: int
) -> dict[str, pa.Array]:
    """The rows of a table as lists, one of them for each deal."""
    offsets, flat = [0], []
    for deal in keys:
        flat += [row[start:] for row in found.get(deal, ())]
        offsets.append(len(flat))
    places = pa.array(offsets, pa.int32())
    return {
        f"{table.name}.{column.name}": pa.ListArray.from_arrays(places, values)
        for column, values in zip(columns, arrays(flat, columns), strict=True)
    }
