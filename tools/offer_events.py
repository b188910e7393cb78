"""The events a plan or an offer may propose. Proposed only: what a person approves, an endpoint publishes."""

from __future__ import annotations

from typing import Any, Final

from tools.mediaplan.planner import MediaPlan
from tools.offer import Offer

PLAN_READY: Final = "media.mediaplan.ready"
OFFER_APPROVED: Final = "crm.offer.approved"


def plan_ready(master_deal_id: str, plan: MediaPlan, offer: Offer | None = None) -> dict[str, Any]:
    """media.mediaplan.ready of a deal, with the plan's total; `version` is that of the offer made of it, if any."""
    data: dict[str, Any] = {"total": plan.totals.gross.model_dump(mode="json")}
    if offer is not None:
        data["version"] = offer.version
    return {"type": PLAN_READY, "subject": master_deal_id, "data": data}


def offer_approved(master_deal_id: str, offer: Offer) -> dict[str, Any]:
    """crm.offer.approved of a deal: which version, for how much, and the hash of the content it is bound to."""
    data = {
        "offer_id": offer.offer_id,
        "version": offer.version,
        "total": offer.totals.gross.model_dump(mode="json"),
        "hash": offer.hash,
    }
    return {"type": OFFER_APPROVED, "subject": master_deal_id, "data": data}
