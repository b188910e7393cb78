"""Qualification: a letter is known only by a quote that says so plainly, and the verdict follows from the letters."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masterdeal.errors import Misconfigured, NotFound
from tools.qualification.icp import Company, abm_tiers, fit_to_profile, tier_of
from tools.qualification.qualify import Source, qualify
from tools.qualification.tables import LETTERS, lexicon
from tools.qualification.verdict import BANT, LetterFact, decide, flip, verdict_rule
from tools.qualification.words import compile_patterns

TODAY = date(2026, 11, 22)


def states(text: str) -> dict[str, str]:
    found = qualify([Source(id="s", text=text)], today=TODAY).bant
    return {letter: found[letter].state for letter in BANT if found[letter].state != "unknown"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Бюджет утверждён.", {"budget": "met"}),
        ("Бюджет не утверждён.", {"budget": "unmet"}),
        ("Бюджета на рекламу, к сожалению, нет.", {"budget": "unmet"}),
        ("Нет, бюджет утверждён.", {"budget": "met"}),
        ("Говорят, бюджет утверждён.", {}),
        ("Клиенты говорят, что бюджет утверждён.", {"budget": "met"}),
        ("В прошлом году был бюджет 5 млн.", {}),
        ("В прошлом году бюджета не было, сейчас выделили 3 млн.", {"budget": "met"}),
        ("Если бюджет утвердят, начнём.", {}),
        ("Бюджет утверждён?", {}),
        ("Утверждён ли бюджет, не сказали.", {}),
        ("Бюджет не озвучили.", {}),
        ("Бюджет — не проблема.", {"budget": "met"}),
        ("Оборот 2 млрд рублей.", {}),
        ("Нужно 3 млн показов.", {"need": "met"}),
        ("Решение принимаю я.", {"authority": "met"}),
        ("Решение принимаю не я.", {"authority": "unmet"}),
        ("Кто принимает решение?", {}),
        ("Реклама не нужна.", {"need": "unmet"}),
        ("Старт в марте.", {"timing": "met"}),
        ("Созвон 12.11.", {}),
        ("No budget.", {"budget": "unmet"}),
        ("Budget is not a problem.", {"budget": "met"}),
        ("If the budget is approved, we start in May.", {}),
        ("Бюджетный отель в центре.", {}),
    ],
)
def test_what_a_sentence_says(text: str, expected: dict[str, str]) -> None:
    assert states(text) == expected


def test_quotes_are_verbatim_and_weak_statements_say_why() -> None:
    text = "Звонок.\nГоворят, бюджет есть. Решаю я."
    found = qualify([Source(id="call", text=text)], today=TODAY).bant
    budget, authority = found["budget"], found["authority"]
    assert (budget.state, budget.level) == ("unknown", 1)
    assert budget.quotes[0].weak_because == "с чужих слов или предположение"
    assert authority.quote == "Решаю я."
    assert text[authority.start : authority.end] == authority.quote
    assert authority.source == "call"


def test_later_holds_over_earlier_and_both_are_shown() -> None:
    early = Source(id="mail", text="Бюджета нет.", said_on=date(2026, 10, 1))
    late = Source(id="call", text="Бюджет утвердили.", said_on=date(2026, 11, 1))
    for order in ([early, late], [late, early]):
        result = qualify(order, today=TODAY)
        assert result.bant["budget"].state == "met"
        (contradiction,) = result.contradictions
        assert (contradiction.earlier.source, contradiction.later.source) == ("mail", "call")
        assert contradiction.resolved


def test_dated_entries_are_read_in_order_of_time_not_of_place() -> None:
    newest_first = "20.11.2026 Бюджет урезали, денег нет.\n01.11.2026 Бюджет утвердили, 2 млн."
    assert states(newest_first)["budget"] == "unmet"


def test_an_open_contradiction_keeps_a_lead_from_being_qualified() -> None:
    text = "Бюджета нет. Решаю я. Нужна реклама. Старт в марте. Бюджет утверждён."
    result = qualify([Source(id="s", text=text)], today=TODAY)
    assert result.verdict == "undecided"
    assert result.flip is not None
    assert (result.flip.current, result.flip.letter, result.flip.verdict) == (
        "contradicted",
        "budget",
        "qualified",
    )
    assert (
        qualify([Source(id="s", text=text)], today=TODAY, rule=verdict_rule("dynamics365")).verdict
        == "qualified"
    )


def test_a_second_source_confirms() -> None:
    stated = Source(id="call", text="Бюджет утверждён.")
    assert qualify([stated], today=TODAY).bant["budget"].level == 2
    assert qualify([stated, Source(id="mail", text="Бюджет 3 млн.")], today=TODAY).bant["budget"].level == 3
    assert (
        qualify([Source(id="rfp", text="Бюджет 3 млн.", kind="document")], today=TODAY).bant["budget"].level
        == 3
    )


def test_nothing_said_is_undecided_by_the_house_rule_and_never_a_no() -> None:
    result = qualify([], today=TODAY)
    assert result.verdict == "undecided"
    assert result.flip is None
    assert result.next_question
    assert {found.state for found in (*result.bant.values(), *result.champ.values())} == {"unknown"}
    assert (result.bant_score, result.champ_score, result.tier) == (0, 0, None)
    assert qualify([], today=TODAY, rule=verdict_rule("dynamics365")).verdict == "not_qualified"


def test_champ_follows_its_own_letters() -> None:
    text = "Упали продажи. Бюджет 3 млн. Это приоритет номер один."
    champ = qualify([Source(id="s", text=text)], today=TODAY).champ
    assert {name: found.state for name, found in champ.items()} == {
        "challenges": "met", "authority": "unknown", "money": "met", "prioritization": "met",
    }  # fmt: skip


FACTS = [
    LetterFact(state=state, level=level, contradicted=torn)
    for state, level in (("met", 2), ("met", 1), ("unmet", 2), ("unknown", 0))
    for torn in (False, True)
    if not (torn and state == "unknown")
]


@pytest.mark.parametrize("name", ["default", "dynamics365"])
def test_a_flip_is_one_letter_and_really_changes_the_verdict(name: str) -> None:
    rule = verdict_rule(name)
    for facts in product(FACTS, repeat=4):
        letters = dict(zip(BANT, facts, strict=True))
        now, turn = decide(letters, rule), flip(letters, rule)
        changes = [
            (letter, state)
            for letter in BANT
            for state in ("met", "unmet", "unknown")
            if decide(
                {**letters, letter: LetterFact(state=state, level=2 if state != "unknown" else 0)}, rule
            )
            != now
        ]
        if turn is None:
            assert not [
                (letter, state) for letter, state in changes if letters[letter].state != state or letters[letter].contradicted
            ] or (name == "default" and any(fact.level == 1 for fact in facts))  # fmt: skip
        else:
            level = 0 if turn.needed == "unknown" else max(2, letters[turn.letter].level)
            changed = {**letters, turn.letter: LetterFact(state=turn.needed, level=level)}
            assert decide(changed, rule) == turn.verdict != now


def test_unknown_never_counts_as_no() -> None:
    rule = verdict_rule()
    for facts in product(FACTS, repeat=4):
        letters = dict(zip(BANT, facts, strict=True))
        if decide(letters, rule) == "not_qualified":
            assert sum(fact.state == "unmet" for fact in facts) >= 2


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200) | st.lists(st.sampled_from(
    ["бюджет", "нет", "не", "утверждён", "если", "говорят", "решаю", "я", "нужна", "реклама", "старт", "в", "марте", ".", ",", "?", "но", "3", "млн", "\n", "no", "budget", "12.11"]
), max_size=25).map(" ".join))  # fmt: skip
def test_any_text_is_answered_with_quotes_that_stand_in_it(text: str) -> None:
    result = qualify([Source(id="s", text=text)], today=TODAY)
    for found in (*result.bant.values(), *result.champ.values()):
        for quote in found.quotes:
            assert text[quote.start : quote.end] == quote.quote
        if found.state != "unknown":
            assert found.quote
            assert found.level >= 2
            assert text[found.start : found.end] == found.quote


def test_every_letter_has_words_for_yes_and_for_no() -> None:
    said = {(cue.letter, cue.says) for cue in lexicon().cues}
    assert {(letter, says) for letter in LETTERS for says in ("met", "unmet")} <= said


def test_tables_that_do_not_fit_are_named() -> None:
    with pytest.raises(Misconfigured):
        compile_patterns("@нет_такого_списка", {})
    with pytest.raises(NotFound):
        verdict_rule("unknown")


def test_the_profile_is_judged_by_what_is_known() -> None:
    nothing = fit_to_profile(Company())
    assert (nothing.state, nothing.score, len(nothing.unknown)) == ("unknown", None, 5)
    retail = Company(okved="47.11", revenue=Decimal(3_000_000_000), campaigns=5, budget=Decimal(5_000_000))
    good = fit_to_profile(retail)
    assert (good.state, good.score, good.legal_risk) == ("fit", 100.0, "none")
    brewery = fit_to_profile(Company(okved="11.05", employees=10))
    assert brewery.legal_risk == "prohibitive"
    assert brewery.state == "unfit"
    by_word = fit_to_profile(Company(industry="Сеть аптек"))
    assert by_word.legal_risk == "high"
    assert by_word.lowest <= (by_word.score or 0) <= 100
    assert fit_to_profile(Company(okved="46.46.1")).legal_risk == "high"
    assert fit_to_profile(Company(okved="46.9")).legal_risk == "none"


def test_tiers_of_one_account_and_of_a_portfolio() -> None:
    assert tier_of(None, 100) is None
    assert [tier_of(90, 80), tier_of(60, 40), tier_of(90, 10)] == [1, 2, 3]
    tiers = abm_tiers({f"a{n:03}": (n, 50) for n in range(100)})
    assert sorted(tiers.values()).count(1) == 5
    assert sorted(tiers.values()).count(2) == 20
    assert tiers["a099"] == 1
    assert abm_tiers({}) == {}
