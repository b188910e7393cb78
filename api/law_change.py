"""The law changed: which open contracts, plans and offers that are kept here are touched."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict, Field

from api.assistance import day_of
from api.deals import house_of
from api.wiring import House
from masterdeal.errors import BadRequest
from masterdeal.ports import Reading
from tools.knowledge.library import TEXT, kept_sources
from tools.law_change import Affected, OpenMatter, affected
from tools.law_matters import SetAside, contract_matter, plan_matter
from tools.mediaplan.planner import MediaPlan
from tools.mediaplan.task import PlanTask

router = APIRouter(prefix="/v1/assist", tags=["assist"])

PAGE: Final = 200


class Span(BaseModel):
    """Changes that came into force after `since` and not after `until`."""

    model_config = ConfigDict(extra="forbid")

    since: date
    until: date | None = Field(default=None, description="Default: the day asked on")
    today: date | None = Field(
        default=None, description="The day asked on; papers performed before it are not open"
    )
    side: Literal["seller", "client"] = "seller"


class Touched(BaseModel):
    """Papers that a changed rule speaks on, and papers that were set aside with the reason."""

    since: date
    until: date
    open: int = Field(description="How many open contracts and plans were held against the changes")
    affected: list[Affected]
    set_aside: list[SetAside]


@router.post("/law-change", response_model=Touched)
def assist_law_change(request: Request, body: Annotated[Span, Body()]) -> Any:
    """Which open contracts (documents and sources kept here), plans and offers a change of law touches, each with the
    rule, the day from which and the place of the text. A contract without dates is set aside by name: a person must look."""
    return touched(house_of(request), body)


def touched(house: House, body: Span) -> Touched:
    """The same, for whoever has the house at hand."""
    today = body.today or day_of({}, house)
    until = body.until or today
    if until < body.since:
        raise BadRequest("until lies before since", where="body/until")
    with house.store.reading() as read:
        papers = list(_papers(read, today))
    matters = [paper for paper in papers if isinstance(paper, OpenMatter)]
    return Touched(
        since=body.since,
        until=until,
        open=len(matters),
        affected=list(affected(body.since, until, matters, side=body.side)),
        set_aside=[
            paper
            for paper in papers
            if isinstance(paper, SetAside) and paper.reason not in ("not_a_contract", "performed")
        ],
    )


def _papers(read: Reading, today: date) -> Iterator[OpenMatter | SetAside]:
    for id_, body in _all(read, "document"):
        yield contract_matter(id_, body["text"], today)
    for source in kept_sources(read):
        text = read.archived(TEXT, source.document_id) if source.kind == "document" else None
        if text is not None:
            yield contract_matter(source.document_id, json.loads(text)["text"], today)
    for id_, body in _all(read, "offer"):
        yield _planned(id_, body["plan"], body["task"], today)
    for id_, body in _all(read, "mediaplan"):
        yield _planned(id_, body["result"], body["result"]["task"], today)


def _planned(id_: str, plan: dict[str, Any], task: dict[str, Any], today: date) -> OpenMatter | SetAside:
    made, asked = MediaPlan.model_validate(plan), PlanTask.model_validate(task)
    period = (asked.period_start, asked.period_end)
    return plan_matter(
        id_,
        made_on=made.made_on,
        period=None if period[0] is None or period[1] is None else (period[0], period[1]),
        product=asked.product,
        category=asked.category,
        channels=[line.channel for line in made.lines],
        today=today,
    )


def _all(read: Reading, kind: str) -> Iterator[tuple[str, dict[str, Any]]]:
    after = ""
    while rows := read.archive(kind, after, PAGE):
        for id_, body in rows:
            yield id_, json.loads(body)
        after = rows[-1][0]
