"""The offer (КП): a plan at the client's prices with terms, sealed by a canonical hash that an approval is bound to.

Everything that can be counted is counted from the lines; nothing that can be counted is accepted from outside.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Literal

from num2words import num2words
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masterdeal.money import DecimalString, Money, to_kopeck
from tools.mediaplan.planner import MediaPlan, PlanTask
from tools.offer_clauses import Clause, Clauses, clauses_of
from tools.reference import Reference

Party = Literal["seller", "client"]
Contract = Literal["services", "agency"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfferLine(_Frozen):
    """One priced line. cost = units * price; vat_amount = cost * vat_rate, half up to the kopeck."""

    number: int
    channel: str
    title: str
    model: str
    unit: str
    units: int
    plan_price: Money = Field(description="Price of a unit in the plan, without VAT")
    price: Money = Field(description="Price of a unit after the offer's discount, without VAT")
    cost: Money
    vat_rate: DecimalString | None
    vat_amount: Money
    gross: Money
    period_start: date
    period_end: date
    impressions: int | None
    clicks: int | None
    reach: int | None
    marking: str


class OfferTotals(_Frozen):
    """Sums of the lines."""

    list_net: Money = Field(description="Cost without VAT at plan prices, before the offer's discount")
    discount: Money = Field(description="What the offer's discount takes off, without VAT")
    net: Money
    vat: Money
    gross: Money
    in_words: str = Field(description="gross in Russian words")
    impressions: int | None
    clicks: int | None
    reach: int | None
    frequency: float | None


class Offer(_Frozen):
    """A version of an offer. `hash` seals everything but itself and the status."""

    offer_id: str
    version: int = Field(ge=1)
    number: str
    made_on: date
    valid_until: date
    client: str | None
    product: str | None
    category: str | None
    contract: Contract
    marks_ads: Party
    discount: DecimalString = Field(description="The offer's own discount as a share of plan prices")
    approval_role: str | None = Field(description="Who must approve the discount; null without one")
    lines: tuple[OfferLine, ...]
    totals: OfferTotals
    terms: tuple[Clause, ...]
    legal_notes: tuple[Clause, ...]
    levy: Clause
    assumptions: tuple[str, ...]
    reference_version: str
    hash: str
    status: Literal["draft", "approved"] = "draft"


class Approval(_Frozen):
    """A person's consent to one content, named by its hash."""

    offer_id: str
    version: int
    hash: str
    by: str


class Verdict(_Frozen):
    """Whether an offer is what it says it is."""

    valid: bool
    offer_id: str | None = None
    version: int | None = None
    reason: str | None = None


def in_words(amount: Decimal) -> str:
    """An amount of roubles in Russian words, kopecks in digits: «Сто рублей, 05 копеек»."""
    text = str(num2words(to_kopeck(amount), lang="ru", to="currency", currency="RUB", cents=False))
    return text[:1].upper() + text[1:]


def canonical(offer: Offer) -> bytes:
    """The content of an offer as bytes: JSON, keys sorted, no spaces, UTF-8; without hash and status."""
    content = offer.model_dump(mode="json", exclude={"hash", "status"})
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def seal(offer: Offer) -> str:
    """SHA-256 of the canonical content, hexadecimal."""
    return hashlib.sha256(canonical(offer)).hexdigest()


def approval_role(discount: Decimal, reference: Reference) -> str | None:
    """The least role that may approve a discount; None when there is none to approve."""
    if not discount:
        return None
    return next(
        row.role for row in sorted(reference.approvals, key=lambda r: r.up_to) if discount <= row.up_to
    )


def may_approve(needed: str | None, roles: Collection[str], reference: Reference) -> bool:
    """Whether one of these roles may approve an offer whose discount needs the role `needed`: that role itself, or one
    that may approve a larger discount."""
    if needed is None:
        return True
    ladder = [row.role for row in sorted(reference.approvals, key=lambda r: r.up_to)]
    return needed in ladder and not set(roles).isdisjoint(ladder[ladder.index(needed) :])


