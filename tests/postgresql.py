"""A real PostgreSQL for the tests: Debian's binaries, a folder of its own, the loopback interface only."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg


def binaries() -> Path | None:
    """The folder of the newest installed server, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """A server process. It refuses to run as root, so root hands it to the user `postgres`."""

    def __init__(self, folder: Path, bin_: Path, port: int) -> None:
        self.folder = folder
        self.bin = bin_
        self.port = port
        self.databases = 0
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self._run(
            "initdb",
            "-D",
            str(folder / "data"),
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
        )
        self.start()

    @classmethod
    def new(cls) -> Server:
        bin_ = binaries()
        assert bin_ is not None
        folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        folder.chmod(0o755)
        return cls(folder, bin_, free_port())

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.bin / program), *arguments]
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd="/",
            timeout=60,
            user=user,
            group=user,
            extra_groups=[],
        )

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories={self.folder} -c max_connections=60"
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder / "data"),
            "-w",
            "-o",
            options,
            "-l",
            str(self.folder / "log"),
            "start",
        )

    def stop(self) -> None:
        """Stop at once and remove everything."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def kill(self) -> None:
        """kill -9 of the server and all it started, as when the machine loses power but keeps its disk."""
        main = int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
        for pid in [main, *map(int, children)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + 10
        while Path(f"/proc/{main}").exists() and time.monotonic() < deadline:
            time.sleep(0.02)

    def url(self, database: str = "postgres") -> str:
        """How to reach a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def new_database(self) -> str:
        """The address of an empty database."""
        self.databases += 1
        name = f"test_{self.databases}"
        with psycopg.connect(self.url(), autocommit=True) as db:
            db.execute(f'create database "{name}"')
        return self.url(name)
