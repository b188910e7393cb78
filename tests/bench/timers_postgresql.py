"""The sweeps of `timers` on PostgreSQL: 10,000 and 1,000,000 open timers, before and after 300,000 have fired."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from masterdeal.flow.sweep import sweep
from masterdeal.instant import DAY, HOUR, MINUTE
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.postgres import PostgresStore
from tests.bench.cloned import NUMBER, Row, cloner, template
from tests.bench.postgresql import server, tables
from tests.bench.rounds import alternating, line, medians, timed
from tests.bench.story import BEGIN
from tests.bench.timers import AIM, DUE, FIRED, IDLE, OPEN
from tests.postgresql import binaries

ROUNDS = 5


def _row(folder: Path, book: Rulebook, begin: int) -> Row:
    (row,) = template(Path(folder, f"{begin}.db"), book, begin, 1)["deal"]
    return row


def _fill(url: str, folder: Path, book: Rulebook, count: int) -> None:
    """Deals that fall due in each round, spread over the ids, and the others, due in ten years; these are copies of
    one row that nobody opens."""
    PostgresStore(url).close()
    columns = next(names for name, names, _ in tables(url) if name == "deal")
    apart = count // (ROUNDS * DUE)
    later = dict(zip(columns, _row(folder, book, BEGIN + 3650 * DAY), strict=True))
    with psycopg.connect(url) as db:
        db.execute("set synchronous_commit = off")
        rounds = [cloner([_row(folder, book, BEGIN + number * HOUR)]) for number in range(ROUNDS)]
        with db.cursor().copy(f"copy deal ({', '.join(columns)}) from stdin") as copy:
            for place in range(ROUNDS * DUE):
                for row in rounds[place % ROUNDS](place * apart):
                    copy.write_row(row)
        others = ", ".join(
            "%s || to_char(number, 'FM0000000')" if name == "deal_id" else "%s" for name in columns
        )
        values = [str(later[n])[: -len(str(NUMBER))] if n == "deal_id" else later[n] for n in columns]
        db.execute(
            f"insert into deal ({', '.join(columns)}) select {others} from generate_series(0, {count - 1}) as number"
            " on conflict do nothing",
            values,
        )
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("vacuum analyze deal")


def _fire(url: str) -> None:
    with psycopg.connect(url) as db:
        db.execute("set synchronous_commit = off")
        db.execute(
            "update deal set alarm = null where deal_id in"
            " (select deal_id from deal where alarm > %s order by deal_id limit %s)",
            (BEGIN + 3000 * DAY, FIRED),
        )


def _idle(store: PostgresStore, book: Rulebook) -> float:
    def work() -> None:
        for _ in range(IDLE):
            with store.writing() as tx:
                assert sweep(tx, book, BEGIN) == 0

    return timed(work) / IDLE


def _due(store: PostgresStore, book: Rulebook, number: int) -> float:
    now = BEGIN + number * HOUR + 6 * HOUR + 24 * MINUTE

    def work() -> None:
        with store.writing() as tx:
            assert sweep(tx, book, now, DUE) == DUE

    return timed(work)


def run() -> list[str]:
    """Seconds with a million open timers over seconds with ten thousand."""
    if binaries() is None:
        return ["no PostgreSQL server here"]
    book = read_rulebook()
    few, many = OPEN
    with server() as up, TemporaryDirectory() as folder:
        urls = {name: up.new_database() for name in OPEN}
        for name, count in OPEN.items():
            _fill(urls[name], Path(folder), book, count)
        stores = {name: PostgresStore(url) for name, url in urls.items()}
        turns = {name: iter(range(ROUNDS)) for name in OPEN}

        def idle() -> dict[str, float]:
            sides = {name: lambda store=store: _idle(store, book) for name, store in stores.items()}
            return medians(alternating(sides, ROUNDS))

        before = idle()
        due = medians(
            alternating(
                {name: lambda name=name: _due(stores[name], book, next(turns[name])) for name in OPEN}, ROUNDS
            )
        )
        _fire(urls[many])
        after = idle()
        for store in stores.values():
            store.close()

    def compared(what: str, seconds: dict[str, float]) -> str:
        ratio = seconds[many] / seconds[few]
        note = f"{seconds[many] * 1e3:.3g} against {seconds[few] * 1e3:.3g} ms"
        return line(what, ratio, f"< {AIM}", ratio < AIM, note)

    return [
        compared(f"idle sweep, {many} open timers / {few}", before),
        compared(f"sweep of {DUE} due timers, {many} open / {few}", due),
        compared(f"idle sweep after {FIRED:,} have fired, {many} / {few}", after),
    ]