def build_offer(
    plan: MediaPlan,
    task: PlanTask,
    reference: Reference,
    clauses: Clauses,
    *,
    offer_id: str,
    number: str,
    made_on: date,
    version: int = 1,
    discount: Decimal = Decimal(0),
    contract: Contract = "services",
    marks_ads: Party = "seller",
    valid_days: int | None = None,
    lang: str = "ru",
) -> Offer:
    """A draft offer from a plan. `discount` is a share in [0, 1) taken off every price, rounded to the kopeck."""
    lines = []
    for index, line in enumerate(plan.lines, start=1):
        price = line.price.times(1 - discount)
        cost = price.model_copy(update={"amount": price.amount * line.units})
        taxed = cost.vat == "excl"
        vat = cost.vat_amount() if taxed else line.vat_amount
        lines.append(
            OfferLine(
                number=index,
                channel=line.channel,
                title=line.title,
                model=line.model,
                unit=line.unit,
                units=line.units,
                plan_price=line.price,
                price=price,
                cost=cost,
                vat_rate=line.cost.vat_rate,
                vat_amount=vat,
                gross=cost.with_vat() if taxed else cost,
                period_start=line.period_start,
                period_end=line.period_end,
                impressions=line.impressions,
                clicks=line.clicks,
                reach=line.reach,
                marking=line.marking,
            )
        )
    totals = recompute(
        tuple(lines), (plan.totals.impressions, plan.totals.clicks, plan.totals.reach, plan.totals.frequency)
    )
    valid_until = made_on + timedelta(days=clauses.valid_days if valid_days is None else valid_days)
    terms, notes, levy = clauses_of(
        clauses,
        marking={line.title: line.marking for line in plan.lines},
        duties={line.title: line.duties for line in plan.lines},
        category=task.category,
        contract=contract,
        marks_ads=marks_ads,
        valid_until=valid_until,
        lang=lang,
    )
    draft = Offer(
        offer_id=offer_id,
        version=version,
        number=number,
        made_on=made_on,
        valid_until=valid_until,
        client=task.client,
        product=task.product,
        category=task.category,
        contract=contract,
        marks_ads=marks_ads,
        discount=discount,
        approval_role=approval_role(discount, reference),
        lines=tuple(lines),
        totals=totals,
        terms=terms,
        legal_notes=notes,
        levy=levy,
        assumptions=plan.assumptions,
        reference_version=plan.reference_version,
        hash="",
    )
    return draft.model_copy(update={"hash": seal(draft)})


def recompute(
    lines: tuple[OfferLine, ...], forecast: tuple[int | None, int | None, int | None, float | None]
) -> OfferTotals:
    """Totals from the lines alone; the forecast (impressions, clicks, reach, frequency) is the plan's."""
    zero = Decimal("0.00")
    first = lines[0].cost
    rates = {line.vat_rate for line in lines}
    one = rates.pop() if len(rates) == 1 else None
    basis = {"vat": first.vat, "vat_rate": one, "commission": first.commission}
    net = sum((line.cost.amount for line in lines), zero)
    listed = sum((line.plan_price.amount * line.units for line in lines), zero)
    vat = sum((line.vat_amount.amount for line in lines), zero)
    impressions, clicks, reach, frequency = forecast
    return OfferTotals(
        list_net=Money.model_validate({"amount": listed, **basis}),
        discount=Money.model_validate({"amount": listed - net, **basis}),
        net=Money.model_validate({"amount": net, **basis}),
        vat=Money(amount=vat, commission=first.commission),
        gross=Money.model_validate(
            {"amount": net + vat, **basis, "vat": "incl" if first.vat == "excl" else first.vat}
        ),
        in_words=in_words(net + vat),
        impressions=impressions,
        clicks=clicks,
        reach=reach,
        frequency=frequency,
    )


def approve(offer: Offer, approval: Approval) -> Offer:
    """The approved offer if the approval names exactly this content, else the offer as a draft."""
    held = (
        approval.offer_id == offer.offer_id
        and approval.version == offer.version
        and approval.hash == offer.hash == seal(offer)
    )
    return offer.model_copy(update={"status": "approved" if held else "draft"})


def verify(content: Mapping[str, Any] | bytes | str, approved_hash: str | None = None) -> Verdict:
    """Whether the content is an offer whose sums follow from its lines and whose hash is its own.

    With `approved_hash`, also whether it is the content that was approved. Never raises on bad content.
    """
    try:
        offer = (
            Offer.model_validate_json(content)
            if isinstance(content, bytes | str)
            else Offer.model_validate(content)
        )
    except ValidationError:
        return Verdict(valid=False, reason="not an offer")
    verdict = Verdict(valid=True, offer_id=offer.offer_id, version=offer.version)

    def no(reason: str) -> Verdict:
        return verdict.model_copy(update={"valid": False, "reason": reason})

    if not offer.lines:
        return no("no lines")
    for line in offer.lines:
        if line.price != line.plan_price.times(1 - offer.discount):
            return no(f"line {line.number}: the price does not follow from the discount")
        if line.cost.amount != line.price.amount * line.units:
            return no(f"line {line.number}: the cost is not units times price")
        tax = (
            to_kopeck(line.cost.amount * line.vat_rate)
            if line.vat_rate is not None and line.cost.vat == "excl"
            else Decimal(0)
        )
        if line.vat_amount.amount != tax or line.gross.amount != line.cost.amount + tax:
            return no(f"line {line.number}: the tax does not follow from the rate")
    told = offer.totals
    if recompute(offer.lines, (told.impressions, told.clicks, told.reach, told.frequency)) != told:
        return no("the totals do not follow from the lines")
    if seal(offer) != offer.hash:
        return no("the content differs from its hash")
    if approved_hash is not None and offer.hash != approved_hash:
        return no("this is not the content that was approved")
    return verdict
