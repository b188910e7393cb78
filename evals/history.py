"""What earlier runs of the evals found, a line of JSON each, and the change since the last one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Past:
    """A run: when, and the figures of each part by dotted name."""

    at: str
    parts: Mapping[str, Figures]


def flat(report: Mapping[str, Any], above: str = "") -> dict[str, float]:
    """The figures of a report by dotted name."""
    found: dict[str, float] = {}
    for name, value in report.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{above}{name}.")
        elif isinstance(value, int | float):
            found[above + name] = float(value)
    return found


def read(file: Path) -> list[Past]:
    """All runs, the oldest first. A line that cannot be read, of a run that was cut off, counts as none."""
    if not file.exists():
        return []
    runs = []
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
            runs.append(Past(row["at"], row["parts"]))
        except (json.JSONDecodeError, KeyError, TypeError):
            continue
    return runs


def add(file: Path, run: Past) -> None:
    """Write a run down."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"at": run.at, "parts": run.parts}, ensure_ascii=False) + "\n")


def course(runs: Sequence[Past], part: str, figure: str) -> list[float]:
    """A figure from run to run, where a run has it."""
    return [run.parts[part][figure] for run in runs if figure in run.parts.get(part, {})]
