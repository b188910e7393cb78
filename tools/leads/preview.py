"""A lead list before it is taken in: its columns, what each is taken for, and its first rows as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import Malformed
from tools.leads.reading import read_leads
from tools.leads.row import ImportFinding
from tools.leads.tables import headings

_ROWS: Final = 5
_CHARS: Final = 120


class Column(BaseModel):
    """One column of the list."""

    model_config = ConfigDict(frozen=True)

    heading: str
    field: str | None = Field(description="What it is taken for; null: kept as it is")
    examples: tuple[str, ...] = Field(description="Its cells in the first rows, empty ones too")


class Preview(BaseModel):
    """What an import of this list would read. Nothing is kept."""

    model_config = ConfigDict(frozen=True)

    columns: tuple[Column, ...]
    fields: tuple[str, ...] = Field(description="The fields a column may be taken for")
    findings: tuple[ImportFinding, ...]


def preview(name: str, content: bytes, chosen: Mapping[str, str | None] | None = None) -> Preview:
    """The columns of a list with their first cells. Raises what `read_leads` raises."""
    table = read_leads(name, content, chosen=chosen)
    # Read as columns that hold no field, cells stay under their headings.
    plain = read_leads(name, content, chosen=dict.fromkeys(table.columns))
    rows = [row.extra for row in islice(plain.rows, _ROWS)]
    return Preview(
        columns=tuple(
            Column(
                heading=heading,
                field=field,
                examples=tuple(row.get(heading.strip(), "")[:_CHARS] for row in rows),
            )
            for heading, field in table.columns.items()
        ),
        fields=tuple(headings()),
        findings=table.findings,
    )


def checked_choice(given: object) -> dict[str, str | None]:
    """Fields chosen for headings, from JSON. Malformed for what is no such object or names an unknown field."""
    known = headings()
    if not isinstance(given, dict):
        raise Malformed("Выбор столбцов: ожидается объект {заголовок: поле}.")
    for heading, field in given.items():
        if field is not None and field not in known:
            raise Malformed(f"Выбор столбцов: нет поля {field!r}.", heading=str(heading), known=list(known))
    return {str(heading): field for heading, field in given.items()}
