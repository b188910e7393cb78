"""The data dictionary of the marts as Markdown: `python -m masterdeal.marts.dictionary`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from masterdeal.marts.model import Model, marts


def dictionary(model: Model) -> str:
    """Every table with what one row stands for, and every column with its kind, meaning and source."""
    return "\n".join(_lines(model)) + "\n"


def _lines(model: Model) -> Iterator[str]:
    for table in model.tables.values():
        yield f"### `{table.name}`"
        yield ""
        kind = "Computed when asked for." if table.view else "Stored."
        yield f"{table.ru}. {table.en}. One row per {table.per}. {kind}"
        yield ""
        yield "| column | kind | meaning | значение | source |"
        yield "| --- | --- | --- | --- | --- |"
        for column in table.columns:
            cells = (f"`{column.name}`", column.kind, column.en, column.ru, column.source)
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
        yield ""


if __name__ == "__main__":
    sys.stdout.write(dictionary(marts()))
