"""`masterdeal export`: JSON lines out, one document a line; or tables of the marts as CSV, Parquet or XLSX."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click
import msgspec

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from api.lookup import PAGE, shown
from masterdeal.errors import BadRequest
from masterdeal.ports import DealFilter, Reading, pages

if TYPE_CHECKING:
    from api.wiring import House


@click.command("export")
@click.argument("file", metavar="ФАЙЛ|-")
@click.option(
    "--what",
    type=click.Choice(["events", "deals", "canonical", "marts"]),
    default="events",
    show_default=True,
    help="Входящие события, карточки сделок, канонические события или витрины.",
)
@click.option("--table", help="Витрина, например fact_sla; без неё все, каждая в свой файл Parquet.")
@data_option
@terminal_options
def command(term: Terminal, file: str, what: str, table: str | None, data: Path | None) -> None:
    """Выгрузить JSON lines в ФАЙЛ или на стандартный вывод (-).

    events - принятые CloudEvents дословно в порядке приёма: загрузка их в пустую папку даёт те же сделки.

    marts - витрины: формат по окончанию ФАЙЛА (.csv, .parquet, .xlsx), на стандартный вывод CSV; без --table ФАЙЛ
    есть папка. Пока работает сервис, витрины держит он: GET /v1/marts/ТАБЛИЦА.
    """
    if what == "marts":
        _marts(term, file, table, data)
        return
    with existing_house(data, term) as house, _sink(file) as out, house.store.reading() as read:
        count = 0
        for line in _lines(what, house, read):
            out.write(line + b"\n")
            count += 1
    if file == "-":
        return
    if term.json:
        term.answer({"what": what, "file": file, "lines": count})
    else:
        term.say(f"Выгружено строк: {count} → {file}", f"{count} lines written to {file}")


def _marts(term: Terminal, file: str, table: str | None, data: Path | None) -> None:
    """Fill the marts up and write a table of them, or all into a folder."""
    from masterdeal.marts.export import FORMATS, write
    from masterdeal.marts.model import marts

    tables = marts().tables
    if table is not None and table not in tables:
        raise BadRequest(f"--table: no table {table!r}; there are: {', '.join(tables)}")
    if table is None and file == "-":
        raise BadRequest("--table: which of the marts goes to the standard output?")
    kind = "csv" if file == "-" else Path(file).suffix.removeprefix(".") if table else "parquet"
    if kind not in FORMATS:
        raise BadRequest(f"{file}: the marts are written as {', '.join(f'.{one}' for one in FORMATS)}")
    written = {}
    with existing_house(data, term) as house:
        filled = house.marts.asked()
        for name in [table] if table else list(tables):
            target = file if table else str(Path(file) / f"{name}.parquet")
            if table is None:
                Path(file).mkdir(parents=True, exist_ok=True)
            with _sink(target) as out, filled.batches(tables[name]) as batches:
                written[name] = write(batches, tables[name], FORMATS[kind], out)
    if file == "-":
        return
    if term.json:
        term.answer({"what": "marts", "file": file, "rows": written})
    else:
        for name, rows in written.items():
            term.say(f"{name}: строк {rows} → {file}", f"{name}: {rows} rows written to {file}")


def _lines(what: str, house: House, read: Reading) -> Iterator[bytes]:
    if what == "events":
        for row in pages(read):
            yield msgspec.json.format(row.body.encode(), indent=-1) if "\n" in row.body else row.body.encode()
    elif what == "deals":
        clock, after = house.clock(), ""
        while rows := read.deals(DealFilter(), after, PAGE):
            for deal in rows:
                yield msgspec.json.encode(shown(read, deal, house, clock))
            after = rows[-1].deal_id
    else:
        position = 0
        while out := read.outbox(position, PAGE):
            yield from (row.body for row in out)
            position = out[-1].position


@contextmanager
def _sink(file: str) -> Iterator[BinaryIO]:
    """Standard output, or a file that appears only once it is whole."""
    if file == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(file)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
