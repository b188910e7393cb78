"""The clock's own work: timers that fall due and marked events whose time has come."""

from __future__ import annotations

from masterdeal.flow.intake import opened, settle
from masterdeal.notice import Notice, stage_notices
from masterdeal.ports import Writing
from masterdeal.rulebook import Rulebook


def sweep(tx: Writing, book: Rulebook, now: int, limit: int = 500) -> int:
    """Bring up to `limit` deals whose alarm has rung to the clock; returns how many there were.
    Each due timer fires once, in the order of due times, also across deals and after a long stop."""
    due = tx.due(now, limit)
    if not due:
        return 0
    # Where more are waiting, go no further than the last one taken, so that order holds across batches.
    horizon = now
    if len(due) == limit and due[-1].alarm is not None:
        horizon = due[-1].alarm
    rows = []
    told: list[tuple[int, str, int, Notice]] = []
    for row in due:
        deal, announced = opened(tx, row, book, horizon)
        notices = stage_notices(announced, deal, book, None, horizon)
        settled, timed = settle(deal, announced, book, horizon, now, row.updated)
        rows.append(settled)
        latest = 0
        for notice in notices + timed:
            latest = max(latest, notice.time)
            told.append((latest, notice.deal_id, notice.sequence, notice))
    tx.put(rows)
    tx.publish([notice for *_, notice in sorted(told, key=lambda item: item[:3])])
    return len(due)
