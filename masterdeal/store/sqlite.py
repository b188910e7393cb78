"""The event store on one SQLite file: WAL, synchronous FULL, every write transaction immediate."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.resources import files
from itertools import islice
from pathlib import Path
from typing import Final

from masterdeal.errors import StoreBusy, StoreFailed
from masterdeal.ports import DealRow, LogRow
from masterdeal.store.session import APPEND, Session, event_values

SCHEMA_VERSION: Final = 6
# Deals kept in memory by the writer, about 2 KB each.
_RECENT: Final = 4096


class _SqliteSession(Session):
    """The port's questions inside one transaction."""

    def __init__(self, connection: sqlite3.Connection, recent: Mapping[str, DealRow] | None = None) -> None:
        super().__init__(connection)
        self._sqlite = connection
        self._recent = {} if recent is None else recent
        self.seen: dict[str, DealRow] = {}  # deals as this transaction has read or written them

    def append(self, rows: Sequence[LogRow]) -> list[bool]:
        if len(rows) > 1:
            self._sqlite.execute("savepoint append")
            done = self._sqlite.executemany(APPEND, map(event_values, rows)).rowcount
            if done == len(rows):
                self._sqlite.execute("release append")
                return [True] * done
            # Some were known: find out which, one by one.
            self._sqlite.execute("rollback to append")
            self._sqlite.execute("release append")
        return [self._sqlite.execute(APPEND, values).rowcount == 1 for values in map(event_values, rows)]

    def states(self, deal_ids: Iterable[str]) -> dict[str, DealRow]:
        asked = list(deal_ids)
        # What this transaction has written itself is read: it may have taken some of it back.
        known = {
            deal_id: row
            for deal_id in asked
            if deal_id not in self.seen and (row := self._recent.get(deal_id)) is not None
        }
        if len(known) < len(asked):
            read = super().states(deal_id for deal_id in asked if deal_id not in known)
            self.seen |= read
            known |= read
        return known

    def put(self, rows: Sequence[DealRow]) -> None:
        super().put(rows)
        for row in rows:
            self.seen[row.deal_id] = row


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
        # The latest rows this writer has seen or written, and SQLite's word for "as far as others have written".
        self._recent: dict[str, DealRow] = {}
        self._others = 0
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
    def reading(self) -> Iterator[_SqliteSession]:
        with _told("the event store cannot be read"):
            db = self._reader()
            try:
                db.execute("begin")
                try:
                    yield _SqliteSession(db)
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
    def writing(self) -> Iterator[_SqliteSession]:
        with self._lock:
            if self._closed:
                raise StoreFailed("the event store is closed")
            with _told("the event store did not take the write"):
                self._writer.execute("begin immediate")
                try:
                    session = _SqliteSession(self._writer, self._unchanged())
                    yield session
                    self._writer.execute("commit")
                    self._remember(session.seen)
                except BaseException:
                    self._recent.clear()
                    # SQLite has rolled back by itself where the disk is full.
                    if self._writer.in_transaction:
                        self._writer.execute("rollback")
                    raise

    def _unchanged(self) -> Mapping[str, DealRow]:
        """The deals known from earlier transactions. `data_version` changes exactly when another connection, of this
        process or another, has committed something; then all of them are read anew."""
        (others,) = self._writer.execute("pragma data_version").fetchone()
        if others != self._others:
            self._recent.clear()
            self._others = others
        return self._recent

    def _remember(self, seen: Mapping[str, DealRow]) -> None:
        for deal_id, row in seen.items():
            self._recent.pop(deal_id, None)  # to the end: the one not seen for longest makes room
            self._recent[deal_id] = row
        for deal_id in list(islice(self._recent, max(0, len(self._recent) - _RECENT))):
            del self._recent[deal_id]

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
