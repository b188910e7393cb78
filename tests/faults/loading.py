"""A process that loads a JSON-lines history and says after each commit how many batches are durable. To be killed."""

from __future__ import annotations

import sys
from pathlib import Path

from masterdeal.flow.intake import read, record
from masterdeal.reference import read_rulebook
from masterdeal.store.sqlite import SqliteStore


def main(database: str, history: str, now: str, batch: str) -> None:
    store, book = SqliteStore(Path(database)), read_rulebook()
    lines = Path(history).read_bytes().splitlines()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    for start in range(0, len(lines), int(batch)):
        incoming = [read(line, book) for line in lines[start : start + int(batch)]]
        with store.writing() as tx:
            record(tx, incoming, book, int(now))
        sys.stdout.write(f"{start + len(incoming)}\n")
        sys.stdout.flush()
    store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
