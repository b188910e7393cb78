"""Assist: brief, media plan, legal review, qualification. Each answers by rules alone, with its quotes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Body, Request
from pydantic import ValidationError

from api.account import accounted
from api.assist_text import brief_text, plan_text, qualification_text
from api.assistance import Assignment, AssistAnswer, answered, day_of, text_of
from api.deals import house_of
from api.wiring import House, chat_endpoint
from masterdeal.errors import BadRequest, Malformed
from tools.brief import Brief, read_brief
from tools.drafting import plain
from tools.mediaplan.commission import commissioned
from tools.mediaplan.planner import MediaPlan
from tools.mediaplan.task import PlanTask
from tools.offer_events import plan_ready
from tools.qualification.icp import Company
from tools.qualification.qualify import Source, qualify
from tools.qualification.verdict import verdict_rule
from tools.reference import load_reference

if TYPE_CHECKING:
    from agents.brief_values import Pointed

router = APIRouter(prefix="/v1/assist", tags=["assist"])

Job = Annotated[Assignment, Body()]


@router.post("/brief", response_model=AssistAnswer, response_model_exclude_none=True)
def assist_brief(request: Request, body: Job) -> Any:
    """Read a brief: every value with its quote and offsets, what is missing, what to ask, what contradicts itself.
    `options.date` is the day the text is read on. With a model configured, it may point out what the rules did not find;
    taken is what our own readers make of its quote (`source` is then `model`); `options.model` false leaves it out."""
    house = house_of(request)
    return accounted(house, request, "brief", brief(house, body))


def brief(house: House, body: Assignment) -> dict[str, Any]:
    """The same, for whoever has the house at hand."""
    text, today = text_of(body, house), day_of(body.options, house)
    read = read_brief(text, today)
    pointed = _pointed(house, text, read, today) if body.options.get("model") is not False else None
    if pointed is not None:
        read = pointed.brief
    result = {
        "fields": {name: plain(found) for name, found in read.fields.items()},
        "missing": list(read.missing),
        "questions": [
            {
                "field": asked.field,
                "reason": asked.reason,
                "text": asked.ru if body.lang == "ru" else asked.en,
            }
            for asked in read.questions
        ],
        "contradictions": plain(read.contradictions),
        "corrections": plain(read.corrections),
        "ignored": plain(read.ignored),
    }
    answer = answered("brief", body, result, _quotes(read), brief_text(read, body.lang))
    if pointed is not None:
        answer["mode"] = "llm" if pointed.kept else "rules"
        answer["llm"] = {
            **pointed.account,
            "proposed": pointed.proposed,
            "kept": list(pointed.kept),
            "dropped": pointed.dropped,
            "note": pointed.note,
        }
    return answer


def _pointed(house: House, text: str, read: Brief, today: date) -> Pointed | None:
    """What a model points out beside what the rules have read; None where there is no model or nothing is missing."""
    endpoint = chat_endpoint(house.settings)
    if endpoint is None or not read.missing:
        return None
    from agents.brief_values import point_out

    return point_out(endpoint, text, read, today)


def _quotes(brief: Brief) -> list[dict[str, Any]]:
    return [
        {
            "id": f"e{number}",
            "kind": "document",
            "path": f"fields/{name}",
            "value": plain(found.value),
            "quote": found.quote,
            "start": found.start,
            "end": found.end,
        }
        for number, (name, found) in enumerate(brief.fields.items(), 1)
    ]


_OF_THE_JOB = frozenset({"date", "demo", "contract", "discount", "marks_ads"})


def planned(body: Assignment, house: House) -> tuple[PlanTask, MediaPlan | Any]:
    """The task of an assignment (fields of its text, overridden by its options) and the plan for it."""
    today = day_of(body.options, house)
    text = text_of(body, house, needed=False)
    given = {name: value for name, value in body.options.items() if name not in _OF_THE_JOB}
    reference = load_reference(demo=bool(body.options.get("demo", house.settings.sample_prices)))
    return commissioned(text, given, reference, today, body.lang)


def mediaplan(house: House, body: Assignment) -> dict[str, Any]:
    """The answer of POST /v1/assist/mediaplan, for whoever has the house at hand; nothing is kept."""
    task, found = planned(body, house)
    if not isinstance(found, MediaPlan):
        certificate = found.model_dump(mode="json")
        result = {"lines": [], "infeasible": certificate, "task": task.model_dump(mode="json")}
        return answered("mediaplan", body, result, [], certificate["why"])
    result = found.model_dump(mode="json")
    result["scenarios"] = [scenario.model_dump(mode="json") for scenario in found.scenarios]
    result["task"] = task.model_dump(mode="json")
    result["files"] = []
    result["proposes"] = [] if body.master_deal_id is None else [plan_ready(body.master_deal_id, found)]
    text, evidence = plan_text(result, body.lang)
    return answered("mediaplan", body, result, evidence, text)


@router.post("/qualification", response_model=AssistAnswer, response_model_exclude_none=True)
def assist_qualification(request: Request, body: Job) -> Any:
    """Qualify a lead by BANT, CHAMP and ICP from notes and mails. `options.sources` may hold several texts
    [{id, text, kind?, said_on?}], `options.company` what is known of the company, `options.rule` a verdict rule."""
    house = house_of(request)
    return accounted(house, request, "qualification", qualification(house, body))


def qualification(house: House, body: Assignment) -> dict[str, Any]:
    """The same, for whoever has the house at hand."""
    options = body.options
    try:
        sources = [Source.model_validate(row) for row in options.get("sources") or []]
        company = Company.model_validate(options["company"]) if options.get("company") else None
    except ValidationError as error:
        raise BadRequest(f"options: {error.errors()[0]['msg']}", where="body/options") from None
    text = text_of(body, house, needed=not sources)
    if text:
        sources.insert(0, Source(id="text", text=text))
    try:
        rule = verdict_rule(str(options["rule"])) if options.get("rule") else None
    except (Malformed, FileNotFoundError, KeyError):
        raise BadRequest(
            f"options.rule: no verdict rule {options['rule']!r}", where="body/options/rule"
        ) from None
    found = qualify(sources, day_of(options, house), company, rule, body.lang)
    result = found.model_dump(mode="json")
    evidence = [
        {
            "id": f"e{number}",
            "kind": "document",
            "path": f"bant/{letter}",
            "value": finding.state,
            "quote": finding.quote,
        }
        for number, (letter, finding) in enumerate(found.bant.items(), 1)
        if finding.quote
    ]
    return answered("qualification", body, result, evidence, qualification_text(found, body.lang))
