"""The copilot without model time: our graph against a bare agent of the framework with the same tool and a fake model;
answers by rules; the first word over the endpoint's own; many streams at once; what threads take on disk."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import tempfile
import time
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from statistics import median
from typing import Any

from chat_model import Wish, event, faithful, serving, wish_of
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from agents.copilot import Answered, Asked, Endpoint, Session, session
from agents.threads import in_sqlite
from api.settings import Settings
from api.wiring import House, chat_endpoint
from evals.deals import portfolio, questions
from tools.catalogue import run as run_tool
from tools.workbench import Workbench

ROUNDS = 60
STREAMS = 200
TURNS = 120
THREADS = 300


class Fake(BaseChatModel):
    """A model that takes no time. It words the draft it is given; without one it looks the deal up, then ends."""

    @property
    def _llm_type(self) -> str:
        return "fake"

    def bind_tools(self, tools: Any, **more: Any) -> Fake:
        return self

    def _said(self, messages: list[BaseMessage]) -> AIMessage:
        wish = wish_of({"messages": [{"content": message.content} for message in messages]})
        if wish.outline:
            return AIMessage(faithful(wish))
        if messages[-1].type == "tool":
            return AIMessage("Сделка на месте.")
        call = {"name": "deal_card", "args": {"master_deal_id": "MD-2026-0010"}, "id": "c1"}
        return AIMessage("", tool_calls=[call])

    def _generate(self, messages: list[BaseMessage], *args: Any, **more: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=self._said(messages))])

    async def _astream(
        self, messages: list[BaseMessage], *args: Any, **more: Any
    ) -> AsyncIterator[ChatGenerationChunk]:
        yield ChatGenerationChunk(message=AIMessageChunk(content=str(self._said(messages).content)))


@asynccontextmanager
async def _opened() -> AsyncIterator[BaseChatModel]:
    yield Fake()


def _shares(spent: list[float]) -> str:
    ordered = sorted(spent)
    return f"p50 {median(ordered) * 1000:.1f} ms, p95 {ordered[int(len(ordered) * 0.95) - 1] * 1000:.1f} ms"


async def _against_bare(house: House) -> list[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from langchain.agents import create_agent

            name = "create_agent"
        except ImportError:
            from langgraph.prebuilt import create_react_agent as create_agent

            name = "langgraph's prebuilt agent (langchain is not installed)"

        def deal_card(master_deal_id: str) -> str:
            """One deal in full."""
            found = run_tool(Workbench(house.view), "deal_card", {"master_deal_id": master_deal_id})
            return json.dumps(found, ensure_ascii=False, default=str)

        bare = create_agent(Fake(), [deal_card])
    asked = "На какой стадии MD-2026-0010?"
    ours: list[float] = []
    theirs: list[float] = []
    async with session(Endpoint(_opened, "fake", 30), house.clock, house.book.rules.name) as opened:
        for round_ in range(ROUNDS):
            sides = [True, False] if round_ % 2 else [False, True]
            for our_side in sides:
                start = time.perf_counter()
                if our_side:
                    made = await opened.ask(Asked(asked), house.view)
                    assert made.answer["mode"] == "llm"
                else:
                    await bare.ainvoke({"messages": [("user", asked)]})
                (ours if our_side else theirs).append(time.perf_counter() - start)
    ratio = median(ours) / median(theirs)
    return [
        f"our graph per answer without model time: {_shares(ours)}",
        f"{name}, same tool, same fake model: {_shares(theirs)}; ours takes {ratio:.2f} times as long",
    ]


async def _by_rules(house: House) -> list[str]:
    asked = [question.ask for question in questions() if question.portfolio == "demo"]
    spent = []
    async with session(None, house.clock, house.book.rules.name) as opened:
        await opened.ask(Asked(asked[0]), house.view)
        for question in asked * 3:
            start = time.perf_counter()
            await opened.ask(Asked(question), house.view)
            spent.append(time.perf_counter() - start)
    return [f"an answer by rules, {len(spent)} questions: {_shares(spent)}"]


async def _streams(house: House) -> list[str]:
    sent: dict[str, float] = {}

    async def dribble(wish: Wish) -> AsyncIterator[bytes]:
        for place, line in enumerate(wish.outline):
            if place == 0:
                sent[wish.question] = time.perf_counter()
            yield event({"delta": {"content": line + "\n"}, "index": 0, "finish_reason": None})
            await asyncio.sleep(0.3)
        yield b"data: [DONE]\n\n"

    first: list[float] = []
    speaking: set[int] = set()
    most = 0

    async def one(opened: Session, number: int) -> None:
        nonlocal most
        question = f"На какой стадии MD-2026-{10 + number % 40:04d}? {'!' * (1 + number // 40)}"
        seen = False
        async for said in opened.turn(Asked(question), house.view):
            if not isinstance(said, Answered) and said["event"] == "token" and not seen:
                seen = True
                first.append(time.perf_counter() - sent[question])
                speaking.add(number)
                most = max(most, len(speaking))
        speaking.discard(number)

    with serving(dribble) as model:
        settings = Settings(openai_base_url=model.url, openai_model="any", model_seconds=60)
        async with session(chat_endpoint(settings), house.clock, house.book.rules.name) as opened:
            for number in range(12):
                await one(opened, number)
            alone = _shares(first)
            first.clear()
            before = _resident()
            start = time.perf_counter()
            await asyncio.gather(*(one(opened, number) for number in range(STREAMS)))
            spent = time.perf_counter() - start
            grown = _resident() - before
    return [
        f"first word after the endpoint's first sentence, one stream at a time: {alone}",
        f"{STREAMS} streams at once on one process, {most} of them in the middle of their answer at the same time:"
        f" all answered in {spent:.1f} s, {grown / STREAMS / 1024:.0f} KiB more memory a stream",
    ]


async def _memory(house: House) -> list[str]:
    """What a thread that has spoken leaves in the process."""
    with tempfile.TemporaryDirectory() as folder:
        threads = in_sqlite(Path(folder) / "t.db")
        async with session(None, house.clock, house.book.rules.name, threads) as opened:

            async def talk(number: int) -> None:
                for asked in (f"На какой стадии MD-2026-{10 + number % 40:04d}?", "Чего не хватает?"):
                    async for _ in opened.turn(Asked(asked), house.view, f"T-{number}"):
                        pass

            for number in range(THREADS):
                await talk(number)
            before = _resident()
            for number in range(THREADS, 2 * THREADS):
                await talk(number)
            grown = (_resident() - before) / THREADS / 1024
            size = _settled(Path(folder) / "t.db") / (2 * THREADS) / 1024
    return [
        f"a thread of two turns: {grown:.1f} KiB more memory, {size:.1f} KiB on disk ({THREADS} after {THREADS})"
    ]


def _resident() -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _settled(file: Path) -> int:
    """The file's size once its write-ahead log is written into it."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    return file.stat().st_size


