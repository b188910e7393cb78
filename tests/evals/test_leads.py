"""The bars of lead qualification hold on the notes that ship, and no letter outlives its quote."""

from __future__ import annotations

import pytest

from evals.leads import cases, judged, outlived, score


def test_states_are_right_above_the_bar() -> None:
    result = score()
    assert result["bant_state_accuracy"] >= 0.95, result["misses"]  # type: ignore[operator]
    assert result["leads"] >= 60  # type: ignore[operator]


@pytest.mark.parametrize("case", list(cases()), ids=lambda case: case.id)
def test_a_letter_falls_with_its_quote(case: object) -> None:
    assert outlived(case) == []  # type: ignore[arg-type]


def test_the_order_of_undated_sources_is_the_only_order_that_counts() -> None:
    case = next(iter(cases()))
    assert judged(case) == judged(case)
