"""A data folder with many deals, all of them drafts, told apart by their numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from masterdeal import instant
from masterdeal.flow.intake import read, record
from masterdeal.reference import read_rulebook
from masterdeal.store.sqlite import SqliteStore

MANY = 10_000
CLIENTS = 97
_AT_ONCE = 1_000


def fill(data: Path, many: int = MANY) -> None:
    """Deals MD-00000 and on: `Сделка N` of `ООО «Клиент N mod CLIENTS»`, the larger N the larger its budget."""
    store, book = SqliteStore(data / "masterdeal.db", synchronous="off"), read_rulebook()
    now = instant.parse("2026-11-20T12:00:00Z")
    try:
        for start in range(0, many, _AT_ONCE):
            events = [
                read(json.dumps(_created(number)), book)
                for number in range(start, min(start + _AT_ONCE, many))
            ]
            with store.writing() as tx:
                record(tx, events, book, now)
    finally:
        store.close()


def _created(number: int) -> dict[str, Any]:
    return {
        "specversion": "1.0", "source": "crm", "id": str(number), "type": "crm.deal.created",
        "time": f"2026-11-{1 + number % 19:02}T09:00:00Z", "subject": f"MD-{number:05}",
        "data": {
            "title": f"Сделка {number}", "client": {"name": f"ООО «Клиент {number % CLIENTS}»"},
            "budget": {"amount": str(10_000 + number), "currency": "RUB", "vat": "incl", "vat_rate": "0.22", "commission": "none"},
        },
    }  # fmt: skip
