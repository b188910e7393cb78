"""The audit trail: an append-only chain in which each entry's hash covers the one before it.

Whoever changes, adds or takes out an entry breaks the chain from there on. Taking out the last entries is found by the
head, which is kept apart; a chain written anew from some point on is found by a head that was noted elsewhere before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct

START: Final = "0" * 64


class AuditRow(Struct, frozen=True):
    """One entry: `time` in microseconds, `body` JSON, `hash` over the entry and the hash before it."""

    position: int
    time: int
    body: str
    hash: str


def link(previous: AuditRow | None, time: int, body: str) -> AuditRow:
    """The entry that follows another, or begins the chain."""
    position = 1 if previous is None else previous.position + 1
    return AuditRow(
        position, time, body, _hash(START if previous is None else previous.hash, position, time, body)
    )


def chain(previous: AuditRow | None, entries: Iterable[tuple[int, str]]) -> list[AuditRow]:
    """Entries (time, body) as they follow another one."""
    rows: list[AuditRow] = []
    for time, body in entries:
        previous = link(previous, time, body)
        rows.append(previous)
    return rows


def broken(previous: AuditRow | None, rows: Sequence[AuditRow]) -> int | None:
    """The first position at which rows do not follow from the one before; None where all do."""
    for row in rows:
        if row != link(previous, row.time, row.body):
            return (0 if previous is None else previous.position) + 1
        previous = row
    return None


def _hash(previous: str, position: int, time: int, body: str) -> str:
    return hashlib.sha256(f"{previous}\n{position}\n{time}\n{body}".encode()).hexdigest()
