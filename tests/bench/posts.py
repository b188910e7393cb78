"""Single POSTs with group commit against the same server that answers without storing anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.rounds import alternating, line, medians
from tests.bench.story import STEPS, arriving

AIM = 0.7
ROUNDS = 7
CONNECTIONS = 32
DEALS = 400  # of eight events each, in every round


@contextmanager
def _server(folder: Path, how: str) -> Iterator[int]:
    command = [sys.executable, "-m", "tests.bench.served", str(folder), how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _load(port: int, bodies: list[bytes]) -> float:
    command = [sys.executable, "-m", "tests.bench.load", str(port), str(CONNECTIONS)]
    done = subprocess.run(command, input=b"\n".join(bodies), stdout=subprocess.PIPE, check=True, timeout=120)
    return float(done.stdout)


def run() -> list[str]:
    """One server on the first core for each side, the client on the last; new deals in every round."""
    firsts = (number * DEALS for number in range(1_000))

    def bodies() -> list[bytes]:
        return [body for body, _ in arriving(DEALS, next(firsts))]

    with TemporaryDirectory() as folder, ExitStack() as stack:
        ports = {how: stack.enter_context(_server(Path(folder, how), how)) for how in ("answered", "stored")}
        for port in ports.values():
            _load(port, bodies())
        seconds = medians(
            alternating({how: lambda port=port: _load(port, bodies()) for how, port in ports.items()}, ROUNDS)
        )
    ratio = seconds["answered"] / seconds["stored"]
    count = DEALS * len(STEPS)
    note = f"{count / seconds['stored']:,.0f} against {count / seconds['answered']:,.0f} requests/s"
    what = f"single POSTs, {CONNECTIONS} connections, stored / answered only"
    return [line(what, ratio, f">= {AIM}", ratio >= AIM, note)]
