"""Hanging up ends the work: the model's stream is closed, the thread is free, and nothing of the turn is kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from chat_model import Wish, event, faithful, serving
from postgresql import free_port

from api.app import build
from api.settings import Settings
from api.wiring import open_house
from masterdeal import instant
from masterdeal.flow.intake import read, record

NOW = instant.parse("2026-11-22T12:00:00+03:00")
CREATED = (
    b'{"specversion": "1.0", "id": "1", "source": "crm", "type": "crm.deal.created", "subject": "D-1",'
    b' "time": "2026-11-20T10:00:00+03:00", "data": {"title": "A", "client": {"name": "B"}}}'
)


def test_hanging_up_ends_the_work(tmp_path: Path) -> None:
    beats: list[float] = []

    async def slow(wish: Wish) -> AsyncIterator[bytes]:
        yield event({"delta": {"content": wish.outline[0] + "\n"}, "index": 0, "finish_reason": None})
        while True:
            # An endpoint that says nothing more; the comment lets its server notice that nobody listens.
            beats.append(time.monotonic())
            yield b": waiting\n\n"
            await asyncio.sleep(0.1)

    with serving(slow) as model:
        settings = Settings(data=tmp_path, openai_base_url=model.url, openai_model="any", model_seconds=20)
        with open_house(settings, clock=lambda: NOW) as house:
            with house.store.writing() as tx:
                record(tx, [read(CREATED, house.book)], house.book, NOW)
            port = free_port()
            server = uvicorn.Server(uvicorn.Config(build(house), port=port, log_level="critical"))
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.02)
            try:
                _hang_up(f"http://127.0.0.1:{port}", model, beats)
            finally:
                server.should_exit = True
                thread.join(60)


def _hang_up(url: str, model: Any, beats: list[float]) -> None:
    said = {"message": "На какой стадии D-1?", "thread_id": "T-one"}
    with httpx.Client(base_url=url, timeout=30) as client:
        with client.stream("POST", "/v1/chat", json=said) as stream:
            for line in stream.iter_lines():
                if line == "event: token":
                    break
        gone = time.monotonic()
        while time.monotonic() - gone < 60 and time.monotonic() - beats[-1] < 1.5:
            time.sleep(0.1)
        assert beats[-1] - gone < 30, "the model's stream went on after the caller had gone"
        assert client.get("/v1/chat/T-one").status_code == 404
        model.behaviour = faithful
        started = time.monotonic()
        again = client.post("/v1/chat", json=said)
        assert "event: answer" in again.text
        assert time.monotonic() - started < 60
        assert [turn["number"] for turn in client.get("/v1/chat/T-one").json()["items"]] == [1]
