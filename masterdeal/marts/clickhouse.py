"""The marts on a ClickHouse server: what one machine cannot hold or answer in time. How they lie there, and why one
insert is a transaction, is told in masterdeal.marts.nested.

The server holds nothing that the event log does not: tables that are not as they should be are made and filled anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa

from masterdeal.errors import BadRequest, MartsFailed
from masterdeal.instant import SECOND
from masterdeal.marts import nested
from masterdeal.marts.arrow import schema
from masterdeal.marts.clickhouse_free import refusal
from masterdeal.marts.clickhouse_http import Link, Refused
from masterdeal.marts.dialect import ClickHouse, used
from masterdeal.marts.model import Model, Rows, Table, marts
from masterdeal.marts.scope import Selected
from masterdeal.marts.warehouse import Answer, Fed

# A table, a view or a column that should be there is not: somebody emptied the database or another model was here.
_NOT_OURS: Final = frozenset({8, 16, 20, 36, 47, 60, 81})
_TOO_LONG: Final = frozenset({159, 160})
# How often a set of questions is asked again because rows came in between.
AGAIN: Final = 3
# Another feeder may have noted an event dated ahead: how long its note may go unseen.
LOOKING: Final = 30 * SECOND
MEMORY: Final = 1_000_000_000

Query = tuple[str, Mapping[str, Any]]


class ClickHouseWarehouse:
    """A Warehouse in a database of a server, made if its tables are not there. Several processes may feed it. The link
    is closed with it, also if this fails."""

    def __init__(self, link: Link, model: Model | None = None) -> None:
        self._model = model or marts()
        self._link = link
        self._writing = threading.Lock()
        self._generation = 0
        self._due: int | None = None
        self._looked: int | None = None
        self.dialect = ClickHouse()
        self.shared = True
        try:
            with self._told():
                self._make()
        except BaseException:
            self._link.close()
            raise

    def _make(self) -> None:
        query = "select name from system.columns where database = currentDatabase() and table = {name:String} order by position"
        for name, columns in nested.columns_of(self._model).items():
            found = self._link.rows(query, {"name": name}, {}).column("name").to_pylist()
            if found and found != columns:
                self._link.run(f"drop table {name} sync")
        for statement in (*nested.tables(self._model).values(), *nested.views(self._model)):
            self._link.run(statement)

    def renew(self) -> None:
        """Throw the tables away and begin with empty ones."""
        with self._writing, self._told():
            for name in nested.columns_of(self._model):
                self._link.run(f"drop table if exists {name} sync")
            self._make()
            self._generation, self._due, self._looked = 0, None, None

    # feeding

    def fed(self) -> Fed | None:
        rows = self.ask(nested.MARK).rows
        if not rows:
            return None
        self._generation, *fed = rows[0]
        return Fed(*fed)

    def again(self, now: int, limit: int) -> list[str]:
        recent = self._looked is not None and self._looked <= now < self._looked + LOOKING
        if recent and (self._due is None or now < self._due):
            return []
        held = f"from {nested.DEALS} final where generation = :generation and again is not null"
        query = f"select master_deal_id {held} and again <= :now order by 1 limit :limit"
        values = {"generation": self._generation, "now": now}
        found = [row[0] for row in self.ask(query, values | {"limit": limit}).rows]
        if not found:
            later = self.ask(f"select min(again) {held} and again > :now", values).rows
            self._due, self._looked = later[0][0], now
        return found

    def begin(self, edition: str, whole: Rows) -> None:
        with self._writing, self._told():
            newest = self._link.rows(nested.STAMP, {}, self.dialect.settings).to_pylist()
            self._generation = newest[0]["generation"] + 1 if newest else 1
            self._due, self._looked = None, None
            for name, rows in whole.items():
                table = self._model.tables[name]
                block = nested.whole_block(table, self._generation, rows)
                self._link.insert(nested.WHOLE_PREFIX + name, block)
            self._insert([], {}, {}, Fed(edition, 0, whole=False), 0)

    def take(
        self,
        deals: Sequence[str],
        rows: Rows,
        again: Mapping[str, int],
        fed: Fed,
        *,
        seen: int = 0,
        fresh: bool = False,
    ) -> None:
        with self._writing, self._told():
            self._insert(deals, rows, again, fed, seen)
            if again:
                self._due = min(again.values()) if self._due is None else min(self._due, *again.values())
            if fresh and fed.whole:
                self._forget()

    def _insert(
        self, deals: Sequence[str], rows: Rows, again: Mapping[str, int], fed: Fed, seen: int
    ) -> None:
        block = nested.block(self._model, self._generation, deals, rows, again, fed, seen)
        self._link.insert(nested.DEALS, block)

    def _forget(self) -> None:
        """Generations before this one are of no more use to anybody."""
        for name in nested.columns_of(self._model):
            query = f"select distinct generation from {name} where generation < {{this:UInt64}}"
            found = self._link.rows(query, {"this": self._generation}, {})
            for generation in found.column("generation").to_pylist():
                self._link.run(f"alter table {name} drop partition {int(generation)}")

    # asking

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> Answer:
        with self._told():
            return self._ask(sql, values or {})

    def _ask(self, sql: str, values: Mapping[str, Any]) -> Answer:
        bound = self.dialect.bound(sql, values)
        return _answer(self._link.rows(bound, used(sql, values), self.dialect.settings))

    def ask_all(self, queries: Sequence[Query]) -> list[Answer]:
        """The answers to several questions, asked again if the marts have been fed meanwhile. The engine has no
        snapshot over several queries: where it is fed without a pause the last answers stand."""
        with self._told():
            for left in reversed(range(AGAIN)):
                before = self._ask(nested.STAMP, {}).rows
                answers = [self._ask(sql, values) for sql, values in queries]
                if len(queries) < 2 or not left or self._ask(nested.STAMP, {}).rows == before:
                    break
        return answers

    def ask_freely(self, sql: str, limit: int, seconds: float) -> Answer:
        settings = {
            **self.dialect.settings,
            "readonly": 1,
            "max_execution_time": seconds,
            "max_memory_usage": MEMORY,
            "max_result_rows": limit + 1,
            "result_overflow_mode": "break",
        }
        try:
            fault = refusal(lambda text: self._link.text(text, {"readonly": 1}), sql, self._model.tables)
            if fault is not None:
                raise BadRequest(fault, where="sql")
            found = _answer(self._link.rows(sql, {}, settings))
        except Refused as error:
            if error.facts["code"] in _TOO_LONG:
                raise BadRequest(f"the query took longer than {seconds:g} s", where="sql") from error
            raise BadRequest(error.facts["reason"], where="sql") from error
        return Answer(found.columns, found.types, found.rows[:limit], cut=len(found.rows) > limit)

    @contextmanager
    def batches(
        self, table: Table, meant: Selected | None = None, size: int = 50_000
    ) -> Iterator[pa.RecordBatchReader]:
        """The rows of a table, or those of them that are meant, in batches and in the order of the first column."""
        columns = ", ".join(column.name for column in table.columns)
        condition, values = meant or ("", {})
        where = f"where {condition} " if condition else ""
        query = f"select {columns} from {table.name} {where}order by {table.columns[0].name}"
        settings = {**self.dialect.settings, "max_block_size": size}
        wanted = schema(table)
        with (
            self._told(),
            self._link.stream(self.dialect.bound(query, values), used(query, values), settings) as found,
        ):
            cast = (pa.Table.from_batches([batch]).cast(wanted).to_batches() for batch in found)
            yield pa.RecordBatchReader.from_batches(wanted, (batch for some in cast for batch in some))

    def close(self) -> None:
        with self._writing:
            self._link.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except Refused as error:
            if error.facts["code"] in _NOT_OURS:
                raise MartsFailed(error.message, server=self._link.server) from error
            raise


def _answer(found: pa.Table) -> Answer:
    columns = [_plain(column).to_pylist() for column in found.columns]
    rows = list(zip(*columns, strict=True))
    return Answer(tuple(found.column_names), tuple(str(field.type) for field in found.schema), rows)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Instants without their zone, which is always UTC."""
    return column.cast(pa.timestamp("us")) if pa.types.is_timestamp(column.type) else column
