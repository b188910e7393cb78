"""What lies on the desks of the demonstration: leads, a draft offer, proposals that wait, one dead letter."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any, Final

from api.assistance import Assignment
from api.commands.taking import take
from api.jobs import planned
from api.lead_imports import settle
from api.offers import drafted
from api.proposals import file_new
from api.wiring import House
from tools.leads.importing import import_lead_items

BY: Final = "demo"


def lay_out(house: House) -> None:
    """Fill the desks. The same folder on the same day gets the same things."""
    work = _work()
    take(house, [work["unreadable"]])
    settle(house, import_lead_items(work["leads"]), "LI-demo")
    body = Assignment(text=work["brief"], options={"demo": True})
    task, plan = planned(body, house)
    drafted(house, body, task, plan)
    content = {"plan": plan.model_dump(mode="json"), "task": task.model_dump(mode="json")}
    with house.store.writing() as tx:
        file_new(tx, "plan", content, by=BY, now=house.clock())
        file_new(tx, "task", work["task"], by=BY, now=house.clock())


def _work() -> dict[str, Any]:
    return tomllib.loads(files("api").joinpath("demo_work.toml").read_text(encoding="utf-8"))
