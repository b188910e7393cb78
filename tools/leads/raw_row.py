"""Rows as a file holds them, numbered, with their columns told apart; before any cleaning."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from masterdeal.errors import TooLarge
from tools.leads.headings import taken_for
from tools.leads.row import ImportFinding
from tools.leads.tables import ImportLimits


@dataclass(frozen=True)
class RawRow:
    """One data row: the cells of each known field, the cells of unknown columns by heading, what was noticed.

    `row` counts from 1, without the heading. `broken` says why the row cannot be read at all.
    """

    row: int
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[ImportFinding, ...] = ()
    broken: str | None = None


@dataclass(frozen=True)
class LeadTable:
    """A readable lead list: which heading was taken for which field, the rows, what was noticed about the file."""

    columns: Mapping[str, str | None]
    rows: Iterable[RawRow]
    findings: tuple[ImportFinding, ...] = ()


def cell_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "да" if value else "нет"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    return str(value)


def raw_row(
    row: int,
    names: Sequence[str],
    fields: Sequence[str | None],
    cells: Sequence[str],
    limits: ImportLimits,
    findings: Iterable[ImportFinding] = (),
) -> RawRow:
    known: dict[str, list[str]] = {}
    extra: dict[str, str] = {}
    noticed = list(findings)
    for place, cell in enumerate(cells):
        if not cell or not cell.strip():
            continue
        if len(cell) > limits.cell_chars:
            noticed.append(
                ImportFinding(
                    code="text_cut", message=f"Текст длиннее {limits.cell_chars} знаков обрезан", row=row
                )
            )
            cell = cell[: limits.cell_chars]
        name = fields[place] if place < len(fields) else None
        if name:
            known.setdefault(name, []).append(cell)
        elif place < len(names):
            heading = names[place].strip() or f"Столбец {place + 1}"
            extra[heading] = f"{extra[heading]}; {cell}" if heading in extra else cell
        else:
            extra[f"Столбец {place + 1}"] = cell
            noticed.append(
                ImportFinding(
                    code="cells_beyond_heading", message="Ячеек больше, чем заголовков", row=row, value=None
                )
            )
    return RawRow(
        row, {name: tuple(cells) for name, cells in known.items()}, extra, tuple(dict.fromkeys(noticed))
    )


def numbered(
    records: Iterable[tuple[Sequence[str], tuple[ImportFinding, ...]]],
    names: Sequence[str],
    limits: ImportLimits,
    chosen: Mapping[str, str | None] | None = None,
) -> Iterator[RawRow]:
    """Rows with their numbers; empty ones at the end of the file are no rows, between others they are."""
    fields = [taken_for(name, chosen) for name in names]
    row = empty = 0
    for cells, findings in records:
        if not any(cell and cell.strip() for cell in cells):
            empty += 1
            continue
        for _ in range(empty):
            row += 1
            yield RawRow(row)
        empty = 0
        row += 1
        if row > limits.rows:
            raise TooLarge("В файле больше строк, чем разрешено.", limit=limits.rows)
        yield raw_row(
            row, names, fields, cells, limits, (item.model_copy(update={"row": row}) for item in findings)
        )
