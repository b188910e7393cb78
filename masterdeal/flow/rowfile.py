"""Opening a file of rows, whatever it is: what kind, which encoding, which delimiter, and how far it has been read."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator, Set
from contextlib import ExitStack, contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import IO, Final, Literal, NamedTuple

from masterdeal.errors import Malformed, NotFound
from masterdeal.flow.rows import Broken, Row, check_heading, json_rows, read_lines, table_rows
from masterdeal.flow.sheet import sheet_rows

_SAMPLE: Final = 8192
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CP1251_WORD: Final = re.compile(rb"[\xc0-\xff\xa8\xb8]{3}")
_FOREIGN: Final = (
    (
        b"\xd0\xcf\x11\xe0",
        "an old .xls or an encrypted workbook: save it as .xlsx without a password, or as CSV",
    ),
    (b"\x1f\x8b", "gzip: unpack it first"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3\0", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)


class RowFile(NamedTuple):
    """An open file of rows. `heading` is None for JSON lines, where every row names its own members.
    `done` says how far reading has come, of `total`; both in bytes, or in rows with an unknown total for XLSX."""

    format: Literal["csv", "xlsx", "jsonl"]
    rows: Iterator[Row | Broken]
    heading: list[str] | None
    encoding: str | None
    delimiter: str | None
    done: Callable[[], int] | None
    total: int | None


@contextmanager
def open_rows(path: Path, wanted: Set[str], sheet: str | None = None) -> Iterator[RowFile]:
    """Open CSV, XLSX or JSON lines, told apart by their content. `wanted` are the columns that will be read.
    A file that is missing, empty or of another kind is a DealError that says so."""
    if path.exists() and not path.is_file():
        raise Malformed(f"{path.name} is not a file")
    try:
        raw = path.open("rb")
    except FileNotFoundError:
        raise NotFound(f"there is no file {path.name}") from None
    except OSError as error:
        raise Malformed(f"{path.name} cannot be read: {error.strerror or error}") from None
    with ExitStack() as stack:
        yield _opened(path, stack.enter_context(raw), wanted, sheet, stack)


def _opened(path: Path, raw: IO[bytes], wanted: Set[str], sheet: str | None, stack: ExitStack) -> RowFile:
    sample = raw.read(_SAMPLE)
    if sample.startswith(b"PK\x03\x04"):
        heading, rows = sheet_rows(path, sheet)
        check_heading(heading, wanted)
        return RowFile("xlsx", rows, heading, None, None, None, None)
    encoding = _encoding(path, sample, raw)
    raw.seek(0)
    errors = "strict" if encoding == "utf-16" else "surrogateescape"
    text = stack.enter_context(TextIOWrapper(raw, encoding, errors=errors, newline=""))
    lines = read_lines(text, encoding.removesuffix("-sig"))
    total = path.stat().st_size
    if _is_json(path, sample.decode(encoding, "replace").lstrip("\ufeff \t\r\n")):
        return RowFile("jsonl", json_rows(lines), None, encoding, None, raw.tell, total)
    heading, delimiter, rows_ = table_rows(lines, wanted)
    check_heading(heading, wanted)
    return RowFile("csv", rows_, heading, encoding, delimiter, raw.tell, total)


def _is_json(path: Path, start: str) -> bool:
    if start.startswith("["):
        raise Malformed(f"{path.name} is one JSON array; JSON lines have one object a line")
    return start.startswith("{") or path.suffix.casefold() in (".jsonl", ".ndjson", ".json")


def _encoding(path: Path, sample: bytes, raw: IO[bytes]) -> str:
    for signature, what in _FOREIGN:
        if sample.startswith(signature):
            raise Malformed(f"{path.name} is {what}; CSV, XLSX and JSON lines can be loaded")
    for bom, encoding in _BOMS:
        if sample.startswith(bom):
            return encoding
    if not sample.strip():
        raise Malformed(f"{path.name} is empty")
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in sample)
    if controls > max(8, len(sample) // 20):
        raise Malformed(f"{path.name} is binary; CSV, XLSX and JSON lines can be loaded")
    return _utf8_or_cp1251(raw)


def _utf8_or_cp1251(raw: IO[bytes]) -> str:
    """Windows-1251 where more lines have Russian words in it than are UTF-8 beyond ASCII: a few broken bytes do
    not turn the rest of a file into nonsense, nor do they pass for letters themselves."""
    raw.seek(0)
    utf8 = cp1251 = 0
    for line in iter(lambda: raw.readline(1 << 20), b""):
        if line.isascii():
            continue
        try:
            line.decode("utf-8")
            utf8 += 1
        except UnicodeDecodeError:
            cp1251 += _CP1251_WORD.search(line) is not None
    return "cp1251" if cp1251 > utf8 else "utf-8"
