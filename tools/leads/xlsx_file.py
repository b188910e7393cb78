"""Lead lists in XLSX. Formulas are never computed; sizes are checked before anything is unpacked."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from masterdeal.errors import Malformed, TooLarge
from tools.leads.headings import find_heading, no_heading, taken_for
from tools.leads.raw_row import LeadTable, cell_text, numbered
from tools.leads.row import ImportFinding
from tools.leads.tables import ImportLimits

# What openpyxl and the XML parsers below it raise on a broken or hostile workbook.
_BROKEN = (
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
    EOFError,
    zipfile.BadZipFile,
)


def _open(content: bytes, saved_values: bool) -> Any:
    from openpyxl import load_workbook  # heavy, and CSV is the common case

    return load_workbook(io.BytesIO(content), read_only=True, data_only=saved_values)


def _broken(error: Exception) -> Malformed:
    return Malformed("Книга XLSX повреждена.", detail=type(error).__name__)


def read_xlsx(
    content: bytes, limits: ImportLimits, chosen: Mapping[str, str | None] | None = None
) -> LeadTable:
    """Read the first sheet that has a heading row; other sheets are named in a finding."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(item.file_size for item in archive.infolist())
            typed = any(_declares_type(archive, item) for item in archive.infolist())
    except _BROKEN as error:
        raise _broken(error) from None
    if unpacked > limits.unpacked_bytes:
        raise TooLarge("Книга XLSX после распаковки больше, чем разрешено.", limit=limits.unpacked_bytes)
    if typed:
        raise Malformed("Книга XLSX объявляет свои сущности XML: так делают только вредоносные файлы.")
    try:
        book = _open(content, saved_values=False)
        titles = [sheet.title for sheet in book.worksheets]
        found = _heading_of(book, limits)
    except _BROKEN as error:
        raise _broken(error) from None
    if found is None:
        raise no_heading([])
    title, place, names = found
    while names and not names[-1].strip():
        names.pop()
    findings = []
    others = [other for other in titles if other != title]
    if others:
        message = f"Прочитан лист «{title}»; не прочитаны: {', '.join(others)}"
        findings.append(ImportFinding(code="sheets_not_read", message=message))
    records = _records(content, title, place + 2, limits)
    columns = {name: taken_for(name, chosen) for name in names}
    return LeadTable(columns, numbered(records, names, limits, chosen), tuple(findings))


def _declares_type(archive: zipfile.ZipFile, item: zipfile.ZipInfo) -> bool:
    """Whether a part begins with a document type: no spreadsheet program writes one, entity bombs need one."""
    with archive.open(item) as part:
        return b"<!DOCTYPE" in part.read(1024)


def _heading_of(book: Any, limits: ImportLimits) -> tuple[str, int, list[str]] | None:
    """The first sheet with a heading row: its title, the place of the row, its cells."""
    for sheet in book.worksheets:
        # The dimensions a workbook states may be wrong or hostile.
        sheet.reset_dimensions()
        rows = sheet.iter_rows(max_row=limits.heading_within, values_only=True)
        head = [[cell_text(value) for value in cells[: limits.columns]] for cells in rows]
        place = find_heading(head)
        if place is not None:
            return sheet.title, place, head[place]
    return None


def _cells(
    content: bytes, title: str, first: int, limits: ImportLimits, saved_values: bool
) -> Iterator[tuple[Any, ...]]:
    sheet = _open(content, saved_values)[title]
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(min_row=first, max_col=limits.columns, values_only=True))


def _records(
    content: bytes, title: str, first: int, limits: ImportLimits
) -> Iterator[tuple[list[str], tuple[ImportFinding, ...]]]:
    """Cells as text. A formula gives the value it had when saved; one without a saved value is shown as text."""
    saved: Iterator[tuple[Any, ...]] | None = None
    try:
        for number, cells in enumerate(_cells(content, title, first, limits, saved_values=False)):
            findings: list[ImportFinding] = []
            texts = [cell_text(value) for value in cells]
            formulas = [place for place, text in enumerate(texts) if text.startswith("=")]
            if formulas and saved is None:
                # A second pass over the workbook, only for lists that hold formulas at all.
                saved = _cells(content, title, first, limits, saved_values=True)
                for _ in range(number):
                    next(saved)
            values = next(saved, ()) if saved is not None else ()
            for place in formulas:
                if place < len(values) and values[place] is not None:
                    texts[place] = cell_text(values[place])
                else:
                    message = "Формула без сохранённого значения показана как текст"
                    value = "'" + texts[place][:200]
                    findings.append(ImportFinding(code="formula_without_value", message=message, value=value))
            yield texts, tuple(findings)
    except _BROKEN as error:
        raise _broken(error) from None
