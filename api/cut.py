"""Which deals are meant: the parameters that a number of the dashboard and the list behind it share."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

from fastapi import Request
from pydantic import BaseModel, Field

from api.access import LOCAL, Caller
from api.lookup import moment, step_number
from api.shapes import TimerState
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest
from masterdeal.sla import MOSCOW

if TYPE_CHECKING:
    from masterdeal.marts.scope import Scope


Sort = Literal["id", "due", "-budget", "budget", "-age", "age", "-created", "created", "title", "client"]

FARTHEST: Final = 10_000_000


class DealCut(BaseModel):
    """Which deals: parameters that /v1/dashboard and /v1/deals share."""

    stage: str | None = Field(default=None, description="Aggregated stage; several joined by commas")
    industry: str | None = None
    client_type: str | None = None
    manager: str | None = None
    source: str | None = Field(default=None, description="The system that created the deal")
    currency: str | None = Field(default=None, max_length=3, description="Currency of the budget")
    budget_min: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False, max_digits=15)
    budget_max: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False, max_digits=15)
    budget_below: Decimal | None = Field(default=None, ge=0, allow_inf_nan=False, max_digits=15)
    mine: bool | None = Field(
        default=None, description="Only deals whose manager is the caller, by any of the caller's names"
    )
    unknown: str | None = Field(
        default=None,
        description="What is not known of the deal, joined by commas: industry, client_type, manager, source, budget, created, client",
    )


class DealList(DealCut):
    """What a number of the dashboard asks of /v1/deals beyond that; answered from the marts."""

    created_from: str | None = Field(default=None, description="Created then or later")
    created_to: str | None = Field(default=None, description="Created before")
    ended_from: str | None = Field(default=None, description="Closed or cancelled then or later")
    ended_to: str | None = Field(default=None, description="Closed or cancelled before")
    outcome: Literal["open", "won", "lost"] | None = None
    reached: int | None = Field(
        default=None, ge=0, le=100, description="Came to this rank of the ladder or beyond"
    )
    furthest: int | None = Field(default=None, ge=0, le=100, description="Came to this rank and no further")
    cycle_over: float | None = Field(
        default=None,
        ge=0,
        allow_inf_nan=False,
        description="More seconds than these from creation to its end",
    )
    cycle_working_over: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="The same in working seconds"
    )
    stale: bool | None = Field(
        default=None, description="Open, and at its stage for longer than such a stage should take"
    )
    due: str | None = Field(
        default=None,
        max_length=10,
        description="An open timer (`timer`, or any) falls due on that day in Moscow: `today`, or a date",
    )
    due_from: str | None = Field(default=None, description="An open timer falls due then or later")
    due_to: str | None = Field(default=None, description="An open timer falls due before")
    stage_age_min: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Seconds in the stage"
    )
    stage_age_max: float | None = Field(
        default=None, ge=0, allow_inf_nan=False, description="Below so many seconds"
    )
    breached: bool | None = Field(default=None, description="A timer (`timer`, or any) was ever breached")
    domain_stage: str | None = Field(default=None, description="system:stage of a source system")
    deadline: str | None = Field(default=None, description="name, or name:in_time|late|overdue|open")
    anomaly: str | None = Field(default=None, description="Code of an anomaly")

    pipeline_stage: str | None = Field(default=None, description="Step of the pipeline: its name or number")
    sla: TimerState | None = Field(default=None, description="State that some timer of the deal is in")
    timer: str | None = Field(default=None, description="With `sla` or `breached`: only this timer counts")
    sort: Sort | None = Field(
        default=None,
        description="Order: `due` the most urgent first, `-budget` the largest, `-age` those longest at their stage, "
        "`-created` the newest; `id` where nothing is said",
    )
    start: int = Field(default=0, ge=0, le=FARTHEST, description="With `sort`: how many to leave out first")
    q: str | None = Field(default=None, max_length=200, description="Words of title, client, manager, ids")
    limit: int = Field(default=50, ge=1, le=500, description="How many items at the most")
    cursor: str | None = Field(default=None, max_length=2000, description="`next_cursor` of the page before")

    def needs_marts(self) -> bool:
        """Whether the event store's own filter cannot answer this."""
        return any(value is not None for name, value in self if name not in _PLAIN)


_DIRECT = (
    *("industry", "client_type", "manager", "source", "currency", "budget_min", "budget_max", "budget_below"),
    *("created_from", "created_to", "ended_from", "ended_to", "outcome", "reached", "stage_age_min"),
    *("stage_age_max", "breached", "domain_stage", "deadline", "anomaly"),
    *("furthest", "cycle_over", "cycle_working_over", "stale", "due_from", "due_to"),
)
_PLAIN = frozenset(
    {"stage", "pipeline_stage", "industry", "client_type", "manager", "budget_min", "budget_max"}
    | {"sla", "timer", "q", "limit", "cursor", "start"}
)
_MOMENTS = ("created_from", "created_to", "ended_from", "ended_to", "due_from", "due_to")


def day_start(text: str, where: str, days: int = 0) -> int:
    """Where a day begins in Moscow (or the one so many days later); BadRequest where it is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=days)
    except (ValueError, OverflowError):
        raise BadRequest(f"{where}: {text!r} is not a day", where=where) from None
    return max(instant.FIRST, instant.of_datetime(datetime.combine(day, time(), MOSCOW)))


def own_names(request: Request) -> tuple[str, ...]:
    """The names by which a deal's manager may be who asks."""
    caller: Caller = getattr(request.state, "caller", None) or LOCAL
    return tuple(sorted(caller.own_names))


def scope_of(house: House, cut: DealCut, own: tuple[str, ...] = ()) -> Scope:
    """The scope that parameters ask for, within what the caller may see; `own` are the caller's names as a manager."""
    from masterdeal.marts.scope import UNKNOWN, Scope

    rules = house.book.rules
    stages = tuple(part.strip() for part in cut.stage.split(",")) if cut.stage else ()
    strangers = sorted(set(stages) - set(rules.stages))
    if strangers:
        known = ", ".join(rules.stages)
        raise BadRequest(f"stage: no such stage {strangers}; there are: {known}", where="query/stage")
    listed = cut if isinstance(cut, DealList) else DealList()
    timer = listed.timer
    if timer is not None and timer not in rules.timers:
        raise BadRequest(f"timer: no such timer {timer!r}", where="query/timer")
    unknown = tuple(part.strip() for part in cut.unknown.split(",")) if cut.unknown else ()
    if set(unknown) - set(UNKNOWN):
        raise BadRequest(f"unknown: one of {', '.join(UNKNOWN)}", where="query/unknown")
    given = {name: value for name in _DIRECT if (value := getattr(cut, name, None)) is not None}
    for name in _MOMENTS:
        if name in given:
            given[name] = moment(given[name], f"query/{name}")
    if listed.due is not None:
        day = listed.due.strip()
        if day == "today":
            day = instant.to_datetime(house.clock()).astimezone(MOSCOW).date().isoformat()
        given["due_from"], given["due_to"] = (day_start(day, "query/due", days) for days in (0, 1))
    return Scope(
        stage=stages,
        unknown=unknown,
        sla=listed.sla,
        timer=timer,
        pipeline_stage=step_number(listed.pipeline_stage, rules, "query/pipeline_stage"),
        q=listed.q,
        mine=own if cut.mine else None,
        managers=None if house.sight.managers is None else tuple(sorted(house.sight.managers)),
        **given,
    )
