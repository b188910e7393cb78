"""`masterdeal bench`: the performance ratios, where the checkout with its tests is at hand."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import click

from api.commands.terminal import Terminal, terminal_options
from masterdeal.errors import NotFound


@click.command("bench", context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@terminal_options
def command(term: Terminal, arguments: tuple[str, ...]) -> int:
    """Замер производительности: то же, что `make bench`. Нужна рабочая копия с тестами."""
    found = importlib.util.find_spec("api")
    checkout = Path(found.origin).parents[1] if found and found.origin else Path()
    if not (checkout / "tests" / "bench").is_dir():
        raise NotFound(
            term.word(
                "замеры живут в рабочей копии (make bench), здесь её нет",
                "the benchmarks live in a checkout (make bench); there is none here",
            )
        )
    given = [*arguments, *(["--json"] if term.json else [])]
    return subprocess.run([sys.executable, "-m", "tests.bench", *given], cwd=checkout, check=False).returncode
