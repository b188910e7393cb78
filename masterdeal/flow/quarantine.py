"""Events in, when one of them may break the fold: that one is set aside, the others are taken in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from masterdeal.errors import DealError
from masterdeal.flow.hot import HotDeals
from masterdeal.flow.intake import REJECTED, Incoming, Outcome, record
from masterdeal.ports import DeadLetter, EventStore
from masterdeal.rulebook import Rulebook

log = logging.getLogger(__name__)

FOLD_FAILED = "fold_failed"


def take(
    store: EventStore,
    items: Sequence[Incoming],
    book: Rulebook,
    clock: Callable[[], int],
    hot: HotDeals | None = None,
) -> list[Outcome]:
    """One transaction for all; where that fails for another reason than the store, one for each. `hot` is what the
    caller keeps decoded between its batches."""
    try:
        return _recorded(store, items, book, clock, hot)
    except DealError:
        raise
    except Exception:
        # The border of the process: whatever an event does to the fold must not stop the others.
        log.exception("a batch could not be folded; its events are taken one by one")
        return take_singly(store, items, book, clock)


def take_singly(
    store: EventStore, items: Sequence[Incoming], book: Rulebook, clock: Callable[[], int]
) -> list[Outcome]:
    """A transaction for each event; one that cannot be folded becomes a dead letter."""
    return [_alone(store, item, book, clock) for item in items]


def _recorded(
    store: EventStore,
    items: Sequence[Incoming],
    book: Rulebook,
    clock: Callable[[], int],
    hot: HotDeals | None = None,
) -> list[Outcome]:
    with store.writing() as tx:
        return record(tx, items, book, clock(), hot)


def _alone(store: EventStore, item: Incoming, book: Rulebook, clock: Callable[[], int]) -> Outcome:
    try:
        return _recorded(store, [item], book, clock)[0]
    except DealError:
        raise
    except Exception as error:
        log.exception("an event is set aside: it cannot be folded")
        reason = item.refusal or FOLD_FAILED
        detail = _storable(item.detail) if item.refusal else f"the fold failed: {type(error).__name__}"
        # PostgreSQL keeps no NUL in a text, and an event must not escape the dead letters by carrying one.
        letter = DeadLetter(
            0,
            _storable(item.source),
            _storable(item.id),
            _storable(item.type),
            reason,
            detail or "",
            _storable(item.body) or "",
            clock(),
            1,
            "open",
        )
        with store.writing() as tx:
            tx.bury(letter)
        return Outcome(item.source, item.id, REJECTED, reason, detail)


def _storable(text: str | None) -> str | None:
    return None if text is None else text.replace("\0", "\ufffd")
