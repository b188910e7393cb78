"""What lies on the desks of the demonstration: leads, a draft offer, proposals that wait, one dead letter."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from importlib.resources import files
from typing import Any, Final

from api.assessments import file_assessment
from api.assistance import Assignment
from api.commands.taking import take
from api.jobs import brief, planned, qualification
from api.lead_imports import settle
from api.legal import legal
from api.offers import drafted
from api.plans import planned_and_kept
from api.proposals import file_new
from api.wiring import House
from tools.leads.importing import import_lead_items

BY: Final = "demo"


def lay_out(house: House) -> None:
    """Fill the desks. The same folder on the same day gets the same things."""
    work = _work()
    take(house, [work["unreadable"]])
    settle(house, import_lead_items(work["leads"]), "LI-demo")
    deal = work["deal"]
    asked = Assignment(text=work["brief"].strip(), options={"demo": True}, master_deal_id=deal)
    _done(house, "brief", asked, brief)
    _done(house, "qualification", asked.model_copy(update={"text": work["notes"].strip()}), qualification)
    _done(house, "mediaplan", asked, planned_and_kept)
    task, plan = planned(asked, house)
    for discount in ("0", work["discount"]):
        discounted = asked.model_copy(update={"options": {**asked.options, "discount": discount}})
        file_assessment(house, BY, "offer", discounted, drafted(house, discounted, task, plan))
    _done(house, "legal", asked.model_copy(update={"text": work["contract"].strip()}), legal)
    content = {"plan": plan.model_dump(mode="json"), "task": task.model_dump(mode="json")}
    with house.store.writing() as tx:
        file_new(tx, "plan", content, by=BY, now=house.clock(), deal_id=deal)
        file_new(tx, "task", work["task"], by=BY, now=house.clock(), deal_id=deal)


def _done(
    house: House, job: str, asked: Assignment, do: Callable[[House, Assignment], dict[str, Any]]
) -> None:
    file_assessment(house, BY, job, asked, do(house, asked))


def _work() -> dict[str, Any]:
    return tomllib.loads(files("api").joinpath("demo_work.toml").read_text(encoding="utf-8"))
