"""Legal findings in English: every rule in force speaks it, and nothing but its words changes."""

from __future__ import annotations

import re
from datetime import date

import pytest

from tools.legal_english import in_english, rule_words
from tools.legal_risk import assess
from tools.rules import Rule, advertising_law, playbook

DAY = date(2026, 11, 20)
RULES = (*advertising_law().rules, *playbook().rules)
FIRST = {rule.id: rule for rule in reversed(RULES)}
CYRILLIC = re.compile("[А-Яа-яЁё]")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.id}-{rule.valid_from}")
def test_every_rule_has_english_for_each_sentence_it_can_speak(rule: Rule) -> None:
    words = rule_words()[rule.id]
    for trigger in rule.trigger:
        assert trigger.why is None or trigger.why == rule.why or trigger.why in words.also, trigger.why
        assert trigger.suggestion is None or trigger.suggestion == rule.suggestion, trigger.suggestion
    first = FIRST[rule.id]
    for said, of_first in (
        (rule.title, first.title),
        (rule.why, first.why),
        (rule.suggestion, first.suggestion),
    ):
        # Another version of a rule that says something else has English of its own.
        assert said == of_first or said in words.also, said


def test_the_words_belong_to_rules_that_exist() -> None:
    assert set(rule_words()) <= {rule.id for rule in (*advertising_law().rules, *playbook().rules)}


@pytest.mark.parametrize("rule_id", sorted(rule_words()))
def test_the_english_holds_no_russian_but_the_label_it_prescribes(rule_id: str) -> None:
    words = rule_words()[rule_id]
    for said in (words.title, words.why, words.suggestion, *words.also.values()):
        assert said
        assert not CYRILLIC.search(said.replace("«Реклама»", "")), said


def test_a_finding_in_english_keeps_its_quote_and_its_norm() -> None:
    found = assess("Лучший банк страны! Вклады в Instagram.", on=DAY, kind="advertisement").findings
    superlative = next(one for one in found if one.rule_id == "AD5-3-1")
    said = in_english(superlative)
    assert said.title == "Superlative without a basis of comparison"
    assert not CYRILLIC.search(said.why + said.suggestion)
    kept = {"rule_id", "kind", "severity", "quote", "start", "end", "clause", "law", "read_at", "found_by"}
    assert said.model_dump(include=kept) == superlative.model_dump(include=kept)


def test_a_sentence_that_a_model_wrote_is_left_as_it_is() -> None:
    found = assess("Лучший банк страны!", on=DAY, kind="advertisement").findings
    by_model = found[0].model_copy(update={"found_by": "model"})
    assert in_english(by_model) == by_model


def test_a_sentence_with_figures_of_the_text_is_not_lost() -> None:
    found = assess("Лучший банк страны!", on=DAY, kind="advertisement").findings
    computed = found[0].model_copy(update={"why": "В договоре 100 руб., согласовано 120 руб."})
    assert in_english(computed).why == computed.why
