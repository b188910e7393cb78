"""Other SLA terms supposed for the whole portfolio, for the endpoint and the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from api.lookup import PAGE, deal_filter, moment
from masterdeal import whatif
from masterdeal.errors import BadRequest
from masterdeal.flow.intake import opened
from masterdeal.ports import DealFilter
from masterdeal.rulebook import Rulebook

if TYPE_CHECKING:
    from api.wiring import House


@dataclass(frozen=True)
class Supposition:
    """Other terms for the deals that a filter lets through, looked at one instant."""

    other: Rulebook
    where: DealFilter
    at: int


def supposition(
    house: House, terms: Mapping[str, Any], at: str | None, where: str, **asked: str | None
) -> Supposition:
    """Other SLA terms (as `masterdeal.whatif.with_limits` takes them) for the deals that the parameters of
    `deal_filter` let through. `where` says in an error where they stand; BadRequest for an instant in the past."""
    clock = house.clock()
    then = moment(at, f"{where}/at")
    if then is not None and then < clock:
        raise BadRequest("at: lies in the past; the what-if of one deal looks there", where=f"{where}/at")
    other = whatif.with_limits(house.book, terms, house.calendars)
    meant = deal_filter(
        house.book.rules,
        where,
        stage=asked.get("stage"),
        industry=asked.get("industry"),
        client_type=asked.get("client_type"),
        manager=asked.get("manager"),
        q=asked.get("q"),
    )
    return Supposition(other, meant, clock if then is None else then)


def looked_at(
    house: House, supposed: Supposition, after: str, tally: whatif.Tally, most: int = PAGE
) -> tuple[list[dict[str, Any]], str | None]:
    """What moves in the next deals after `after`, and the last of them; None where there are no more."""
    found: list[dict[str, Any]] = []
    with house.store.reading() as read:
        rows = read.deals(supposed.where, after, most)
        for row in rows:
            deal, _ = opened(read, row, house.book, supposed.at)
            found += tally.count(deal, house.book, supposed.other, supposed.at)
    return found, rows[-1].deal_id if len(rows) == most else None
