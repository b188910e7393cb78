"""The values of the marts' columns as Arrow has them, in which they go to an engine and come from one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa

from masterdeal.marts.model import Column, Kind, Table

ARROW: Final[Mapping[Kind, pa.DataType]] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "real": pa.float64(),
    "money": pa.decimal128(30, 6),
    "boolean": pa.bool_(),
    "instant": pa.timestamp("us"),
    "day": pa.date32(),
}
_SIXTH: Final = Decimal("0.000001")


def array(values: Sequence[Any], column: Column) -> pa.Array:
    """The values of a column of the model; money to six places."""
    if column.kind == "money":
        values = [None if value is None else value.quantize(_SIXTH) for value in values]
    return pa.array(values, ARROW[column.kind])


def arrays(rows: Sequence[Sequence[Any]], columns: Sequence[Column]) -> list[pa.Array]:
    """Rows as one array for each of the columns; empty ones for no row."""
    if not rows:
        return [pa.array([], ARROW[column.kind]) for column in columns]
    return [array(values, column) for column, values in zip(columns, zip(*rows, strict=True), strict=True)]


def schema(table: Table) -> pa.Schema:
    """The columns of a table as they leave any engine."""
    return pa.schema([pa.field(column.name, ARROW[column.kind]) for column in table.columns])
