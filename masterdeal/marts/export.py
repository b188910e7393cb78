"""A table of the marts as CSV, Parquet, XLSX or JSON, written batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, Final, Literal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from masterdeal import instant
from masterdeal.errors import TooLarge
from masterdeal.marts.model import Kind, Table

Format = Literal["csv", "parquet", "xlsx"]
FORMATS: Final[dict[str, Format]] = {"csv": "csv", "parquet": "parquet", "xlsx": "xlsx"}
SHEET_ROWS: Final = 1_048_576
# A spreadsheet runs what begins so; the text of an event must not.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


Asked = Mapping[str, str]


def write(
    batches: pa.RecordBatchReader, table: Table, format_: Format, out: BinaryIO, asked: Asked | None = None
) -> int:
    """Write all batches; returns the number of rows. CSV is UTF-8 with a heading, instants in ISO 8601 UTC. TooLarge
    where a sheet cannot hold them. Text that a spreadsheet would take for a formula gets an apostrophe in CSV. `asked`
    says what the rows were chosen by: a sheet `filters` in XLSX, metadata in Parquet; CSV has no place for it."""
    return _WRITERS[format_](batches, table, out, asked or {})


def _csv(batches: pa.RecordBatchReader, table: Table, out: BinaryIO, _: Asked) -> int:
    count = 0
    instants = {column.name for column in table.columns if column.kind == "instant"}
    texts = {column.name for column in table.columns if column.kind == "text"}
    schema = pa.schema(
        [
            pa.field(name, pa.string() if name in instants else batches.schema.field(name).type)
            for name in batches.schema.names
        ]
    )
    with pa.csv.CSVWriter(out, schema) as writer:
        for batch in batches:
            columns = [
                pa.array(_iso(column), pa.string())
                if name in instants
                else pa.array(_harmless(column), pa.string())
                if name in texts
                else column
                for name, column in zip(batch.schema.names, batch.columns, strict=True)
            ]
            writer.write_batch(pa.record_batch(columns, schema=schema))
            count += batch.num_rows
    return count


def _iso(column: pa.Array) -> list[str | None]:
    return [None if moment is None else shown(moment) for moment in column.to_pylist()]


def _harmless(column: pa.Array) -> list[str | None]:
    return [
        f"'{text}" if text is not None and text.startswith(FORMULA) else text for text in column.to_pylist()
    ]


def _parquet(batches: pa.RecordBatchReader, table: Table, out: BinaryIO, asked: Asked) -> int:
    count = 0
    meaning = {column.name: {"ru": column.ru, "en": column.en} for column in table.columns}
    schema = pa.schema(
        [field.with_metadata(meaning.get(field.name, {})) for field in batches.schema],
        metadata={
            "table": table.name,
            "per": table.per,
            **{f"filter.{name}": value for name, value in asked.items()},
        },
    )
    with pa.parquet.ParquetWriter(out, schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(pa.record_batch(batch.columns, schema=schema))
            count += batch.num_rows
    return count


def _xlsx(batches: pa.RecordBatchReader, table: Table, out: BinaryIO, asked: Asked) -> int:
    import xlsxwriter

    book = xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(table.name[:31])
    heading = book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    formats: dict[Kind, Any] = {"instant": moment, "day": day}
    writers = [(_cell(sheet, column.kind), formats.get(column.kind)) for column in table.columns]
    for place, column in enumerate(table.columns):
        sheet.write_string(0, place, column.name, heading)
    sheet.freeze_panes(1, 0)
    row = 0
    for batch in batches:
        if row + batch.num_rows >= SHEET_ROWS:
            raise TooLarge(f"{table.name} has more rows than a sheet can hold; ask for CSV or Parquet")
        for values in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            row += 1
            for place, (value, (put, format_)) in enumerate(zip(values, writers, strict=True)):
                if value is not None:
                    put(row, place, value, format_)
    if asked:
        chosen = book.add_worksheet("filters")
        for place, (name, value) in enumerate(asked.items()):
            chosen.write_string(place, 0, name, heading)
            chosen.write_string(place, 1, value[:32_767])
    book.close()
    return row


def _cell(sheet: Any, kind: Kind) -> Callable[[int, int, Any, Any], object]:
    def text(row: int, place: int, value: Any, format_: Any) -> object:
        return sheet.write_string(row, place, str(value)[:32_767], format_)

    def number(row: int, place: int, value: Any, format_: Any) -> object:
        return sheet.write_number(row, place, float(value), format_)

    def moment(row: int, place: int, value: Any, format_: Any) -> object:
        # A sheet knows no day before 1900.
        if value.year < 1900:
            return sheet.write_string(row, place, str(value), None)
        return sheet.write_datetime(row, place, value, format_)

    def truth(row: int, place: int, value: Any, format_: Any) -> object:
        return sheet.write_boolean(row, place, value, format_)

    return {"instant": moment, "day": moment, "boolean": truth, "text": text}.get(kind, number)


_WRITERS: Final[dict[Format, Callable[[pa.RecordBatchReader, Table, BinaryIO, Asked], int]]] = {
    "csv": _csv,
    "parquet": _parquet,
    "xlsx": _xlsx,
}


def shown(value: Any) -> Any:
    """A value as JSON has it: instants in ISO 8601 UTC, money and days as text."""
    match value:
        case datetime():
            return instant.iso(instant.of_datetime(value.replace(tzinfo=instant.EPOCH.tzinfo)))
        case Decimal():
            return format(value.normalize(), "f")
        case date():
            return value.isoformat()
        case list() | tuple():
            return [shown(inner) for inner in value]
        case dict():
            return {str(key): shown(inner) for key, inner in value.items()}
        case None | bool() | int() | str():
            return value
        case float():
            return value if abs(value) != float("inf") and value == value else None
        case _:
            return str(value)


def shown_rows(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    """Rows as JSON has them."""
    return [[shown(value) for value in row] for row in rows]
