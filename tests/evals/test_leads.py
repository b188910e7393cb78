"""The bars of lead qualification hold on the notes that ship, and no letter outlives its quote."""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evals.bars import bars, missed
from evals.leads import SETS, Case, cases, judged, outlived, score


@pytest.mark.parametrize("name", SETS)
def test_states_are_right_above_the_bar(name: str) -> None:
    result = score((name,))
    assert missed(result, bars("leads")) == [], result["misses"]


def test_there_are_enough_leads_of_the_hard_kinds() -> None:
    found = list(cases())
    assert len(found) >= 60
    traits = {trait for case in found for trait in case.traits}
    assert {"negation", "hearsay", "contradiction", "past", "conditional", "english", "question"} <= traits


@pytest.mark.parametrize("name", SETS)
def test_a_letter_falls_with_its_quote(name: str) -> None:
    assert {case.id: wrong for case in cases(name) if (wrong := outlived(case))} == {}


SENTENCES = sorted(
    {one.strip() for name in SETS for case in cases(name) for one in re.split(r"(?<=[.!?])\s+", case.text)}
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=6, unique=True))
def test_in_any_mixture_of_sentences_a_letter_falls_with_its_quote(sentences: list[str]) -> None:
    case = Case("mixed", " ".join(sentences), {}, (), date(2026, 11, 22))
    assert outlived(case) == []


BESIDE_THE_POINT = (
    "На улице шёл снег.",
    "Связь была хорошая.",
    "Офис у них на третьем этаже.",
    "The line was clear.",
    "Трубку взяли с первого гудка.",
)


@pytest.mark.parametrize("name", SETS)
def test_a_sentence_beside_the_point_changes_no_letter(name: str) -> None:
    for number, case in enumerate(cases(name)):
        told = {letter: found.state for letter, found in judged(case).bant.items()}
        aside = BESIDE_THE_POINT[number % len(BESIDE_THE_POINT)]
        for text in (f"{aside}\n{case.text}", f"{case.text}\n{aside}"):
            again = judged(Case(case.id, text, {}, (), case.today))
            assert {letter: found.state for letter, found in again.bant.items()} == told, text


ONE_LETTER_EACH = {
    "budget": (
        "Бюджет утверждён.",
        "Денег на рекламу нет.",
        "Говорят, бюджет есть.",
        "They have a budget of $40k.",
    ),
    "authority": (
        "Решение принимаю я.",
        "Решает не он, а совет директоров.",
        "Секретарь сказала, что решает шеф.",
    ),
    "need": ("Нужны заявки на ремонт.", "Реклама им не нужна.", "We need more qualified leads."),
    "timing": ("Старт в марте.", "Запуск отложили на неопределённый срок.", "Сроки не назвали."),
}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.tuples(*(st.sampled_from(each) for each in ONE_LETTER_EACH.values())), st.permutations(range(4)))
def test_sentences_about_different_letters_may_stand_in_any_order(
    told: tuple[str, ...], order: list[int]
) -> None:
    def states(texts: list[str]) -> dict[str, str]:
        found = judged(Case("mixed", " ".join(texts), {}, (), date(2026, 11, 22))).bant
        return {letter: each.state for letter, each in found.items()}

    assert states([told[place] for place in order]) == states(list(told))


def test_the_same_notes_give_the_same_answer() -> None:
    case = next(iter(cases()))
    assert judged(case) == judged(case)
