"""The jobs of the copilot as tools: each reads a text or a draft and answers with a draft. None of them writes.

A draft names its kind: brief, plan, offer, review, qualification.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import BaseModel

from masterdeal.errors import BadRequest
from tools.brief import read_brief
from tools.legal_risk import assess
from tools.mediaplan.planner import MediaPlan, plan
from tools.mediaplan.task import PlanTask, task_from_fields
from tools.offer import build_offer
from tools.offer_clauses import load_clauses
from tools.qualification.qualify import Source, qualify
from tools.reference import Reference, load_reference
from tools.workbench import Workbench


def plain(value: Any) -> Any:
    """JSON values; whole decimal numbers become integers, others floating-point numbers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, BaseModel):
        return plain(value.model_dump())
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def brief_analysis(bench: Workbench, text_id: str) -> dict[str, Any]:
    """Read a brief: every field with the words it was read from, what is missing, what to ask the client, what
    contradicts itself. Gives a brief draft."""
    read = read_brief(bench.text(text_id), bench.today)
    return {
        "kind": "brief",
        "text_id": text_id,
        "fields": plain(read.fields),
        "missing": list(read.missing),
        "questions": [asked.ru if bench.lang == "ru" else asked.en for asked in read.questions],
        "contradictions": plain(read.contradictions),
        "ignored": plain(read.ignored),
    }


def media_plan(
    bench: Workbench, draft_id: str | None = None, text_id: str | None = None, **changes: Any
) -> dict[str, Any]:
    """Plan media from a brief draft, an earlier plan draft or a text, with changes (budget, period, channels, excluded
    channels and so on). Gives a plan draft, or says which constraint no plan can meet and the smallest relaxation."""
    fields = task_fields(bench, draft_id, text_id)
    task = changed(fields, changes)
    found = plan(task, _reference(bench), bench.today, bench.lang)
    known = task.model_dump(mode="json")
    if not isinstance(found, MediaPlan):
        return {"kind": "plan", "task": known, "plan": None, "infeasible": found.model_dump(mode="json")}
    return {"kind": "plan", "task": known, "plan": found.model_dump(mode="json"), "infeasible": None}


def task_fields(bench: Workbench, draft_id: str | None, text_id: str | None) -> dict[str, Any]:
    """The fields a plan begins with. BadRequest where a draft is neither a brief nor a plan."""
    if draft_id is not None:
        draft = bench.draft(draft_id)
        if draft["kind"] == "brief":
            return {name: found["value"] for name, found in draft["fields"].items()}
        if draft["kind"] == "plan":
            return dict(draft["task"])
        raise BadRequest(f"a plan is made from a brief or a plan, and {draft_id} is neither")
    if text_id is not None:
        read = read_brief(bench.text(text_id), bench.today)
        return {name: found.value for name, found in read.fields.items()}
    return {}


def changed(fields: Mapping[str, Any], changes: Mapping[str, Any]) -> PlanTask:
    """The task with changes. A channel that is excluded is no longer wanted, and the other way round; a new budget
    replaces both bounds of the old one."""
    task = dict(fields)
    given = {name: value for name, value in changes.items() if value is not None}
    if "budget_max" in given:
        task.pop("budget_min", None)
    out = set(given.get("excluded_channels") or ())
    wanted = set(given.get("channels") or ())
    if out:
        task["channels"] = [name for name in task.get("channels") or () if name not in out]
        given["excluded_channels"] = sorted(out | set(task.get("excluded_channels") or ()))
    if wanted:
        before = given.get("excluded_channels") or task.get("excluded_channels") or ()
        given["excluded_channels"] = [name for name in before if name not in wanted]
    return task_from_fields({**task, **given})


def offer_draft(bench: Workbench, draft_id: str, discount: float = 0.0) -> dict[str, Any]:
    """Draft an offer from a plan draft, with a discount as a share in [0, 1). It binds nobody until a person approves
    its hash."""
    draft = bench.draft(draft_id)
    if draft["kind"] != "plan" or not draft["plan"]:
        raise BadRequest(f"an offer is made from a plan, and {draft_id} is none")
    task = PlanTask.model_validate(draft["task"])
    seed = json.dumps([task.client, task.product, draft_id], ensure_ascii=False)
    offer_id = "OF-" + hashlib.blake2b(seed.encode(), digest_size=6).hexdigest().upper()
    offer = build_offer(
        MediaPlan.model_validate(draft["plan"]),
        task,
        _reference(bench),
        load_clauses(),
        offer_id=offer_id,
        number=offer_id,
        made_on=bench.today,
        discount=Decimal(str(discount)),
        lang=bench.lang,
    )
    return {
        "kind": "offer",
        "plan_draft": draft_id,
        "offer": offer.model_dump(mode="json"),
        "plan": draft["plan"],
        "task": draft["task"],
        "lang": bench.lang,
    }


def legal_review(
    bench: Workbench, text_id: str, text_kind: str | None = None, side: str = "seller"
) -> dict[str, Any]:
    """Review a contract, or hold an advertising text against the law as it stands today: findings with quote, norm and
    suggestion, worst first."""
    assessed = assess(
        bench.text(text_id),
        on=bench.today,
        kind="advertisement" if text_kind == "ad" else "contract" if text_kind == "contract" else None,
        side="client" if side == "client" else "seller",
    )
    risks = [finding for finding in assessed.findings if finding.kind != "present"]
    order = {"critical": 0, "high": 1, "medium": 2, "low": 3, "info": 4}
    risks.sort(key=lambda finding: (order.get(finding.severity, 5), finding.start))
    return {
        "kind": "review",
        "text_id": text_id,
        "judged_as": assessed.kind,
        "coverage": assessed.coverage,
        "checked": len(assessed.checked),
        "risks": [plain(finding) for finding in risks],
        "read_at": bench.today.isoformat(),
    }


def lead_qualification(bench: Workbench, text_id: str) -> dict[str, Any]:
    """Qualify a lead by BANT and CHAMP from notes or mails: each letter met, unmet or unknown with its quote, the
    verdict, the one fact that would change it, the next question."""
    found = qualify([Source(id=text_id, text=bench.text(text_id))], bench.today, None, None, bench.lang)
    return {"kind": "qualification", "text_id": text_id, **found.model_dump(mode="json")}


def _reference(bench: Workbench) -> Reference:
    return load_reference(demo=bench.sample_prices)
