"""The event store on PostgreSQL: several service processes at once, positions that never pass a reader by."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any, Final

import psycopg
from psycopg.errors import DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from masterdeal.errors import StoreBusy, StoreFailed
from masterdeal.ports import DealRow, LogRow, OutboxRow
from masterdeal.store.session import DEAL, LOG, OUTBOX, Session, deal_values, log_row, outbox_values

SCHEMA_VERSION: Final = 5
# How many rows one transaction may number; see the schema.
_ROWS: Final = 1 << 20
# Names the locks of this program among those of the database.
_DEAL_LOCK: Final = 0x4D44
_SCHEMA_LOCK: Final = 0x4D445343
# Rows from here on go through COPY into a temporary table; fewer go as they are.
_COPY_FROM: Final = 20

_EVENT_COLUMNS: Final = "source, id, type, deal_id, time, received, marked, known, body"
_OUTBOX_COLUMNS: Final = "position, deal_id, sequence, id, type, time, body"
_DEAL_COLUMNS: Final = "deal_id, state, announced, alarm, updated, stage, step, industry, client_type, budget, manager, sla, search"
_STATES: Final = f"{DEAL} where deal_id = any(?)"
_SET: Final = ", ".join(f"{name} = excluded.{name}" for name in _DEAL_COLUMNS.split(", ")[1:])


@cache
def _translated(query: str) -> str:
    """The statements are written with question marks; this driver wants %s."""
    return query.replace("%", "%%").replace("?", "%s")


@cache
def _marks(rows: int, columns: int) -> str:
    """Question marks for the values of so many rows."""
    return ", ".join([f"({', '.join('?' * columns)})"] * rows)


@cache
def _numbered_marks(rows: int) -> str:
    """The same for events, the first value a place within the transaction."""
    one = f"(pg_current_xact_id()::text::bigint * {_ROWS} + ?::bigint, {', '.join('?' * 9)})"
    return ", ".join([one] * rows)


def _event_values(rows: Iterable[LogRow]) -> Iterator[tuple[Any, ...]]:
    """Events as their columns; this driver does not take a truth value for a number."""
    for r in rows:
        yield (r.source, r.id, r.type, r.deal_id, r.time, r.received, int(r.marked), int(r.known), r.body)


class _Connection:
    """A psycopg connection that takes the store's own statements."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        self.raw = connection

    def execute(self, query: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement; a statement is prepared once it recurs."""
        return self.raw.execute(_translated(query), values)

    def executemany(self, query: str, rows: Iterable[Sequence[Any]]) -> psycopg.Cursor[tuple[Any, ...]]:
        """Run a statement for many rows, in one pipeline."""
        cursor = self.raw.cursor()
        cursor.executemany(_translated(query), list(rows))
        return cursor


class _PostgresSession(Session):
    """The port's questions inside one transaction. `pipeline` is the one it runs in: a statement that asks for nothing
    goes to the server together with the next that does, the last ones together with the commit."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], pipeline: ExitStack) -> None:
        self._pg = _Connection(connection)
        super().__init__(self._pg)
        self._pipeline = pipeline
        self._transaction: int | None = None
        self._numbered = 0
        # Asked for, not yet waited for: the answers come together with the next one that is.
        self._held: psycopg.Cursor[tuple[Any, ...]] | None = None
        self._ahead: tuple[set[str], psycopg.Cursor[tuple[Any, ...]]] | None = None

    def _positions(self, count: int) -> int:
        """The first of `count` positions of this transaction."""
        return self._number() * _ROWS + self._places(count)

    def _places(self, count: int) -> int:
        """The first of `count` places within this transaction."""
        first = self._numbered
        self._numbered += count
        if self._numbered >= _ROWS:
            raise StoreFailed("one transaction writes more rows than it may number")
        return first

    def _number(self) -> int:
        """This transaction's number."""
        if self._transaction is None:
            asked = self._held or self._pg.execute("select pg_current_xact_id()::text::bigint")
            row = asked.fetchone()
            assert row is not None
            self._transaction = int(row[0])
        return self._transaction

    def _safe(self) -> int:
        """Every row below this position is committed and visible; no transaction still running can write there."""
        row = self._pg.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone()
        assert row is not None
        return int(row[0]) * _ROWS

    def log(self, after: int, limit: int) -> list[LogRow]:
        query = f"{LOG} where position > ? and position < ? order by position limit ?"
        return [log_row(row) for row in self._pg.execute(query, (after, self._safe(), limit))]

    def last_logged(self) -> LogRow | None:
        query = f"{LOG} where position < ? order by position desc limit 1"
        row = self._pg.execute(query, (self._safe(),)).fetchone()
        return log_row(row) if row else None

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        query = f"{OUTBOX} where position > ? and position < ? order by position limit ?"
        return [OutboxRow(*row) for row in self._pg.execute(query, (after, self._safe(), limit))]

    def hold(self, deal_ids: Iterable[str]) -> None:
        # Advisory locks, in one order, before anything is written: the transaction gets its number, and with it its
        # positions, only once nobody else is at work on these deals.
        keys = sorted(set(deal_ids))
        self._held = self._pg.execute(
            "with held as materialized (select pg_advisory_xact_lock(?, key) from (select distinct hashtext(id) as key"
            " from unnest(?::text[]) as id order by 1) as keys), done as materialized (select count(*) from held)"
            " select pg_current_xact_id()::text::bigint from done",
            (_DEAL_LOCK, keys),
        )

    def append(self, rows: Sequence[LogRow]) -> list[bool]:
        if not rows:
            return []
        if len(rows) < _COPY_FROM:
            return self._append_few(rows)
        first = self._positions(len(rows))
        self._pg.execute(
            "create temporary table if not exists arriving (position bigint, source text, id text, type text,"
            " deal_id text, time bigint, received bigint, marked smallint, known smallint, body text) on commit delete rows"
        )
        self._copy(
            f"copy arriving (position, {_EVENT_COLUMNS}) from stdin",
            ((first + place, *values) for place, values in enumerate(_event_values(rows))),
        )
        taken = self._pg.execute(
            f"insert into event (position, {_EVENT_COLUMNS}) select position, {_EVENT_COLUMNS} from arriving order by position"
            " on conflict (source, id) do nothing returning position"
        )
        new = {row[0] for row in taken}
        self._pg.execute("delete from arriving")
        return [first + place in new for place in range(len(rows))]

    def _append_few(self, rows: Sequence[LogRow]) -> list[bool]:
        """The server numbers the rows itself, so that nothing has to be waited for before they are sent; the deals they
        speak of, which are asked for next, are asked for along with them. One way there and back for all of it."""
        first = self._places(len(rows))
        inserted = self._pg.execute(
            f"insert into event (position, {_EVENT_COLUMNS}) values {_numbered_marks(len(rows))}"
            " on conflict (source, id) do nothing returning position",
            list(
                chain.from_iterable(
                    (first + place, *values) for place, values in enumerate(_event_values(rows))
                )
            ),
        )
        deals = {row.deal_id for row in rows if row.known}
        self._ahead = (deals, self._pg.execute(_STATES, (list(deals),))) if deals else None
        new = {row[0] for row in inserted}
        start = self._number() * _ROWS + first
        return [start + place in new for place in range(len(rows))]

    def _copy(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        self._pipeline.close()  # COPY is not for pipelines; the rest of the transaction goes without.
        with self._pg.raw.cursor().copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def states(self, deal_ids: Iterable[str]) -> dict[str, DealRow]:
        wanted, ahead = set(deal_ids), self._ahead
        self._ahead = None
        if ahead is None or not wanted <= ahead[0]:
            return {row[0]: DealRow(*row) for row in self._pg.execute(_STATES, (list(wanted),))}
        return {row[0]: DealRow(*row) for row in ahead[1] if row[0] in wanted}

    def put(self, rows: Sequence[DealRow]) -> None:
        if not rows:
            return
        self._ahead = None
        if len(rows) < _COPY_FROM:
            query = (
                f"insert into deal ({_DEAL_COLUMNS}) values {_marks(len(rows), 13)}"
                f" on conflict (deal_id) do update set {_SET}"
            )
            self._pg.execute(query, list(chain.from_iterable(map(deal_values, rows))))
            return
        self._pg.execute("create temporary table if not exists settling (like deal) on commit delete rows")
        self._copy(f"copy settling ({_DEAL_COLUMNS}) from stdin", map(deal_values, rows))
        self._pg.execute(
            f"insert into deal ({_DEAL_COLUMNS}) select {_DEAL_COLUMNS} from settling"
            f" on conflict (deal_id) do update set {_SET}"
        )
        self._pg.execute("delete from settling")

    def publish(self, rows: Sequence[OutboxRow]) -> None:
        if not rows:
            return
        first = self._positions(len(rows))
        numbered = [(first + place, *values) for place, values in enumerate(map(outbox_values, rows))]
        if len(rows) < _COPY_FROM:
            query = f"insert into outbox ({_OUTBOX_COLUMNS}) values {_marks(len(rows), 7)}"
            self._pg.execute(query, list(chain.from_iterable(numbered)))
        else:
            self._copy(f"copy outbox ({_OUTBOX_COLUMNS}) from stdin", numbered)

    def due(self, now: int, limit: int) -> list[DealRow]:
        # Whoever holds a deal will settle it himself; look again at those that could be had, as they are now.
        taken = self._pg.execute(
            "select deal_id from (select deal_id from deal where alarm is not null and alarm <= ?"
            " order by alarm, deal_id limit ?) as due where pg_try_advisory_xact_lock(?, hashtext(deal_id))",
            (now, limit, _DEAL_LOCK),
        )
        ids = [row[0] for row in taken]
        query = f"{DEAL} where deal_id = any(?) and alarm is not null and alarm <= ? order by alarm, deal_id"
        return [DealRow(*row) for row in self._pg.execute(query, (ids, now))]

    def claim(self, name: str, *, wait: bool = False) -> int | None:
        self._pg.execute("insert into cursor (name, position) values (?, 0) on conflict do nothing", (name,))
        lock = "for update" if wait else "for update skip locked"
        row = self._pg.execute(f"select position from cursor where name = ? {lock}", (name,)).fetchone()
        return None if row is None else int(row[0])


class PostgresStore:
    """EventStore on a PostgreSQL database. `patience` is how long, in seconds, a statement or a lock may take."""

    def __init__(self, url: str, *, patience: float = 15.0, connections: int = 10) -> None:
        self._pool = ConnectionPool(
            url,
            min_size=1,
            max_size=connections,
            timeout=patience,
            # The pool tries ever more seldom; given up, it tries anew as soon as somebody asks for a connection.
            reconnect_timeout=3.0,
            open=False,
            kwargs={"options": f"-c lock_timeout={int(patience * 1000)} -c synchronous_commit=on"},
        )
        self._patience = patience
        self._migrating = threading.Lock()
        with _told():
            self._pool.open(wait=True, timeout=patience)
            try:
                self._migrate()
            except BaseException:
                self._pool.close()
                raise

    def _migrate(self) -> None:
        """All steps in one transaction, one process at a time."""
        with self._pool.connection() as db:
            db.execute("select pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            db.execute("create table if not exists schema_version (version integer primary key)")
            row = db.execute("select coalesce(max(version), 0) from schema_version").fetchone()
            assert row is not None
            if row[0] > SCHEMA_VERSION:
                raise StoreFailed(f"the event store has schema {row[0]}; this program knows {SCHEMA_VERSION}")
            for step in range(row[0] + 1, SCHEMA_VERSION + 1):
                db.execute(_schema(step))
                db.execute("insert into schema_version values (%s)", (step,))

    @contextmanager
    def reading(self) -> Iterator[_PostgresSession]:
        with _told(), self._pool.connection() as db:
            with _pipelined(db) as pipeline:
                db.execute("set transaction isolation level repeatable read read only")
                yield _PostgresSession(db, pipeline)
            db.rollback()

    @contextmanager
    def writing(self) -> Iterator[_PostgresSession]:
        # The driver begins a transaction with the first statement; on an exception the pool rolls it back.
        with _told(), self._pool.connection() as db, _pipelined(db) as pipeline:
            yield _PostgresSession(db, pipeline)
            db.execute("commit")

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.close()


def _schema(step: int) -> str:
    return files("masterdeal.store").joinpath(f"postgres_schema/{step}.sql").read_text(encoding="utf-8")


@contextmanager
def _pipelined(db: psycopg.Connection[tuple[Any, ...]]) -> Iterator[ExitStack]:
    """A pipeline that can be left early by closing what this yields."""
    with ExitStack() as pipeline:
        pipeline.enter_context(db.pipeline())
        yield pipeline


@contextmanager
def _told() -> Iterator[None]:
    """Say in our own words that the database is busy, or away."""
    try:
        yield
    except (DeadlockDetected, LockNotAvailable, QueryCanceled, SerializationFailure, PoolTimeout) as error:
        raise StoreBusy(f"the event store is busy: {error}") from error
    except (psycopg.OperationalError, PoolClosed) as error:
        raise StoreFailed(f"the event store cannot be used: {error}") from error
