"""A server that speaks ClickHouse's HTTP interface, for tests: a process of its own, so that it can be killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import httpx

from masterdeal.marts.clickhouse import ClickHouseWarehouse
from masterdeal.marts.clickhouse_http import Link

INSTALLED = find_spec("chdb") is not None
DATABASE = "masterdeal"
DOUBLE = Path(__file__).with_name("clickhouse_double.py")


def opened(url: str) -> ClickHouseWarehouse:
    """Marts in a database of a server."""
    return ClickHouseWarehouse(Link(url, httpx.Client(timeout=60, trust_env=False)))


class Server:
    """One server. Stop and start it again: it keeps its folder and its port."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._port = 0
        self._databases = 0
        self._process: subprocess.Popen[str] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/{DATABASE}"

    def new_database(self) -> str:
        """The address of an empty database."""
        self._databases += 1
        name = f"marts_{self._databases}"
        self.run(f"create database {name}")
        return self.url.replace(DATABASE, name)

    def run(self, sql: str) -> None:
        asked = {"query": sql, "database": DATABASE}
        httpx.post(self.url, params=asked, timeout=60).raise_for_status()

    def start(self) -> None:
        arguments = [sys.executable, str(DOUBLE), str(self.folder), str(self._port), DATABASE]
        self._process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())

    def kill(self) -> None:
        """As a power failure would."""
        if self._process is not None:
            assert self._process.stdout is not None
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process.stdout.close()
            self._process = None

    def die_at_insert(self, when: str) -> None:
        """The next insert of deals is the last thing it sees: `before` it is done or `after`, unanswered."""
        (self.folder / "die").write_text(when)

    def wait(self) -> None:
        """Until it has died."""
        assert self._process is not None
        self._process.wait(60)
        self.kill()
