"""Workbooks through openpyxl: rows as lines, cells joined by ' | ', the way a person reads a form in a table."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tools.document_formats.piece import Broken, Piece, joined, unix_lines

MAX_CELLS = 500_000
"""Cells read of one workbook; a larger one is a data dump, not a document."""


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%d.%m.%Y" if value.time() == time() else "%d.%m.%Y %H:%M")
    if isinstance(value, date):
        return value.strftime("%d.%m.%Y")
    if isinstance(value, float):
        return format(value, ".10g").replace(".", ",") if abs(value) < 1e15 else repr(value)
    return unix_lines(str(value)).strip()


def read(content: bytes) -> Piece:
    """Every visible or hidden sheet with at least one value, under its title; formulas by their stored result."""
    sheets: list[tuple[str, str, str]] = []
    cells = 0
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        for sheet in book.worksheets:
            lines = [sheet.title]
            for row in sheet.iter_rows(values_only=True):
                cells += len(row)
                if cells > MAX_CELLS:
                    raise Broken(f"more than {MAX_CELLS} cells")
                values = [shown for value in row if (shown := _shown(value))]
                if values:
                    lines.append(" | ".join(values))
            if len(lines) > 1:
                sheets.append((sheet.title, "sheet", "\n".join(lines)))
    except (
        InvalidFileException,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        ParseError,
        EOFError,
        AttributeError,
        TypeError,
    ) as problem:
        raise Broken("not a readable xlsx") from problem
    return joined(sheets)
