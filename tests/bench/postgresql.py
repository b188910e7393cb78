"""The whole path on PostgreSQL: against bare set-based inserts of the very rows it wrote, against the `eventsourcing`
package on the same server, and with several processes at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from multiprocessing.pool import Pool
from typing import Any

import psycopg

from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import read, record
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.postgres import PostgresStore
from tests.bench.eventsourced import SUBMITTERS, gathered, theirs_one_by_one, theirs_together
from tests.bench.inserts import Batch, Copying
from tests.bench.rounds import alternating, line, medians, spent
from tests.bench.story import arriving, batches
from tests.postgresql import Server, binaries

ROUNDS = 3
# events in a transaction: deals of eight events each
SIZES = {1: 60, 100: 600, 500: 1500}
AIM = 0.5
WORKERS = (1, 2, 4)
DEALS_EACH = 500
TOGETHER = 100

Values = list[tuple[Any, ...]]
Rows = tuple[Values, Values, Values]
Table = tuple[str, list[str], list[str]]


@contextmanager
def server() -> Iterator[Server]:
    """A server of our own with its usual settings: every commit is flushed."""
    started = Server.new()
    try:
        yield started
    finally:
        started.stop()


def tables(url: str) -> list[Table]:
    """The tables that an event is written to: name, columns, types."""
    with psycopg.connect(url) as db:
        found = []
        for name in ("event", "deal", "outbox"):
            query = "select column_name, data_type from information_schema.columns where table_name = %s order by ordinal_position"
            rows = db.execute(query, (name,)).fetchall()
            found.append((name, [row[0] for row in rows], [row[1] for row in rows]))
    return found


def written(url: str, taken: Sequence[Batch], book: Rulebook) -> list[Rows]:
    """The rows our path writes for each batch, in the order of the tables' columns; positions count up."""
    store = PostgresStore(url)
    columns = {name: names for name, names, _ in tables(url)}
    found: list[Rows] = []
    position = 0
    for bodies, now in taken:
        with store.writing() as tx:
            copy = Copying(tx)
            record(copy, [read(body, book) for body in bodies], book, now)
        parts: list[Values] = []
        for name, kept in (("event", copy.events), ("deal", copy.deals), ("outbox", copy.outbox)):
            values = []
            for row in kept:
                position += 1
                plain = [position if n == "position" else getattr(row, n) for n in columns[name]]
                values.append(tuple(int(v) if isinstance(v, bool) else v for v in plain))
            parts.append(values)
        found.append((parts[0], parts[1], parts[2]))
    store.close()
    return found


def ours(url: str, taken: Sequence[Batch], book: Rulebook) -> tuple[float, float]:
    """Seconds from bytes to commit, for all batches, and processor seconds of this process."""
    hot = HotDeals()
    with closing(PostgresStore(url)) as store:

        def work() -> None:
            for bodies, now in taken:
                incoming = [read(body, book) for body in bodies]
                with store.writing() as tx:
                    record(tx, incoming, book, now, hot)

        return spent(work)


def bare(url: str, rows: Sequence[Rows]) -> tuple[float, float]:
    """Seconds to insert the same rows into the same schema, a statement for each table, and processor seconds."""
    PostgresStore(url).close()
    statements = [_insert(table) for table in tables(url)]
    with psycopg.connect(url) as db:

        def work() -> None:
            for parts in rows:
                with db.transaction():
                    for statement, values in zip(statements, parts, strict=True):
                        if values:
                            db.execute(statement, [list(column) for column in zip(*values, strict=True)])

        return spent(work)


def _insert(table: Table) -> str:
    name, columns, types = table
    arrays = ", ".join(f"%s::{type_}[]" for type_ in types)
    insert = f"insert into {name} ({', '.join(columns)}) select * from unnest({arrays})"
    if name != "deal":
        return insert
    changes = ", ".join(f"{column} = excluded.{column}" for column in columns if column != "deal_id")
    return f"{insert} on conflict (deal_id) do update set {changes}"


def _work(url: str, first: int, ready: Any) -> tuple[float, float]:
    """One process takes in deals of its own once all are ready; when it began and when it was done."""
    book = read_rulebook()
    taken = list(batches(list(arriving(DEALS_EACH, first)), TOGETHER))
    with closing(PostgresStore(url)) as store:
        with store.reading() as reading:
            reading.counts()
        ready.wait(120)
        begin = time.time()
        for bodies, now in taken:
            with store.writing() as tx:
                record(tx, [read(body, book) for body in bodies], book, now)
    return begin, time.time()


