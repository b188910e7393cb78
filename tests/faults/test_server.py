"""Failures 06 and 44 to 46 against the real server in this process, over real sockets."""

from __future__ import annotations

import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import uvicorn
from portfolios import EPOCH, cloud_event

from api.app import build
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal.ports import pages

BATCH = "application/cloudevents-batch+json"


@dataclass
class Served:
    house: House
    server: uvicorn.Server
    thread: threading.Thread
    port: int
    clients: list[socket.socket] = field(default_factory=list)

    def stop(self) -> None:
        self.house.bus.close()
        self.server.should_exit = True
        self.thread.join(30)
        for client in self.clients:
            client.close()
        assert not self.thread.is_alive()

    def post(self, body: bytes, media: str = BATCH) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request("POST", "/v1/events", body, {"content-type": media})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def listen(self, last: str | None = None) -> socket.socket:
        """A raw connection that has asked for the stream."""
        client = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        self.clients.append(client)
        resume = f"Last-Event-ID: {last}\r\n" if last is not None else ""
        client.sendall(f"GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n{resume}\r\n".encode())
        return client

    def listeners(self, wanted: int, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while self.house.bus.listeners != wanted:
            assert time.monotonic() < end, self.house.bus.listeners
            time.sleep(0.02)


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    with open_house(Settings(data=folder)) as house, socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(
            uvicorn.Config(build(house), log_level="error", access_log=False, timeout_graceful_shutdown=10)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        end = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < end
            time.sleep(0.01)
        served = Served(house, server, thread, listening.getsockname()[1])
        try:
            yield served
        finally:
            served.stop()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def created(name: str) -> dict[str, Any]:
    return cloud_event("crm.deal.created", EPOCH, id=name, subject=f"MD-{name}")


def batch(*names: str) -> bytes:
    return msgspec.json.encode([created(name) for name in names])


def frames(client: socket.socket, count: int) -> list[tuple[int, dict[str, Any]]]:
    """The next canonical events of a stream, each with its id."""
    found: list[tuple[int, dict[str, Any]]] = []
    text = b""
    while len(found) < count:
        piece = client.recv(65536)
        assert piece, "the stream ended"
        text += piece
        found = []
        for frame in text.split(b"\n\n")[:-1]:  # what stands after the last blank line is not whole yet
            lines = [line for line in frame.splitlines() if b": " in line]
            fields = dict(line.split(b": ", 1) for line in lines if not line.startswith(b":"))
            if b"data" in fields and b"id" in fields:
                found.append((int(fields[b"id"]), json.loads(fields[b"data"])))
    return found


def committed(house: House) -> list[int]:
    with house.store.reading() as read:
        return [row.position for row in read.outbox(0, 100_000)]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"id": NaN}', 400),
        (b"[" * 200_000, 400),
        (b'{"a":' + b"[" * 200_000, 422),
        (b'"text"', 422),
        (b"null", 422),
        (msgspec.json.encode(created("1") | {"time": "0001-01-01T00:00:00+14:00"}), 422),
    ],
)
def test_06_a_body_that_is_no_event_is_a_clear_answer(served: Served, body: bytes, status: int) -> None:
    media = BATCH if body.startswith(b"[") else "application/cloudevents+json"
    found, problem = served.post(body, media)
    assert (found, problem["status"]) == (status, status)
    assert "Traceback" not in json.dumps(problem)
    assert served.post(batch("after"))[0] == 202


def test_06_a_bad_item_does_not_touch_its_neighbours(served: Served) -> None:
    deep = b'{"x":' + b"[" * 300 + b"]" * 300 + b"}"
    body = b"[" + batch("1")[1:-1] + b"," + deep + b",12," + batch("2")[1:-1] + b"]"
    status, answer = served.post(body)
    assert status == 202
    assert [item["outcome"] for item in answer["results"]] == ["accepted", "rejected", "rejected", "accepted"]


def test_44_clients_that_vanish_leave_no_listener_behind(served: Served) -> None:
    clients = [served.listen() for _ in range(30)]
    served.listeners(30)
    for number, client in enumerate(clients):
        if number % 3 == 0:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # RST
        client.close()
    for _ in range(10):
        served.listen().close()  # gone before the first byte
    served.listeners(0)


def test_44_a_stream_is_resumed_without_gap_or_repeat(served: Served) -> None:
    served.post(batch(*map(str, range(40))))
    last, seen = "0", list[int]()
    for portion in (1, 7, 30):
        client = served.listen(last)
        got = frames(client, portion)[:portion]
        seen += [position for position, _ in got]
        last = str(got[-1][0])
        client.close()
        served.post(batch(f"more-{portion}"))
    assert seen == committed(served.house)[:38]


def test_44_a_slow_reader_holds_nobody_up_and_misses_nothing(served: Served) -> None:
    slow = served.listen("0")
    served.listeners(1)
    names = [f"{number}" for number in range(1_500)]
    for start in range(0, len(names), 100):
        status, _ = served.post(batch(*names[start : start + 100]))
        assert status == 202
    quick = served.listen("0")
    wanted = committed(served.house)
    assert [position for position, _ in frames(quick, len(wanted))] == wanted
    assert [position for position, _ in frames(slow, len(wanted))] == wanted
    slow.close()
    quick.close()
    served.listeners(0)


@pytest.mark.slow
def test_44_hundreds_of_idle_clients_do_not_slow_the_intake(served: Served) -> None:
    clients = [served.listen() for _ in range(400)]
    served.listeners(400, 30)
    begun = time.monotonic()
    assert served.post(batch("1", "2"))[0] == 202
    assert time.monotonic() - begun < 60
    for client in clients:
        assert [notice["subject"] for _, notice in frames(client, 4)].count("MD-1") >= 1
        client.close()
    served.listeners(0, 30)


def test_45_a_client_that_leaves_while_its_events_are_committed_finds_them_kept(served: Served) -> None:
    body = batch("1")
    head = f"POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: {BATCH}\r\nContent-Length: {len(body)}\r\n\r\n"
    with served.house.store.writing():  # the commit has to wait
        client = socket.create_connection(("127.0.0.1", served.port), timeout=60)
        client.sendall(head.encode() + body)
        time.sleep(0.2)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        time.sleep(0.1)
    status, answer = served.post(body)
    assert (status, [item["outcome"] for item in answer["results"]]) == (202, ["duplicate"])


def test_46_a_stop_under_load_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    answered: list[str] = []
    with serving(tmp_path) as served:
        # A stream is open as well: it must not hold the stop up.
        stream = served.listen("0")
        going = threading.Event()

        def post(worker: int) -> None:
            for number in range(10_000):
                name = f"{worker}-{number}"
                try:
                    status, _ = served.post(batch(name))
                except (OSError, http.client.HTTPException):
                    return
                if status != 202:
                    return
                answered.append(f"{name}")
                going.set()

        posters = [threading.Thread(target=post, args=(worker,)) for worker in range(4)]
        for poster in posters:
            poster.start()
        assert going.wait(20)
        time.sleep(0.5)
        begun = time.monotonic()
        served.stop()
        assert time.monotonic() - begun < 60
        for poster in posters:
            poster.join(30)
        stream.close()
    with open_house(Settings(data=tmp_path)) as house, house.store.reading() as read:
        kept = {row.id for row in pages(read)}
    assert answered
    assert set(answered) <= kept
