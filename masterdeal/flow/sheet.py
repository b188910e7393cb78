"""Rows of an XLSX sheet. Nothing in it is evaluated: a formula counts as the result stored with it, else as its text."""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from masterdeal.errors import Malformed, NotFound, TooLarge
from masterdeal.flow.rows import Row

LARGEST_UNPACKED: Final = 2 << 30
_UNREADABLE = (
    InvalidFileException,
    zipfile.BadZipFile,
    ParseError,
    zlib.error,
    EOFError,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    RuntimeError,
)


def sheet_rows(path: Path, sheet: str | None) -> tuple[list[str], Iterator[Row]]:
    """The heading (the first row that is not empty) and the rows of the named or the first sheet. `line` is the
    row of the sheet; a row whose cells are all empty is no row."""
    try:
        with zipfile.ZipFile(path) as parts:
            if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
                raise TooLarge(f"{path.name} unpacks to more than {LARGEST_UNPACKED} bytes")
            has_formulas = any(
                _mentions(parts, name, b"<f") for name in parts.namelist() if "/worksheets/" in name
            )
    except _UNREADABLE as error:
        raise Malformed(f"{path.name} is not a readable XLSX file: {error}") from None
    written = _cells(path, sheet, values=False)
    lines = _with_results(written, _cells(path, sheet, values=True)) if has_formulas else written
    numbered = (
        (line, cells) for line, cells in enumerate(lines, 1) if any(not _is_blank(cell) for cell in cells)
    )
    for _, cells in numbered:
        heading = ["" if cell is None else " ".join(str(cell).split()) for cell in cells]
        while heading and not heading[-1]:
            heading.pop()
        return heading, _rows(heading, numbered)
    raise Malformed(f"the sheet of {path.name} is empty")


def _mentions(parts: zipfile.ZipFile, name: str, mark: bytes) -> bool:
    with parts.open(name) as part:
        tail = b""
        while chunk := part.read(1 << 20):
            if mark in tail + chunk:
                return True
            tail = chunk[-len(mark) :]
    return False


def _cells(path: Path, sheet: str | None, *, values: bool) -> Iterator[tuple[Any, ...]]:
    with path.open("rb") as file:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                book = load_workbook(file, read_only=True, data_only=values, keep_links=False)
        except _UNREADABLE as error:
            raise Malformed(f"{path.name} is not a readable XLSX file: {error}") from None
        names = [found.title for found in book.worksheets]
        if not names or (sheet is not None and sheet not in names):
            raise NotFound(f"{path.name} has no sheet {sheet!r}; there are: {', '.join(names)}", sheets=names)
        found = book[sheet or names[0]]
        found.reset_dimensions()
        rows = iter(found.iter_rows(values_only=True))
        while True:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    row = next(rows, None)
            except _UNREADABLE as error:
                raise Malformed(f"{path.name} breaks off: {error}") from None
            if row is None:
                return
            yield row


def _with_results(
    written: Iterator[tuple[Any, ...]], stored: Iterator[tuple[Any, ...]]
) -> Iterator[tuple[Any, ...]]:
    for texts, results in zip(written, stored, strict=True):
        yield tuple(map(_with_result, texts, results))


def _with_result(written: Any, stored: Any) -> Any:
    written = getattr(written, "text", written)  # an array formula is an object that holds its text
    is_formula = isinstance(written, str) and written.startswith("=")
    return stored if is_formula and stored is not None else written


def _is_blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def _rows(heading: list[str], numbered: Iterator[tuple[int, tuple[Any, ...]]]) -> Iterator[Row]:
    for number, (line, cells) in enumerate(numbered, 1):
        padded = (*cells, *(None,) * (len(heading) - len(cells)))
        yield Row(number, line, dict(zip(heading, padded, strict=False)))
