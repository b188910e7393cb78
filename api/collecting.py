"""How seldom a process that takes many events in looks for garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Young objects looked through at once. An event makes a hundred that reference counting frees by itself; with the
# interpreter's own 700 a seventh to a fifth of the processor time went into looking at them.
YOUNG: Final = 10_000


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """While it lasts the collector waits for more young objects; afterwards all is as it was before."""
    before = gc.get_threshold()
    gc.set_threshold(YOUNG, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def keep_what_is_built() -> None:
    """What was imported and built so far lives as long as the process: it need not be looked through any more."""
    gc.collect()
    gc.freeze()
