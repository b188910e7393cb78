"""ClickHouse's HTTP interface: queries and their answers, rows as Arrow both ways."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import httpx
import pyarrow as pa

from masterdeal.errors import MartsFailed, MartsUnavailable, Misconfigured

_CODE: Final = re.compile(r"Code: (\d+)\.")
_ABOUT: Final = re.compile(r"DB::Exception: (.*?)(?: \(version [^)]*\))?\s*$", re.DOTALL)
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})
CHUNK: Final = 1 << 16


class Refused(MartsUnavailable):
    """The marts' server will not do what it was asked; the fact `code` is its number for the reason."""


class Link:
    """A database of a server, http(s)://USER:PASSWORD@HOST:PORT/DATABASE. Misconfigured if the address is no such.

    Any number of threads may use it. The client is closed with it. MartsUnavailable where the server does not answer, Refused where it says no."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise Misconfigured(f"the address of the marts' server: {error}") from error
        database = unquote(parts.path.strip("/"))
        if parts.scheme not in ("http", "https") or not parts.hostname or not database or "/" in database:
            raise Misconfigured("the marts' server is given as http(s)://USER:PASSWORD@HOST:PORT/DATABASE")
        port = port or (8443 if parts.scheme == "https" else 8123)
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        self.server = f"{parts.scheme}://{host}:{port}"
        self.database = database
        self._client = client
        self._headers = {"X-ClickHouse-User": unquote(parts.username)} if parts.username else {}
        if parts.password:
            self._headers["X-ClickHouse-Key"] = unquote(parts.password)

    def run(self, sql: str) -> None:
        """A statement that answers nothing."""
        self._post({"query": sql})

    def insert(self, table: str, rows: pa.Table) -> None:
        """One block: all of the rows, or none."""
        out = io.BytesIO()
        with pa.ipc.new_stream(out, rows.schema) as writer:
            for batch in rows.combine_chunks().to_batches():
                writer.write_batch(batch)
        names = ", ".join(f"`{name}`" for name in rows.column_names)
        sql = f"insert into {table} ({names}) format ArrowStream"
        self._post({"query": sql, "async_insert": 0}, out.getvalue())

    def text(self, sql: str, settings: Mapping[str, Any]) -> str:
        """The answer as plain lines."""
        return self._post({**settings, "default_format": "TSVRaw"}, sql.encode()).text

    def rows(self, sql: str, values: Mapping[str, Any], settings: Mapping[str, Any]) -> pa.Table:
        """The answer to a query with `{name:Type}` marks."""
        asked = {**settings, **_arrow(), **_parameters(values), "wait_end_of_query": 1}
        content = self._post(asked, sql.encode()).content
        return self._read(lambda: pa.ipc.open_stream(content).read_all()) if content else pa.table({})

    @contextmanager
    def stream(
        self, sql: str, values: Mapping[str, Any], settings: Mapping[str, Any]
    ) -> Iterator[Iterator[pa.RecordBatch]]:
        """The answer as it comes."""
        asked = {"database": self.database, **settings, **_arrow(), **_parameters(values)}
        with (
            self._told(),
            self._client.stream(
                "POST", self.server, params=asked, content=sql.encode(), headers=self._headers
            ) as answer,
        ):
            if answer.status_code != 200:
                answer.read()
                raise _refusal(answer)
            yield self._read(lambda: iter(pa.ipc.open_stream(_Incoming(answer.iter_bytes(CHUNK)))))

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    def _post(self, asked: Mapping[str, Any], content: bytes = b"") -> httpx.Response:
        with self._told():
            answer = self._client.post(
                self.server,
                params={"database": self.database, **asked},
                content=content,
                headers=self._headers,
            )
        if answer.status_code != 200:
            raise _refusal(answer)
        return answer

    def _read(self, reading: Any) -> Any:
        try:
            return reading()
        except (pa.ArrowException, OSError) as error:
            raise MartsUnavailable(
                f"the marts' server broke off its answer: {error}", server=self.server
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        if self._client.is_closed:
            raise MartsFailed("the marts are closed")
        try:
            yield
        except httpx.HTTPError as error:
            raise MartsUnavailable(
                f"the marts' server {self.server} does not answer: {str(error) or type(error).__name__}",
                server=self.server,
            ) from error
        except pa.ArrowException as error:
            raise MartsUnavailable(
                f"the marts' server broke off its answer: {error}", server=self.server
            ) from error


class _Incoming(io.RawIOBase):
    """What arrives, as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._left = chunk
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size


def _refusal(answer: httpx.Response) -> Refused:
    text = answer.text.strip()
    code = answer.headers.get("x-clickhouse-exception-code") or ((found := _CODE.search(text)) and found[1])
    about = _ABOUT.search(text)
    reason = (about[1] if about else text).splitlines()[0] if text else "no reason given"
    return Refused(f"the marts' server refuses: {reason}", code=int(code or 0), reason=reason)


def _arrow() -> dict[str, Any]:
    return {"default_format": "ArrowStream", "output_format_arrow_string_as_string": 1}


def _parameters(values: Mapping[str, Any]) -> dict[str, str]:
    """Values as the server reads them: escaped as in tab-separated text, instants with a space."""
    shown: dict[str, str] = {}
    for name, value in values.items():
        match value:
            case bool():
                text = str(value).lower()
            case datetime():
                text = value.isoformat(" ", "microseconds")
            case _:
                text = str(value)
        shown[f"param_{name}"] = text.translate(_ESCAPES)
    return shown
