"""`python -m evals [part ...]`: accuracy, offline, against the bars. Exit code 1 where one is missed.

`--model` holds the copilot's sets against the configured endpoint instead. The report, with the change since the last
run, is var/evals/report.md and report.html."""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from api.settings import read_settings
from api.wiring import wall_clock
from evals import history
from evals.bars import bars
from evals.page import page
from evals.report import Part, markdown, part_of, verdict
from masterdeal import instant
from masterdeal.errors import Misconfigured

PARTS: Final = ("deals", "copilot", "jobs", "brief", "plan", "legal", "leads", "knowledge")
MODEL: Final = "model"
FOLDER: Final = Path("var/evals")


def run(names: Sequence[str], folder: Path, given: argparse.Namespace) -> int:
    """Run the parts; print their tables, write the report, add a line to the history. 1 where a bar is missed."""
    past = history.read(folder / "history.jsonl")
    parts: list[Part] = []
    figures: dict[str, dict[str, float]] = {}
    for name in names:
        started = time.monotonic()
        report = _score(name, given)
        part = part_of(name, report, bars(name), time.monotonic() - started, past)
        parts.append(part)
        figures[name] = history.flat(report)
        print("\n".join(markdown(part)), "\n", flush=True)
    at = instant.iso(wall_clock())
    print(verdict(parts))
    folder.mkdir(parents=True, exist_ok=True)
    text = ["# Evals", "", at, ""]
    for part in parts:
        text += [*markdown(part), ""]
    (folder / "report.md").write_text("\n".join([*text, verdict(parts), ""]), encoding="utf-8")
    (folder / "report.html").write_text(page(parts, at), encoding="utf-8")
    history.add(folder / "history.jsonl", history.Past(at, figures))
    return 1 if any(part.below for part in parts) else 0


def _score(name: str, given: argparse.Namespace) -> Mapping[str, Any]:
    module = importlib.import_module(f"evals.{name}")
    report: Mapping[str, Any] = (
        module.score(read_settings(), given.times, given.most) if name == MODEL else module.score()
    )
    return report


def main(words: list[str]) -> int:
    """The command line. 2 where no model is configured for `--model`."""
    command = argparse.ArgumentParser("python -m evals", description=__doc__)
    command.add_argument("part", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; default: all")
    command.add_argument("--model", action="store_true", help="the copilot's sets against OPENAI_BASE_URL")
    command.add_argument("-k", "--times", type=int, default=3, help="rounds of --model, for pass^k")
    command.add_argument("--most", type=int, help="at the most so many conversations of each set")
    command.add_argument("--folder", type=Path, default=FOLDER, help="of the report and the history")
    given = command.parse_args(words)
    unknown = sorted(set(given.part) - {*PARTS, "lead_score"})
    if unknown or given.times < 1 or (given.most is not None and given.most < 1):
        command.error(f"no part {', '.join(unknown)}" if unknown else "-k and --most begin at 1")
    try:
        return run([MODEL] if given.model else given.part or PARTS, given.folder, given)
    except Misconfigured as error:
        print(error.message, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
