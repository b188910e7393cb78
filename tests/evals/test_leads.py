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


def test_the_same_notes_give_the_same_answer() -> None:
    case = next(iter(cases()))
    assert judged(case) == judged(case)
