"""A second process of the service, without HTTP: worker and Kafka, under a clock that may be wrong.

Arguments: data folder, seconds that its clock is off. Everything else comes from the environment, as for `serve`."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from api.settings import read_settings
from api.wiring import open_house, wall_clock
from masterdeal.instant import SECOND


def main(data: str, off: str) -> None:
    ending = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ending.set())
    wrong = int(off) * SECOND
    with open_house(read_settings(data=Path(data)), lambda: wall_clock() + wrong) as house:
        house.worker.start()
        assert house.kafka is not None
        house.kafka.start()
        sys.stdout.write("up\n")
        sys.stdout.flush()
        ending.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
