"""Assist: the legal review of a contract or an advertisement, by rules, and with a model where one is configured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Body, Request
from pydantic import ValidationError

from api.account import accounted
from api.assist_text import legal_text
from api.assistance import Assignment, AssistAnswer, answered, day_of, text_of
from api.deals import house_of
from api.wiring import House, chat_endpoint
from masterdeal.errors import BadRequest
from tools.contract.crosscheck import AgreedDeal
from tools.drafting import plain
from tools.knowledge.citation import Reference
from tools.legal_english import in_english
from tools.legal_risk import Assessment, Kind, assess
from tools.rules import Finding, Side

if TYPE_CHECKING:
    from agents.legal_findings import Added

router = APIRouter(prefix="/v1/assist", tags=["assist"])

KINDS: Final[dict[str, Kind]] = {
    "contract": "contract", "ad": "advertisement", "advertisement": "advertisement",
}  # fmt: skip
_OF_A_DOCUMENT: Final = frozenset({"date", "side", "kind"})


@dataclass(frozen=True)
class Assessed:
    """A text that was judged, as what, and what a model added."""

    text: str
    assessment: Assessment
    on: date
    side: Side
    dates: tuple[date, ...]
    compared: frozenset[str]
    added: Added | None


@router.post("/legal", response_model=AssistAnswer, response_model_exclude_none=True)
def assist_legal(request: Request, body: Annotated[Assignment, Body()]) -> Any:
    """Review a contract, or hold an advertising text against the law. `options.date` is the date the law is read at;
    `kind` (contract | ad) is judged from the text unless given; `side` (seller | client), `category`, `channels`,
    `dates`, `facts`, `deal` say what is known beside the text. A configured model may point out more places, each with
    a quote that stands in the text and a rule or article that exists (`found_by: model`); `llm.dropped` counts what was
    left out; `options.model` false leaves it unasked. `result.files` says where the memo for a lawyer is."""
    house = house_of(request)
    return accounted(house, request, "legal", legal(house, body))


def legal(house: House, body: Assignment) -> dict[str, Any]:
    """The same, for whoever has the house at hand."""
    return told(assessed(house, body), body)


def told(judged: Assessed, body: Assignment) -> dict[str, Any]:
    """The answer about a judged text."""
    assessment, found = judged.assessment, judged.assessment.findings
    result = {
        "kind": assessment.kind,
        "side": judged.side,
        "coverage": assessment.coverage,
        "checked": [plain(check) for check in assessment.checked],
        "clauses": [plain(clause) for clause in assessment.clauses],
        "files": [_memo_of(body)],
    }
    findings = [plain(finding) for finding in found]
    text = legal_text(found, body.lang)
    answer = answered("legal", body, result, _legal_evidence(found), text, findings)
    if judged.added is not None:
        answer["mode"] = "rules" if judged.added.note and not judged.added.proposed else "llm"
        answer["llm"] = {
            **judged.added.account,
            "proposed": judged.added.proposed,
            "kept": len(judged.added.findings),
            "dropped": judged.added.dropped,
            "note": judged.added.note,
        }
    return answer


def assessed(house: House, body: Assignment) -> Assessed:
    """Judge the text of an assignment. BadRequest for options that say nothing."""
    text, options = text_of(body, house), body.options
    on = day_of(options, house)
    side: Side = "client" if options.get("side") == "client" else "seller"
    given = options.get("kind")
    if given is not None and given not in KINDS:
        raise BadRequest(f"options.kind: {given!r} is neither contract nor ad", where="body/options/kind")
    channels, facts = options.get("channels"), options.get("facts")
    try:
        deal = AgreedDeal.model_validate(options["deal"]) if options.get("deal") else None
    except ValidationError as error:
        raise BadRequest(f"options.deal: {error.errors()[0]['msg']}", where="body/options/deal") from None
    dates = tuple(_days(options, "dates"))
    assessment = assess(
        text,
        on=on,
        kind=KINDS[given] if given is not None else None,
        side=side,
        category=options.get("category"),
        channels=[str(channel) for channel in channels] if isinstance(channels, list) else None,
        dates=dates,
        facts=facts if isinstance(facts, dict) else None,
        deal=deal,
    )
    added = _added(house, text, assessment, on, side) if options.get("model") is not False else None
    if added is not None:
        findings = sorted((*assessment.findings, *added.findings), key=lambda one: (one.start, one.rule_id))
        assessment = assessment.model_copy(update={"findings": tuple(findings)})
    if body.lang == "en":
        spoken = tuple(in_english(finding) for finding in assessment.findings)
        assessment = assessment.model_copy(update={"findings": spoken})
    compared = deal.compared if deal else frozenset()
    return Assessed(text, assessment, on, side, dates, compared, added)


def _added(house: House, text: str, assessment: Assessment, on: date, side: Side) -> Added | None:
    endpoint = chat_endpoint(house.settings)
    if endpoint is None:
        return None
    from agents.legal_findings import add_findings

    def article(reference: Reference) -> str | None:
        return house.knowledge.library.article(reference)

    return add_findings(endpoint, text, assessment.findings, on=on, side=side, article=article)


def _memo_of(body: Assignment) -> dict[str, Any]:
    """Where the memo is: of a document by its address, of a text by sending the same request there."""
    media = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    given = {name: value for name, value in body.options.items() if value is not None}
    if body.document_id is not None and not body.text and set(given) <= _OF_A_DOCUMENT:
        query = urlencode({**given, "lang": body.lang})
        href, method = f"/v1/documents/{body.document_id}/memo.docx?{query}", "GET"
    else:
        href, method = "/v1/assist/legal/memo", "POST"
    return {"name": "memo.docx", "href": href, "method": method, "media_type": media}


def _days(options: Mapping[str, Any], name: str) -> list[date]:
    given = options.get(name) or []
    try:
        return [date.fromisoformat(str(day)[:10]) for day in ([given] if isinstance(given, str) else given)]
    except (TypeError, ValueError):
        raise BadRequest(f"options.{name}: dates are wanted", where=f"body/options/{name}") from None


def _legal_evidence(found: tuple[Finding, ...]) -> list[dict[str, Any]]:
    return [
        {
            "id": f"e{number}",
            "kind": "document" if finding.quote else "law",
            "path": f"findings/{number - 1}/{finding.rule_id}",
            "value": finding.rule_id,
            "quote": finding.quote or None,
            "start": finding.start,
            "end": finding.end,
        }
        for number, finding in enumerate(found, 1)
    ]
