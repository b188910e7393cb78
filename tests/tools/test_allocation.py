"""The allocation against brute force, its bound, and what it never does."""

from itertools import product
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.allocation.curves import Linear, Missed, Saturating
from tools.allocation.optimum import Limits, Option, allocate, spread

shapes = st.sampled_from([0.4, 1.0, 3.0, inf])
curves = st.one_of(
    st.builds(Linear, st.floats(0.1, 5)),
    st.builds(Saturating, st.floats(1, 50), st.floats(0.5, 20), shapes),
    st.builds(Missed, st.floats(0.1, 1), st.floats(0.5, 20), shapes),
)


@st.composite
def problems(draw):
    options = []
    for i in range(draw(st.integers(1, 4))):
        low = draw(st.integers(1, 3))
        options.append(
            Option(
                key=str(i),
                group=draw(st.sampled_from("ab")),
                curve=draw(curves),
                price=float(draw(st.integers(1, 9))),
                low=low,
                high=low + draw(st.integers(0, 4)),
                must=draw(st.integers(0, 4)) == 0,
            )
        )
    budget = float(draw(st.integers(1, 60)))
    floor = draw(st.sampled_from([0.0, 0.0, 0.5, 0.9])) * budget
    groups = []
    for name in "ab":
        if draw(st.booleans()):
            least = draw(st.sampled_from([0.0, 0.1, 0.3, 0.6])) * budget
            groups.append((name, least, max(least, draw(st.sampled_from([0.3, 0.5, 1.0])) * budget)))
    return options, Limits(budget, floor, tuple(groups))


def brute_force(options, limits):
    choices = [[n for n in range(o.high + 1) if n >= o.low or (n == 0 and not o.must)] for o in options]
    best = None
    for lots in product(*choices):
        if keeps(options, limits, lots):
            value = sum(o.curve.value(n) for o, n in zip(options, lots, strict=True))
            best = value if best is None else max(best, value)
    return best


def keeps(options, limits, lots):
    spent = sum(o.price * n for o, n in zip(options, lots, strict=True))
    eps = 1e-7
    for option, n in zip(options, lots, strict=True):
        if not (option.low <= n <= option.high or (n == 0 and not option.must)):
            return False
    return limits.floor - eps <= spent <= limits.budget + eps and all(
        least - eps
        <= sum(o.price * n for o, n in zip(options, lots, strict=True) if o.group == name)
        <= most + eps
        for name, least, most in limits.groups
    )


@settings(max_examples=400, deadline=None)
@given(problems())
def test_same_optimum_and_same_infeasible_sets_as_brute_force(problem):
    options, limits = problem
    best = brute_force(options, limits)
    found = allocate(options, limits, tolerance=0, most_nodes=100_000)
    if best is None:
        assert found is None
        return
    assert found is not None
    assert keeps(options, limits, found.lots)
    assert found.value == pytest.approx(best, rel=1e-9, abs=1e-9)
    assert found.bound >= best - 1e-9


@settings(max_examples=200, deadline=None)
@given(problems())
def test_the_root_bound_is_never_beaten(problem):
    options, limits = problem
    best = brute_force(options, limits)
    relaxed = spread(options, limits)
    if best is not None:
        assert relaxed is not None
        assert relaxed[1] >= best - 1e-9


@settings(max_examples=200, deadline=None)
@given(curves, st.floats(0, 200), st.floats(1e-4, 5))
def test_curves_are_concave_and_invert(curve, units, slope):
    step = 1e-4 * (1 + units)
    assert curve.value(0) == 0
    assert curve.slope(units) >= curve.slope(units + step) * (1 - 1e-12)
    assert (curve.value(units + step) - curve.value(units)) / step == pytest.approx(
        curve.slope(units + step / 2), rel=1e-3, abs=1e-6
    )
    at = curve.inverse()(slope)
    if 0 < at < inf:
        assert curve.slope(at) == pytest.approx(slope, rel=1e-6)


def test_many_fine_lots_close_to_the_bound():
    options = [
        Option(
            str(i),
            "ab"[i % 2],
            Missed(0.3 + 0.05 * i, 4000.0 + 700 * i, 0.8 + 0.2 * i),
            11_390.0 + 3000 * i,
            1 + 300 * (i % 3),
            200_000,
        )
        for i in range(12)
    ]
    found = allocate(options, Limits(500_000_000.0, 0.0, (("a", 1e8, 2e8),)))
    assert found is not None
    assert found.gap < 2e-4
    assert found.proven


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind", ["reach", "response"])
def test_never_a_worse_objective_than_slsqp(kind, seed):
    from tests.bench.planner import FINE, problem, slsqp, value_of

    options, limits = problem(9, kind, seed, FINE)
    units, bound = spread(options, limits)
    ours = value_of(options, units)
    theirs = slsqp(options, limits, kind, gradient=True)[1]
    assert ours >= theirs * (1 - 1e-9)
    assert bound >= ours * (1 - 1e-12)
    assert bound >= theirs * (1 - 1e-9)
