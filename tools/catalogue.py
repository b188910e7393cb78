"""The tools of the copilot: what each is called, what it takes, what it does. None of them writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masterdeal.errors import Malformed, NotFound
from masterdeal.sla import State
from tools import deal_drafts, deals, drafting
from tools.deals import Which
from tools.happening import Happening
from tools.knowledge.view import search_knowledge
from tools.next_action import next_actions
from tools.occurrences import portfolio_events
from tools.query.condition import Condition
from tools.query.deals import By as QueryBy
from tools.query.deals import Measure, Naming, Order, query_deals
from tools.query.fields import Number
from tools.records import deal_records
from tools.workbench import Workbench

Channel = Literal[
    "sms", "push", "programmatic", "olv", "ctv", "telegram", "vk", "yandex_direct", "in_app", "dooh", "audio",
    "retail_media", "cpa",
]  # fmt: skip
Gate = Literal["G1", "G2", "G3", "G4", "G5", "G6", "G7"]
Role = Literal["presales", "sales", "account", "traffic", "legal", "docflow", "billing"]


class Arguments(BaseModel):
    """Arguments of a tool; an unknown one is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class OneDeal(Arguments):
    """Which deal."""

    master_deal_id: str = Field(
        min_length=1, description="The deal's master_deal_id, exactly as the user or another tool gives it"
    )


class OneDealThen(OneDeal):
    """Which deal, and when."""

    as_of: str | None = Field(
        default=None, description="ISO 8601 time with offset: show the deal as it had happened by then"
    )


class DealRecords(OneDeal):
    """Which deal, and which of its events."""

    types: tuple[str, ...] = Field(
        default=(), description="Canonical event types, e.g. dcm.invoice.issued; none means all"
    )


class Terms(Arguments):
    """Which deals; every term given must hold."""

    text: str | None = Field(
        default=None, description="Part of a client's name, a title, a manager's name or an id"
    )
    stage: str | None = Field(
        default=None,
        description="Aggregated stage: draft, briefed, planning, offer_ready, contracting, launching, running, closing, closed or cancelled",
    )
    pipeline_step: int | None = Field(
        default=None, ge=1, le=10, description="Step of the ten-step sales pipeline"
    )
    sla: State | None = Field(
        default=None, description="State that some SLA timer of the deal is in; breached means overdue now"
    )
    timer: str | None = Field(
        default=None,
        description="With sla: only this timer counts: lead_to_brief, brief_to_offer, offer_to_contract, contract_to_launch or launch_to_close",
    )
    industry: str | None = Field(default=None, description="Industry, exactly as deals carry it")
    client_type: str | None = Field(default=None, description="Client type, exactly as deals carry it")
    manager: str | None = Field(default=None, description="Manager's name, exactly as deals carry it")
    domain_stage: str | None = Field(
        default=None, description="Stage in a source system's own words, e.g. Won"
    )
    anomaly: str | None = Field(
        default=None, description="Code of an anomaly the deal carries, e.g. gate_order"
    )
    gates: tuple[Gate, ...] = Field(
        default=(),
        description="Gates that have been passed: G1 brief, G2 media plan, G3 offer approved, G4 contract signed, G5 campaign started, G6 invoice issued, G7 closeout",
    )
    lacks_gates: tuple[Gate, ...] = Field(default=(), description="Gates that have not been passed")
    role: Role | None = Field(default=None, description="Role that must act next on the deal, e.g. legal")
    awaits: Gate | None = Field(default=None, description="Only deals that wait for this gate to go on")
    blank: tuple[Literal["manager", "budget", "client", "industry", "client_type"], ...] = Field(
        default=(), description="Only deals of which this is not known"
    )
    happened: Happening | None = Field(
        default=None,
        description="Only deals to which this happened: created, closed, cancelled, ended (closed or cancelled), breached (an SLA came due unmet), or a gate passed; with since and until, on those days",
    )
    since: date | None = Field(default=None, description="First day, in Moscow time, on which it happened")
    until: date | None = Field(default=None, description="Last day on which it happened")
    open: bool = Field(default=False, description="Only deals that are neither closed nor cancelled")
    budget_min: Decimal | None = Field(
        default=None, ge=0, description="Smallest budget, in the deal's own currency and basis"
    )
    budget_max: Decimal | None = Field(
        default=None, ge=0, description="Largest budget, in the deal's own currency and basis"
    )


class Search(Terms):
    """Which deals, in what order."""

    order: Literal["id", "budget", "smallest", "idle", "overdue"] = Field(
        default="id",
        description="budget: largest first; smallest: smallest budget first; idle: longest in its stage first; overdue: longest overdue first",
    )
    limit: int = Field(default=10, ge=1, le=50, description="How many deals to show")


