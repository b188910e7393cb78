"""A kept offer as its files."""

from __future__ import annotations

from typing import Any

from tools.mediaplan.planner import MediaPlan
from tools.mediaplan.task import PlanTask
from tools.offer import Offer
from tools.offer_prices import plan_at
from tools.paper.document import offer_document
from tools.paper.pdf import offer_pdf
from tools.paper.workbook import plan_workbook


def on_paper(paper: dict[str, Any], name: str) -> bytes:
    """A kept offer as one of its files: offer.docx, offer.pdf, plan.xlsx."""
    offer, lang = Offer.model_validate(paper["offer"]), paper["lang"]
    if name == "offer.docx":
        return offer_document(offer, lang)
    if name == "offer.pdf":
        return offer_pdf(offer, lang)
    plan = plan_at(offer, MediaPlan.model_validate(paper["plan"]))
    mark = f"{offer.number} v{offer.version} {offer.hash}"
    return plan_workbook(plan, PlanTask.model_validate(paper["task"]), lang, mark)
