"""The bars of evals/bars.toml, which only rise, and what of a report misses them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

Bars = Mapping[str, Mapping[str, float]]


def bars(part: str) -> Bars:
    """The bars of one part: `at_least` and `at_most`, by the names of its report; a dotted name looks into it."""
    page = tomllib.loads((files("evals") / "bars.toml").read_text(encoding="utf-8"))
    found: Bars = page.get(part, {})
    return found


def look(report: Mapping[str, Any], name: str) -> float:
    """A figure of a report by its dotted name."""
    value: Any = report
    for part in name.split("."):
        value = value[part]
    return float(value)


def missed(report: Mapping[str, Any], wanted: Bars) -> list[str]:
    """The bars a report does not meet, as readable lines; none when all are met."""
    low = [
        f"{name} is {look(report, name):.4g}, must be at least {bar:g}"
        for name, bar in wanted.get("at_least", {}).items()
        if look(report, name) < bar
    ]
    high = [
        f"{name} is {look(report, name):.4g}, must be at most {bar:g}"
        for name, bar in wanted.get("at_most", {}).items()
        if look(report, name) > bar
    ]
    return low + high