class Query(Arguments):
    """Which deals, what is asked of them, by what they are grouped or sorted."""

    conditions: tuple[Condition, ...] = Field(default=(), description="All of these must hold")
    measure: Measure = "list"
    of: Number | None = Field(default=None, description="With sum, mean, median, smallest, largest: of what")
    by: QueryBy | None = Field(default=None, description="Also for each of these")
    span_of: Happening = Field(
        default="created", description="With by month, quarter or year: of what happening"
    )
    whole: tuple[Condition, ...] = Field(default=(), description="With share: the deals it is a share of")
    order: Order = Field(default="id", description="What a list is sorted by")
    descending: bool = Field(default=True, description="Largest, longest or latest first")
    limit: int = Field(default=10, ge=1, le=50, description="How many deals to show")
    naming: Naming | None = Field(default=None, description="A list also says each deal's manager or client")
    group_min: int = Field(default=1, ge=1, description="Only groups of so many deals or more")
    ranked: bool = Field(default=False, description="Months, quarters or years by their figure, not by time")


class Days(Terms):
    """Which deals, and on which days."""

    since: date = Field(description="First day, in Moscow time")
    until: date = Field(description="Last day")
    limit: int = Field(default=10, ge=1, le=50, description="How many of the latest occurrences to show")


class OtherLimits(Terms):
    """Which deals, and the limits they are looked at under."""

    limits: dict[str, str] = Field(
        min_length=1,
        description="Timer -> limit in days, hours, minutes: offer_to_contract: 2d. Timers that are not named keep theirs",
    )


class OneText(Arguments):
    """Which text."""

    text_id: str = Field(min_length=1, description="Id of a text of the conversation or of a kept document")


class KnowledgeTerms(Arguments):
    """What to look for in the knowledge base."""

    query: str = Field(min_length=1, max_length=2000, description="A question, or a norm: «ч. 3 ст. 5 38-ФЗ»")
    kind: Literal["law", "playbook", "product", "offer", "document", "norm"] | None = Field(
        default=None, description="Only sources of this kind; norm: laws, and the rules drawn from them"
    )
    limit: int = Field(default=3, ge=1, le=10)


class ReviewTerms(OneText):
    """Which text, and how to read it."""

    text_kind: Literal["contract", "ad"] | None = Field(
        default=None, description="Judged from the text unless given"
    )
    side: Literal["seller", "client"] = Field(default="seller", description="Whose side we are on")


class PlanTerms(Arguments):
    """What a plan begins with, and what changes."""

    draft_id: str | None = Field(
        default=None, description="A brief draft or an earlier plan draft of this conversation"
    )
    text_id: str | None = Field(default=None, description="A text with the task, where there is no draft")
    budget_max: Decimal | None = Field(default=None, gt=0, description="Budget in roubles")
    budget_vat: Literal["incl", "excl", "none"] | None = None
    channels: list[Channel] | None = Field(default=None, description="Only these channels")
    excluded_channels: list[Channel] | None = Field(default=None, description="None of these channels")
    period_start: date | None = None
    period_end: date | None = None
    geo: list[str] | None = None
    age_from: int | None = Field(default=None, ge=0, le=100)
    age_to: int | None = Field(default=None, ge=0, le=100)
    sex: Literal["male", "female"] | None = None
    goal: str | None = None


class OfferTerms(Arguments):
    """Which plan becomes an offer."""

    draft_id: str = Field(min_length=1, description="A plan draft of this conversation")
    discount: float = Field(default=0, ge=0, lt=1, description="Share taken off every price")


class TaskTerms(Arguments):
    """What is to be done, for whom, until when."""

    title: str | None = Field(
        default=None, max_length=500, description="What is to be done; without it, what the deal waits for"
    )
    master_deal_id: str | None = None
    assignee: str | None = Field(default=None, max_length=200, description="A person's name")
    role: str | None = Field(default=None, max_length=40, description="A role, where no person is named")
    due: date | None = None


class EventTerms(OneDeal):
    """What happened."""

    type: str = Field(min_length=1, max_length=100, description="A canonical event type: crm.brief.submitted")
    time: str | None = Field(default=None, description="ISO 8601 with offset; now where it is not said")
    amount: Decimal | None = Field(default=None, gt=0, description="Roubles, where the event carries a sum")
    hour_supposed: bool = Field(default=False, description="The day was said, the hour was not")


class ActionTerms(Arguments):
    """Whose next actions."""

    master_deal_id: str | None = Field(default=None, description="One deal; without it, the whole portfolio")
    manager: str | None = Field(default=None, description="Manager's name, exactly as deals carry it")
    role: Role | None = Field(default=None, description="Only deals on which this role must act next")
    limit: int = Field(default=5, ge=1, le=50)


