"""`masterdeal asyncapi`: the events of both directions, as a document for machines."""

from __future__ import annotations

import json

import click

from api.asyncapi import document
from api.commands.terminal import Terminal, terminal_options
from masterdeal.reference import read_rulebook


@click.command("asyncapi")
@terminal_options
def command(term: Terminal) -> None:
    """Описание событий на шине (AsyncAPI 3, всегда JSON): что принимается и что публикуется."""
    found = document(read_rulebook().catalogue)
    if term.json:
        term.answer(found)
    else:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
