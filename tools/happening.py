"""Whether something happened to a deal within some days: when it was created, closed, late, or passed a gate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

from masterdeal import instant
from masterdeal.deal import Deal
from masterdeal.rulebook import Rulebook, timers
from masterdeal.story import MOSCOW

Happening = Literal[
    "created", "closed", "cancelled", "ended", "breached", "G1", "G2", "G3", "G4", "G5", "G6", "G7",
    "briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing",
]  # fmt: skip
_ENTERED: Final = ("briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing")
_ENDS: Final = {"closed": ("closed",), "cancelled": ("cancelled",), "ended": ("closed", "cancelled")}


def moments(
    deal: Deal, what: Happening, book: Rulebook, clock: int, timer: str | None = None
) -> Iterable[int]:
    """The instants at which it happened to the deal. A gate that was taken back has not been passed, and a deal that was
    reopened has not ended; a breach counts
    with its due time, of one `timer` if it is named; "ended" is closed or cancelled; a stage is entered."""
    if what == "created":
        return [] if deal.origin is None else [deal.origin]
    if what in _ENTERED:
        return [since for stage, since in deal.stages if stage == what]
    if what in _ENDS:
        return [deal.stages[-1][1]] if deal.stage in _ENDS[what] and deal.stages else []
    if what == "breached":
        found = timers(deal, book, clock)
        return [one.breached for one in found if one.breached is not None and timer in (None, one.name)]
    fact = next(fact for fact, gate in book.catalogue.gates.items() if gate == what)
    passed = deal.mask >> book.catalogue.facts.index(fact) & 1
    return [deal.decided[fact][0]] if passed and fact in deal.decided else []


def within(moment: int, since: date | None, until: date | None) -> bool:
    """Whether an instant lies on the days from `since` to `until`, both included, in Moscow time."""
    day = instant.to_datetime(moment).astimezone(MOSCOW).date()
    return (since is None or since <= day) and (until is None or day <= until)