@dataclass(frozen=True)
class Tool:
    """A tool: its name, what the model is told, its arguments and the function."""

    name: str
    description: str
    arguments: type[Arguments]
    run: Callable[[Workbench, Any], Any]

    def schema(self) -> dict[str, Any]:
        """The tool as the OpenAI protocol describes functions."""
        return {
            "type": "function",
            "function": {
                "name": self.name,
                "description": self.description,
                "parameters": self.arguments.model_json_schema(),
            },
        }


def _which(terms: Terms) -> Which:
    return Which(**{name: getattr(terms, name) for name in Terms.model_fields})


def _find(bench: Workbench, search: Search) -> Any:
    return deals.find_deals(bench.view, _which(search), search.order, search.limit)


def _query(bench: Workbench, query: Query) -> Any:
    return query_deals(bench.view, **{name: getattr(query, name) for name in Query.model_fields})


def _happenings(bench: Workbench, days: Days) -> Any:
    which = replace(_which(days), happened=None, since=None, until=None)
    return portfolio_events(bench.view, which, days.since, days.until, days.limit)


def _named(function: Callable[..., Any]) -> Callable[[Workbench, Any], Any]:
    return lambda bench, args: function(bench, **args.model_dump())


def _words(function: Callable[..., Any]) -> str:
    return " ".join((function.__doc__ or "").split())


def _look_up(bench: Workbench, args: KnowledgeTerms) -> dict[str, Any]:
    if bench.knowledge is None:
        raise NotFound("the knowledge base is not at hand here")
    if args.kind == "norm":
        found = bench.knowledge.search(args.query, ("law", "playbook"), args.limit)
        return found.model_dump(mode="json", exclude_none=True)
    return search_knowledge(bench.knowledge, args.query, args.kind, args.limit)


TOOLS: Final[Mapping[str, Tool]] = {
    tool.name: tool
    for tool in (
        Tool(
            "deal_card",
            _words(deals.deal_card),
            OneDealThen,
            lambda bench, args: deals.deal_card(bench.view, args.master_deal_id, args.as_of),
        ),
        Tool(
            "deal_timeline",
            _words(deals.deal_timeline),
            OneDeal,
            lambda bench, args: deals.deal_timeline(bench.view, args.master_deal_id),
        ),
        Tool(
            "deal_records",
            _words(deal_records),
            DealRecords,
            lambda bench, args: deal_records(bench.view, args.master_deal_id, args.types),
        ),
        Tool(
            "sla_why",
            _words(deals.sla_why),
            OneDealThen,
            lambda bench, args: deals.sla_why(bench.view, args.master_deal_id, args.as_of),
        ),
        Tool(
            "portfolio_what_if",
            _words(deals.portfolio_what_if),
            OtherLimits,
            lambda bench, args: deals.portfolio_what_if(bench.view, _which(args), args.limits),
        ),
        Tool("query_deals", _words(query_deals), Query, _query),
        Tool("find_deals", _words(deals.find_deals), Search, _find),
        Tool(
            "portfolio_figures",
            _words(deals.portfolio_figures),
            Terms,
            lambda bench, args: deals.portfolio_figures(bench.view, _which(args)),
        ),
        Tool("portfolio_events", _words(portfolio_events), Days, _happenings),
        Tool("search_knowledge", _words(search_knowledge), KnowledgeTerms, _look_up),
        Tool("next_actions", _words(next_actions), ActionTerms, _named(next_actions)),
        Tool("brief_analysis", _words(drafting.brief_analysis), OneText, _named(drafting.brief_analysis)),
        Tool("media_plan", _words(drafting.media_plan), PlanTerms, _named(drafting.media_plan)),
        Tool("offer_draft", _words(drafting.offer_draft), OfferTerms, _named(drafting.offer_draft)),
        Tool("task_draft", _words(deal_drafts.task_draft), TaskTerms, _named(deal_drafts.task_draft)),
        Tool("event_draft", _words(deal_drafts.event_draft), EventTerms, _named(deal_drafts.event_draft)),
        Tool("legal_review", _words(drafting.legal_review), ReviewTerms, _named(drafting.legal_review)),
        Tool(
            "lead_qualification",
            _words(drafting.lead_qualification),
            OneText,
            _named(drafting.lead_qualification),
        ),
    )
}


def run(bench: Workbench, name: str, arguments: Mapping[str, Any]) -> Any:
    """What a tool answers. Malformed where there is no such tool or the arguments do not fit it."""
    tool = TOOLS.get(name)
    if tool is None:
        raise Malformed(f"there is no tool {name!r}; the tools are {', '.join(TOOLS)}", tool=name)
    try:
        parsed = tool.arguments.model_validate(arguments)
    except ValidationError as error:
        problems = "; ".join(f"{'/'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise Malformed(f"{name}: {problems}", tool=name) from error
    return tool.run(bench, parsed)
