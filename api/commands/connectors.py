"""`masterdeal connectors`: what each source system may report, and what its webhook looks like."""

from __future__ import annotations

import click

from api.commands.terminal import Terminal, terminal_options
from api.connectors_text import described, markdown
from masterdeal.errors import NotFound
from masterdeal.reference import read_connectors, read_rulebook


@click.command("connectors")
@click.argument("system", required=False, metavar="[СИСТЕМА]")
@click.option("--markdown", "page", is_flag=True, help="Страница docs/connectors.md.")
@terminal_options
def command(term: Terminal, system: str | None, page: bool) -> None:
    """Системы-источники: типы событий, поля вебхука, примеры. Без СИСТЕМЫ - список."""
    catalogue = read_rulebook().catalogue
    connectors = read_connectors(catalogue)
    if page:
        click.echo(markdown(connectors, catalogue), nl=False)
        return
    if system is None:
        if term.json:
            term.answer([described(one, catalogue) for one in connectors.values()])
            return
        headings = term.word("Система,Название,О чём,Типы событий", "System,Name,About,Event types").split(
            ","
        )
        rows = [(one.system, one.name_ru, one.about, ", ".join(one.types)) for one in connectors.values()]
        term.table(None, headings, rows)
        return
    if system not in connectors:
        raise NotFound(f"{system}: {', '.join(connectors)}", id=system)
    told = described(connectors[system], catalogue)
    if term.json:
        term.answer(told)
        return
    term.say(f"{told['name_ru']}: POST {told['webhook']}", f"{told['name_ru']}: POST {told['webhook']}")
    headings = term.word("Когда,Тип,Данные", "When,Type,Data").split(",")
    events = [
        (row["when"], row["type"], ", ".join(f"{name} ← {source}" for name, source in row["fields"].items()))
        for row in told["events"]
    ]
    term.table(None, headings, events)
    term.table(None, term.word("Поле,Что", "Field,What").split(","), list(told["fields"].items()))
    for example in told["examples"]:
        click.echo(example)
