"""Lead lists in CSV: the delimiter is the one that makes the heading readable; a torn quote costs one line."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence

from masterdeal.errors import Malformed, TooLarge
from tools.leads.encoding import decode
from tools.leads.headings import find_heading, known_fields, no_heading, taken_for
from tools.leads.raw_row import LeadTable, numbered
from tools.leads.row import ImportFinding
from tools.leads.tables import ImportLimits

_DELIMITERS = (";", ",", "\t", "|")


def _csv_records(
    lines: Sequence[str], delimiter: str, limits: ImportLimits
) -> Iterator[tuple[list[str], tuple[ImportFinding, ...]]]:
    """CSV records; a quote that never closes costs its own line only, not the rest of the file."""
    place = 0
    while place < len(lines):
        start = place
        reader = csv.reader(iter(lines[start:] if start else lines), delimiter=delimiter)
        while True:
            before = reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                cells = []
                runaway = True
            else:
                span = reader.line_num - before
                at_end = start + reader.line_num >= len(lines)
                runaway = span > limits.record_lines or (
                    span > 1 and at_end and not lines[-1].rstrip("\r\n").endswith('"')
                )
            if runaway:
                place = start + before
                torn = lines[place].rstrip("\r\n").split(delimiter)
                notice = ImportFinding(
                    code="unclosed_quote", message="Кавычка в строке не закрыта; строка прочитана без кавычек"
                )
                yield [cell.strip('"') for cell in torn], (notice,)
                place += 1
                break
            yield cells, ()


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of one line; one that the reader refuses (a field beyond its limit) is cut at its delimiters."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return line.rstrip("\r\n").split(delimiter)


def read_csv(
    content: bytes, limits: ImportLimits, chosen: Mapping[str, str | None] | None = None
) -> LeadTable:
    text, findings = decode(content)
    if "\x00" in text[:4096]:
        raise Malformed("Это двоичный файл, а не текст CSV.")
    lines = text.splitlines(keepends=True)
    head = lines[: limits.heading_within]
    if not any(line.strip() for line in head):
        raise Malformed("Файл пуст.")
    if head[0].casefold().startswith("sep=") and len(head[0].strip()) == 5:
        lines, head = lines[1:], head[1:]
    best: tuple[int, int, str, list[str]] | None = None
    for delimiter in _DELIMITERS:
        rows = [_cells(line, delimiter) for line in head]
        place = find_heading(rows)
        if place is not None and (best is None or known_fields(rows[place]) > best[0]):
            best = (known_fields(rows[place]), place, delimiter, rows[place])
    if best is None:
        raise no_heading([line.strip() for line in head[:1]])
    _, place, delimiter, names = best
    if len(names) > limits.columns:
        raise TooLarge("Столбцов больше, чем разрешено.", limit=limits.columns)
    records = _csv_records(lines[place + 1 :], delimiter, limits)
    columns = {name: taken_for(name, chosen) for name in names}
    return LeadTable(columns, numbered(records, names, limits, chosen), findings)
