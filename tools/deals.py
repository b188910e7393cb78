"""What the copilot may look at: deals, timelines and figures, read from the event store at one instant of the clock."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from masterdeal import instant, sla
from masterdeal.anomaly import anomalies
from masterdeal.deal import Deal
from masterdeal.errors import Malformed, NotFound
from masterdeal.event import of_body
from masterdeal.flow.intake import opened
from masterdeal.notice import Announced
from masterdeal.portfolio import figures
from masterdeal.ports import DealFilter, EventStore
from masterdeal.reckoning import reckonings
from masterdeal.rulebook import Rulebook, timers
from masterdeal.timeline import timeline
from masterdeal.view import card, deal_at, folded_at, missing_gates
from masterdeal.whatif import Tally, with_limits
from tools.happening import Happening, moments, within

PAGE: Final = 1000
LONGEST_LIST: Final = 50


@dataclass(frozen=True)
class PortfolioView:
    """The event store as a reader sees it. Nothing here writes."""

    store: EventStore
    book: Rulebook
    clock: Callable[[], int]


def _instant(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return instant.parse(text)
    except ValueError:
        raise Malformed(f"{text!r} is not an ISO 8601 time with an offset", value=text) from None


def deal_card(view: PortfolioView, master_deal_id: str, as_of: str | None = None) -> dict[str, Any]:
    """One deal in full: client, budget, aggregated stage, pipeline step, the seven gates with the events that lit
    them, the five SLA timers with due times, what is missing for the next stage, anomalies. `as_of` (ISO 8601 with
    offset) shows it as it had happened by then."""
    clock, then = view.clock(), _instant(as_of)
    with view.store.reading() as read:
        row = read.deal(master_deal_id)
        if row is None:
            raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
        if then is None:
            deal, announced = opened(read, row, view.book, clock)
            return card(deal, view.book, clock, row.updated, announced.scheduled)
        rows = read.events(master_deal_id)
    events = [of_body(r.body, r.type, r.received, marked=r.marked) for r in rows if r.known]
    found = deal_at(master_deal_id, events, view.book, clock, as_of=then)
    if found is None:
        raise NotFound(
            f"nothing of deal {master_deal_id} had happened by {as_of}", master_deal_id=master_deal_id
        )
    return found


def deal_timeline(view: PortfolioView, master_deal_id: str) -> dict[str, Any]:
    """The story of one deal in the order of event time: every event that came in (with the gate or stage it
    changed) and every canonical event that went out."""
    with view.store.reading() as read:
        rows = read.events(master_deal_id)
        published = read.outbox_of(master_deal_id)
    if not rows:
        raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
    entries = timeline(master_deal_id, rows, published, view.book, view.clock())
    return {"master_deal_id": master_deal_id, "entries": entries}


@dataclass(frozen=True)
class Which:
    """Which deals are meant. Every term that is given must hold."""

    text: str | None = None
    stage: str | None = None
    pipeline_step: int | None = None
    sla: sla.State | None = None
    timer: str | None = None
    industry: str | None = None
    client_type: str | None = None
    manager: str | None = None
    domain_stage: str | None = None
    anomaly: str | None = None
    gates: tuple[str, ...] = ()
    lacks_gates: tuple[str, ...] = ()
    role: str | None = None
    happened: Happening | None = None
    since: date | None = None
    until: date | None = None
    open: bool = False
    budget_min: Decimal | None = None
    budget_max: Decimal | None = None
    awaits: str | None = None
    blank: tuple[str, ...] = ()


def meant_deals(view: PortfolioView, which: Which, clock: int) -> Iterator[tuple[Deal, int]]:
    """The folded deals that meet the terms at `clock`, in the order of their ids, and when each was last told of."""
    where = DealFilter(
        stage=(which.stage,) if which.stage else (),
        step=which.pipeline_step,
        industry=which.industry,
        client_type=which.client_type,
        manager=which.manager,
        budget_min=None if which.budget_min is None else int(which.budget_min * 100),
        budget_max=None if which.budget_max is None else int(which.budget_max * 100),
        sla=which.sla,
        timer=which.timer if which.sla else None,
        text=which.text,
    )
    rules, needed, barred = view.book.rules, _mask(view, which.gates), _mask(view, which.lacks_gates)
    for deal, announced, updated in filtered_deals(view, where, clock):
        if deal.mask & needed != needed or deal.mask & barred:
            continue
        if which.role and (
            deal.stage in rules.terminal or which.role not in getattr(rules.step_of(deal.mask), "role", ())
        ):
            continue
        if any(deal.attributes.get(name) is not None for name in which.blank):
            continue
        if which.awaits and which.awaits not in missing_gates(deal.mask, view.book):
            continue
        if which.open and deal.stage in rules.terminal:
            continue
        if which.happened and not any(
            within(moment, which.since, which.until)
            for moment in moments(deal, which.happened, view.book, clock, which.timer)
        ):
            continue
        if which.domain_stage and not _says(deal, which.domain_stage):
            continue
        if which.anomaly and all(
            found.code != which.anomaly for found in anomalies(deal, view.book, announced.scheduled)
        ):
            continue
        if which.sla and not any(
            timer.state == which.sla and which.timer in (None, timer.name)
            for timer in timers(deal, view.book, clock)
        ):
            continue
        yield deal, updated


def filtered_deals(
    view: PortfolioView, where: DealFilter, clock: int
) -> Iterator[tuple[Deal, Announced, int]]:
    """The folded deals that the store lets through, in the order of their ids, with what was announced of each and when it
    was last told of."""
    after = ""
    with view.store.reading() as read:
        while rows := read.deals(where, after, PAGE):
            for row in rows:
                deal, announced = opened(read, row, view.book, clock)
                yield deal, announced, row.updated
            after = rows[-1].deal_id


def _mask(view: PortfolioView, gates: tuple[str, ...]) -> int:
    wanted = frozenset(gates)
    named = view.book.catalogue.gates
    return sum(1 << bit for bit, fact in enumerate(view.book.catalogue.facts) if named.get(fact) in wanted)


def each_deal(view: PortfolioView, which: Which) -> Iterator[dict[str, Any]]:
    """The full cards of the deals that meet the terms, in the order of their ids."""
    clock = view.clock()
    for deal, updated in meant_deals(view, which, clock):
        yield card(deal, view.book, clock, updated)


def _says(deal: Deal, domain_stage: str) -> bool:
    wanted = domain_stage.casefold()
    return any(
        wanted in (stage.casefold(), f"{system}: {stage}".casefold())
        for system, (stage, _) in deal.domain_stages.items()
    )


def find_deals(view: PortfolioView, which: Which, order: str = "id", limit: int = 10) -> dict[str, Any]:
    """Deals that meet the terms: `total` says how many, `deals` shows the first ones. order: "id", "budget"
    (largest first), "smallest" (smallest budget first), "idle" (longest in its stage first) or "overdue" (longest past
    its due time first)."""
    clock = view.clock()
    found = []
    for deal, updated in meant_deals(view, which, clock):
        found.append(listed(card(deal, view.book, clock, updated)))
    if order == "budget":
        found.sort(key=lambda row: Decimal((row["budget"] or {}).get("amount", "-1")), reverse=True)
    elif order == "smallest":
        found = [row for row in found if row["budget"] is not None]
        found.sort(key=lambda row: Decimal(row["budget"]["amount"]))
    elif order == "idle":
        found.sort(key=lambda row: row["stage_since"] or "9")
    elif order == "overdue":
        found.sort(key=lambda row: min((t["remaining_s"] for t in row["open_timers"]), default=0.0))
    return {"total": len(found), "deals": found[: min(limit, LONGEST_LIST)]}


def listed(full: dict[str, Any]) -> dict[str, Any]:
    """What a list shows of a deal, from its full card."""
    since = full["stages"][-1]["started_at"] if full["stages"] else None
    return {name: full[name] for name in _SHOWN} | {"stage_since": since, "open_timers": _open(full)}


_SHOWN: Final = (
    "master_deal_id",
    "title",
    "client",
    "industry",
    "manager",
    "budget",
    "aggregated_stage",
    "pipeline_stage",
    "domain_stages",
    "anomalies",
    "missing",
)


def _open(full: dict[str, Any]) -> list[dict[str, Any]]:
    return [timer for timer in full["sla"] if timer["state"] in sla.OPEN]


def portfolio_figures(view: PortfolioView, which: Which) -> dict[str, Any]:
    """Figures over the deals that meet the terms: how many there are, by stage, step, industry, client type, manager
    and domain stage; won, lost and win rate; sums by money basis; days from creation to closing or cancellation
    (mean, median, p90, how many longer than 30, 60, 90); per SLA timer states, breaches and hours to target;
    deadlines met and missed; anomalies."""
    clock = view.clock()
    return figures((deal for deal, _ in meant_deals(view, which, clock)), view.book, clock)


def sla_why(view: PortfolioView, master_deal_id: str, as_of: str | None = None) -> dict[str, Any]:
    """The arithmetic of a deal's SLA timers: limit and calendar, which days were counted and how much of each, which
    suspensions were left out and why, when each timer is due and by how much it is late. `as_of` (ISO 8601 with
    offset) shows it as it had happened by then."""
    with view.store.reading() as read:
        rows = read.events(master_deal_id)
    events = [of_body(r.body, r.type, r.received, marked=r.marked) for r in rows if r.known]
    then = folded_at(master_deal_id, events, view.book, view.clock(), as_of=_instant(as_of))
    if then is None:
        raise NotFound(f"no deal {master_deal_id}", master_deal_id=master_deal_id)
    return {"master_deal_id": master_deal_id, "timers": reckonings(then.deal, view.book, then.moment)}


def portfolio_what_if(view: PortfolioView, which: Which, limits: dict[str, str]) -> dict[str, Any]:
    """What other SLA limits would mean now for the deals that meet the terms: per timer how many breaches there are,
    would be, would appear and disappear, and the first deals in which one moves. `limits` maps a timer to its
    limit: {"offer_to_contract": "2d"}. Changes nothing."""
    clock = view.clock()
    other, tally = with_limits(view.book, limits, {}), Tally()
    items: list[dict[str, Any]] = []
    for deal, _ in meant_deals(view, which, clock):
        items += tally.count(deal, view.book, other, clock)
    shown = [{name: item[name] for name in _MOVED} for item in items[:LONGEST_LIST]]
    return {"deals": tally.deals, "timers": tally.timers, "moved": shown}


_MOVED: Final = ("master_deal_id", "title", "aggregated_stage", "timer", "change")
_VALUES: Final[tuple[Literal["industry", "client_type", "manager"], ...]] = (
    "industry",
    "client_type",
    "manager",
)

_SHORT_NUMBER: Final = re.compile(r"(?<!\d)0\d{2,}$")


@dataclass(frozen=True)
class KnownWords:
    """The words that deals of a portfolio carry. `values`: industries, client types, managers, clients, titles that
    several deals share (products), stages of source systems ("crm: Won"), and `amounts`, the kinds of money, budgets
    first. `titles`: those that one deal alone carries, each with its deal. `numbers`: the digits at the end of an id that
    begin with a zero and are one deal's alone, each with its deal: 0055 of MD-2026-0055."""

    values: Mapping[str, list[str]]
    titles: Mapping[str, str]
    numbers: Mapping[str, str]


