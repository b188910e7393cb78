"""The pages on this machine: until a dashboard can be used, from an event to the eye, and a hundred of them held open."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from browser import CHROMIUM, serving

from tests.bench import scrolling
from tests.bench.rounds import line

VISITS = 7
EVENTS = 12
OPEN = 100
READY_AIM = 1.0
SEEN_AIM = 1.0


def _event(number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0", "source": "crm", "id": str(number), "type": "crm.deal.created",
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "subject": f"MD-{number}", "data": {"title": str(number)},
    }  # fmt: skip


def _post(url: str, number: int) -> None:
    answer = httpx.post(
        f"{url}/v1/events",
        json=_event(number),
        headers={"content-type": "application/cloudevents+json"},
        timeout=30,
    )
    assert answer.json()["results"][0]["outcome"] == "accepted", answer.text


def _visits(page: Any) -> list[float]:
    """Seconds from the address to the figures; the first visit, with a cold browser, does not count."""
    spent = []
    for _ in range(VISITS + 1):
        begun = time.perf_counter()
        page.goto("/")
        page.wait_for_selector(".tile b")
        spent.append(time.perf_counter() - begun)
    return spent[1:]


def _seen(page: Any, url: str) -> list[float]:
    """Seconds from sending an event to its deal being counted on the open dashboard."""
    spent = []
    for number in range(2, 2 + EVENTS):
        begun = time.perf_counter()
        _post(url, number)
        while not page.locator(".tile b").first.inner_text().startswith(str(number)):
            assert time.perf_counter() - begun < 20, "the dashboard did not follow"
            time.sleep(0.02)
        spent.append(time.perf_counter() - begun)
        time.sleep(0.3)
    return spent


async def _hundred(url: str, first: int) -> list[float]:
    """As many open dashboards as OPEN: each hears of an event over its own stream and asks for the figures anew."""

    async def one(http: httpx.AsyncClient, ready: asyncio.Event, told: list[float]) -> None:
        async with http.stream("GET", "/v1/stream") as stream:
            async for text in stream.aiter_lines():
                if text.startswith(":"):
                    ready.set()
                if text.startswith("data:"):
                    answer = await http.get("/v1/dashboard")
                    assert answer.status_code == 200
                    told.append(time.perf_counter())
                    return

    limits = httpx.Limits(max_connections=2 * OPEN + 10)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
        ready = [asyncio.Event() for _ in range(OPEN)]
        told: list[float] = []
        tasks = [asyncio.create_task(one(http, event, told)) for event in ready]
        await asyncio.gather(*(event.wait() for event in ready))
        begun = time.perf_counter()
        await asyncio.to_thread(_post, url, first)
        await asyncio.gather(*tasks)
        return [at - begun for at in told]


def run() -> list[str]:
    """Figures of pages; none of them in a test, for they say something about the machine."""
    if CHROMIUM is None:
        return ["no chromium on this machine"]
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as (_, url):
        _post(url, 1)
        with sync_playwright() as tools:
            browser = tools.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = browser.new_context(base_url=url).new_page()
            ready = statistics.median(_visits(page))
            seen = sorted(_seen(page, url))
            fluid = scrolling.run(browser)
            browser.close()
        many = sorted(asyncio.run(_hundred(url, 1_000)))
    return [
        line("dashboard can be used, seconds", ready, f"<= {READY_AIM:g}", ready <= READY_AIM, f"median of {VISITS} visits"),
        line("event sent to event seen, seconds", seen[-1], f"<= {SEEN_AIM:g}", seen[-1] <= SEEN_AIM, f"slowest of {EVENTS}; median {statistics.median(seen):.2f}"),
        line(f"{OPEN} open dashboards, the last has its figures, seconds", many[-1], "", True, f"median {statistics.median(many):.2f}; one process, one event"),
        *fluid,
    ]  # fmt: skip
