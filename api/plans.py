"""POST /v1/assist/mediaplan, and the plans it made: kept under their decision, as JSON and as a workbook."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Path, Request
from fastapi.responses import Response

from api.assistance import Assignment, AssistAnswer
from api.deals import house_of
from api.jobs import mediaplan
from api.wiring import House
from masterdeal.errors import NotFound
from tools.mediaplan.planner import MediaPlan
from tools.mediaplan.task import PlanTask

router = APIRouter(tags=["plans"])

WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PlanId = Annotated[str, Path(min_length=1, max_length=128)]


@router.post("/v1/assist/mediaplan", response_model=AssistAnswer, response_model_exclude_none=True)
def assist_mediaplan(request: Request, body: Annotated[Assignment, Body()]) -> Any:
    """Plan media for a task given as a text or as fields of a brief in `options`. Where no plan meets it,
    `result.infeasible` says which constraint binds, by how much, and the smallest relaxation. `result.files` is the
    plan as a workbook; `result.proposes` is what a person may make known of it by approving the offer."""
    return planned_and_kept(house_of(request), body)


def planned_and_kept(house: House, body: Assignment) -> dict[str, Any]:
    """The same, for whoever has the house at hand: the answer, its plan kept."""
    answer = mediaplan(house, body)
    result = answer["result"]
    if "infeasible" in result:
        return answer
    plan_id = str(answer["decision_id"])
    kept = {"result": result, "lang": body.lang, "master_deal_id": body.master_deal_id}
    with house.store.writing() as tx:
        tx.file("mediaplan", {plan_id: json.dumps(kept, ensure_ascii=False)}, house.clock())
    result["plan_id"] = plan_id
    result["files"] = [
        {"name": "plan.xlsx", "href": f"/v1/plans/{plan_id}/plan.xlsx", "media_type": WORKBOOK}
    ]
    return answer


def _kept(house: House, plan_id: str) -> dict[str, Any]:
    with house.store.reading() as read:
        text = read.archived("mediaplan", plan_id)
    if text is None:
        raise NotFound(f"no plan {plan_id}", plan_id=plan_id)
    kept: dict[str, Any] = json.loads(text)
    return kept


def kept_plan(house: House, plan_id: str) -> tuple[PlanTask, MediaPlan]:
    """A plan that was made, with its task."""
    result = _kept(house, plan_id)["result"]
    return PlanTask.model_validate(result["task"]), MediaPlan.model_validate(result)


@router.get("/v1/plans/{plan_id}", response_model=dict[str, Any])
def get_plan(request: Request, plan_id: PlanId) -> Any:
    """A plan that was made."""
    return _kept(house_of(request), plan_id)["result"]


@router.get("/v1/plans/{plan_id}/plan.xlsx", response_class=Response)
def get_workbook(request: Request, plan_id: PlanId) -> Response:
    """A plan as a workbook with live formulas."""
    from tools.paper.workbook import plan_workbook

    house = house_of(request)
    task, plan = kept_plan(house, plan_id)
    content = plan_workbook(plan, task, _kept(house, plan_id)["lang"])
    return Response(
        content,
        media_type=WORKBOOK,
        headers={"Content-Disposition": f'attachment; filename="{plan_id}-plan.xlsx"'},
    )
