"""The server of `posts`, a process of its own: python -m tests.bench.served FOLDER stored|answered.

Prints its port once it answers."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from api.serving import listen, serve
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal.flow.intake import ACCEPTED, Incoming, Outcome


class _Answering:
    """Stands where the writer stands and answers as it would, but keeps nothing."""

    async def take(self, items: Sequence[Incoming]) -> list[Outcome]:
        return [
            Outcome(item.source, item.id, ACCEPTED, None, None, item.subject, "contracting") for item in items
        ]

    def stop(self) -> None:
        """There is nothing to commit."""


class _Unstored(House):
    def writer(self) -> Any:
        return _Answering()


def main(folder: str, how: str) -> None:
    """Serve on the first core until told to stop."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with open_house(Settings(data=Path(folder))) as house:
        if how == "answered":
            house = _Unstored(**{field.name: getattr(house, field.name) for field in fields(house)})
        listening = listen("127.0.0.1", 0)
        port = listening.getsockname()[1]
        serve(house, listening, lambda: print(port, flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
