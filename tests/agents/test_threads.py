"""A thread remembers its latest state and nothing before it, on both databases, also after the server was away."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, TypedDict

import psycopg
import pytest
from langgraph.graph import END, START, StateGraph
from postgresql import Server, binaries

from agents.threads import in_postgres, in_sqlite
from masterdeal.store.threads_pool import threads_pool


def _more(before: list[str], new: list[str]) -> list[str]:
    return [*before, *new]


class _Said(TypedDict):
    said: Annotated[list[str], _more]


def _graph(saver: Any) -> Any:
    graph = StateGraph(_Said)
    graph.add_node("hear", lambda state: {"said": [f"heard {len(state['said'])}"]})  # type: ignore[call-overload]
    graph.add_node("answer", lambda state: {"said": [f"answered {len(state['said'])}"]})  # type: ignore[call-overload]
    graph.add_edge(START, "hear")
    graph.add_edge("hear", "answer")
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=saver)


def _thread(name: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": name}}


async def _turns(saver: Any, name: str, turns: int) -> list[str]:
    graph = _graph(saver)
    state: dict[str, Any] = {"said": []}
    for turn in range(turns):
        state = await graph.ainvoke({"said": [f"asked {turn}"]}, _thread(name))
    return list(state["said"])


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    if binaries() is None:
        pytest.skip("no PostgreSQL on this machine")
    running = Server.new()
    yield running
    running.stop()


def test_only_the_latest_state_stays_in_sqlite(tmp_path: Path) -> None:
    async def talk() -> None:
        async with in_sqlite(tmp_path / "threads.db") as saver:
            await _turns(saver, "one", 12)
        async with in_sqlite(tmp_path / "threads.db") as saver:
            assert len(await _turns(saver, "one", 1)) == 13 * 3

    asyncio.run(talk())
    with sqlite3.connect(tmp_path / "threads.db") as db:
        assert db.execute("select count(*) from checkpoints").fetchone() == (1,)


def test_only_the_latest_state_stays_in_postgresql(server: Server) -> None:
    url = server.new_database()

    async def talk() -> None:
        async with in_postgres(threads_pool(url)) as saver:
            await _turns(saver, "one", 12)
            await _turns(saver, "two", 2)
        async with in_postgres(threads_pool(url)) as saver:
            assert len(await _turns(saver, "one", 1)) == 13 * 3
            assert len(await _turns(saver, "two", 1)) == 3 * 3

    asyncio.run(talk())
    with psycopg.connect(url) as db:
        row = db.execute("select count(*) from checkpoints").fetchone()
        assert row == (2,)
        spare = db.execute(
            "select thread_id, channel from checkpoint_blobs group by 1, 2 having count(*) > 1"
        ).fetchall()
        assert spare == []


def test_two_turns_at_once_on_two_threads_do_not_mix(server: Server) -> None:
    url = server.new_database()

    async def talk() -> None:
        async with in_postgres(threads_pool(url)) as saver:
            one, two = await asyncio.gather(_turns(saver, "one", 5), _turns(saver, "two", 3))
            assert (len(one), len(two)) == (15, 9)

    asyncio.run(talk())


def test_a_thread_goes_on_after_the_server_was_away(server: Server) -> None:
    url = server.new_database()

    async def talk() -> None:
        async with in_postgres(threads_pool(url)) as saver:
            await _turns(saver, "one", 2)
            server.kill()
            server.start()
            for _ in range(20):
                try:
                    said = await _turns(saver, "one", 1)
                    break
                except psycopg.OperationalError:
                    await asyncio.sleep(0.3)
            assert len(said) == 3 * 3

    asyncio.run(talk())
