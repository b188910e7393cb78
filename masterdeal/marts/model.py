"""The tables of the marts, as the model file states them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal, get_args

from msgspec import Struct

from masterdeal import reference
from masterdeal.errors import Misconfigured

Kind = Literal["text", "integer", "real", "money", "boolean", "instant", "day"]
KINDS: Final = frozenset(get_args(Kind))

Row = tuple[Any, ...]
Rows = dict[str, list[Row]]
"""Rows by table, each with the values of the table's columns in their order. Instants are microseconds, days
`datetime.date`, money `Decimal`."""


class Column(Struct, frozen=True):
    """One column, with its meaning in both languages and where its values come from."""

    name: str
    kind: Kind
    ru: str
    en: str
    source: str


class Table(Struct, frozen=True):
    """One table. `per` says what a row stands for; `view` is the query of a table that is computed from others."""

    name: str
    per: str
    ru: str
    en: str
    columns: tuple[Column, ...]
    view: str | None = None

    @property
    def of_deals(self) -> bool:
        """Whether its rows belong to single deals and are restated with them."""
        return self.view is None and any(column.name == "master_deal_id" for column in self.columns)

    def column(self, name: str) -> Column | None:
        """The column of a name."""
        return next((column for column in self.columns if column.name == name), None)


class Model(Struct, frozen=True):
    """All tables. `years` are the first and last of dim_date. Two stores of marts with the same `edition` have the same columns."""

    version: str
    tables: dict[str, Table]
    shared: tuple[Column, ...]
    years: tuple[int, int]

    @property
    def stored(self) -> tuple[Table, ...]:
        """The tables that hold rows."""
        return tuple(table for table in self.tables.values() if table.view is None)

    @property
    def edition(self) -> str:
        """What changes when a store of marts must be filled anew."""
        columns = [(table.name, [(c.name, c.kind) for c in table.columns]) for table in self.stored]
        return f"{self.version}/{self.years}/{columns!r}"


def read_model(table: Mapping[str, Any]) -> Model:
    """The model of its TOML table; Misconfigured names a kind that is none."""
    shared = tuple(_column(row["name"], row) for row in table["shared"])
    tables = {}
    for row in table["table"]:
        own = [_column(name, given) for name, given in row["columns"].items()]
        if row.get("shared"):
            own[1:1] = shared
        tables[row["name"]] = Table(
            row["name"], row["per"], row["ru"], row["en"], tuple(own), row.get("view")
        )
    dates = table["dates"]
    return Model(table["version"], tables, shared, (dates["first"], dates["last"]))


def _column(name: str, row: Mapping[str, Any]) -> Column:
    if row["kind"] not in KINDS:
        raise Misconfigured(f"the marts' column {name} has the unknown kind {row['kind']!r}")
    return Column(name, row["kind"], row["ru"], row["en"], row["source"])


@cache
def marts() -> Model:
    """The packaged model."""
    return read_model(reference.table("marts/model.toml"))
