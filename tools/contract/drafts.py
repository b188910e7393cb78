"""Two drafts of one contract: what changed in risk."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.contract.review import Review
from tools.rules import Finding, Severity

Change = Literal["appeared", "gone", "heavier", "lighter", "reworded"]

_ORDER: tuple[Severity, ...] = ("info", "low", "medium", "high")


class RiskChange(BaseModel):
    """One risk that is not the same in both drafts."""

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    change: Change = Field(description="reworded: the risk stays with the same weight, its words differ")
    before: Finding | None
    after: Finding | None


def _said(finding: Finding) -> str:
    return " ".join(finding.quote.casefold().split())


def _pairs(before: list[Finding], after: list[Finding]) -> list[tuple[Finding | None, Finding | None]]:
    """Findings of one rule matched first by their words, then in order of the text."""
    left, right = list(before), list(after)
    pairs: list[tuple[Finding | None, Finding | None]] = []
    for finding in before:
        twin = next((other for other in right if _said(other) == _said(finding)), None)
        if twin is not None:
            left.remove(finding)
            right.remove(twin)
            pairs.append((finding, twin))
    while left or right:
        pairs.append((left.pop(0) if left else None, right.pop(0) if right else None))
    return pairs


def _change(before: Finding | None, after: Finding | None) -> Change | None:
    if before is None:
        return "appeared"
    if after is None:
        return "gone"
    was, now = _ORDER.index(before.severity), _ORDER.index(after.severity)
    if was != now:
        return "heavier" if now > was else "lighter"
    return None if _said(before) == _said(after) else "reworded"


def compare(before: Review, after: Review) -> tuple[RiskChange, ...]:
    """What changed in risk between two reviewed drafts, appeared and heavier risks first."""
    rules = dict.fromkeys(finding.rule_id for review in (after, before) for finding in review.risks)
    changes = []
    for rule_id in rules:
        own = [
            [finding for finding in review.risks if finding.rule_id == rule_id] for review in (before, after)
        ]
        for was, now in _pairs(*own):
            change = _change(was, now)
            if change is not None:
                title = (now or was).title  # type: ignore[union-attr]
                changes.append(RiskChange(rule_id=rule_id, title=title, change=change, before=was, after=now))
    order: tuple[Change, ...] = ("appeared", "heavier", "reworded", "lighter", "gone")
    return tuple(sorted(changes, key=lambda each: (order.index(each.change), each.rule_id)))
