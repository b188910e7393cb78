"""What happened to the deals of a portfolio on some days, by kind."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from masterdeal import instant
from masterdeal.rulebook import timers
from tools.deals import PortfolioView, Which, meant_deals
from tools.happening import Happening, moments, within

MOST_SHOWN: Final = 50
# "ended" says nothing beside closed and cancelled, and a stage is entered by what opens it.
KINDS: Final[tuple[Happening, ...]] = (
    "created", "closed", "cancelled", "breached", "G1", "G2", "G3", "G4", "G5", "G6", "G7",
)  # fmt: skip


def portfolio_events(
    view: PortfolioView, which: Which, since: date, until: date, limit: int = 10
) -> dict[str, Any]:
    """What happened from day `since` to day `until` (Moscow time, both included) to the deals that meet the terms: how
    many deals were created, closed, cancelled, passed a gate (G1 brief ... G7 closeout) or came late in an SLA, and the
    latest of these occurrences. A gate that was taken back since has not been passed."""
    clock = view.clock()
    found: list[dict[str, Any]] = []
    for deal, _ in meant_deals(view, which, clock):
        one = {"master_deal_id": deal.deal_id, "title": deal.attributes.get("title")}
        for kind in KINDS:
            if kind == "breached":
                late = [(timer.breached, timer.name) for timer in timers(deal, view.book, clock)]
                found += [
                    {**one, "what": kind, "timer": name, "at": at}
                    for at, name in late
                    if at is not None and at <= clock and within(at, since, until)
                ]
                continue
            found += [
                {**one, "what": kind, "timer": None, "at": at}
                for at in moments(deal, kind, view.book, clock)
                if at <= clock and within(at, since, until)
            ]
    found.sort(key=lambda row: (-row["at"], row["master_deal_id"], row["what"]))
    return {
        "as_of": instant.iso(clock),
        "since": since.isoformat(),
        "until": until.isoformat(),
        "total": len(found),
        "by_kind": {kind: count for kind in KINDS if (count := sum(row["what"] == kind for row in found))},
        "latest": [{**row, "at": instant.iso(row["at"])} for row in found[: min(limit, MOST_SHOWN)]],
    }
