"""The event store on one SQLite file: WAL, synchronous FULL, every write transaction immediate."""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, Literal

from masterdeal.errors import StoreBusy, StoreFailed
from masterdeal.ports import DeadLetter, DealFilter, DealRow, LogRow, OutboxRow, ParkedRow

SCHEMA_VERSION: Final = 2
# Stays below SQLite's limit on bound values and keeps statements short enough to be cached.
_CHUNK: Final = 400

_LOG: Final = "select source, id, type, deal_id, time, received, marked, known, body, position from event"
_DEAL: Final = (
    "select deal_id, state, announced, alarm, updated, stage, step, industry, client_type, budget, manager,"
    " sla, search from deal"
)
_OUTBOX: Final = "select deal_id, sequence, id, type, time, body, position from outbox"
_DEAD: Final = (
    "select number, source, id, type, reason, detail, body, received, times, state from dead_letter"
)
_APPEND: Final = (
    "insert into event (source, id, type, deal_id, time, received, marked, known, body)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (source, id) do nothing"
)
_PUT: Final = (
    "insert into deal (deal_id, state, announced, alarm, updated, stage, step, industry, client_type, budget,"
    " manager, sla, search) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (deal_id) do update set state = excluded.state, announced = excluded.announced,"
    " alarm = excluded.alarm, updated = excluded.updated, stage = excluded.stage, step = excluded.step,"
    " industry = excluded.industry, client_type = excluded.client_type, budget = excluded.budget,"
    " manager = excluded.manager, sla = excluded.sla, search = excluded.search"
)
_VALUES: Final = {
    "industry": "select distinct industry v from deal where v is not null order by v",
    "client_type": "select distinct client_type v from deal where v is not null order by v",
    "manager": "select distinct manager v from deal where v is not null order by v",
}
_COUNTS: Final = {
    "events": "select count(*) from event",
    "deals": "select count(*) from deal",
    "unknown_events": "select count(*) from event where known = 0",
    "parked_events": "select count(*) from parked",
    "dead_letters": "select count(*) from dead_letter where state = 'open'",
    "canonical_events": "select count(*) from outbox",
}


def _log_row(row: tuple[Any, ...]) -> LogRow:
    source, id_, type_, deal_id, time, received, marked, known, body, position = row
    return LogRow(source, id_, type_, deal_id, time, received, bool(marked), bool(known), body, position)


# The bound values of a row, in the order of the statement that writes it.
_event_values = attrgetter("source", "id", "type", "deal_id", "time", "received", "marked", "known", "body")
_outbox_values = attrgetter("deal_id", "sequence", "id", "type", "time", "body")
_deal_values = attrgetter(
    "deal_id",
    "state",
    "announced",
    "alarm",
    "updated",
    "stage",
    "step",
    "industry",
    "client_type",
    "budget",
    "manager",
    "sla",
    "search",
)


