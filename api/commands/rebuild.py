"""`masterdeal rebuild`: every deal again from the log, and the proof that nothing differs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click
import msgspec

from api.commands.taking import settle_clock
from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from masterdeal.flow.rebuild import rebuild

DIFFERENT: Final = 4
NAMED: Final = 20


@click.command("rebuild")
@click.option("--repair", is_flag=True, help="Записать то, что отличается.")
@data_option
@terminal_options
def command(term: Terminal, repair: bool, data: Path | None) -> int:
    """Собрать состояние всех сделок заново из журнала событий и сравнить с хранимым.

    Код возврата 4, если хранимое состояние не тождественно журналу (и не исправлено).
    """
    with existing_house(data, term) as house:
        settle_clock(house)
        with term.progress("Сборка из журнала", "Rebuilding from the log") as progress:
            proof = rebuild(house.store, house.book, house.clock(), repair=repair, progress=progress)
    if term.json:
        term.answer(msgspec.to_builtins(proof) | {"identical": proof.identical})
    else:
        rows = [
            (term.word("сделок", "deals"), proof.deals),
            (term.word("событий", "events"), proof.events),
            (term.word("SHA-256 хранимого", "SHA-256 as stored"), proof.stored_digest),
            (term.word("SHA-256 собранного", "SHA-256 as rebuilt"), proof.rebuilt_digest),
            (term.word("различаются", "differing"), ", ".join(proof.differing[:NAMED]) or "0"),
        ]
        term.table(term.word("Состояние из журнала", "State from the log"), ("", ""), rows)
        if proof.identical:
            term.say("Тождественно.", "Identical.")
        elif proof.repaired:
            term.say(
                f"Исправлено сделок: {len(proof.differing)}.", f"Deals repaired: {len(proof.differing)}."
            )
        else:
            term.say(
                f"Не тождественно: {len(proof.differing)} сделок; --repair запишет собранное.",
                f"Not identical: {len(proof.differing)} deals; --repair writes what was rebuilt.",
            )
    return 0 if proof.identical or proof.repaired else DIFFERENT
