"""A plan at the prices of the offer made of it, so that its workbook and the offer say the same to the kopeck."""

from __future__ import annotations

from decimal import Decimal

from masterdeal.money import Money, to_kopeck
from tools.mediaplan.lines import Line
from tools.mediaplan.planner import MediaPlan
from tools.offer import Offer, OfferLine


def plan_at(offer: Offer, plan: MediaPlan) -> MediaPlan:
    """The plan an offer was made of, its prices, costs, taxes, sums and unit costs those of the offer's lines."""
    if not offer.discount:
        return plan
    totals = plan.totals.model_copy(
        update={
            "net": offer.totals.net,
            "vat": offer.totals.vat,
            "gross": offer.totals.gross,
            "vat_by_rate": {
                rate: Money(
                    amount=sum(
                        (li.vat_amount.amount for li in offer.lines if str(li.vat_rate) == rate),
                        Decimal("0.00"),
                    ),
                    commission=offer.totals.vat.commission,
                )
                for rate in plan.totals.vat_by_rate
            },
        }
    )
    lines = tuple(_priced(line, priced) for line, priced in zip(plan.lines, offer.lines, strict=True))
    return plan.model_copy(update={"lines": lines, "totals": totals})


def _priced(line: Line, priced: OfferLine) -> Line:
    def each(count: float | None, per: int = 1) -> Decimal | None:
        return to_kopeck(priced.cost.amount * per / Decimal(count)) if count else None

    return line.model_copy(
        update={
            "price": priced.price,
            "cost": priced.cost,
            "vat_amount": priced.vat_amount,
            "gross": priced.gross,
            "cpm": each(line.impressions, 1000),
            "cpc": each(line.clicks),
            "cpa": each(line.conversions),
        }
    )
