"""Old threads are forgotten, transcript and memory, on both databases; fresh ones and what was decided in them stay."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from postgresql import Server, binaries
from starlette.testclient import TestClient

from api import conversation
from api.app import build
from api.retention import LEAVING, Retention
from api.settings import Settings
from api.thread_papers import THREAD
from api.wiring import House, forget_threads, open_house, threads_of
from masterdeal import instant
from masterdeal.flow.intake import read, record
from masterdeal.instant import DAY

NOW = instant.parse("2026-11-22T12:00:00+03:00")
CREATED = {
    "specversion": "1.0",
    "id": "1",
    "source": "crm",
    "type": "crm.deal.created",
    "time": "2026-11-20T10:00:00+03:00",
    "subject": "D-1",
    "data": {"title": "Весна"},
}


class _Clock:
    now = NOW

    def __call__(self) -> int:
        return self.now


@pytest.fixture(scope="module")
def server() -> Iterator[Server | None]:
    if binaries() is None:
        yield None
        return
    running = Server.new()
    yield running
    running.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path, server: Server | None) -> Settings:
    if request.param == "sqlite":
        return Settings(data=tmp_path, threads_days=30)
    if server is None:
        pytest.skip("no PostgreSQL on this machine")
    return Settings(data=tmp_path, threads_days=30, database_url=server.new_database())


def _say(http: TestClient, message: str, thread: str) -> dict[str, Any]:
    text = http.post("/v1/chat", json={"message": message, "thread_id": thread}).text
    return next(
        json.loads(block.split("data: ", 1)[1])
        for block in text.split("\n\n")
        if block.startswith("event: answer")
    )


async def _remembered(settings: Settings, thread: str) -> bool:
    async with threads_of(settings) as saver:
        return await saver.aget_tuple({"configurable": {"thread_id": thread}}) is not None


def _kept(house: House, thread: str) -> int:
    with house.store.reading() as reading:
        return len(conversation.turns(reading, thread)) + (reading.archived(THREAD, thread) is not None)


def test_an_old_thread_goes_and_a_fresh_one_stays(settings: Settings) -> None:
    clock = _Clock()
    with open_house(settings, clock=clock) as house:
        with house.store.writing() as tx:
            record(tx, [read(json.dumps(CREATED), house.book)], house.book, NOW)
        with TestClient(build(house)) as http:
            answer = _say(http, "На какой стадии D-1?", "T-old")
            _say(http, "Чего не хватает?", "T-old")
            clock.now = NOW + 20 * DAY
            _say(http, "На какой стадии D-1?", "T-fresh")
        sweep = Retention(house.store, 30, lambda ids: forget_threads(settings, ids)).sweep
        assert sweep(NOW + 29 * DAY) == 0
        assert sweep(NOW + 31 * DAY) == 1
        assert (_kept(house, "T-old"), _kept(house, "T-fresh")) == (0, 2)
        assert not asyncio.run(_remembered(settings, "T-old"))
        assert asyncio.run(_remembered(settings, "T-fresh"))
        with house.store.reading() as reading:
            assert reading.archived("decision", answer["decision_id"]) is not None
        assert sweep(NOW + 31 * DAY) == 0


def test_what_a_crash_left_is_taken_up_again(settings: Settings) -> None:
    with open_house(settings, clock=lambda: NOW) as house:
        with TestClient(build(house)) as http:
            _say(http, "Сколько сделок?", "T-half")

        async def crash(_: list[str]) -> None:
            raise OSError("the machine went down")

        with pytest.raises(OSError, match="went down"):
            Retention(house.store, 1, crash).sweep(NOW + 2 * DAY)
        assert _kept(house, "T-half") == 0
        assert asyncio.run(_remembered(settings, "T-half"))
        assert Retention(house.store, 1, lambda ids: forget_threads(settings, ids)).sweep(NOW + 2 * DAY) == 1
        assert not asyncio.run(_remembered(settings, "T-half"))
        with house.store.reading() as reading:
            assert reading.archive(LEAVING, "", 10) == []


def test_the_worker_sweeps_and_zero_days_keep_all(tmp_path: Path) -> None:
    clock = _Clock()
    with open_house(Settings(data=tmp_path, threads_days=1), clock=clock) as house:
        with TestClient(build(house)) as http:
            _say(http, "Сколько сделок?", "T-1")
        kept_for_ever = Retention(house.store, 0, lambda ids: forget_threads(house.settings, ids))
        kept_for_ever(NOW + 1000 * DAY)
        assert _kept(house, "T-1") == 2
    with open_house(Settings(data=tmp_path, threads_days=1), clock=clock) as house:
        house.worker.round()
        clock.now = NOW + 2 * DAY
        house.worker.round()
        assert _kept(house, "T-1") == 0
