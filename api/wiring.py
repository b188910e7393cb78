"""The composition root: the only place that builds the product and knows the clock."""

from __future__ import annotations

import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from api.bus import Bus
from api.settings import Settings
from api.worker import Worker
from api.writer import Writer
from masterdeal.errors import Misconfigured
from masterdeal.hours import Calendar
from masterdeal.ports import EventStore
from masterdeal.reference import read_calendars, read_rulebook
from masterdeal.rulebook import Rulebook
from masterdeal.store.sqlite import SqliteStore


def wall_clock() -> int:
    """The present instant in microseconds."""
    return time.time_ns() // 1000


@dataclass(frozen=True)
class House:
    """The product, put together."""

    settings: Settings
    store: EventStore
    book: Rulebook
    calendars: dict[str, Calendar]
    clock: Callable[[], int]
    bus: Bus
    worker: Worker

    def writer(self) -> Writer:
        """The thread that takes events in; the server owns it."""
        return Writer(self.store, self.book, self.clock, self.worker.wake)


def open_book(settings: Settings) -> tuple[Rulebook, dict[str, Calendar]]:
    """The rulebook an installation is set to."""
    calendars = read_calendars()
    table = None
    if settings.sla_file is not None:
        try:
            table = tomllib.loads(settings.sla_file.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"MASTERDEAL_SLA_FILE {settings.sla_file}: {error}") from error
    return read_rulebook(settings.rules, table, calendars), calendars


@contextmanager
def open_house(settings: Settings, clock: Callable[[], int] = wall_clock) -> Iterator[House]:
    """Everything built and, at the end of the block, closed. The worker is built but not started."""
    book, calendars = open_book(settings)
    store = SqliteStore(settings.database)
    bus = Bus()
    worker = Worker(store, book, clock, bus.publish)
    try:
        yield House(settings, store, book, calendars, clock, bus, worker)
    finally:
        worker.stop()
        store.close()