class _Session:
    """The port's questions on one connection; used inside one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection

    # reading

    def deal(self, deal_id: str) -> DealRow | None:
        row = self._db.execute(f"{_DEAL} where deal_id = ?", (deal_id,)).fetchone()
        return DealRow(*row) if row else None

    def deals(self, where: DealFilter, after: str, limit: int) -> list[DealRow]:
        clauses, values = ["deal_id > ?"], [after]
        for clause, value in _conditions(where):
            clauses.append(clause)
            values.append(value)
        if where.stage:
            clauses.append(f"stage in ({', '.join('?' * len(where.stage))})")
            values += where.stage
        query = f"{_DEAL} where {' and '.join(clauses)} order by deal_id limit ?"
        return [DealRow(*row) for row in self._db.execute(query, (*values, limit))]

    def events(self, deal_id: str) -> list[LogRow]:
        query = f"{_LOG} where deal_id = ? order by time, source, id"
        return [_log_row(row) for row in self._db.execute(query, (deal_id,))]

    def log(self, after: int, limit: int) -> list[LogRow]:
        query = f"{_LOG} where position > ? order by position limit ?"
        return [_log_row(row) for row in self._db.execute(query, (after, limit))]

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        query = f"{_OUTBOX} where position > ? order by position limit ?"
        return [OutboxRow(*row) for row in self._db.execute(query, (after, limit))]

    def outbox_of(self, deal_id: str) -> list[OutboxRow]:
        query = f"{_OUTBOX} where deal_id = ? order by sequence"
        return [OutboxRow(*row) for row in self._db.execute(query, (deal_id,))]

    def last_outbox(self) -> int:
        return int(self._db.execute("select coalesce(max(position), 0) from outbox").fetchone()[0])

    def told(self, after: str, limit: int) -> list[str]:
        query = "select distinct deal_id from event where deal_id > ? and known = 1 order by deal_id limit ?"
        return [row[0] for row in self._db.execute(query, (after, limit))]

    def parked(self, source: str, id_: str) -> ParkedRow | None:
        query = "select source, id, system, ref, received, body from parked where source = ? and id = ?"
        row = self._db.execute(query, (source, id_)).fetchone()
        return ParkedRow(*row) if row else None

    def judged_by(self) -> str:
        row = self._db.execute("select edition from judged").fetchone()
        return row[0] if row else ""

    def cursor(self, name: str) -> int:
        row = self._db.execute("select position from cursor where name = ?", (name,)).fetchone()
        return row[0] if row else 0

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        query = f"{_DEAD} where number > ? order by number limit ?"
        return [DeadLetter(*row) for row in self._db.execute(query, (after, limit))]

    def dead_letter(self, number: int) -> DeadLetter | None:
        row = self._db.execute(f"{_DEAD} where number = ?", (number,)).fetchone()
        return DeadLetter(*row) if row else None

    def next_alarm(self) -> int | None:
        query = "select alarm from deal where alarm is not null order by alarm limit 1"
        row = self._db.execute(query).fetchone()
        return row[0] if row else None

    def referenced(self, ref: str) -> str | None:
        rows = self._db.execute("select distinct deal_id from ref where ref = ? limit 2", (ref,)).fetchall()
        return rows[0][0] if len(rows) == 1 else None

    def values(self, column: Literal["industry", "client_type", "manager"]) -> list[str]:
        return [row[0] for row in self._db.execute(_VALUES[column])]

    def counts(self) -> Mapping[str, int]:
        return {name: self._db.execute(query).fetchone()[0] for name, query in _COUNTS.items()}

    # writing

    def append(self, rows: Sequence[LogRow]) -> list[bool]:
        if len(rows) > 1:
            self._db.execute("savepoint append")
            done = self._db.executemany(_APPEND, map(_event_values, rows)).rowcount
            if done == len(rows):
                self._db.execute("release append")
                return [True] * done
            # Some were known: find out which, one by one.
            self._db.execute("rollback to append")
            self._db.execute("release append")
        return [self._db.execute(_APPEND, values).rowcount == 1 for values in map(_event_values, rows)]

    def kept(self, source: str, id_: str) -> LogRow | None:
        row = self._db.execute(f"{_LOG} where source = ? and id = ?", (source, id_)).fetchone()
        return _log_row(row) if row else None

    def states(self, deal_ids: Iterable[str]) -> dict[str, DealRow]:
        found = {}
        for chunk in _chunks(list(deal_ids)):
            query = f"{_DEAL} where deal_id in ({', '.join('?' * len(chunk))})"
            for row in self._db.execute(query, chunk):
                found[row[0]] = DealRow(*row)
        return found

    def put(self, rows: Sequence[DealRow]) -> None:
        self._db.executemany(_PUT, map(_deal_values, rows))

    def publish(self, rows: Sequence[OutboxRow]) -> None:
        self._db.executemany(
            "insert into outbox (deal_id, sequence, id, type, time, body) values (?, ?, ?, ?, ?, ?)",
            map(_outbox_values, rows),
        )

    def refs(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        query = "select deal_id from ref where system = ? and ref = ?"
        found = {}
        for pair in pairs:
            row = self._db.execute(query, pair).fetchone()
            if row:
                found[pair] = row[0]
        return found

    def put_refs(self, refs: Mapping[tuple[str, str], str]) -> None:
        self._db.executemany(
            "insert into ref (system, ref, deal_id) values (?, ?, ?) on conflict do nothing",
            ((system, ref, deal_id) for (system, ref), deal_id in refs.items()),
        )

    def park(self, row: ParkedRow) -> bool:
        query = (
            "insert into parked (source, id, system, ref, received, body) values (?, ?, ?, ?, ?, ?)"
            " on conflict (source, id) do nothing"
        )
        values = (row.source, row.id, row.system, row.ref, row.received, row.body)
        return self._db.execute(query, values).rowcount == 1

    def unpark(self, refs: Iterable[tuple[str, str]]) -> list[ParkedRow]:
        query = (
            "delete from parked where system = ? and ref = ?"
            " returning number, source, id, system, ref, received, body"
        )
        taken = [row for pair in refs for row in self._db.execute(query, pair).fetchall()]
        return [ParkedRow(*row[1:]) for row in sorted(taken)]

    def bury(self, row: DeadLetter) -> int:
        digest = hashlib.blake2b(f"{row.reason}\0{row.body}".encode(), digest_size=16).hexdigest()
        query = (
            "insert into dead_letter (source, id, type, reason, detail, body, digest, received, times, state)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, 1, 'open')"
            " on conflict (digest) do update set times = times + 1, state = 'open' returning number"
        )
        values = (row.source, row.id, row.type, row.reason, row.detail, row.body, digest, row.received)
        return int(self._db.execute(query, values).fetchone()[0])

    def settle(self, number: int, state: str) -> None:
        self._db.execute("update dead_letter set state = ? where number = ?", (state, number))

    def due(self, now: int, limit: int) -> list[DealRow]:
        query = f"{_DEAL} where alarm is not null and alarm <= ? order by alarm, deal_id limit ?"
        return [DealRow(*row) for row in self._db.execute(query, (now, limit))]

    def judge_by(self, edition: str) -> None:
        self._db.execute(
            "insert into judged (only, edition) values (1, ?) on conflict (only) do update set edition = excluded.edition",
            (edition,),
        )

    def move_cursor(self, name: str, position: int) -> None:
        self._db.execute(
            "insert into cursor (name, position) values (?, ?)"
            " on conflict (name) do update set position = excluded.position",
            (name, position),
        )


def _conditions(where: DealFilter) -> Iterator[tuple[str, Any]]:
    for column in ("step", "industry", "client_type", "manager"):
        value = getattr(where, column)
        if value is not None:
            yield f"{column} = ?", value
    if where.budget_min is not None:
        yield "budget >= ?", where.budget_min
    if where.budget_max is not None:
        yield "budget <= ?", where.budget_max
    if where.sla is not None:
        # `sla` reads " timer=state timer=state ": one look finds a state of any timer or of one.
        yield "instr(sla, ?) > 0", f" {where.timer}={where.sla} " if where.timer else f"={where.sla} "
    if where.text:
        yield "instr(search, ?) > 0", where.text.casefold()


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]


class SqliteStore:
    """EventStore on a file. One writer at a time, within the process by a lock and between processes by SQLite's;
    readers see the last commit. `patience` is how long, in seconds, a write waits for another process."""

    def __init__(self, path: Path, *, patience: float = 15.0, synchronous: str = "full") -> None:
        self._path = path
        self._patience = patience
        self._synchronous = synchronous
        self._lock = threading.Lock()
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreFailed(f"the event store {path.name} cannot be opened: {error}") from error
        with _told(f"the event store {path.name} cannot be opened"):
            self._writer = self._connect()
            try:
                self._migrate()
            except BaseException:
                self._writer.close()
                raise

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(
            self._path,
            timeout=self._patience,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=256,
        )
        try:
            db.execute("pragma journal_mode = wal")
            db.execute(f"pragma synchronous = {self._synchronous}")
            db.execute("pragma cache_size = -65536")
            db.execute("pragma temp_store = memory")
            db.execute("pragma journal_size_limit = 67108864")
        except BaseException:
            db.close()
            raise
        return db

    def _migrate(self) -> None:
        """All steps in one transaction: what is interrupted has not begun."""
        if self._writer.execute("pragma user_version").fetchone()[0] == SCHEMA_VERSION:
            return  # and no need to wait for whoever is writing
        self._writer.execute("begin immediate")
        version = self._writer.execute("pragma user_version").fetchone()[0]
        if version > SCHEMA_VERSION:
            raise StoreFailed(f"the event store has schema {version}; this program knows {SCHEMA_VERSION}")
        if version == 0 and self._writer.execute("select count(*) from sqlite_master").fetchone()[0]:
            raise StoreFailed(f"{self._path.name} is a database, but no event store")
        for step in range(version + 1, SCHEMA_VERSION + 1):
            for statement in _schema(step).split(";"):
                if statement.strip():
                    self._writer.execute(statement)
            self._writer.execute(f"pragma user_version = {step}")
        self._writer.execute("commit")

    @contextmanager
    def reading(self) -> Iterator[_Session]:
        with _told("the event store cannot be read"):
            db = self._reader()
            try:
                db.execute("begin")
                try:
                    yield _Session(db)
                finally:
                    if db.in_transaction:
                        db.execute("rollback")
            finally:
                with self._idle_lock:
                    if self._closed:
                        db.close()
                    else:
                        self._idle.append(db)

    def _reader(self) -> sqlite3.Connection:
        with self._idle_lock:
            if self._closed:
                raise StoreFailed("the event store is closed")
            if self._idle:
                return self._idle.pop()
        return self._connect()

    @contextmanager
    def writing(self) -> Iterator[_Session]:
        with self._lock:
            if self._closed:
                raise StoreFailed("the event store is closed")
            with _told("the event store did not take the write"):
                self._writer.execute("begin immediate")
                try:
                    yield _Session(self._writer)
                    self._writer.execute("commit")
                except BaseException:
                    # SQLite has rolled back by itself where the disk is full.
                    if self._writer.in_transaction:
                        self._writer.execute("rollback")
                    raise

    def close(self) -> None:
        """Let go of every connection; one that is being read ends with its reading."""
        with self._lock, self._idle_lock:
            self._closed = True
            self._writer.close()
            for db in self._idle:
                db.close()
            self._idle.clear()


def _schema(step: int) -> str:
    return files("masterdeal.store").joinpath(f"schema/{step}.sql").read_text(encoding="utf-8")


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Say in our own words that another process holds the file, or that the file or the disk is at fault.
    What the program itself did wrong (a broken constraint, a value of the wrong type) is no fault of the store."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError):
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(f"another process holds the event store: {error}") from error
        raise StoreFailed(f"{what}: {error}") from error
