"""ClickHouse (chdb) behind Python's HTTP server: `python tests/clickhouse_double.py FOLDER PORT DATABASE`.

Its engine, its settings and its answers are ClickHouse's own; what the interface adds is written here: settings and
parameters in the address, one statement a request, errors as text. A file `die` in the folder makes it die at the next
insert of deals, `before` or `after` it is done."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

_INSERT = re.compile(r"insert into (\w+) (\(.*?\)) format ArrowStream", re.DOTALL)
# Of the interface itself, not settings of the engine.
_OWN = {"query", "database", "default_format", "wait_end_of_query"}


def serve(folder: Path, port: int, database: str) -> None:
    import chdb

    kept = str(folder / "kept")
    one_at_a_time = threading.Lock()
    first = chdb.connect(kept)
    first.query(f"create database if not exists {database}")

    class Interface(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            asked = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            try:
                with one_at_a_time:
                    answer = self._answer(asked, content)
                self._send(200, answer)
            except RuntimeError as error:
                self._send(500, str(error).encode())

        def _answer(self, asked: dict[str, str], content: bytes) -> bytes:
            db = chdb.connect(kept)
            try:
                db.query(f"use {asked.get('database', 'default')}")
                settings = [(n, v) for n, v in asked.items() if n not in _OWN and not n.startswith("param_")]
                for name, value in sorted(settings, key=lambda setting: setting[0] == "readonly"):
                    db.query(f"set {name} = '{value}'")
                insert = _INSERT.fullmatch(asked.get("query", ""))
                if insert is not None:
                    return self._insert(db, insert[1], insert[2], content)
                sql = asked.get("query") or content.decode()
                if ";" in re.sub(r"'(?:[^'\\]|\\.|'')*'|--[^\n]*", "", sql):
                    raise RuntimeError(
                        "Code: 62. DB::Exception: Syntax error (Multi-statements are not allowed)"
                    )
                values = {n.removeprefix("param_"): v for n, v in asked.items() if n.startswith("param_")}
                return bytes(db.query(sql, asked.get("default_format", "TSV"), params=values).bytes() or b"")
            finally:
                db.close()

        def _insert(self, db: object, table: str, columns: str, content: bytes) -> bytes:
            die = folder / "die"
            when = die.read_text() if table == "mart_deals" and die.exists() else ""
            if when:
                die.unlink()
            if when == "before":
                os._exit(1)
            with tempfile.NamedTemporaryFile(dir=folder, suffix=".arrow") as file:
                file.write(content)
                file.flush()
                db.query(  # type: ignore[attr-defined]
                    f"insert into {table} {columns} select * from file('{file.name}', 'ArrowStream')"
                )
            if when == "after":
                os._exit(1)
            return b""

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            self.wfile.flush()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is told."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Interface)
    sys.stdout.write(f"{server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
