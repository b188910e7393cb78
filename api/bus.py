"""Canonical events in process: whoever listens is woken; what there is to read stands in the outbox."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from masterdeal.ports import OutboxRow


class Bus:
    """Wakes the listening coroutines when the relay has published."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self.published = 0
        self.closed = False

    def publish(self, rows: list[OutboxRow]) -> None:
        """Take these events; listeners are woken once the relay has committed how far it came."""
        self.published += len(rows)

    def close(self) -> None:
        """Let every listener end."""
        self.closed = True
        self.wake()

    def wake(self) -> None:
        """Let every listener look again."""
        with self._lock:
            listeners = list(self._listeners.items())
        for event, loop in listeners:
            if not loop.is_closed():
                loop.call_soon_threadsafe(event.set)

    @contextmanager
    def listening(self) -> Iterator[asyncio.Event]:
        """An event that is set whenever something was published, for as long as the block lasts."""
        event = asyncio.Event()
        with self._lock:
            self._listeners[event] = asyncio.get_running_loop()
        try:
            yield event
        finally:
            with self._lock:
                self._listeners.pop(event, None)

    @property
    def listeners(self) -> int:
        """How many are listening."""
        return len(self._listeners)
