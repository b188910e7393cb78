"""The suite of whole jobs: every job ends right, and the runner notices what a job adds, says or holds amiss."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from evals.jobs import Attempt, Job, Place, jobs, prepared


@pytest.fixture(scope="module")
def base() -> Iterator[Path]:
    with prepared() as folder:
        yield folder


@pytest.fixture
def place(base: Path, tmp_path: Path) -> Iterator[Place]:
    shutil.copytree(base, tmp_path, dirs_exist_ok=True)
    opened = Place(tmp_path)
    yield opened
    opened.close()


def _job(name: str) -> Job:
    return next(job for job in jobs() if job.name == name)


TASK = "a task is approved three times and opened once"


@pytest.mark.parametrize(
    "name",
    [TASK, "a forgotten brief is recorded and moves the deal", "nobody is let in without a name", "the restart between proposal and approval"],
)  # fmt: skip
def test_a_job_ends_right(place: Place, name: str) -> None:
    assert Attempt(place, _job(name)).run().missed == []


@pytest.mark.parametrize(
    ("changed", "noticed"),
    [
        ({"adds": {}}, "added 1 tasks, not 0"),
        ({"adds": {"tasks": 2}}, "added 1 tasks, not 2"),
        ({"adds": {"tasks": 1, "events": 1}}, "added 0 events, not 1"),
    ],
)
def test_what_a_job_adds_unasked_is_noticed(place: Place, changed: dict[str, Any], noticed: str) -> None:
    missed = Attempt(place, replace(_job(TASK), **changed)).run().missed
    assert [wrong.partition(": ")[2] for wrong in missed] == [noticed]


@pytest.mark.parametrize(
    ("step", "noticed"),
    [
        ({"say": "На какой стадии MD-2026-0010?", "says": ["закрыта"]}, "does not say 'закрыта'"),
        ({"say": "На какой стадии MD-2026-0010?", "silent": ["кампания"]}, "says 'кампания'"),
        ({"say": "На какой стадии MD-2026-0010?", "proposes": ["task"]}, "proposed []"),
        ({"get": "/v1/deals/MD-2026-0010", "holds": {"aggregated_stage": "closed"}}, "aggregated_stage is 'running'"),
        ({"get": "/v1/deals/MD-2026-0010", "status": 404}, "status 200"),
        ({"decide": "approve"}, "nothing to decide"),
    ],
)  # fmt: skip
def test_what_is_said_or_held_amiss_is_noticed(place: Place, step: dict[str, Any], noticed: str) -> None:
    (wrong,) = Attempt(place, Job("x", (step,), {})).run().missed
    assert noticed in wrong
