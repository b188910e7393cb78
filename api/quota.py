"""How much a caller may ask for: requests in a while, and tokens of the model in a day. Kept in this process's memory."""

from __future__ import annotations

import math
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerDay, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter

from api.access import LOCAL, Caller
from masterdeal.errors import DealError, Misconfigured

REQUESTS: Final = "requests"
TOKENS: Final = "tokens"


class TooManyRequests(DealError):
    """This caller has asked for more than is allowed."""

    kind = "too-many-requests"


def rate_of(text: str | None) -> RateLimitItem | None:
    """A rate like 600/minute. Misconfigured where it is none."""
    if text is None:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise Misconfigured(f"MASTERDEAL_RATE_LIMIT: {text!r} is no rate such as 600/minute") from error


class Quota:
    """Counts by the caller's subject. A local administrator is not counted; sources have a rate of their own."""

    def __init__(self, people: str | None, sources: str | None, tokens_a_day: int | None) -> None:
        storage = MemoryStorage()
        self._rates = SlidingWindowCounterRateLimiter(storage)
        self._days = FixedWindowRateLimiter(storage)
        self._people = rate_of(people)
        self._sources = rate_of(sources)
        self._tokens = RateLimitItemPerDay(tokens_a_day) if tokens_a_day is not None else None

    async def take(self, caller: Caller, *, model: bool) -> None:
        """Count a request. TooManyRequests where it is one too many, or asks for a model whose tokens are spent."""
        rate = self._sources if caller.sources else self._people
        if caller is LOCAL:
            return
        if rate is not None and not await self._rates.hit(rate, REQUESTS, caller.subject):
            reset = (await self._rates.get_window_stats(rate, REQUESTS, caller.subject)).reset_time
            raise TooManyRequests(f"more than {rate}", limit=str(rate), retry_after_s=_until(reset))
        if model and self._tokens is not None:
            left = await self._days.get_window_stats(self._tokens, TOKENS, caller.subject)
            if left.remaining <= 0:
                raise TooManyRequests(
                    f"the model's {self._tokens.amount} tokens a day are spent",
                    limit=f"{self._tokens.amount} tokens a day",
                    retry_after_s=_until(left.reset_time),
                )

    async def spend(self, caller: Caller, tokens: int) -> None:
        """Count the tokens that an answer took; the answer that goes beyond the budget is the last one."""
        if self._tokens is not None and tokens > 0 and caller is not LOCAL:
            await self._days.hit(self._tokens, TOKENS, caller.subject, cost=tokens)


def _until(reset: float) -> int:
    return max(1, math.ceil(reset - time.time()))
