"""Every rule proves itself by its own cases, on both sides of its dates."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tools import adlaw
from tools.contract.review import review as review_contract
from tools.rules import Case, Rule, advertising_law, playbook

TODAY = date(2026, 11, 22)

AD_CASES = [
    pytest.param(rule, case, id=f"{rule.id}-{rule.valid_from}-{number}")
    for rule in advertising_law().rules
    for number, case in enumerate(rule.case)
]


@pytest.mark.parametrize(("rule", "case"), AD_CASES)
def test_advertising_rule_keeps_its_case(rule: Rule, case: Case) -> None:
    review = adlaw.check(
        case.text,
        on=case.on or rule.valid_to or TODAY,
        category=case.category,
        channels=case.channels or None,
        facts=case.facts,
    )
    found = [finding for finding in review.findings if finding.rule_id == rule.id]
    assert bool(found) is case.fires, [finding.quote for finding in review.findings]
    for finding in review.findings:
        assert case.text[finding.start : finding.end] == finding.quote
    if case.kind:
        assert case.kind in {finding.kind for finding in found}


@pytest.mark.parametrize("rule", advertising_law().rules, ids=lambda rule: rule.id)
def test_rule_has_a_text_that_triggers_it_and_a_near_miss(rule: Rule) -> None:
    assert {case.fires for case in rule.case} == {True, False}


@pytest.mark.parametrize("rule", advertising_law().rules, ids=lambda rule: rule.id)
def test_rule_is_silent_before_it_is_in_force(rule: Rule) -> None:
    case = next(case for case in rule.case if case.fires)
    review = adlaw.check(
        case.text,
        on=rule.valid_from - timedelta(days=1),
        category=case.category,
        channels=case.channels or None,
        facts=case.facts,
    )
    assert rule.id not in {finding.rule_id for finding in review.findings}


PLAYBOOK_CASES = [
    pytest.param(rule, case, id=f"{rule.id}-{rule.valid_from}-{number}")
    for rule in playbook().rules
    for number, case in enumerate(rule.case)
]


@pytest.mark.parametrize(("rule", "case"), PLAYBOOK_CASES)
def test_playbook_rule_keeps_its_case(rule: Rule, case: Case) -> None:
    review = review_contract(
        case.text, on=case.on or rule.valid_to or TODAY, whole=case.whole, side=case.side
    )
    found = [finding for finding in review.risks if finding.rule_id == rule.id]
    assert bool(found) is case.fires, [(finding.rule_id, finding.quote) for finding in review.risks]
    for finding in review.findings:
        assert case.text[finding.start : finding.end] == finding.quote
    if case.kind:
        assert case.kind in {finding.kind for finding in found}


@pytest.mark.parametrize(
    "rule", [rule for rule in playbook().rules if not rule.id.startswith("DEAL-")], ids=lambda rule: rule.id
)
def test_playbook_rule_has_a_text_that_triggers_it_and_a_near_miss(rule: Rule) -> None:
    assert {case.fires for case in rule.case} == {True, False}


def test_every_check_of_the_playbook_is_there() -> None:
    assert {f"K{number:02}" for number in range(1, 49)} <= {rule.id for rule in playbook().rules}
