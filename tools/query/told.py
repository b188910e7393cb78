"""What single events of deals tell beyond the fold: the client's score after the campaign, why a deal was cancelled."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec.structs import replace

from masterdeal.deal import Deal
from tools.deals import PortfolioView

_PAGE: Final = 1000
# By the field of a query: the events that tell it, and the member of their data.
TOLD: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "nps": (("okk.nps.collected",), "score"),
    "reason": (("crm.deal.lost", "docflow.contract.revoked"), "reason"),
}


def with_told(view: PortfolioView, deals: Sequence[Deal], fields: Iterable[str], clock: int) -> list[Deal]:
    """The deals with what their latest events by `clock` tell under these fields, as attributes. A deal that is not
    cancelled has no reason: one that was reopened was not lost."""
    wanted = sorted(set(fields) & TOLD.keys())
    if not wanted:
        return list(deals)
    told = {name: _latest(view, *TOLD[name], clock) for name in wanted}
    return [
        replace(
            deal,
            attributes=deal.attributes
            | {
                name: found[deal.deal_id]
                for name, found in told.items()
                if deal.deal_id in found and (name != "reason" or deal.stage == "cancelled")
            },
        )
        for deal in deals
    ]


def _latest(view: PortfolioView, types: Sequence[str], member: str, clock: int) -> dict[str, Any]:
    """By deal, the member of the latest event of these types that has it."""
    found: dict[str, tuple[tuple[int, str, str], Any]] = {}
    after = 0
    with view.store.reading() as read:
        while rows := read.of_types(types, after, _PAGE):
            after = rows[-1].position
            for row in rows:
                value = (json.loads(row.body).get("data") or {}).get(member)
                key = (row.time, row.source, row.id)
                if row.time <= clock and value is not None and found.get(row.deal_id, (key, None))[0] <= key:
                    found[row.deal_id] = (key, value)
    return {deal_id: value for deal_id, (_, value) in found.items()}
