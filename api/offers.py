"""Offers: drafted from a plan, kept by version, approved by hash, verified by arithmetic."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Body, Path, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from api.assist_text import offer_text
from api.assistance import Assignment, AssistAnswer, answered, check_seen, day_of
from api.deals import house_of
from api.identity import CallerHere
from api.intake import body_within
from api.jobs import planned
from api.offer_proof import is_paper, named, proved
from api.offers_on_paper import on_paper
from api.plans import WORKBOOK, kept_plan
from api.wiring import House
from masterdeal import instant
from masterdeal.errors import BadRequest, Conflict, Forbidden, NotFound, TooLarge
from masterdeal.flow.intake import read, record
from masterdeal.ports import Writing
from tools.knowledge.past_offer import keep_offer
from tools.mediaplan.planner import Infeasible, MediaPlan
from tools.mediaplan.task import PlanTask
from tools.offer import Approval, Offer, approve, build_offer, may_approve, verify
from tools.offer_clauses import load_clauses
from tools.offer_events import offer_approved, plan_ready
from tools.reference import load_reference

router = APIRouter(tags=["offers"])

MEDIA = {
    "offer.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "offer.pdf": "application/pdf",
    "plan.xlsx": WORKBOOK,
}
OFFERS: Final = "masterdeal/offers"
EVENTS: Final = "events"
OfferId = Annotated[str, Path(min_length=1, max_length=128)]


class Consent(BaseModel):
    """What is approved: the hash of one content."""

    model_config = ConfigDict(extra="forbid")

    hash: str = Field(min_length=1, max_length=200)
    publish: tuple[Literal["media.mediaplan.ready", "crm.offer.approved"], ...] = Field(
        default=("crm.offer.approved",),
        max_length=2,
        description="Which of the proposed events the offer's deal is told by this approval",
    )


class OfferVerdict(BaseModel):
    """Whether an offer is what it says it is."""

    valid: bool
    offer_id: str | None = None
    version: int | None = None
    reason: str | None = None
    status: Literal["draft", "approved", "superseded"] | None = Field(
        default=None, description="Of a file: the standing of the version it is"
    )
    differs: list[dict[str, str]] | None = Field(
        default=None, description="Of a file that was changed: its lines (`here`) and those kept (`kept`)"
    )


@router.post("/v1/assist/offer", response_model=AssistAnswer, response_model_exclude_none=True)
def assist_offer(request: Request, body: Annotated[Assignment, Body()]) -> Any:
    """Draft an offer from a brief or the fields of one. It is a draft until a person approves its hash; another
    content under the same deal is a new version and voids an approval. `options.discount` is a share in [0, 1);
    `options.plan_id` takes a plan that was made before instead of making one. `result.proposes` is what the deal would
    be told; only POST /v1/offers/{offer_id}/approve tells it."""
    house = house_of(request)
    check_seen(house, body.master_deal_id)
    plan_id = body.options.get("plan_id")
    task, plan = planned(body, house) if plan_id is None else kept_plan(house, str(plan_id))
    return drafted(house, body, task, plan)


def drafted(house: House, body: Assignment, task: PlanTask, plan: MediaPlan | Infeasible) -> dict[str, Any]:
    """The draft of an offer from a plan, kept, and the answer that tells of it."""
    if not isinstance(plan, MediaPlan):
        certificate = plan.model_dump(mode="json")
        return answered(
            "offer",
            body,
            {"status": "infeasible", "infeasible": certificate, "files": []},
            [],
            certificate["why"],
        )
    discount = discount_of(body.options.get("discount", 0))
    seed = body.master_deal_id or json.dumps([task.client, task.product, body.text], ensure_ascii=False)
    offer_id = "OF-" + hashlib.blake2b(seed.encode(), digest_size=6).hexdigest().upper()
    offer = _next_version(house, body, offer_id, task, plan, discount)
    content = offer.model_dump(mode="json")
    result = {
        "offer_id": offer.offer_id,
        "version": offer.version,
        "totals": offer.totals.model_dump(mode="json"),
        "hash": offer.hash,
        "status": offer.status,
        "approval_role": offer.approval_role,
        "offer": content,
        "proposes": _proposed(body.master_deal_id, plan, offer),
        "files": [
            {"name": name, "href": f"/v1/offers/{offer_id}/files/{name}", "media_type": media}
            for name, media in MEDIA.items()
        ],
    }
    text, evidence = offer_text(offer_id, content, body.lang)
    return answered("offer", body, result, evidence, text)


def _proposed(master_deal_id: str | None, plan: MediaPlan, offer: Offer) -> list[dict[str, Any]]:
    if master_deal_id is None:
        return []
    return [plan_ready(master_deal_id, plan, offer), offer_approved(master_deal_id, offer)]


def discount_of(given: Any) -> Decimal:
    """A share in [0, 1). BadRequest for anything else."""
    try:
        discount = Decimal(str(given))
    except ArithmeticError:
        discount = Decimal(-1)
    if not 0 <= discount < 1:
        raise BadRequest(
            f"options.discount: {given!r} is not a share in [0, 1)", where="body/options/discount"
        )
    return discount


def _next_version(
    house: House, body: Assignment, offer_id: str, task: PlanTask, plan: MediaPlan, discount: Decimal
) -> Offer:
    """The kept version where the content is the same, else the next one; kept before it is shown."""
    reference = load_reference(demo=bool(body.options.get("demo", house.settings.sample_prices)))
    today = day_of(body.options, house)
    with house.store.writing() as tx:
        tx.hold([offer_id])
        kept = tx.archived("offer", offer_id)
        last = Offer.model_validate(json.loads(kept)["offer"]) if kept else None

        def draft(version: int) -> Offer:
            return build_offer(
                plan,
                task,
                reference,
                load_clauses(),
                offer_id=offer_id,
                number=offer_id,
                made_on=today,
                version=version,
                discount=discount,
                lang=body.lang,
            )

        if last is not None and draft(last.version).hash == last.hash:
            return last
        offer = draft(1 if last is None else last.version + 1)
        paper = {
            "offer": offer.model_dump(mode="json"),
            "plan": plan.model_dump(mode="json"),
            "task": task.model_dump(mode="json"),
            "lang": body.lang,
            "master_deal_id": body.master_deal_id,
        }
        text = json.dumps(paper, ensure_ascii=False)
        tx.file("offer", {offer_id: text}, house.clock())
        tx.file("offer-version", {f"{offer_id}/{offer.version:06d}": text}, house.clock())
    return offer


def kept_offer(house: House, offer_id: str) -> dict[str, Any]:
    with house.store.reading() as read:
        text = read.archived("offer", offer_id)
    if text is None:
        raise NotFound(f"no offer {offer_id}", offer_id=offer_id)
    paper: dict[str, Any] = json.loads(text)
    return paper


@router.get("/v1/offers/{offer_id}", response_model=dict[str, Any])
def get_offer(request: Request, offer_id: OfferId) -> Any:
    """The latest version of an offer."""
    return kept_offer(house_of(request), offer_id)["offer"]


@router.get("/v1/offers/{offer_id}/files/{name}", response_class=Response)
def get_file(
    request: Request, offer_id: OfferId, name: Literal["offer.docx", "offer.pdf", "plan.xlsx"]
) -> Response:
    """The offer as Word or PDF, its plan as a workbook with live formulas."""
    paper = kept_offer(house_of(request), offer_id)
    content = on_paper(paper, name)
    return Response(
        content,
        media_type=MEDIA[name],
        headers={"Content-Disposition": f'attachment; filename="{offer_id}-{name}"'},
    )


@router.post("/v1/offers/{offer_id}/approve", response_model=dict[str, Any])
def post_approve(
    request: Request, offer_id: OfferId, body: Annotated[Consent, Body()], caller: CallerHere
) -> Any:
    """Approve one content by its hash; the same approval again changes nothing, another hash is a conflict. The offer's
    deal, where it has one, is told in the same transaction: `events` says what, and what became of it."""
    house = house_of(request)
    kept_offer(house, offer_id)  # an offer of a deal that the caller may not see is not there
    with house.store.writing() as tx:
        tx.hold([offer_id])
        text = tx.archived("offer", offer_id)
        if text is None:
            raise NotFound(f"no offer {offer_id}", offer_id=offer_id)
        paper = json.loads(text)
        offer = Offer.model_validate(paper["offer"])
        if not may_approve(offer.approval_role, caller.roles, load_reference()):
            raise Forbidden(
                f"the discount of this offer is approved by {offer.approval_role}, or whoever may approve more",
                approval_role=offer.approval_role,
            )
        approved = approve(
            offer,
            Approval(offer_id=offer_id, version=offer.version, hash=body.hash, by=caller.shown),
        )
        if approved.status != "approved":
            raise Conflict(
                "the hash is not that of the latest version; look at it again",
                offer_id=offer_id,
                version=offer.version,
            )
        told: list[dict[str, Any]] = paper.get("published", [])
        fresh = [name for name in body.publish if all(one["type"] != name for one in told)]
        outcomes = tell_deal(tx, house, paper, fresh, caller.shown)
        if offer.status != "approved" or outcomes:
            paper["offer"] = approved.model_dump(mode="json")
            paper["published"] = [*told, *outcomes]
            text = json.dumps(paper, ensure_ascii=False)
            tx.file("offer", {offer_id: text}, house.clock())
            tx.file("offer-version", {f"{offer_id}/{offer.version:06d}": text}, house.clock())
            now = house.clock()
            keep_offer(tx, approved, paper.get("master_deal_id"), now, instant.iso(now))
    if outcomes:
        house.worker.wake()
    return {**paper["offer"], EVENTS: [*told, *outcomes]}


def tell_deal(
    tx: Writing, house: House, paper: dict[str, Any], names: Sequence[str], by: str
) -> list[dict[str, Any]]:
    """The events a person's approval tells the offer's deal. Their ids follow from the content that was approved."""
    master_deal_id = paper.get("master_deal_id")
    if master_deal_id is None:
        return []
    offer = Offer.model_validate(paper["offer"])
    now = house.clock()
    batch = []
    for event in _proposed(master_deal_id, MediaPlan.model_validate(paper["plan"]), offer):
        if event["type"] not in names:
            continue
        envelope = {
            "specversion": "1.0",
            "id": f"{offer.offer_id}/{offer.version}/{offer.hash[:16]}/{event['type']}",
            "source": OFFERS,
            "time": instant.iso(now),
            **event,
            "data": {**event["data"], "by": by},
        }
        batch.append(read(json.dumps(envelope, ensure_ascii=False), house.book))
    outcomes = record(tx, batch, house.book, now) if batch else []
    return [
        {
            "type": incoming.type,
            "id": incoming.id,
            "outcome": outcome.outcome,
            "aggregated_stage": outcome.aggregated_stage,
        }
        for incoming, outcome in zip(batch, outcomes, strict=True)
    ]


@router.post(
    "/v1/offers/verify",
    response_model=OfferVerdict,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}
    },
)
async def post_verify(request: Request) -> Any:
    """Whether an offer's sums follow from its lines, its hash is its own, and, where it says it is approved, whether
    this is the content that was approved. The content is the offer as JSON, also as a file; or one of the files written
    from it (DOCX, PDF, the plan as XLSX), whose text is held against the version whose sum it carries."""
    house = house_of(request)
    name = "offer.json"
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "multipart/form-data":
        async with request.form(max_files=1) as form:
            upload = next((value for value in form.values() if not isinstance(value, str)), None)
            if upload is None:
                raise BadRequest("no file in the form", where="body/file")
            content = await upload.read(house.settings.max_body + 1)
            name = upload.filename or name
    else:
        content = await body_within(request, house.settings.max_body)
    if len(content) > house.settings.max_body:
        raise TooLarge("the file is larger than the limit", limit=house.settings.max_body)
    if is_paper(content):
        return await run_in_threadpool(proved, house, named(name, content), content)
    return await run_in_threadpool(_verified, house, content)


def _verified(house: House, content: bytes) -> dict[str, Any]:
    try:
        loose = json.loads(content)
    except (ValueError, RecursionError):
        return {"valid": False, "reason": "not the JSON content of an offer"}
    inner = loose.get("offer", loose) if isinstance(loose, dict) else None
    if not isinstance(inner, dict):
        return {"valid": False, "reason": "not an offer"}
    approved_hash = None
    if inner.get("status") == "approved":
        with house.store.reading() as read:
            text = read.archived("offer", str(inner.get("offer_id")))
        kept = json.loads(text)["offer"] if text else None
        if kept is None or kept["status"] != "approved":
            return {
                "valid": False,
                "offer_id": inner.get("offer_id"),
                "reason": "no approval is kept for this offer",
            }
        approved_hash = kept["hash"]
    inner.pop(EVENTS, None)  # the answer of an approval is the offer and what its deal was told
    return verify(inner, approved_hash).model_dump()