def together(url: str, pool: Pool, ready: Any, count: int) -> float:
    """Events a second that `count` processes take in on one database, from a common start to the last one's end."""
    PostgresStore(url).close()
    jobs = [pool.apply_async(_work, (url, number * DEALS_EACH, ready)) for number in range(count)]
    spans = [job.get(180) for job in jobs]
    return count * DEALS_EACH * 8 / (max(end for _, end in spans) - min(begin for begin, _ in spans))


def run() -> list[str]:
    """The ratios."""
    if binaries() is None:
        return ["no PostgreSQL server here"]
    book = read_rulebook()
    with server() as up:
        return [*_against_bare(up, book), *_against_theirs(up, book), *_at_once(up)]


def _against_bare(up: Server, book: Rulebook) -> list[str]:
    report = []
    for size, deals in SIZES.items():
        taken = list(batches(list(arriving(deals)), size))
        rows = written(up.new_database(), taken, book)
        used: dict[str, list[float]] = {"bare": [], "ours": []}

        def noted(
            name: str, measure: Callable[[str], tuple[float, float]], used: dict[str, list[float]] = used
        ) -> float:
            seconds, processor = measure(up.new_database())
            used[name].append(processor)
            return seconds

        seconds = medians(
            alternating(
                {
                    "bare": partial(noted, "bare", partial(bare, rows=rows)),
                    "ours": partial(noted, "ours", partial(ours, taken=taken, book=book)),
                },
                ROUNDS,
            )
        )
        processor, count = medians(used), deals * 8
        ratio = seconds["bare"] / seconds["ours"]
        note = (
            f"{count / seconds['ours']:,.0f} against {count / seconds['bare']:,.0f} events/s; our process"
            f" {processor['ours'] / count * 1e6:.0f} us an event"
        )
        report.append(
            line(
                f"whole path / set-based inserts, {size} a transaction",
                ratio,
                f">= {AIM}",
                ratio >= AIM,
                note,
            )
        )
    return report


def _against_theirs(up: Server, book: Rulebook) -> list[str]:
    few, many = list(arriving(60)), list(arriving(500))
    singles, large = list(batches(few, 1)), list(batches(many, 500))

    def theirs(measure: Callable[..., float], events: Sequence[tuple[bytes, int]]) -> float:
        return measure(_environment(up.new_database(), up.port), [body for body, _ in events]) / len(events)

    seconds = medians(
        alternating(
            {
                "one by one": lambda: ours(up.new_database(), singles, book)[0] / len(few),
                "their one by one": lambda: theirs(theirs_one_by_one, few),
                "gathered": lambda: gathered(PostgresStore(up.new_database()), many, book) / len(many),
                "together": lambda: ours(up.new_database(), large, book)[0] / len(many),
                "their together": lambda: theirs(theirs_together, many),
            },
            ROUNDS,
        )
    )

    def compared(what: str, us: str, them: str, aim: float) -> str:
        ratio = seconds[them] / seconds[us]
        note = f"{1 / seconds[us]:,.0f} against {1 / seconds[them]:,.0f} events/s"
        return line(what, ratio, f">= {aim:g}", ratio >= aim, note)

    return [
        compared("a transaction for each event / its load and save", "one by one", "their one by one", 3),
        compared(
            f"group commit of {SUBMITTERS} submitters / its load and save", "gathered", "their one by one", 3
        ),
        compared("batches of 500 / its load and save", "together", "their one by one", 10),
        compared("batches of 500 / its save of eight events at once", "together", "their together", 3),
    ]


def _environment(url: str, port: int) -> dict[str, str]:
    return {
        "PERSISTENCE_MODULE": "eventsourcing.postgres",
        "POSTGRES_DBNAME": url.rpartition("/")[2],
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(port),
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": "",
    }


def _at_once(up: Server) -> list[str]:
    spawn = multiprocessing.get_context("spawn")
    with spawn.Manager() as manager, spawn.Pool(max(WORKERS)) as pool:
        rates = medians(
            alternating(
                {
                    str(count): partial(
                        lambda n: together(up.new_database(), pool, manager.Barrier(n), n), count
                    )
                    for count in WORKERS
                },
                ROUNDS,
            )
        )
    one = rates[str(WORKERS[0])]
    cores = multiprocessing.cpu_count()
    report = []
    for count in WORKERS[1:]:
        ratio, aim = rates[str(count)] / one, min(count, cores) * 0.7
        note = f"{rates[str(count)]:,.0f} against {one:,.0f} events/s; {cores} cores, the server on the same"
        report.append(
            line(
                f"{count} processes / one, batches of {TOGETHER}", ratio, f">= {aim:.1f}", ratio >= aim, note
            )
        )
    return report
