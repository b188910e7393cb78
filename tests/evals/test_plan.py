"""The planner keeps its bars on the tasks worked out by hand."""

import pytest

from evals.bars import bars, missed
from evals.plan import cases, score


@pytest.mark.slow
def test_the_bars_are_kept():
    report = score()
    assert report["tasks"] >= 40
    assert missed(report, bars("plan")) == [], report["misses"]


def test_every_task_has_a_name_of_its_own():
    names = [case.id for case in cases()]
    assert len(names) == len(set(names))
