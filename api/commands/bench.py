"""`masterdeal bench`: the performance ratios, where the checkout with its tests is at hand."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import click

from api.commands.terminal import Terminal, terminal_options
from masterdeal.errors import BadRequest, NotFound


@click.command("bench")
@click.argument("names", nargs=-1, metavar="[СРАВНЕНИЕ]...")
@terminal_options
def command(term: Terminal, names: tuple[str, ...]) -> int:
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
    command_line = [sys.executable, "-m", "tests.bench", *names]
    done = subprocess.run(command_line, cwd=checkout, check=False, capture_output=term.json, text=True)
    if term.json and done.returncode == 0:
        term.answer({"report": done.stdout.splitlines()})
    elif term.json:
        raise BadRequest((done.stdout + done.stderr).strip())
    return done.returncode
