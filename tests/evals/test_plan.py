"""The planner keeps its bars on the tasks worked out by hand."""

import tomllib
from pathlib import Path

import pytest

from evals.plan import cases, score

BARS = tomllib.loads((Path(__file__).parents[2] / "evals" / "plan" / "bars.toml").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_bars_are_kept():
    report = score()
    assert report["tasks"] >= 40
    for name in ("facts_right", "tasks_right", "plans_reconciled"):
        assert report[name] >= BARS[name], report["misses"]
    assert report["worst_gap_percent"] < BARS["worst_gap_percent"]


def test_every_task_has_a_name_of_its_own():
    names = [case.id for case in cases()]
    assert len(names) == len(set(names))
