"""Single POSTs with group commit against the same server that answers without storing anything."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.rounds import alternating, line, medians
from tests.bench.story import STEPS, arriving

AIM = 0.7
ROUNDS = 7
CONNECTIONS = 32
DEALS = 400  # of eight events each, in every round


@contextmanager
def _server(folder: Path, how: str) -> Iterator[tuple[int, int]]:
    """A running server: the number of its process and its port."""
    command = [sys.executable, "-m", "tests.bench.served", str(folder), how]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield process.pid, port
    finally:
        process.terminate()
        process.communicate(timeout=20)


def _processor(pid: int) -> float:
    """Seconds of processor time that a process has used, its threads together."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


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
        servers = {
            how: stack.enter_context(_server(Path(folder, how), how)) for how in ("answered", "stored")
        }
        used: dict[str, list[float]] = {how: [] for how in servers}

        def load(how: str) -> float:
            pid, port = servers[how]
            before = _processor(pid)
            seconds = _load(port, bodies())
            used[how].append(_processor(pid) - before)
            return seconds

        for how in servers:
            load(how)
        seconds = medians(alternating({how: partial(load, how) for how in servers}, ROUNDS))
    processor = medians(used)
    ratio = seconds["answered"] / seconds["stored"]
    count = DEALS * len(STEPS)
    note = (
        f"{count / seconds['stored']:,.0f} against {count / seconds['answered']:,.0f} requests/s; the server's "
        f"processor time alone {processor['answered'] / processor['stored']:.2f}, "
        f"{processor['stored'] / count * 1e6:.0f} against {processor['answered'] / count * 1e6:.0f} us a request"
    )
    what = f"single POSTs, {CONNECTIONS} connections, stored / answered only"
    return [line(what, ratio, f">= {AIM}", ratio >= AIM, note)]
