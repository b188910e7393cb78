"""GET /v1/dashboard: the United Stage Dashboard's figures, each with the address of its deals."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from fastapi import APIRouter, Query, Request
from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field

from api.cut import DealCut, DealList, day_start, own_names, scope_of
from api.deals import house_of
from api.lookup import moment
from api.shapes import TimerState
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest

if TYPE_CHECKING:
    from masterdeal.marts.scope import Scope

router = APIRouter(tags=["dashboard"])

GroupBy = Literal["industry", "budget", "client_type", "stage", "manager", "source"]
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Loose(BaseModel):
    """More members than are named here; `href` always leads to the deals behind the number beside it."""

    model_config = ConfigDict(extra="allow")


class Share(BaseModel):
    """A share with its arithmetic."""

    value: float
    part: int
    whole: int


class Spread(BaseModel):
    """Seconds. A percentile is the value at rank ceil(share * count)."""

    count: int
    mean: float | None
    p50: float | None
    p90: float | None
    max: float | None


class SumOfMoney(BaseModel):
    """A sum of amounts on one basis, over so many deals."""

    amount: str
    currency: str | None
    vat: str | None
    vat_rate: str | None
    commission: str | None
    deals: int


class StageFigures(Loose):
    """Deals now in a stage, and how long they have been there."""

    stage: str
    name_ru: str | None
    deals: int
    href: str
    sums: list[SumOfMoney]
    age_s: Spread | None


class TimerFigures(Loose):
    """One SLA timer. `breached` counts every breach, open or settled; `overrun_s` is the time beyond the limits."""

    timer: str
    limit_s: float
    limit: str
    calendar: str
    started: int
    states: dict[TimerState, int]
    to_target_s: Spread
    breached: int
    breach_share: Share | None
    breached_href: str
    overrun_s: float


class Bottleneck(Loose):
    """The timer that costs the most time beyond its limit: breaches times their mean overrun."""

    timer: str
    breached: int
    mean_overrun_s: float
    overrun_s: float
    all_overrun_s: float
    share: float
    why: dict[str, str]
    href: str


class FunnelStep(Loose):
    """Deals that reached a stage or a later one."""

    stage: str
    deals: int
    of_previous: Share | None
    of_first: Share | None
    href: str


class DealsBehind(BaseModel):
    """How many deals, and where they are listed."""

    deals: int
    href: str


class Lag(BaseModel):
    """How far the marts are behind the event log; `behind` counts events up to 1000."""

    position: int
    behind: int
    lag_s: float
    whole: bool


class Dashboard(Loose):
    """The dashboard at `as_of`. With `from` and `to`: deals created in that period; flow and trend by the dates of what
    happened, of deals created at any time."""

    as_of: str
    calendar: Literal["elapsed", "working"]
    group_by: GroupBy | None
    period: dict[str, str | None]
    marts: Lag
    deals: int
    href: str
    stages: list[StageFigures]
    sums: list[SumOfMoney]
    sla: list[TimerFigures]
    attention: dict[Literal["breached", "at_risk", "late"], DealsBehind]
    bottleneck: Bottleneck | None
    funnel: list[FunnelStep]
    outcome: dict[str, Any]
    ageing: list[Loose]
    flow: dict[str, Any]
    trend: dict[str, Any]
    domain_stages: list[Loose]
    deadlines: list[Loose]
    anomalies: list[Loose]
    groups: list[Loose]


class DashboardAsk(DealCut):
    """What is asked of the dashboard."""

    group_by: GroupBy | None = Field(default=None, description="Segments beside the whole")
    from_: str | None = Field(
        default=None, alias="from", description="Deals created from then on: a day in Moscow, or a time"
    )
    to: str | None = Field(default=None, description="Up to and with that day, or before that time")
    calendar: Literal["elapsed", "working"] = Field(
        default="elapsed", description="Which time counts: every hour, or working hours"
    )


def bounds(first: str | None, last: str | None) -> tuple[int | None, int | None]:
    """A period as half-open instants. A day without a time is the day in Moscow, the last one wholly."""
    return _bound(first, "query/from", 0), _bound(last, "query/to", 1)


def _bound(text: str | None, where: str, days: int) -> int | None:
    if text is None or not _DAY.fullmatch(text.strip()):
        return moment(text, where)
    return day_start(text.strip(), where, days)


def shown_scope(house: House, ask: DashboardAsk, request: Request) -> Scope:
    """The deals whose figures the dashboard shows. BadRequest for a period that ends before it begins."""
    first, last = bounds(ask.from_, ask.to)
    if first is not None and last is not None and last <= first:
        raise BadRequest("the period ends before it begins", where="query/to")
    return replace(scope_of(house, ask, own_names(request)), created_from=first, created_to=last)


@router.get("/v1/dashboard", response_model=Dashboard)
def get_dashboard(
    request: Request,
    ask: Annotated[DashboardAsk, Query()],
) -> Any:
    """Counts and sums per stage, mean / p50 / p90 per SLA timer against its limit, breach share, bottleneck, funnel, flow,
    ageing, trend. What had been answered by POST /v1/events is in it."""
    from masterdeal.marts.board import Order, board

    house = house_of(request)
    scope = shown_scope(house, ask, request)
    first, last = scope.created_from, scope.created_to
    marts = house.marts.asked()
    now = house.clock()
    return {
        "as_of": instant.iso(now),
        "calendar": ask.calendar,
        "group_by": ask.group_by,
        "period": {
            "from": None if first is None else instant.iso(first),
            "to": None if last is None else instant.iso(last),
        },
        "marts": house.marts.lag(),
        **board(
            marts, Order(scope, ask.group_by, ask.calendar), house.book, house.calendars["working-ru"], now
        ),
    }


class Choice(BaseModel):
    """A value that can be chosen; `conditions` are the parameters that choose it."""

    value: str | None
    name: dict[str, str]
    deals: int
    conditions: dict[str, str]


class StageSums(BaseModel):
    """Deals at a stage, and their budgets by basis."""

    stage: str
    deals: int
    sums: list[SumOfMoney]


class Choices(BaseModel):
    """How many deals these conditions leave, and what else could be chosen: each value of a dimension with the deals it
    would leave, counted as if nothing were chosen in that dimension; `quick` likewise. `stale_after` is in days."""

    as_of: str
    deals: int
    stages: list[StageSums]
    values: dict[Literal["industry", "client_type", "manager", "source", "budget"], list[Choice]]
    quick: dict[str, int]
    stale_after: dict[str, int]


class ChoicesAsk(DealList):
    """What is chosen: the parameters of /v1/deals, or the period of the dashboard."""

    from_: str | None = Field(default=None, alias="from", description="As in /v1/dashboard")
    to: str | None = Field(default=None, description="As in /v1/dashboard")


@router.get("/v1/dashboard/choices", response_model=Choices)
def get_choices(request: Request, ask: Annotated[ChoicesAsk, Query()]) -> Any:
    """What the deals can be narrowed to, with counts: for filters, quick filters and the heads of a board's lanes."""
    from masterdeal.marts.board import settings
    from masterdeal.marts.choices import choices
    from masterdeal.marts.stale import stale_after

    house = house_of(request)
    own = own_names(request)
    scope = scope_of(house, ask, own)
    first, last = bounds(ask.from_, ask.to)
    if first is not None or last is not None:
        scope = replace(scope, created_from=first, created_to=last)
    now = house.clock()
    today = scope_of(house, DealList(due="today"))
    quick: dict[str, dict[str, Any]] = {
        "breached": {"sla": "breached", "timer": None},
        "at_risk": {"sla": "at_risk", "timer": None},
        "today": {"due_from": today.due_from, "due_to": today.due_to},
        "stale": {"stale": True},
        "mine": {"mine": own},
    }
    return {
        "as_of": instant.iso(now),
        **choices(house.marts.asked(), scope, quick, settings()["band"], now),
        "stale_after": dict(stale_after()),
    }
