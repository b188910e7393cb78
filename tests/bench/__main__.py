"""`make bench`: every comparison, or those named; ratios of sides that were measured in turns in this run."""

from __future__ import annotations

import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

# What the tests share imports itself by these names.
sys.path.append(str(Path(__file__).parents[1]))

COMPARISONS = (
    "inserts",
    "eventsourced",
    "posts",
    "timers",
    "postgresql",
    "timers_postgresql",
    "outbox",
    "lag",
    "replay",
    "planner",
    "offer",
    "pymc_marketing",
    "legal",
    "knowledge",
    "leads",
    "marts",
    "copilot",
    "pages",
)


def main(names: list[str]) -> int:
    """Run and print them; 2 if a name is not known."""
    present = [name for name in COMPARISONS if find_spec(f"tests.bench.{name}")]
    unknown = [name for name in names if name not in present]
    if unknown:
        print(f"no comparison {', '.join(unknown)}; there are {', '.join(present)}")
        return 2
    for name in names or present:
        start = time.monotonic()
        report = import_module(f"tests.bench.{name}").run()
        print(
            f"{name} ({time.monotonic() - start:.0f} s)",
            *(f"  {text}" for text in report),
            sep="\n",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