async def _on_disk(house: House) -> list[str]:
    asked = [question.ask for question in questions() if question.portfolio == "demo"]
    chance = random.Random(1)
    sizes: dict[str, list[int]] = {"ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as folder:
        for name, threads in (
            ("ours", in_sqlite(Path(folder) / "ours.db")),
            ("plain", AsyncSqliteSaver.from_conn_string(str(Path(folder) / "plain.db"))),
        ):
            async with session(None, house.clock, house.book.rules.name, threads) as opened:
                opened.durability = "exit" if name == "ours" else "async"
                for turn in range(TURNS):
                    async for _ in opened.turn(Asked(chance.choice(asked)), house.view, "T-1"):
                        pass
                    if (turn + 1) % (TURNS // 3) == 0:
                        sizes[name].append(_settled(Path(folder) / f"{name}.db"))
    at = [TURNS // 3, 2 * TURNS // 3, TURNS]
    last = {name: (found[2] - found[1]) / (TURNS / 3) / 1024 for name, found in sizes.items()}
    ours, plain = (
        ", ".join(f"{turn} turns {size / 1024:.0f} KiB" for turn, size in zip(at, sizes[name], strict=True))
        for name in ("ours", "plain")
    )
    return [
        f"a thread on disk, ours: {ours}; {last['ours']:.2f} KiB a turn at the end",
        f"a thread on disk, the framework's own saver: {plain}; {last['plain']:.0f} KiB a turn at the end",
    ]


async def _all() -> list[str]:
    with portfolio("demo") as house:
        return [
            *await _against_bare(house),
            *await _by_rules(house),
            *await _streams(house),
            *await _memory(house),
            *await _on_disk(house),
        ]


def run() -> list[str]:
    """All of it, over the invented portfolio."""
    return asyncio.run(_all())
