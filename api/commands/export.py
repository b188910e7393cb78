"""`masterdeal export`: JSON lines out, one document a line."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
import msgspec

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from api.lookup import PAGE, shown
from api.wiring import House
from masterdeal.ports import DealFilter, Reading, pages


@click.command("export")
@click.argument("file", metavar="ФАЙЛ|-")
@click.option(
    "--what",
    type=click.Choice(["events", "deals", "canonical"]),
    default="events",
    show_default=True,
    help="Входящие события, карточки сделок или канонические события.",
)
@data_option
@terminal_options
def command(term: Terminal, file: str, what: str, data: Path | None) -> None:
    """Выгрузить JSON lines в ФАЙЛ или на стандартный вывод (-).

    events - принятые CloudEvents дословно в порядке приёма: загрузка их в пустую папку даёт те же сделки.
    """
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
