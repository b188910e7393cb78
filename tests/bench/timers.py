"""A sweep with nothing due, and one of 500 due timers, with 10,000 and with 1,000,000 open ones."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from masterdeal.flow.sweep import sweep
from masterdeal.instant import DAY, HOUR, MINUTE
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore
from tests.bench.cloned import Row, cloner, fill, template
from tests.bench.rounds import alternating, line, medians, timed
from tests.bench.story import BEGIN

AIM = 1.5
OPEN = {"10,000": 10_000, "1,000,000": 1_000_000}
FIRED = 300_000
DUE = 500
ROUNDS = 9
IDLE = 100  # idle sweeps in a round


def _group(folder: Path, book: Rulebook, begin: int) -> Row:
    """The row of a deal created at `begin` whose first timer is running."""
    (row,) = template(Path(folder, f"{begin}.db"), book, begin, 1)["deal"]
    return row


def _rows(folder: Path, book: Rulebook, count: int) -> Iterator[Row]:
    """`count` open timers: 500 fall due in each round, an hour apart; the others are not due for years.
    The due ones are spread over the ids."""
    rounds = [cloner([_group(folder, book, BEGIN + number * HOUR)]) for number in range(ROUNDS)]
    later = cloner([_group(folder, book, BEGIN + 3650 * DAY)])
    apart = count // (ROUNDS * DUE)
    for number in range(count):
        place, rest = divmod(number, apart)
        clone = rounds[place % ROUNDS] if rest == 0 and place < ROUNDS * DUE else later
        yield from clone(number)


def _fire(path: Path, count: int) -> None:
    """Leave `count` deals as a sweep leaves them whose last timer has rung: without an alarm."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(
            "update deal set alarm = null where deal_id in"
            " (select deal_id from deal where alarm > ? order by deal_id limit ?)",
            (BEGIN + 3000 * DAY, count),
        )


def _idle(store: SqliteStore, book: Rulebook) -> float:
    def work() -> None:
        for _ in range(IDLE):
            with store.writing() as tx:
                assert sweep(tx, book, BEGIN) == 0

    return timed(work) / IDLE


def _due(store: SqliteStore, book: Rulebook, number: int) -> float:
    # At risk after 80 % of eight hours.
    now = BEGIN + number * HOUR + 6 * HOUR + 24 * MINUTE

    def work() -> None:
        with store.writing() as tx:
            assert sweep(tx, book, now, DUE) == DUE

    return timed(work)


def run() -> list[str]:
    """Seconds with a million open timers over seconds with ten thousand."""
    book = read_rulebook()
    few, many = OPEN

    with TemporaryDirectory() as folder:
        paths = {name: Path(folder, f"open-{count}.db") for name, count in OPEN.items()}
        for name, count in OPEN.items():
            fill(paths[name], [("deal", _rows(Path(folder), book, count))])
        stores = {name: SqliteStore(path) for name, path in paths.items()}
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
        _fire(paths[many], FIRED)
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
