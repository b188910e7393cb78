"""Replay of one million events: every deal folded anew from the log and proved equal to what is stored."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from masterdeal.flow.rebuild import rebuild
from masterdeal.instant import DAY
from masterdeal.ports import pages
from masterdeal.reference import read_rulebook
from masterdeal.store.sqlite import SqliteStore
from tests.bench.cloned import Row, cloner, fill, template
from tests.bench.story import BEGIN, STEPS

EVENTS = 1_000_000


def _arrived(rows: list[Row], deals: int) -> Iterator[Row]:
    """The events of all deals in the order of arrival: step by step, so a deal's own are scattered over the log."""
    for row in rows:
        clone = cloner([row])
        for number in range(deals):
            yield from clone(number)


def _replayed(path: Path) -> dict[str, float]:
    """Seconds to read the log page by page, seconds to rebuild, and the memory each asks for, in MB."""
    store = SqliteStore(path)
    book = read_rulebook()

    def resident() -> float:
        # Not getrusage: its peak is inherited from the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) / 1024

    at_rest = resident()
    start = time.perf_counter()
    with store.reading() as read:
        assert sum(1 for _ in pages(read)) == EVENTS
    middle = time.perf_counter()
    proof = rebuild(store, book, BEGIN + DAY)
    end = time.perf_counter()
    assert proof.identical, proof.differing[:3]
    assert proof.events == EVENTS
    store.close()
    return {"read": middle - start, "rebuild": end - middle, "memory": resident() - at_rest}


def run() -> list[str]:
    """In a process of its own, so that its memory is its own."""
    deals = EVENTS // len(STEPS)
    with TemporaryDirectory() as folder:
        rows = template(Path(folder, "template.db"), read_rulebook(), BEGIN, len(STEPS))
        path = Path(folder, "million.db")
        deal = cloner(rows["deal"])
        fill(
            path,
            [
                ("event", _arrived(rows["event"], deals)),
                ("deal", (row for number in range(deals) for row in deal(number))),
            ],
        )
        command = [sys.executable, "-m", "tests.bench.replay", str(path)]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=600)
    found = json.loads(done.stdout)
    return [
        f"replay of {EVENTS:,} events, {deals:,} deals, every state identical:"
        f" {EVENTS / found['rebuild']:,.0f} events/s, {found['memory']:.0f} MB more memory,"
        f" {found['rebuild'] / found['read']:.1f} times as long as only reading the log"
    ]


if __name__ == "__main__":
    print(json.dumps(_replayed(Path(sys.argv[1]))))
