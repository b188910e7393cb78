"""`python -m evals [part ...]`: accuracy, offline, against the bars. Exit code 1 where one is missed."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from evals.bars import Bars, bars, look, missed

PARTS: Final = ("deals", "copilot", "brief", "plan", "legal", "leads", "knowledge")
REPORT: Final = Path("var/evals/report.md")
MOST_MISSES: Final = 20


def _lines(name: str, report: Mapping[str, Any], wanted_bars: Bars) -> list[str]:
    lines = [f"## {name}", "", "| figure | value | bar |", "| --- | --- | --- |"]
    wanted = {
        **wanted_bars.get("at_least", {}),
        **{key: -bar for key, bar in wanted_bars.get("at_most", {}).items()},
    }
    for figure, value in report.items():
        if isinstance(value, int | float):
            bar = wanted.pop(figure, None)
            lines.append(f"| {figure} | {value:.4g} | {'' if bar is None else f'{abs(bar):g}'} |")
    lines += [f"| {figure} | {look(report, figure):.4g} | {abs(bar):g} |" for figure, bar in wanted.items()]
    return lines


def main(wanted: list[str]) -> int:
    """Run the parts asked for, or all; print the tables, write the report."""
    failed: list[str] = []
    text: list[str] = ["# Evals", ""]
    for name in wanted or PARTS:
        started = time.monotonic()
        report = importlib.import_module(f"evals.{name}").score()
        part = bars(name) if set(report) != {"skipped"} else {}
        below = missed(report, part)
        failed += [f"{name}: {line}" for line in below]
        lines = [*_lines(name, report, part), "", f"{time.monotonic() - started:.1f} s"]
        if report.get("skipped"):
            lines.append(f"skipped, their data is not here: {', '.join(report['skipped'])}")
        misses = list(report.get("misses", ()))
        lines += [f"- {miss}" for miss in misses[:MOST_MISSES]]
        if len(misses) > MOST_MISSES:
            lines.append(f"- and {len(misses) - MOST_MISSES} more")
        print("\n".join(lines), "\n")
        text += [*lines, ""]
    verdict = (
        "All bars are met." if not failed else "Bars missed:\n" + "\n".join(f"- {line}" for line in failed)
    )
    print(verdict)
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    REPORT.write_text("\n".join([*text, verdict, ""]), encoding="utf-8")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
