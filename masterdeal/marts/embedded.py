"""The marts in DuckDB: one file in the data folder, one process that owns it, any number of its threads that read.

The file holds nothing that the event log does not: one that is damaged is thrown away and filled anew."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import duckdb
import pyarrow as pa

from masterdeal.errors import BadRequest, MartsFailed, MartsHeld
from masterdeal.marts.arrow import arrays, schema
from masterdeal.marts.dialect import DuckDb, used
from masterdeal.marts.free import refusal
from masterdeal.marts.model import Model, Rows, Table, marts
from masterdeal.marts.scope import Selected
from masterdeal.marts.warehouse import Answer, Fed

# What a person's query may use; ours are small.
MEMORY: Final = "1GB"

Query = tuple[str, Mapping[str, Any]]


class DuckWarehouse:
    """A Warehouse in one file. MartsHeld while another process has it."""

    def __init__(self, path: Path, model: Model | None = None, memory: str = MEMORY) -> None:
        self._path = path
        self._model = model or marts()
        self._memory = memory
        self._writing = threading.Lock()
        self._closed = False
        self.dialect = DuckDb()
        self.shared = False
        self.renewed = 0
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._db = self._open()
        except duckdb.Error as error:
            if _is_held(error):
                raise MartsHeld(f"another process holds the marts {path.name}") from error
            self._discard()
            self._db = self._open()

    def _open(self) -> duckdb.DuckDBPyConnection:
        db = duckdb.connect(
            str(self._path),
            config={
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "memory_limit": self._memory,
                "python_enable_replacements": "false",
                "preserve_insertion_order": "false",
            },
        )
        try:
            for table in self._model.stored:
                self._agree(db, table)
            for table in self._model.tables.values():
                db.execute(self.dialect.create(table))
            db.execute("create table if not exists mart_again (master_deal_id varchar, due bigint)")
            db.execute(
                "create table if not exists mart_fed"
                " (edition varchar, position bigint, source varchar, id varchar, whole boolean)"
            )
            # From here on nothing reaches a file, a network or a setting, whoever asks.
            db.execute("set enable_external_access = false")
            db.execute("set lock_configuration = true")
        except BaseException:
            db.close()
            raise
        return db

    def _agree(self, db: duckdb.DuckDBPyConnection, table: Table) -> None:
        """A table of another model is dropped; the edition says that it must be filled anew."""
        query = "select column_name from duckdb_columns() where table_name = ? order by column_index"
        stored = [row[0] for row in db.execute(query, [table.name]).fetchall()]
        if stored and stored != [column.name for column in table.columns]:
            db.execute(f"drop table {table.name} cascade")

    def _discard(self) -> None:
        self._path.unlink(missing_ok=True)
        self._path.with_name(self._path.name + ".wal").unlink(missing_ok=True)
        self.renewed += 1

    def renew(self) -> None:
        """Throw the file away and begin with an empty one."""
        with self._writing:
            self._db.close()
            self._discard()
            self._db = self._open()

    # feeding

    def fed(self) -> Fed | None:
        rows = self.ask("select edition, position, source, id, whole from mart_fed").rows
        return Fed(*rows[0]) if rows else None

    def again(self, now: int, limit: int) -> list[str]:
        query = "select distinct master_deal_id from mart_again where due <= :now order by 1 limit :limit"
        return [row[0] for row in self.ask(query, {"now": now, "limit": limit}).rows]

    def begin(self, edition: str, whole: Rows) -> None:
        with self._transaction() as db:
            for table in self._model.stored:
                db.execute(f"delete from {table.name}")
            db.execute("delete from mart_again")
            for name, rows in whole.items():
                self._insert(db, self._model.tables[name], rows)
            self._mark(db, Fed(edition, 0, whole=False))

    def take(
        self,
        deals: Sequence[str],
        rows: Rows,
        again: Mapping[str, int],
        fed: Fed,
        *,
        seen: int = 0,  # noqa: ARG002 (who feeds a file feeds it alone)
        fresh: bool = False,
    ) -> None:
        with self._transaction() as db:
            if deals and not fresh:
                self._forget(db, deals)
            for name, found in rows.items():
                self._insert(db, self._model.tables[name], found)
            if again:
                with _seen(db, pa.table({"deal": list(again), "due": list(again.values())})):
                    db.execute("insert into mart_again select deal, due from incoming")
            self._mark(db, fed)

    def _forget(self, db: duckdb.DuckDBPyConnection, deals: Sequence[str]) -> None:
        with _seen(db, pa.table({"deal": list(deals)})):
            db.execute("delete from mart_again where master_deal_id in (select deal from incoming)")
            query = "select master_deal_id from fact_deal where master_deal_id in (select deal from incoming)"
            known = [row[0] for row in db.execute(query).fetchall()]
        if not known:
            return
        with _seen(db, pa.table({"deal": known})):
            for table in self._model.stored:
                if table.of_deals:
                    db.execute(
                        f"delete from {table.name} where master_deal_id in (select deal from incoming)"
                    )

    def _insert(self, db: duckdb.DuckDBPyConnection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
        if not rows:
            return
        with _seen(db, pa.table(arrays(rows, table.columns), schema=schema(table))):
            db.execute(f"insert into {table.name} select * from incoming")

    def _mark(self, db: duckdb.DuckDBPyConnection, fed: Fed) -> None:
        db.execute("delete from mart_fed")
        db.execute(
            "insert into mart_fed values (?, ?, ?, ?, ?)",
            [fed.edition, fed.position, fed.source, fed.id, fed.whole],
        )

    @contextmanager
    def _transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with self._writing, _told():
            db = self._cursor()
            try:
                db.execute("begin")
                yield db
                db.execute("commit")
            finally:
                # Closing a cursor rolls back what it has not committed.
                db.close()

    # asking

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        if self._closed:
            raise MartsFailed("the marts are closed")
        return self._db.cursor()

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> Answer:
        return self.ask_all([(sql, values or {})])[0]

    def ask_all(self, queries: Sequence[Query]) -> list[Answer]:
        """The answers to several questions from one snapshot."""
        answers = []
        with _told():
            db = self._cursor()
            try:
                db.execute("begin transaction read only")
                for sql, values in queries:
                    db.execute(self.dialect.bound(sql, values), used(sql, values))
                    answers.append(_answer(db, db.fetchall()))
            finally:
                db.close()
        return answers

    def ask_freely(self, sql: str, limit: int, seconds: float) -> Answer:
        """The answer to anyone's SELECT over the tables of the model. BadRequest where it is no such thing, takes
        longer than `seconds`, or cannot be answered."""
        with _told():
            db = self._cursor()
            clock = threading.Timer(seconds, db.interrupt)
            try:
                fault = refusal(db, sql, self._model.tables)
                if fault is not None:
                    raise BadRequest(fault, where="sql")
                clock.start()
                db.execute("begin transaction read only")
                db.execute(sql)
                rows = db.fetchmany(limit + 1)
                return _answer(db, rows[:limit], cut=len(rows) > limit)
            except duckdb.InterruptException as error:
                raise BadRequest(f"the query took longer than {seconds:g} s", where="sql") from error
            except (duckdb.FatalException, duckdb.InternalException):
                raise
            except duckdb.Error as error:
                raise BadRequest(str(error).splitlines()[0], where="sql") from error
            finally:
                clock.cancel()
                db.close()

    @contextmanager
    def batches(
        self, table: Table, meant: Selected | None = None, size: int = 50_000
    ) -> Iterator[pa.RecordBatchReader]:
        """The rows of a table, or those of them that are meant, in batches and in the order of the first column."""
        with _told():
            db = self._cursor()
            try:
                columns = ", ".join(column.name for column in table.columns)
                condition, values = meant or ("", {})
                where = f"where {condition} " if condition else ""
                query = f"select {columns} from {table.name} {where}order by {table.columns[0].name}"
                found = db.sql(self.dialect.bound(query, values), params=used(query, values))
                yield found.to_arrow_reader(size)
            finally:
                db.close()

    def close(self) -> None:
        with self._writing:
            self._closed = True
            self._db.close()


def _answer(db: duckdb.DuckDBPyConnection, rows: list[tuple[Any, ...]], *, cut: bool = False) -> Answer:
    described = db.description or []
    names, types = [str(one[0]) for one in described], [str(one[1]) for one in described]
    return Answer(tuple(names), tuple(types), rows, cut)


@contextmanager
def _seen(db: duckdb.DuckDBPyConnection, table: pa.Table) -> Iterator[None]:
    """Let the engine see some rows under the name `incoming`."""
    db.register("incoming", table)
    try:
        yield
    finally:
        db.unregister("incoming")


def _is_held(error: duckdb.Error) -> bool:
    return isinstance(error, duckdb.IOException) and "lock on file" in str(error)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise MartsFailed(f"the marts cannot be used: {str(error).splitlines()[0]}") from error