def known_words(view: PortfolioView) -> KnownWords:
    """The words that the deals of the portfolio carry now."""
    found: dict[str, set[str]] = {name: set() for name in ("client", "domain_stage")}
    amounts: Counter[str] = Counter()
    titles: dict[str, list[str]] = {}
    numbers: dict[str, list[str]] = {}
    for deal, _, _ in filtered_deals(view, DealFilter(), view.clock()):
        client, title = deal.attributes.get("client"), deal.attributes.get("title")
        if (number := _SHORT_NUMBER.search(deal.deal_id)) is not None:
            numbers.setdefault(number.group(), []).append(deal.deal_id)
        if client is not None:
            found["client"].add(client["name"])
        if title is not None:
            titles.setdefault(title, []).append(deal.deal_id)
        found["domain_stage"].update(
            f"{system}: {stage}" for system, (stage, _) in deal.domain_stages.items()
        )
        amounts.update(deal.amounts.keys())
        amounts["budget"] += deal.attributes.get("budget") is not None
    ordered = sorted(+amounts, key=lambda name: (name != "budget", -amounts[name], name))
    with view.store.reading() as read:
        columns: dict[str, list[str]] = {name: read.values(name) for name in _VALUES}
    shared = sorted(title for title, deals in titles.items() if len(deals) > 1)
    own = {title: deals[0] for title, deals in titles.items() if len(deals) == 1 and title != deals[0]}
    short = {number: deals[0] for number, deals in numbers.items() if len(deals) == 1}
    words = {name: sorted(of_deals) for name, of_deals in found.items()}
    return KnownWords({**columns, **words, "title": shared, "amounts": ordered}, own, short)
