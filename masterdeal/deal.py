"""A deal as the fold of the set of its events, in the order of event time (semantics.md section 3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct, field
from msgspec.structs import replace

from masterdeal.catalogue import CREATED, Catalogue
from masterdeal.event import Event
from masterdeal.ruleset import RuleSet

ATTRIBUTES: Final = ("title", "client", "industry", "client_type", "budget", "manager")

Key = tuple[int, str, str]


class Note(Struct, frozen=True, gc=False):
    """Something about one event that people should see; it turns into an anomaly."""

    code: str
    time: int
    source: str
    id: str


class Suspension(Struct, frozen=True, gc=False):
    """A line of the ledger: a timer stood still from `since` until `until`; None says that it still does.
    `source` and `id` are those of the event that suspended it, `resumed` those of the one that ended it."""

    timer: str
    since: int
    reason: str
    source: str
    id: str
    by: str | None = None
    until: int | None = None
    resumed: tuple[str, str] | None = None
    resumed_by: str | None = None


class Deal(Struct, gc=False):
    """What the events say, without a clock. Made only by `fold` and `advance`.

    `mask` holds the facts, one bit each. `decided[bit]` is the event that decides the fact's present value.
    `reached[rank]` is the instant at which the ladder's rank (or a higher one) was first reached.
    `stages` lists every stage entered, with its instant; `suspensions` is the ledger of timers that stood still.
    """

    deal_id: str
    rules: str
    mask: int = 0
    stage: str = ""
    last: Key | None = None
    events: int = 0
    origin: int | None = None
    cancelled: int | None = None
    decided: dict[str, Key] = field(default_factory=dict)
    reached: list[int | None] = field(default_factory=list)
    stages: list[tuple[str, int]] = field(default_factory=list)
    attributes: dict[str, Any] = field(default_factory=dict)
    refs: list[tuple[str, str]] = field(default_factory=list)
    amounts: dict[str, Any] = field(default_factory=dict)
    deadlines: dict[str, str] = field(default_factory=dict)
    domain_stages: dict[str, tuple[str, int]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)


def blank(deal_id: str, rules: RuleSet) -> Deal:
    """A deal of which nothing is known yet."""
    return Deal(deal_id, rules.name, reached=[None] * len(rules.ladder))


def fold(deal_id: str, events: Iterable[Event], rules: RuleSet, catalogue: Catalogue) -> Deal:
    """The deal that a set of events makes, whatever their order here."""
    deal = blank(deal_id, rules)
    for event in sorted(events, key=lambda event: (event.time, event.source, event.id)):
        advance(deal, event, rules, catalogue)
    return deal


def follows(deal: Deal, event: Event) -> bool:
    """Whether the event comes after everything folded so far, so that `advance` may take it."""
    return deal.last is None or event.key > deal.last


def advance(deal: Deal, event: Event, rules: RuleSet, catalogue: Catalogue) -> None:
    """Fold one more event into `deal`, in place; the caller has made sure that it `follows`."""
    kind = catalogue.find(event.type)
    if kind is None:
        return
    time = event.time
    deal.last = (time, event.source, event.id)
    deal.events += 1
    if kind.bit >= 0:
        _decide(deal, event, kind.bit, kind.value, catalogue)
    elif kind.system is not None:
        deal.domain_stages[kind.system] = (event.data["stage"], time)
    elif kind.suspends is not None:
        _suspend(deal, event, kind.suspends, rules)
    if kind.name == CREATED:
        _describe(deal, event.data)
        if deal.origin is None:
            deal.origin = time
            proven = next((at for at in deal.reached[1:] if at is not None), None)
            if proven is not None and proven < time:
                deal.notes.append(Note("time_before_origin", time, event.source, event.id))
            # Draft is reached at the origin, or by an event that proves a later stage before it;
            # a deal created while cancelled reaches it when it is reopened.
            if proven is not None:
                deal.reached[0] = min(proven, time)
            elif deal.cancelled is None:
                deal.reached[0] = time
    elif kind.amount is not None:
        amount = event.data.get("amount") or event.data.get("total")
        if amount is not None:
            deal.amounts[kind.amount] = amount
    stage = rules.stage_of[deal.mask]
    if stage != deal.stage:
        _enter(deal, stage, time, rules)


def _decide(deal: Deal, event: Event, bit: int, value: bool, catalogue: Catalogue) -> None:
    fact = catalogue.facts[bit]
    if deal.cancelled is not None and fact != "cancelled" and value and not deal.mask >> bit & 1:
        deal.notes.append(Note("after_cancellation", event.time, event.source, event.id))
    deal.mask = deal.mask | 1 << bit if value else deal.mask & ~(1 << bit)
    deal.decided[fact] = (event.time, event.source, event.id)


def _suspend(deal: Deal, event: Event, suspends: bool, rules: RuleSet) -> None:
    """The first suspension of a timer counts until the first resumption after it; what changes no timer is noted."""
    named, by = event.data.get("timer"), event.data.get("by")
    wanted = rules.timers if named is None else (named,)
    standing = {line.timer: place for place, line in enumerate(deal.suspensions) if line.until is None}
    changed = False
    for timer in wanted:
        place = standing.get(timer)
        if suspends and place is None:
            line = Suspension(timer, event.time, event.data["reason"], event.source, event.id, by)
            deal.suspensions.append(line)
            changed = True
        elif not suspends and place is not None:
            deal.suspensions[place] = replace(
                deal.suspensions[place],
                until=event.time,
                resumed=(event.source, event.id),
                resumed_by=by,
            )
            changed = True
    if not changed:
        code = "suspended_already" if suspends else "not_suspended"
        deal.notes.append(Note(code, event.time, event.source, event.id))


def _describe(deal: Deal, data: dict[str, Any]) -> None:
    for name in ATTRIBUTES:
        value = data.get(name)
        if value is not None:
            deal.attributes[name] = {"name": value} if name == "client" and isinstance(value, str) else value
    for ref in data.get("refs") or ():
        pair = (ref["system"], ref["id"])
        if pair not in deal.refs:
            deal.refs.append(pair)
    for name, deadline in (data.get("deadlines") or {}).items():
        if deadline is not None:
            deal.deadlines[name] = deadline


def _enter(deal: Deal, stage: str, time: int, rules: RuleSet) -> None:
    deal.stage = stage
    deal.stages.append((stage, time))
    rank = rules.rank_of[deal.mask]
    if rank < 0:
        deal.cancelled = time
        return
    deal.cancelled = None
    first = 0 if deal.origin is not None else 1
    for lower in range(first, rank + 1):
        if deal.reached[lower] is None:
            deal.reached[lower] = time
