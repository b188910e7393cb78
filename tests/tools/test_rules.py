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


def _said(rule: Rule, case: Case, day: date) -> bool:
    review = adlaw.check(
        case.text,
        on=day,
        category=case.category,
        channels=case.channels or None,
        facts=case.facts,
    )
    return rule.id in {finding.rule_id for finding in review.findings}


@pytest.mark.parametrize("rule", advertising_law().rules, ids=lambda rule: f"{rule.id}-{rule.valid_from}")
def test_every_text_is_judged_right_on_both_sides_of_every_date(rule: Rule) -> None:
    others = [one for one in advertising_law().versions(rule.id) if one is not rule]
    inside = [rule.valid_from, *([rule.valid_to] if rule.valid_to else [])]
    outside = [
        rule.valid_from - timedelta(days=1),
        *([rule.valid_to + timedelta(days=1)] if rule.valid_to else []),
    ]
    for case in rule.case:
        if case.fires:
            assert all(_said(rule, case, day) for day in inside), case.text
        for day in outside:
            if not any(one.in_force(day) for one in others):
                assert not _said(rule, case, day), case.text


DATED = [rule for rule in playbook().rules if len(playbook().versions(rule.id)) > 1 or rule.valid_to]


@pytest.mark.parametrize("rule", DATED, ids=lambda rule: f"{rule.id}-{rule.valid_from}")
def test_a_dated_check_of_the_playbook_holds_on_its_days_alone(rule: Rule) -> None:
    case = next(case for case in rule.case if case.fires)
    inside = [rule.valid_from, *([rule.valid_to] if rule.valid_to else [])]
    outside = [rule.valid_from - timedelta(days=1)]
    for day in (*inside, *outside):
        review = review_contract(case.text, on=day, whole=case.whole, side=case.side)
        titles = {finding.title for finding in review.risks if finding.rule_id == rule.id}
        assert (rule.title in titles) is (day in inside), (day, titles)


BY_PERFORMANCE = [rule for rule in playbook().rules if rule.read_at == "performance" and rule.trigger]


@pytest.mark.parametrize("rule", BY_PERFORMANCE, ids=lambda rule: f"{rule.id}-{rule.valid_from}")
def test_a_check_read_at_performance_follows_the_days_of_service_not_the_signing(rule: Rule) -> None:
    """Signed a year before the law came, or a year after: the day of the service alone decides."""
    case = next(case for case in rule.case if case.fires)
    before = rule.valid_from - timedelta(days=1)
    for signed in (rule.valid_from - timedelta(days=365), rule.valid_from + timedelta(days=365)):
        for day in (before, rule.valid_from):
            review = review_contract(
                case.text, on=signed, performance=[day], whole=case.whole, side=case.side
            )
            titles = {finding.title for finding in review.risks if finding.rule_id == rule.id}
            assert (rule.title in titles) is (day == rule.valid_from), (signed, day, titles)


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
