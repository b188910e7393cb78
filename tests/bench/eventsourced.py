"""Against the `eventsourcing` package on the same kind of file: WAL, synchronous FULL, the same events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from eventsourcing.application import AggregateNotFoundError, Application
from eventsourcing.domain import Aggregate
from eventsourcing.domain import event as told

from api.writer import Writer
from masterdeal.flow.intake import ACCEPTED, read
from masterdeal.ports import EventStore
from masterdeal.reference import read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore
from tests.bench.inserts import Batch, ours
from tests.bench.rounds import alternating, line, medians, timed
from tests.bench.story import STEPS, arriving, batches

ROUNDS = 5
ONE_BY_ONE = 100  # deals of eight events, a transaction for each event
TOGETHER = 600  # deals of eight events, many events in a transaction
SUBMITTERS = 256
LARGEST = 500  # events in one of our batches; also the most that the group commit takes


class Deal(Aggregate):
    """The same deal to them: a name and the gates that are open."""

    INITIAL_VERSION: ClassVar[int] = 1

    def __init__(self, name: str, time: str, content: dict[str, Any]) -> None:
        self.name = name
        self.gates: list[str] = []

    @staticmethod
    def create_id(name: str) -> UUID:
        return uuid5(NAMESPACE_URL, name)

    @told("StepTaken")
    def take_step(self, type_: str, time: str, content: dict[str, Any]) -> None:
        self.gates.append(type_)


class Deals(Application[UUID]):
    """Their application, without the snapshots and caches it does not have by default."""


def _apply(deal: Deal | None, event: dict[str, Any]) -> Deal:
    if deal is None:
        return Deal(event["subject"], event["time"], event["data"])
    deal.take_step(event["type"], event["time"], event["data"])
    return deal


def _open(place: Path | Mapping[str, str]) -> Deals:
    """Their application on a file, or on what the environment names."""
    if not isinstance(place, Path):
        return Deals(env=dict(place))
    deals = Deals(
        env={
            "PERSISTENCE_MODULE": "eventsourcing.sqlite",
            "SQLITE_DBNAME": str(place),
            "SQLITE_LOCK_TIMEOUT": "10",
        }
    )
    mode = []
    with deals.recorder.datastore.transaction(commit=False) as cursor:  # type: ignore[attr-defined]
        for name in ("journal_mode", "synchronous"):
            cursor.execute(f"pragma {name}")
            mode.append(cursor.fetchone()[0])
    assert mode == ["wal", 2], mode
    return deals


def theirs_one_by_one(place: Path | Mapping[str, str], events: Sequence[bytes]) -> float:
    """Seconds to load, change and save an aggregate for each event, as events arrive."""
    deals = _open(place)

    def work() -> None:
        for body in events:
            event = msgspec.json.decode(body)
            try:
                deal: Deal | None = deals.repository.get(Deal.create_id(event["subject"]))
            except AggregateNotFoundError:
                deal = None
            deals.save(_apply(deal, event))

    seconds = timed(work)
    deals.close()
    return seconds


def theirs_together(place: Path | Mapping[str, str], events: Sequence[bytes]) -> float:
    """Seconds to save all eight events of a deal at once; somebody has sorted them by deal."""
    deals = _open(place)
    count = len(events) // len(STEPS)

    def work() -> None:
        for number in range(count):
            deal = None
            for body in events[number::count]:
                deal = _apply(deal, msgspec.json.decode(body))
            deals.save(deal)

    seconds = timed(work)
    deals.close()
    return seconds


def gathered(store: EventStore, events: Sequence[tuple[bytes, int]], book: Rulebook) -> float:
    """Seconds for events submitted one by one by many at once, gathered by our group commit."""
    clock = events[-1][1]
    writer = Writer(store, book, lambda: clock, lambda: None)
    rest: Iterator[tuple[bytes, int]] = iter(events)

    async def submit() -> None:
        for body, _ in rest:
            (outcome,) = await writer.take([read(body, book)])
            assert outcome.outcome == ACCEPTED

    async def everyone() -> None:
        await asyncio.gather(*(submit() for _ in range(SUBMITTERS)))

    seconds = timed(lambda: asyncio.run(everyone()))
    writer.stop()
    store.close()
    return seconds


def run() -> list[str]:
    """Per durable event, per batch, and by group commit."""
    book = read_rulebook()
    few, many = list(arriving(ONE_BY_ONE)), list(arriving(TOGETHER))
    singles: list[Batch] = list(batches(few, 1))
    large: list[Batch] = list(batches(many, LARGEST))
    with TemporaryDirectory() as folder:
        paths = (Path(folder, f"{number}.db") for number in range(1_000))
        seconds = medians(
            alternating(
                {
                    "one by one": lambda: ours(next(paths), singles, book)[0] / len(few),
                    "their one by one": lambda: (
                        theirs_one_by_one(next(paths), [b for b, _ in few]) / len(few)
                    ),
                    "together": lambda: ours(next(paths), large, book)[0] / len(many),
                    "their together": lambda: theirs_together(next(paths), [b for b, _ in many]) / len(many),
                    "gathered": lambda: gathered(SqliteStore(next(paths)), many, book) / len(many),
                },
                ROUNDS,
            )
        )

    def compared(what: str, us: str, them: str, aim: float) -> str:
        ratio = seconds[them] / seconds[us]
        note = f"{1 / seconds[us]:,.0f} against {1 / seconds[them]:,.0f} events/s"
        return line(what, ratio, f">= {aim:g}", ratio >= aim, note)

    return [
        compared("a transaction for each event / its load and save", "one by one", "their one by one", 2),
        compared(f"batches of {LARGEST} / its save of eight events at once", "together", "their together", 3),
        compared(
            f"group commit of {SUBMITTERS} submitters / its load and save", "gathered", "their one by one", 10
        ),
    ]
