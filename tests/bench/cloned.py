"""Large stores in seconds: rows that our path wrote for one deal, inserted again under the names of others."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from masterdeal.flow.intake import read, record
from masterdeal.instant import HOUR, SECOND
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore
from tests.bench.story import event

# The template's number; it appears in its rows nowhere but as the number of the deal.
NUMBER = 9_123_456
_MARK = f"{NUMBER:07}"

Row = tuple[Any, ...]


def template(path: Path, book: Rulebook, begin: int, steps: int) -> dict[str, list[Row]]:
    """The rows of one deal that took its first steps, one an hour, by table; `position` left out."""
    store = SqliteStore(path)
    for step in range(steps):
        now = begin + step * HOUR + SECOND
        with store.writing() as tx:
            record(tx, [read(event(NUMBER, step, now - SECOND), book)], book, now)
    store.close()
    with closing(sqlite3.connect(path)) as db:
        return {
            table: db.execute(f"select {', '.join(columns(db, table))} from {table}").fetchall()
            for table in ("event", "deal", "outbox")
        }


def columns(db: sqlite3.Connection, table: str) -> list[str]:
    """The columns that a row of ours fills."""
    return [name for _, name, *_ in db.execute(f"pragma table_info({table})") if name != "position"]


def cloner(rows: Sequence[Row]) -> Callable[[int], Iterator[Row]]:
    """Makes the same rows for the deal of another number."""
    mark = _MARK.encode()

    def renamed(value: Any, name: str) -> Any:
        if isinstance(value, str):
            return value.replace(_MARK, name)
        return value.replace(mark, name.encode()) if isinstance(value, bytes) else value

    def clone(number: int) -> Iterator[Row]:
        name = f"{number:07}"
        for row in rows:
            yield tuple([renamed(value, name) for value in row])

    return clone


def fill(path: Path, tables: Iterable[tuple[str, Iterable[Row]]]) -> None:
    """Insert rows into an empty store, as fast as it goes: a crash while it is built would lose it."""
    SqliteStore(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma journal_mode = off")
        db.execute("pragma synchronous = off")
        db.execute("pragma cache_size = -262144")
        db.execute("begin")
        for table, rows in tables:
            names = columns(db, table)
            marks = ", ".join("?" * len(names))
            db.executemany(f"insert into {table} ({', '.join(names)}) values ({marks})", rows)
        db.execute("commit")
