"""Reach models against values computed by hand, and their limits on the whole space."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.reach import (
    Interval,
    beta_binomial,
    binomial,
    campaign_reach,
    duplication_bounds,
    effective_contacts,
    exponential,
    negative_binomial,
    poisson_at_least,
    sainsbury,
)

people = st.floats(1, 2e8)
contacts = st.floats(0, 1e10)


def test_self_check_values():
    assert exponential(8e6, 3e6) / 3e6 == pytest.approx(0.9305, abs=5e-5)
    assert negative_binomial(8e6, 3e6, 0.8) / 3e6 == pytest.approx(0.6906, abs=5e-5)
    assert negative_binomial(8e6, 3e6, 2) / 3e6 == pytest.approx(0.8163, abs=5e-5)
    assert sainsbury([0.3, 0.2, 0.1]) == pytest.approx(0.496)
    assert binomial(0.15, 4) == pytest.approx(0.4780, abs=5e-5)
    assert beta_binomial(0.6, 3.4, 4) == pytest.approx(0.3845, abs=5e-5)


@given(contacts, people, st.floats(0.05, 50))
def test_reach_never_exceeds_people_or_contacts(impressions, universe, k):
    for reach in (exponential(impressions, universe), negative_binomial(impressions, universe, k)):
        assert 0 <= reach <= universe * (1 + 1e-12)
        assert reach <= impressions


@given(contacts, people)
def test_even_exposure_is_the_limit_of_uneven(impressions, universe):
    assert negative_binomial(impressions, universe, 1e7) == pytest.approx(
        exponential(impressions, universe), rel=1e-4, abs=1e-6
    )


@given(contacts, people, st.floats(0.1, 20))
def test_wear_out_runs_from_reach_to_impressions(impressions, universe, k):
    worn = effective_contacts(impressions, universe, k, 0.9)
    assert negative_binomial(impressions, universe, k) <= worn * (1 + 1e-9) + 1e-9
    assert worn <= impressions * (1 + 1e-9)
    assert effective_contacts(impressions, universe, k, 1) == impressions
    assert effective_contacts(impressions, universe, k, 0) == negative_binomial(impressions, universe, k)


@given(st.lists(st.floats(0, 1), max_size=8), st.floats(1, 1e8))
def test_campaign_reach_is_not_the_sum_of_lines(shares, universe):
    lines = [Interval(low=s * universe * 0.5, expected=s * universe, high=s * universe) for s in shares]
    union = campaign_reach(lines, universe)
    low, high = duplication_bounds([line.expected for line in lines], universe)
    assert low <= union.expected <= high
    assert union.low <= union.expected <= union.high <= universe


def test_at_least_once_is_exponential_reach():
    assert poisson_at_least(8 / 3, 1) == pytest.approx(exponential(8e6, 3e6) / 3e6)
    assert poisson_at_least(2.0, 3) == pytest.approx(0.3233, abs=5e-5)
