"""A risk memo as words, the same for every paper it is printed on: verdict, findings, cross-checks, what was looked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import zip_longest
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.adlaw import AdChecked
from tools.contract.review import AssignedClause, Checked
from tools.legal_risk import Assessment
from tools.paper.wording import day, labels
from tools.rules import Finding, Law, Side, advertising_law, playbook

Verdict = Literal["do_not_sign", "sign_after_changes", "minor", "clear"]

_WEIGHTS: Final = ("high", "medium", "low", "info")
_CROSSCHECKS: Final = ("REQ-", "SUM-", "DEAL-")
_NOT_THERE: Final = frozenset({"absent", "not_found", "not_claimed", "unknown"})


class Reviewed(BaseModel):
    """A document that was assessed, and what is known of it beside its text."""

    model_config = ConfigDict(frozen=True)

    name: str
    text: str
    sha256: str = Field(description="Hex digest of the file, or of the text where there is no file")
    assessment: Assessment
    on: date = Field(description="The day the memo is made")
    side: Side
    dates: tuple[date, ...] = Field(
        default=(), description="Days of performance or placement that were named"
    )
    master_deal_id: str | None = None
    compared: frozenset[str] = Field(
        default=frozenset(), description="Cross-checks with the deal that had something to compare with"
    )
    dropped: int = Field(default=0, description="Proposals of a model that were left out")


def verdict(findings: Sequence[Finding]) -> Verdict:
    """What the risks found by rules come to, by their heaviest; what a model proposed decides nothing."""
    weights = {
        finding.severity for finding in findings if finding.kind != "present" and finding.found_by == "rules"
    }
    if "high" in weights:
        return "do_not_sign"
    if "medium" in weights:
        return "sign_after_changes"
    return "minor" if weights else "clear"


def memo_view(reviewed: Reviewed, lang: str = "ru") -> dict[str, Any]:
    """What a template needs, JSON-ready. Nothing is judged here but the verdict."""
    word = labels(lang, "memo.toml")
    assessment = reviewed.assessment
    risks = [finding for finding in assessment.findings if finding.kind != "present"]
    return {
        "label": dict(word),
        "head": _head(reviewed, word),
        "verdict": word[verdict(risks)].format(**_counted(risks)),
        "remarks": _remarks(reviewed, risks, word),
        "findings": [_finding(number, risk, word) for number, risk in enumerate(_ordered(risks), 1)],
        "crosschecks": [
            {"title": f"{check.rule_id}. {check.title}", "outcome": _crosschecked(reviewed, check, word)}
            for check in assessment.checked
            if check.rule_id.startswith(_CROSSCHECKS)
        ],
        "confirmed": [
            {
                "title": f"{finding.rule_id}. {finding.title}",
                "clause": _clause(finding, word),
                "quote": finding.quote,
            }
            for finding in assessment.findings
            if finding.kind == "present"
        ],
        "looked_for": [_looked_for(check, word) for check in assessment.checked if _is_missing(check)],
        "unread": _unread(reviewed, word),
    }


def _ordered(risks: Sequence[Finding]) -> list[Finding]:
    return sorted(
        risks, key=lambda risk: (_WEIGHTS.index(risk.severity), not risk.quote, risk.start, risk.rule_id)
    )


def _counted(risks: Sequence[Finding]) -> dict[str, int]:
    weights = Counter(risk.severity for risk in risks if risk.found_by == "rules")
    return {"high": weights["high"], "medium": weights["medium"], "low": weights["low"] + weights["info"]}


def _head(reviewed: Reviewed, word: Mapping[str, str]) -> list[list[str]]:
    read = sorted(
        {reviewed.on, *reviewed.dates, *(finding.read_at for finding in reviewed.assessment.findings)}
    )
    rules = (*playbook().rules, *advertising_law().rules)
    rows = [
        [word["document"], reviewed.name],
        [word["digest"], reviewed.sha256],
        [word["made_on"], day(reviewed.on)],
        [word["side"], word[f"side_{reviewed.side}"]],
        [word["kind"], word[f"kind_{reviewed.assessment.kind}"]],
        [word["read_at"], ", ".join(map(day, read))],
        [word["rules"], f"{len(rules)}, {word['edition']} {playbook().edition}/{advertising_law().edition}"],
        [word["coverage"], f"{reviewed.assessment.coverage * 100:.0f} % {word['coverage_of']}"],
    ]
    if reviewed.master_deal_id:
        rows.insert(1, [word["deal"], reviewed.master_deal_id])
    return rows


def _remarks(reviewed: Reviewed, risks: Sequence[Finding], word: Mapping[str, str]) -> list[str]:
    """What limits the verdict."""
    states = Counter(check.state for check in reviewed.assessment.checked)
    unconfirmed = sum(risk.law.status == "needs_legal_review" for risk in risks)
    told = {
        "unproved": {"not_claimed": states["not_claimed"]},
        "unknown": {"unknown": states["unknown"]},
        "unconfirmed": {"unconfirmed": unconfirmed},
        "dropped": {"dropped": reviewed.dropped},
    }
    return [word[name].format(**count) for name, count in told.items() if any(count.values())]


def _finding(number: int, risk: Finding, word: Mapping[str, str]) -> dict[str, str]:
    return {
        "number": str(number),
        "title": f"{risk.rule_id}. {risk.title}",
        "severity": word[f"severity_{risk.severity}"],
        "weight": risk.severity,
        "kind": word["differs" if risk.rule_id.startswith(_CROSSCHECKS) else f"kind_of_{risk.kind}"]
        + (f"; {word['by_model']}" if risk.found_by == "model" else ""),
        "clause": _clause(risk, word),
        "quote": _quote(risk, word),
        "why": risk.why,
        "law": _law(risk.law, word),
        "suggestion": risk.suggestion,
    }


def _quote(risk: Finding, word: Mapping[str, str]) -> str:
    if risk.quote:
        return f"«{risk.quote}»"
    return word["whole_text"] if risk.rule_id.startswith(_CROSSCHECKS) else word["absent_quote"]


def _crosschecked(reviewed: Reviewed, check: Checked | AdChecked, word: Mapping[str, str]) -> str:
    if check.state == "adverse":
        return word["differs"]
    if isinstance(check, Checked) and not check.rule_id.startswith("DEAL-") and not check.clauses:
        return word["not_stated"]
    compared = check.rule_id in reviewed.compared or not check.rule_id.startswith("DEAL-")
    return word["agrees" if compared and check.state != "not_in_force" else "not_compared"]


def _clause(finding: Finding, word: Mapping[str, str]) -> str:
    return finding.clause or (word["without_number"] if finding.quote else "–")


def _law(law: Law, word: Mapping[str, str]) -> str:
    star = " *" if law.status == "needs_legal_review" else ""
    place = ", ".join([f"ст. {law.article}", *([law.part] if law.part else [])])
    if law.effective_from is None:
        return f"{law.act}, {place}{star}"
    until = f" {word['until']} {day(law.effective_to)}" if law.effective_to else ""
    return f"{law.act}, {place}{star}; {word['in_force']} {day(law.effective_from)}{until}"


def _is_missing(check: Checked | AdChecked) -> bool:
    return check.state in _NOT_THERE and not check.rule_id.startswith(_CROSSCHECKS)


def _looked_for(check: Checked | AdChecked, word: Mapping[str, str]) -> dict[str, str]:
    return {
        "title": f"{check.rule_id}. {check.title}",
        "requirement": f"{_requirement(check.rule_id)} ({word['phrases']}: {len(check.looked_for)})",
        "outcome": word[f"state_{check.state}"],
    }


def _requirement(rule_id: str) -> str:
    versions = playbook().versions(rule_id) or advertising_law().versions(rule_id)
    return versions[-1].requirement if versions else ""


def _heads(clause: AssignedClause, following: AssignedClause) -> bool:
    section = (clause.number or "").split()[-1:]
    return bool(section) and (following.number or "").startswith(f"{section[0]}.")


def _unread(reviewed: Reviewed, word: Mapping[str, str]) -> list[dict[str, str]]:
    """Clauses no check was about, with their first words; headings of sections that have clauses are left out."""
    rows = []
    for clause, following in zip_longest(reviewed.assessment.clauses, reviewed.assessment.clauses[1:]):
        if following is not None and _heads(clause, following):
            continue
        said = " ".join(reviewed.text[clause.start : clause.end].split())
        if not clause.checks and any(char.isalpha() for char in said):
            number = clause.number or word["without_number"]
            rows.append({"number": number, "text": said if len(said) <= 160 else said[:159] + "…"})
    return rows
