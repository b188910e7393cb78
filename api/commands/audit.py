"""`masterdeal audit`: the audit trail, and the proof that nobody changed it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import msgspec

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from masterdeal import instant
from masterdeal.audit import AuditRow, broken
from masterdeal.errors import BadRequest
from masterdeal.ports import Reading

BROKEN: Final = 4
PAGE: Final = 1000


@click.group("audit")
def command() -> None:
    """Журнал обращений: кто что спрашивал, что предложено и решено, кому отказано."""


@command.command("verify")
@click.option(
    "--head", default=None, help="ПОЗИЦИЯ:ХЕШ, записанные раньше; запись с этим хешем должна найтись."
)
@data_option
@terminal_options
def verify(term: Terminal, head: str | None, data: Path | None) -> int:
    """Проверить цепочку хешей журнала от первой записи до последней.

    Код возврата 4, если какая-либо запись изменена, добавлена или изъята.
    """
    noted = _noted(head)
    with existing_house(data, term) as house, house.store.reading() as read:
        last, wrong = check(read, noted)
    found = {
        "entries": 0 if last is None else last.position,
        "head": None if last is None else f"{last.position}:{last.hash}",
        "broken_at": wrong,
    }
    if term.json:
        term.answer(found | {"intact": wrong is None})
    elif wrong is None:
        term.say(
            f"Журнал цел: записей {found['entries']}, голова {found['head']}.",
            f"The trail is intact: {found['entries']} entries, head {found['head']}.",
        )
    else:
        term.say(f"Журнал нарушен начиная с записи {wrong}.", f"The trail is broken from entry {wrong} on.")
    return 0 if wrong is None else BROKEN


def check(read: Reading, noted: tuple[int, str] | None = None) -> tuple[AuditRow | None, int | None]:
    """The last entry that follows from all before it, and the first position where the trail is broken, if any:
    against the chain, against the head kept beside it, and against a head that was noted elsewhere."""
    previous: AuditRow | None = None
    heads = [read.audit_noted(), *([noted] if noted is not None else [])]
    while rows := read.audit(0 if previous is None else previous.position, PAGE):
        wrong = broken(previous, rows)
        if wrong is not None:
            return previous, wrong
        for position, hash_ in heads:
            if (
                rows[0].position <= position <= rows[-1].position
                and rows[position - rows[0].position].hash != hash_
            ):
                return previous, position
        previous = rows[-1]
    length = 0 if previous is None else previous.position
    if length != heads[0][0]:
        return previous, min(length, heads[0][0]) + 1
    return previous, next((length + 1 for position, _ in heads if position > length), None)


def _noted(head: str | None) -> tuple[int, str] | None:
    if head is None:
        return None
    position, _, hash_ = head.partition(":")
    if not position.isdigit() or len(hash_) != 64:
        raise BadRequest(f"--head {head!r}: POSITION:HASH is wanted, as `audit verify` prints it")
    return int(position), hash_


@command.command("show")
@click.option("--after", type=click.IntRange(0), default=0, help="Записи после этой позиции.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@data_option
@terminal_options
def show(term: Terminal, after: int, limit: int, data: Path | None) -> None:
    """Показать записи журнала по порядку."""
    with existing_house(data, term) as house, house.store.reading() as read:
        rows = read.audit(after, limit)
    entries = [
        {"position": row.position, "time": instant.iso(row.time), **msgspec.json.decode(row.body)}
        for row in rows
    ]
    if term.json:
        term.answer(entries)
        return
    term.table(
        term.word("Журнал обращений", "Audit trail"),
        term.word("№,Время,Кто,Что,Подробности", "No,Time,Who,What,Details").split(","),
        [
            (
                item["position"],
                item["time"],
                item["who"]["subject"],
                item["what"],
                ", ".join(
                    f"{name}={value}"
                    for name, value in item.items()
                    if name not in ("position", "time", "who", "what")
                ),
            )
            for item in entries
        ],
    )
