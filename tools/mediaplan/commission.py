"""A plan as it is asked for: from the text of a brief, from fields, or from both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tools.brief import read_brief
from tools.mediaplan.planner import Infeasible, MediaPlan, plan
from tools.mediaplan.task import PlanTask, task_from_fields
from tools.reference import Reference


def commissioned(
    text: str, given: Mapping[str, Any], reference: Reference, today: date, lang: str = "ru"
) -> tuple[PlanTask, MediaPlan | Infeasible]:
    """The task that a brief and fields state together, and its plan; a field given wins over what the text says.

    Malformed where a field cannot be what its name says.
    """
    fields: dict[str, Any] = {}
    if text:
        fields = {name: found.value for name, found in read_brief(text, today).fields.items()}
    task = task_from_fields({**fields, **given})
    return task, plan(task, reference, today, lang)
