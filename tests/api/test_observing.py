"""What a process says of itself: log lines without personal data, spans where there was work."""

from __future__ import annotations

import json
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from api.observing import impersonal, start_log, traced


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield root
    root.handlers[:], root.level = before, level


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("write to ivan.petrov@example.ru now", "write to <e-mail> now"),
        ("call +7 (916) 123-45-67 or 89161234567", "call <phone> or <phone>"),
        ("inn 7707083893, 500100732259.", "inn <number>, <number>."),
        (
            "deal MD-77 took 1234567 us at 2026-11-22T10:00:00Z",
            "deal MD-77 took 1234567 us at 2026-11-22T10:00:00Z",
        ),
    ],
)
def test_addresses_telephones_and_tax_numbers_are_left_out(text: str, left: str) -> None:
    assert impersonal(text) == left


def test_a_json_line_is_one_object_and_says_where_it_failed(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    start_log("json")
    try:
        raise ValueError("client anna@example.ru")
    except ValueError:
        logging.getLogger("api.worker").exception("deal %s of %s stumbled", "MD-1", "anna@example.ru")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["logger"]) == (
        "deal MD-1 of <e-mail> stumbled",
        "error",
        "api.worker",
    )
    assert told["exception"][0]["exc_type"] == "ValueError"
    assert "anna@" not in line
    assert "timestamp" in told


def test_work_leaves_a_span_and_idleness_none() -> None:
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider()
        trace.set_tracer_provider(provider)
    spans = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    assert traced("sweep", lambda: 0) == 0
    assert traced("sweep", lambda: 7) == 7
    with pytest.raises(RuntimeError):
        traced("relay", _fails)
    found = [
        (span.name, dict(span.attributes or {}), span.status.is_ok) for span in spans.get_finished_spans()
    ]
    assert found == [("sweep", {"masterdeal.items": 7}, True), ("relay", {}, False)]


def _fails() -> int:
    raise RuntimeError


def test_the_worker_starts_without_http_and_ends_by_a_signal(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "api.cli", "worker", "--json", "--data", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "{"
        time.sleep(0.2)
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=30)
        assert process.returncode == 0, told
        assert "Traceback" not in told
    finally:
        process.kill()
