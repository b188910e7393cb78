"""The outbox under eight writers on PostgreSQL, some of whose transactions take long: what a reader of positions loses."""

from __future__ import annotations

import threading
import time
from contextlib import closing

import psycopg

from masterdeal.flow.dispatch import dispatch
from masterdeal.flow.intake import read, record
from masterdeal.ports import OutboxRow
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.postgres import PostgresStore
from tests.bench.postgresql import server
from tests.bench.rounds import line
from tests.bench.story import arriving, batches
from tests.postgresql import binaries

WRITERS = 8
DEALS_EACH = 25
LONG = 0.004  # seconds that every fourth transaction stays open before it commits


def _write(store: PostgresStore, book: Rulebook, number: int) -> None:
    taken = batches(list(arriving(DEALS_EACH, number * DEALS_EACH)), 2)
    for place, (bodies, now) in enumerate(taken):
        with store.writing() as tx:
            record(tx, [read(body, book) for body in bodies], book, now)
            if place % 4 == 0:
                time.sleep(LONG)


class _Naive:
    """Reads by the greatest position seen, as one would who takes them for the order of commits."""

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(url, autocommit=True)
        self._last = 0
        self.seen = 0

    def look(self) -> None:
        rows = self._db.execute(
            "select position from outbox where position > %s order by position", (self._last,)
        )
        for (position,) in rows:
            self._last = position
            self.seen += 1

    def close(self) -> None:
        self._db.close()


def run() -> list[str]:
    """How many canonical events each reader missed."""
    if binaries() is None:
        return ["no PostgreSQL server here"]
    book = read_rulebook()
    out: list[OutboxRow] = []
    with server() as up, closing(PostgresStore(up.new_database(), connections=WRITERS + 4)) as store:
        naive = _Naive(up.url(f"test_{up.databases}"))
        writers = [threading.Thread(target=_write, args=(store, book, number)) for number in range(WRITERS)]
        start = time.perf_counter()
        for writer in writers:
            writer.start()
        while any(writer.is_alive() for writer in writers):
            dispatch(store, out.extend, "bench", lambda: time.time_ns() // 1000)
            naive.look()
        seconds = time.perf_counter() - start
        while dispatch(store, out.extend, "bench", lambda: time.time_ns() // 1000):
            pass
        naive.look()
        with store.reading() as reading:
            written = [row.id for row in reading.outbox(0, 10**6)]
        naive.close()
    lost = len(set(written) - {row.id for row in out})
    events = WRITERS * DEALS_EACH * 8
    note = f"{events} events by {WRITERS} writers in {seconds:.1f} s; a reader by greatest position lost {len(written) - naive.seen}"
    return [line(f"lost of {len(written)} canonical events", lost, "0", lost == 0, note)]
