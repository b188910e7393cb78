"""What endpoints and commands ask alike: which deals are meant, a deal as a card, an event supposed."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from api.sla_text import sentences
from masterdeal import instant
from masterdeal.content import check
from masterdeal.deal import Deal
from masterdeal.errors import BadRequest, Malformed, NotFound
from masterdeal.event import Event, of_body
from masterdeal.flow.intake import opened
from masterdeal.ports import DealFilter, DealRow, LogRow, Reading
from masterdeal.reckoning import reckonings
from masterdeal.ruleset import RuleSet
from masterdeal.view import card, folded_at

if TYPE_CHECKING:
    from api.wiring import House

PAGE = 500


def moment(text: str | None, where: str) -> int | None:
    """An instant from a parameter; BadRequest where it names none."""
    if text is None:
        return None
    try:
        # A plus sign that was not percent-encoded arrives as a space.
        return instant.parse(text.strip().replace(" ", "+") if "T" in text else text)
    except (ValueError, OverflowError):
        raise BadRequest(f"{where}: {text!r} is not an ISO 8601 time with an offset", where=where) from None


def step_number(text: str | None, rules: RuleSet, where: str) -> int | None:
    """The pipeline step of a name, in either language, or of a number."""
    if text is None:
        return None
    wanted = text.strip().casefold().replace("_", " ")
    for step in rules.steps:
        names = (str(step.number), step.name, step.name_ru, f"{step.number} {step.name}")
        if wanted in (name.casefold() for name in names):
            return step.number
    raise BadRequest(f"pipeline_stage {text!r} is not one of the ten steps", where=where)


def deal_filter(
    rules: RuleSet,
    where: str,
    *,
    stage: str | None = None,
    pipeline_stage: str | None = None,
    industry: str | None = None,
    client_type: str | None = None,
    manager: str | None = None,
    budget_min: Decimal | None = None,
    budget_max: Decimal | None = None,
    sla: str | None = None,
    timer: str | None = None,
    q: str | None = None,
) -> DealFilter:
    """The filter that parameters ask for; `where` says in an error where the parameters stand."""
    stages = tuple(part.strip() for part in stage.split(",")) if stage else ()
    unknown = sorted(set(stages) - set(rules.stages))
    if unknown:
        known = ", ".join(rules.stages)
        raise BadRequest(f"stage: no such stage {unknown}; there are: {known}", where=f"{where}/stage")
    if timer is not None and timer not in rules.timers:
        known = ", ".join(rules.timers)
        raise BadRequest(f"timer: no such timer {timer!r}; there are: {known}", where=f"{where}/timer")
    return DealFilter(
        stage=stages,
        step=step_number(pipeline_stage, rules, f"{where}/pipeline_stage"),
        industry=industry,
        client_type=client_type,
        manager=manager,
        budget_min=None if budget_min is None else int(budget_min * 100),
        budget_max=None if budget_max is None else int(budget_max * 100),
        sla=sla,
        timer=timer,
        text=q,
    )


def shown(read: Reading, row: DealRow, house: House, clock: int) -> dict[str, Any]:
    """A stored deal as a card at the clock."""
    deal, announced = opened(read, row, house.book, clock)
    return card(deal, house.book, clock, row.updated, announced.scheduled)


def reckoned(house: House, deal_id: str, as_of: int | None, known_at: int | None) -> dict[str, Any]:
    """The deal's reckonings with their sentences in both languages."""
    with house.store.reading() as read:
        events = events_of(read.events(deal_id))
    then = folded_at(deal_id, events, house.book, house.clock(), as_of=as_of, known_at=known_at)
    if then is None:
        raise NotFound(f"no deal {deal_id}", master_deal_id=deal_id)
    return {
        "master_deal_id": deal_id,
        "as_of": instant.iso(then.moment),
        "timers": [
            {**found, "text": {"ru": sentences(found, "ru"), "en": sentences(found, "en")}}
            for found in reckonings(then.deal, house.book, then.moment)
        ],
    }


def events_of(rows: list[LogRow]) -> list[Event]:
    """Kept events, ready to fold."""
    return [of_body(row.body, row.type, row.received, marked=row.marked) for row in rows if row.known]


def deals_of(read: Reading, where: DealFilter, house: House, clock: int) -> Iterator[Deal]:
    """Every deal that the filter lets through, in the order of ids."""
    after = ""
    while rows := read.deals(where, after, PAGE):
        for row in rows:
            yield opened(read, row, house.book, clock)[0]
        after = rows[-1].deal_id


def supposed(raw: dict[str, Any], number: int, where: str, house: House, at: int) -> Event:
    """A supposed event: only its type must be given."""
    kind = house.book.catalogue.find(str(raw.get("type", "")))
    if kind is None:
        raise BadRequest(f"{where}/type: {raw.get('type')!r} is not in the event catalogue", where=where)
    try:
        data = check(raw.get("data"), kind.shape)
    except Malformed as error:
        raise BadRequest(f"{where}: {error.message}", where=where) from None
    time = raw.get("time")
    when = at if time is None else moment(str(time), f"{where}/time")
    assert when is not None
    source, id_ = str(raw.get("source") or "what-if"), str(raw.get("id") or f"what-if-{number}")
    return Event(source, id_, kind.name, when, at, False, data)
