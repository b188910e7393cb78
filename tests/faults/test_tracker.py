"""The service's own thread, a real HTTP client and a real local tracker that drops, delays and repeats."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from installation import hours, micro
from portfolios import cloud_event

from api.settings import read_settings
from api.wiring import House, open_house
from masterdeal.flow.intake import read, record
from masterdeal.flow.sweep import sweep

DEALS = 6


class Board:
    """A queue of issues behind the requests that the adapter makes. `whims` are what may happen to a request."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.issues: dict[str, dict[str, Any]] = {}
        self.chance = random.Random(7)
        self.whims = ["drop", "lose", "lose", "late", "500", "429", "garbage", "repeat", "", ""]
        self.happened: dict[str, int] = {}

    def whim(self) -> str:
        with self.lock:
            what = self.chance.choice(self.whims)
            self.happened[what] = self.happened.get(what, 0) + 1
            return what

    def answer(self, method: str, path: str, body: Any) -> tuple[int, Any]:
        with self.lock:
            if path == "/v3/issues/":
                # The tracker's own guard is off, so that only ours is on trial.
                key = f"SLA-{len(self.issues) + 1}"
                self.issues[key] = {"key": key, "status": {"key": "open"}, "closed": 0, **body}
                return 201, self.issues[key]
            if path == "/v3/issues/_search":
                wanted = body["filter"]["tags"][0]
                return 200, [issue for issue in self.issues.values() if wanted in issue["tags"]]
            key, _, rest = path.removeprefix("/v3/issues/").partition("/")
            issue = self.issues[key]
            if method == "PATCH":
                issue.update(body)
            elif rest == "transitions":
                return 200, [{"id": "close", "to": {"key": "closed"}}]
            elif rest == "transitions/close/_execute":
                issue["status"] = {"key": "closed"}
                issue["closed"] += 1
            return 200, issue


class Moody(BaseHTTPRequestHandler):
    """Answers as the board says, unless it is in a mood."""

    board: Board
    protocol_version = "HTTP/1.1"

    def serve(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("content-length", 0))) or "null")
        whim = self.board.whim()
        if whim == "drop":
            self.close_connection = True
            return
        if whim in ("500", "429"):
            self.reply(int(whim), {"errors": [whim]}, {"Retry-After": "0"})
            return
        status, found = self.board.answer(self.command, self.path, body)
        if whim == "repeat" and self.command != "POST":
            status, found = self.board.answer(self.command, self.path, body)
        if whim == "late":
            time.sleep(0.2)  # longer than the client waits
        if whim == "lose":
            self.close_connection = True
            return
        self.reply(status, "<html>" if whim == "garbage" else found, {})

    do_GET = do_POST = do_PATCH = serve  # noqa: N815 (the names that http.server calls)

    def reply(self, status: int, body: Any, headers: dict[str, str]) -> None:
        sent = json.dumps(body).encode() if body != "<html>" else b"<html>"
        try:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)
        except OSError:
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def board() -> Iterator[tuple[Board, str]]:
    board = Board()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Moody,), {"board": board}))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield board, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def take(house: House, *events: dict[str, Any]) -> None:
    with house.store.writing() as tx:
        items = [read(json.dumps(event).encode(), house.book) for event in events]
        record(tx, items, house.book, house.clock())


def test_one_remote_task_for_each_breach_and_closed_when_closed_here(
    board: tuple[Board, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.wiring.TRACKER_SECONDS", 0.1)
    remote, url = board
    file = tmp_path / "tracker.toml"
    place = 'queue = "SLA", org_id = "1"'
    file.write_text(f'system = "yandex_tracker"\nurl = "{url}"\nplace = {{ {place} }}\n', encoding="utf-8")
    settings = read_settings({}, data=tmp_path, tracker_file=file, tracker_token="secret-token")
    now = [micro(hours(0))]
    with open_house(settings, lambda: now[0]) as house:
        link = house.tracker
        assert link is not None
        take(
            house,
            *(cloud_event("crm.deal.created", hours(0), id=f"c{n}", subject=f"MD-{n}") for n in range(DEALS)),
        )

        def work(done: Callable[[], bool]) -> None:
            for _ in range(4_000):
                house.worker.round()
                now[0] += 30_000_000 if link.round() else 1_000
                if done():
                    return
            raise AssertionError(link.standing())

        def told() -> bool:
            standing = link.standing()
            return bool(standing["waiting"] == 0 and standing["refused"] == 0)

        now[0] = micro(hours(8.01))
        house.worker.round()
        assert link.standing()["waiting"] == DEALS
        # Circuit and thread rest by the real clock; the schedule of the tasks by the one that is turned here.
        link._tracker._breaker.context.ttl = 0.0
        work(told)
        assert len(remote.issues) == DEALS
        assert {issue["status"]["key"] for issue in remote.issues.values()} == {"open"}
        closing = [
            cloud_event("crm.brief.submitted", hours(8), id=f"b{n}", subject=f"MD-{n}")
            for n in range(0, DEALS, 2)
        ]
        take(house, *closing)
        work(told)
        remote.whims = [""]
        with house.store.writing() as tx:
            sweep(tx, house.book, now[0])
    assert {"drop", "lose", "late", "500", "429", "garbage"} <= set(remote.happened), remote.happened
    tags = [issue["tags"][0] for issue in remote.issues.values()]
    assert len(tags) == len(set(tags)) == DEALS
    closed = [issue for issue in remote.issues.values() if issue["status"]["key"] == "closed"]
    assert len(closed) == DEALS // 2
    assert all(issue["closed"] == 1 for issue in closed)
