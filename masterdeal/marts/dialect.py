"""What differs between the engines that can hold the marts; everything else is one SQL for all of them.

Questions are written once, with `:name` for a value and the functions below for what has no common spelling."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, Protocol

from masterdeal.marts.model import Kind, Table

_VALUE: Final = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")

Values = Mapping[str, Any]


class Dialect(Protocol):
    """How an engine spells what the engines spell differently."""

    @property
    def name(self) -> str:
        """What the engine is called."""

    def bound(self, sql: str, values: Values) -> str:
        """The query with its `:name` marks as the engine wants them."""

    def ranks(self, expression: str, shares: tuple[float, ...]) -> str:
        """A list of percentiles of the values that are not null: that of a share is the value at rank
        ceil(share * count). Empty or null where there is none."""


class DuckDb:
    """The embedded engine, one process."""

    name = "duckdb"
    kinds: Final[Mapping[Kind, str]] = {
        "text": "varchar",
        "integer": "bigint",
        "real": "double",
        "money": "decimal(30, 6)",
        "boolean": "boolean",
        "instant": "timestamp",
        "day": "date",
    }

    def create(self, table: Table) -> str:
        if table.view is not None:
            return f"create or replace view {table.name} as {table.view.strip()}"
        columns = ", ".join(f"{column.name} {self.kinds[column.kind]}" for column in table.columns)
        return f"create table if not exists {table.name} ({columns})"

    def bound(self, sql: str, values: Values) -> str:
        return _VALUE.sub(lambda found: f"${_known(found[1], values)}", sql)

    def ranks(self, expression: str, shares: tuple[float, ...]) -> str:
        return f"quantile_disc({expression}, [{', '.join(map(str, shares))}])"


class ClickHouse:
    """The engine that serves from a server of its own; its tables are those of masterdeal.marts.nested."""

    name = "clickhouse"
    kinds: Final[Mapping[Kind, str]] = {
        "text": "String",
        "integer": "Int64",
        "real": "Float64",
        "money": "Decimal(30, 6)",
        "boolean": "Bool",
        "instant": "DateTime64(6, 'UTC')",
        "day": "Date32",
    }
    settings: Final[Mapping[str, Any]] = {"join_use_nulls": 1, "union_default_mode": "ALL"}
    """What a connection must be set to for the one SQL to mean the same here."""

    def bound(self, sql: str, values: Values) -> str:
        return _VALUE.sub(lambda found: f"{{{found[1]}:{_type_of(values[found[1]])}}}", sql)

    def ranks(self, expression: str, shares: tuple[float, ...]) -> str:
        ordered = f"arraySort(groupArray({expression}))"
        places = ", ".join(
            f"{ordered}[toUInt64(greatest(1, ceil({share} * count({expression}))))]" for share in shares
        )
        return f"[{places}]"


def _known(name: str, values: Values) -> str:
    values[name]
    return name


def _type_of(value: Any) -> str:
    match value:
        case bool():
            return "Bool"
        case int():
            return "Int64"
        case float():
            return "Float64"
        case Decimal():
            return "Decimal(30, 6)"
        case datetime():
            return "DateTime64(6, 'UTC')"
        case date():
            return "Date32"
        case _:
            return "String"


def used(sql: str, values: Values) -> dict[str, Any]:
    """Only those values that the query names."""
    return {name: values[name] for name in dict.fromkeys(_VALUE.findall(sql))}
