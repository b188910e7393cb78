"""Taking events in from the command line, beside a service that may run on the same folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import msgspec

from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import Outcome, read, record
from masterdeal.flow.sweep import sweep

if TYPE_CHECKING:
    from api.wiring import House

SWEPT_AT_ONCE: Final = 500


def take(house: House, events: Sequence[dict[str, Any]], hot: HotDeals | None = None) -> list[Outcome]:
    """One transaction; one outcome per event, in order. `hot` is what the caller keeps decoded between its calls."""
    incoming = [read(msgspec.json.encode(event), house.book) for event in events]
    with house.store.writing() as tx:
        return record(tx, incoming, house.book, house.clock(), hot)


def settle_clock(house: House) -> int:
    """Fire every timer that is due, once; returns how many deals moved. To publish is left to the service: only it
    knows who listens."""
    now, moved = house.clock(), 0
    while True:
        with house.store.writing() as tx:
            count = sweep(tx, house.book, now, SWEPT_AT_ONCE)
        moved += count
        if count < SWEPT_AT_ONCE:
            return moved
