"""The copilot of a running server: opened when first asked, one turn of a thread at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from api.wiring import House
from masterdeal.errors import DealError

if TYPE_CHECKING:
    from agents.copilot import Session

LONGEST_WAIT: Final = 30.0


class Conflict(DealError):
    """Another turn of this thread is still being answered."""

    kind = "conflict"


@dataclass
class Place:
    """A thread's turn, and how many hold it or wait for it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wanted: int = 0


class Live:
    """Holds the session and the threads that are being answered."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._opened = AsyncExitStack()
        self._session: Session | None = None
        self._opening = asyncio.Lock()
        self._turns: dict[str, Place] = {}

    async def session(self) -> Session:
        """The copilot; its libraries are imported beside the loop."""
        async with self._opening:
            if self._session is None:
                made = await asyncio.to_thread(self._house.copilot_session)
                self._session = await self._opened.enter_async_context(made)
            return self._session

    @asynccontextmanager
    async def turn(self, thread_id: str, wait: float = LONGEST_WAIT) -> AsyncIterator[None]:
        """The thread for oneself. A second device waits its turn; Conflict where that takes too long."""
        place = self._turns.setdefault(thread_id, Place())
        place.wanted += 1
        try:
            try:
                async with asyncio.timeout(wait):
                    await place.lock.acquire()
            except TimeoutError:
                raise Conflict(thread_id=thread_id) from None
            try:
                yield
            finally:
                place.lock.release()
        finally:
            place.wanted -= 1
            if not place.wanted:
                self._turns.pop(thread_id, None)

    async def close(self) -> None:
        """Close the model's connections and the threads' file."""
        async with self._opening:
            self._session = None
            await self._opened.aclose()
