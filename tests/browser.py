"""The real service on a free port and Debian's Chromium, for the tests of the pages."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
COMMAND = [sys.executable, "-m", "api.cli"]
# A service that still fills its marts says so, and the page asks again.
BUSY = "status of 503"
PATIENCE = 90_000  # milliseconds; the machine may be busy


@contextmanager
def serving(data: Path, port: int = 0, **environ: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The service over a data folder, and its address."""
    args = [*COMMAND, "serve", "--port", str(port), "--json", "--data", str(data)]
    process = subprocess.Popen(
        args, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environ}
    )
    assert process.stdout is not None
    try:
        said = ""
        while not said.endswith("}\n"):
            line = process.stdout.readline()
            assert line, "the service did not start"
            said += line
        yield process, json.loads(said)["url"]
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


@dataclass
class Watch:
    """What a page did that it must not. `allowed` are parts of complaints a test expects."""

    home: str
    complaints: list[str] = field(default_factory=list)
    allowed: tuple[str, ...] = ()

    def over(self, page: Any) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on(
            "dialog", lambda dialog: (self.complaints.append(f"dialog: {dialog.message}"), dialog.dismiss())
        )
        page.on(
            "console",
            lambda said: (
                self.complaints.append(f"console: {said.text}")
                if said.type == "error" and BUSY not in said.text
                else None
            ),
        )
        page.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith((self.home, "data:", "blob:"))
                else self.complaints.append(f"left the machine: {sent.url}")
            ),
        )

    def left(self) -> list[str]:
        return [one for one in self.complaints if not any(part in one for part in self.allowed)]


@contextmanager
def visiting(chromium: Any, address: str, **options: Any) -> Iterator[tuple[Any, Watch]]:
    """A visitor of his own, watched: whatever the page complains of or sends elsewhere fails the test."""
    context = chromium.new_context(
        base_url=address, locale="ru-RU", timezone_id="Europe/Moscow",
        **{"viewport": {"width": 1440, "height": 900}, **options},
    )  # fmt: skip
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    watch = Watch(address)
    watch.over(page)
    try:
        yield page, watch
    finally:
        context.close()
    assert watch.left() == [], watch.left()
