"""`masterdeal serve` as a process: where it listens, beside whom it works, how it ends."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from api.cli import main

COMMAND = [sys.executable, "-m", "api.cli"]
PATIENCE = 90.0  # a bound on hanging, not a measure of speed


@contextmanager
def serving(data: Path, *more: str, name: str = "serve") -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service on a free port, and its address."""
    args = [*COMMAND, name, "--port", "0", "--json", "--data", str(data), *more]
    process = subprocess.Popen(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            said += line
        yield process, json.loads(said)["url"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def created(name: str) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "source": "crm",
        "id": name,
        "type": "crm.deal.created",
        "time": "2026-03-01T10:00:00Z",
        "subject": f"D-{name}",
        "data": {"title": name},
    }


def refused(*args: str) -> str:
    result = CliRunner().invoke(main, ["serve", *args])
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    return line


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly_even_with_an_open_stream(tmp_path: Path, number: int) -> None:
    with serving(tmp_path) as (process, url):
        opened, ended = threading.Event(), threading.Event()

        def listen() -> None:
            with httpx.stream(
                "GET", f"{url}/v1/stream", headers={"Last-Event-ID": "0"}, timeout=60
            ) as answer:
                for _ in answer.iter_lines():
                    opened.set()
            ended.set()

        thread = threading.Thread(target=listen)
        thread.start()
        assert opened.wait(PATIENCE)
        assert httpx.post(f"{url}/v1/events", json=created("1")).status_code == 202
        start = time.monotonic()
        process.send_signal(number)
        assert process.wait(PATIENCE) == 0
        assert time.monotonic() - start < PATIENCE
        thread.join(PATIENCE)
        assert ended.is_set()
        assert process.stderr is not None
        told = process.stderr.read()
        assert told.splitlines()[-1] == "Остановлено."
        assert "Traceback" not in told
    assert not (tmp_path / "masterdeal.db-wal").exists()
    result = CliRunner().invoke(main, ["rebuild", "--json", "--data", str(tmp_path)])
    assert json.loads(result.stdout)["identical"] is True


@pytest.mark.slow
def test_commands_work_on_the_folder_of_a_running_service(tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    lines.write_text("\n".join(json.dumps(created(str(number))) for number in range(300)), encoding="utf-8")
    data = tmp_path / "data"
    with serving(data) as (_, url):
        assert httpx.post(f"{url}/v1/events", json=created("own")).status_code == 202
        args = ["events", "load", str(lines), "--batch", "50", "--json", "--data", str(data)]
        loading = subprocess.Popen([*COMMAND, *args], stdout=subprocess.PIPE, text=True)
        posted = 0
        while loading.poll() is None:
            answer = httpx.post(f"{url}/v1/events", json=created(f"beside-{posted}"))
            assert answer.json()["results"][0]["outcome"] == "accepted"
            posted += 1
        assert loading.stdout is not None
        assert json.load(loading.stdout)["accepted"] == 300
        loading.stdout.close()
        assert httpx.get(f"{url}/readyz").json()["counts"]["deals"] == 301 + posted
        seen: set[str] = set()
        with httpx.stream("GET", f"{url}/v1/stream", headers={"Last-Event-ID": "0"}, timeout=30) as stream:
            for line in stream.iter_lines():
                if line.startswith("data:") and '"masterdeal.created"' in line:
                    seen.add(json.loads(line[5:])["subject"])
                if len(seen) == 301 + posted:
                    break
        assert {"D-own", "D-0", "D-299"} <= seen


@pytest.mark.slow
def test_an_interrupted_load_is_resumed_by_the_same_command(tmp_path: Path) -> None:
    lines = tmp_path / "events.jsonl"
    lines.write_text(
        "\n".join(json.dumps(created(str(number))) for number in range(20_000)), encoding="utf-8"
    )
    args = ["events", "load", str(lines), "--batch", "10", "--json", "--data", str(tmp_path / "data")]
    with subprocess.Popen(
        [*COMMAND, *args],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background has had ^C ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as load:
        deadline = time.monotonic() + PATIENCE
        log = tmp_path / "data" / "masterdeal.db-wal"
        # Some batches are in, many are not.
        while (not log.exists() or log.stat().st_size < 1_000_000) and time.monotonic() < deadline:
            time.sleep(0.01)
        load.send_signal(signal.SIGINT)
        out, told = load.communicate(timeout=PATIENCE)
    assert (load.returncode, out) == (130, "")
    (line,) = told.split("\n")[1:-1]  # click ends the line that ^C stands on
    assert line.startswith("Ошибка: прервано")
    report = json.loads(CliRunner().invoke(main, args).stdout)
    assert report["accepted"] + report["duplicates"] == 20_000
    assert report["duplicates"] > 0
    assert report["store"]["deals"] == 20_000


@pytest.mark.slow
def test_the_demo_serves_its_portfolio(tmp_path: Path) -> None:
    with serving(tmp_path, name="demo") as (process, url):
        page = httpx.get(url)
        assert page.status_code == 200
        assert "MasterDeal" in page.text
        assert len(httpx.get(f"{url}/v1/deals?limit=500").json()["items"]) > 50
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.com"])
def test_another_interface_is_refused(tmp_path: Path, host: str) -> None:
    assert "loopback" in refused("--host", host, "--data", str(tmp_path / "data"))
    assert not (tmp_path / "data").exists()


def test_a_taken_port_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert str(port) in refused("--port", str(port), "--data", str(tmp_path / "data"))
    assert not (tmp_path / "data").exists()
