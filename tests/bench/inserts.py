"""The whole path against bare inserts of the very rows it wrote, into the same schema, in the same batches."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import read, record
from masterdeal.ports import DealRow, LogRow, OutboxRow
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore
from tests.bench.rounds import alternating, line, medians, spent
from tests.bench.story import arriving, batches

AIM = 0.5
ROUNDS = 5
# events in a batch: deals of eight events each
SIZES = {1: 150, 100: 1000, 1000: 2000}

Batch = tuple[list[bytes], int]
Rows = tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]


class Copying:
    """A transaction that also remembers what was written through it."""

    def __init__(self, tx: Any) -> None:
        self._tx = tx
        self.events: list[LogRow] = []
        self.deals: list[DealRow] = []
        self.outbox: list[OutboxRow] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)

    def append(self, rows: Sequence[LogRow]) -> list[bool]:
        self.events += rows
        return self._tx.append(rows)

    def put(self, rows: Sequence[DealRow]) -> None:
        self.deals += rows
        self._tx.put(rows)

    def publish(self, rows: Sequence[OutboxRow]) -> None:
        self.outbox += rows
        self._tx.publish(rows)


def _columns(path: Path, table: str) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [name for _, name, *_ in db.execute(f"pragma table_info({table})") if name != "position"]


def written(path: Path, taken: Sequence[Batch], book: Rulebook) -> list[Rows]:
    """The rows our path writes for each batch, as plain tuples in the order of the tables' columns."""
    store = SqliteStore(path)
    columns = {table: _columns(path, table) for table in ("event", "deal", "outbox")}
    found = []
    for bodies, now in taken:
        with store.writing() as tx:
            copy = Copying(tx)
            record(copy, [read(body, book) for body in bodies], book, now)
        found.append(
            (
                [tuple(getattr(row, name) for name in columns["event"]) for row in copy.events],
                [tuple(getattr(row, name) for name in columns["deal"]) for row in copy.deals],
                [tuple(getattr(row, name) for name in columns["outbox"]) for row in copy.outbox],
            )
        )
    store.close()
    return found


def ours(path: Path, taken: Sequence[Batch], book: Rulebook) -> tuple[float, float]:
    """Seconds from bytes to commit, for all batches, and processor seconds."""
    store, hot = SqliteStore(path), HotDeals()

    def work() -> None:
        for bodies, now in taken:
            incoming = [read(body, book) for body in bodies]
            with store.writing() as tx:
                record(tx, incoming, book, now, hot)

    seconds = spent(work)
    store.close()
    return seconds


def bare(path: Path, rows: Sequence[Rows]) -> tuple[float, float]:
    """Seconds to insert the same rows with the statements anyone would write, and processor seconds."""
    SqliteStore(path).close()
    event, deal, outbox = (_insert(path, table) for table in ("event", "deal", "outbox"))
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("pragma journal_mode = wal")
        db.execute("pragma synchronous = full")
        db.execute("pragma cache_size = -65536")

        def work() -> None:
            for events, deals, published in rows:
                db.execute("begin immediate")
                db.executemany(event, events)
                db.executemany(deal, deals)
                db.executemany(outbox, published)
                db.execute("commit")

        return spent(work)


def _insert(path: Path, table: str) -> str:
    names = _columns(path, table)
    insert = f"insert into {table} ({', '.join(names)}) values ({', '.join('?' * len(names))})"
    if table != "deal":
        return insert
    changes = ", ".join(f"{name} = excluded.{name}" for name in names if name != "deal_id")
    return f"{insert} on conflict (deal_id) do update set {changes}"


def run() -> list[str]:
    """The ratios for each size of batch."""
    book = read_rulebook()
    report = []
    for size, deals in SIZES.items():
        taken = list(batches(list(arriving(deals)), size))
        with TemporaryDirectory() as folder:
            rows = written(Path(folder, "copied.db"), taken, book)
            paths = (Path(folder, f"{number}.db") for number in range(1_000))
            used: dict[str, list[float]] = {"bare": [], "ours": []}

            def noted(name: str, both: tuple[float, float], used: dict[str, list[float]] = used) -> float:
                used[name].append(both[1])
                return both[0]

            seconds = medians(
                alternating(
                    {
                        "bare": lambda rows=rows, paths=paths: noted("bare", bare(next(paths), rows)),
                        "ours": lambda taken=taken, paths=paths: noted(
                            "ours", ours(next(paths), taken, book)
                        ),
                    },
                    ROUNDS,
                )
            )
        processor = medians(used)
        ratio = seconds["bare"] / seconds["ours"]
        count = deals * 8
        note = (
            f"{count / seconds['ours']:,.0f} against {count / seconds['bare']:,.0f} events/s; processor time alone "
            f"{processor['bare'] / processor['ours']:.2f}, "
            f"{processor['ours'] / count * 1e6:.0f} against {processor['bare'] / count * 1e6:.0f} us an event"
        )
        report.append(
            line(f"whole path / bare inserts, {size} a transaction", ratio, f">= {AIM}", ratio >= AIM, note)
        )
    return report
