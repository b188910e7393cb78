"""`masterdeal dead-letters`: what could not be taken in, and another try."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from masterdeal import instant
from masterdeal.errors import Malformed, NotFound
from masterdeal.flow.intake import REJECTED, read, record

PAGE = 500


@click.group("dead-letters", invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="И те, что уже повторены.")
@data_option
@terminal_options
@click.pass_context
def command(ctx: click.Context, term: Terminal, everything: bool, data: Path | None) -> None:
    """Что не удалось принять: причина, сколько раз пришло, чего ждёт."""
    if ctx.invoked_subcommand is not None:
        ctx.obj = (term, data)
        return
    with existing_house(data, term) as house, house.store.reading() as reading:
        after, letters = 0, []
        while rows := reading.dead_letters(after, PAGE):
            letters += [row for row in rows if everything or row.state == "open"]
            after = rows[-1].number
    if term.json:
        term.answer(
            [
                msgspec.to_builtins(row) | {"received": instant.iso(row.received), "event_id": row.id}
                for row in letters
            ]
        )
        return
    if not letters:
        term.say("Непринятых событий нет.", "There are no dead letters.")
        return
    headings = term.word(
        "№#,Получено,Источник,Событие,Тип,Причина,Что не так,Раз#,Состояние",
        "No#,Received,Source,Event,Type,Reason,What is wrong,Times#,State",
    )
    term.table(
        None,
        headings.split(","),
        [
            (
                row.number,
                term.time(instant.iso(row.received)),
                row.source,
                row.id,
                row.type,
                row.reason,
                row.detail,
                row.times,
                term.name("state", row.state),
            )
            for row in letters
        ],
    )


@command.command("replay")
@click.argument("number", type=click.IntRange(1, 2**53), metavar="N")
@click.option(
    "--event",
    type=click.Path(path_type=Path),
    metavar="ФАЙЛ",
    help="Исправленный CloudEvent вместо пришедшего.",
)
@data_option
@terminal_options
@click.pass_obj
def replay(
    given: tuple[Terminal, Path | None], term: Terminal, number: int, event: Path | None, data: Path | None
) -> int:
    """Принять N ещё раз, как пришло или исправленным. Код возврата 1, если снова отвергнуто."""
    before, folder = given
    data = data or folder
    term = term if term.json or not before.json else before
    corrected = None if event is None else event.read_bytes()
    if corrected is not None:
        try:
            msgspec.json.decode(corrected)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed(f"{event}: not JSON: {error}") from None
    with existing_house(data, term) as house, house.store.writing() as tx:
        letter = tx.dead_letter(number)
        if letter is None:
            raise NotFound(f"no dead letter {number}")
        incoming = read(letter.body if corrected is None else corrected, house.book)
        (result,) = record(tx, [incoming], house.book, house.clock())
        state = letter.state
        if result.outcome != REJECTED:
            state = "replayed"
            tx.settle(number, state)
    if term.json:
        term.answer({"result": msgspec.to_builtins(result), "state": state})
    else:
        reason = f": {result.reason}, {result.detail}" if result.outcome == REJECTED else ""
        term.say(f"№ {number}: {result.outcome}{reason}", f"No. {number}: {result.outcome}{reason}")
    return int(result.outcome == REJECTED)
