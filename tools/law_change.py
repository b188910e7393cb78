"""The law changed: which open contracts and plans it touches."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools import adlaw
from tools.contract.review import review as review_contract
from tools.rules import Finding, Rule, RuleSet, Side, advertising_law, playbook


class OpenMatter(BaseModel):
    """A signed contract or an approved plan that is still to be performed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: Literal["contract", "plan"]
    text: str = Field(description="Text of the contract, or of the advertisement or plan")
    signed_on: date
    service_from: date
    service_to: date
    category: str | None = None
    channels: tuple[str, ...] = ()


class Affected(BaseModel):
    """One matter a change of law touches, and how."""

    model_config = ConfigDict(frozen=True)

    matter_id: str
    rule_id: str
    change: Literal["begins", "ends"]
    changed_on: date
    first_day_touched: date = Field(description="First day of performance under the changed law")
    finding: Finding | None = Field(
        description="What the changed rule finds; None where a rule that was breached has ended"
    )


def _changes(rules: Iterable[Rule], since: date, until: date) -> tuple[list[Rule], list[Rule]]:
    """Rules that begin, and rules that end, after `since` and not after `until`."""
    begin, end = [], []
    for rule in rules:
        if since < rule.valid_from <= until:
            begin.append(rule)
        if rule.valid_to is not None and since < rule.valid_to + timedelta(days=1) <= until:
            end.append(rule)
    return begin, end


def _found(rule: Rule, matter: OpenMatter, day: date, side: Side) -> list[Finding]:
    only = RuleSet(rules=(rule,))
    if matter.kind == "contract":
        review = review_contract(
            matter.text, on=matter.signed_on, performance=(day,), side=side, rules=only, whole=True
        )
        found = list(review.risks)
        if not found and rule.read_at == "signing":
            found = list(review_contract(matter.text, on=day, side=side, rules=only, whole=True).risks)
        return found
    review_of_plan = adlaw.check(
        matter.text, on=day, category=matter.category, channels=matter.channels or None, side=side, rules=only
    )
    return [finding for finding in review_of_plan.findings if finding.kind != "present"]


def affected(
    since: date,
    until: date,
    matters: Iterable[OpenMatter],
    *,
    side: Side = "seller",
    rules: RuleSet | None = None,
) -> tuple[Affected, ...]:
    """Every open matter whose performance meets a rule that began or ended after `since` and not after `until`.

    A matter is touched only if the changed rule speaks on its own text, category and channels.
    """
    book = rules.rules if rules else (*playbook().rules, *advertising_law().rules)
    begin, end = _changes(book, since, until)
    touched: list[Affected] = []
    for matter in matters:
        for rule in begin:
            day = max(rule.valid_from, matter.service_from)
            if day > matter.service_to or not rule.trigger:
                continue
            touched += [
                Affected(
                    matter_id=matter.id, rule_id=rule.id, change="begins", changed_on=rule.valid_from,
                    first_day_touched=day, finding=finding,
                )
                for finding in _found(rule, matter, day, side)[:1]
            ]  # fmt: skip
        for rule in end:
            if rule.valid_to is None or matter.service_to <= rule.valid_to or not rule.trigger:
                continue
            day = max(rule.valid_to + timedelta(days=1), matter.service_from)
            before = min(rule.valid_to, max(matter.service_from, rule.valid_from))
            if _found(rule, matter, before, side):
                touched.append(
                    Affected(
                        matter_id=matter.id, rule_id=rule.id, change="ends", changed_on=day,
                        first_day_touched=day, finding=None,
                    )
                )  # fmt: skip
    return tuple(touched)
