"""`masterdeal leads`: import a list of leads, show those kept."""

from __future__ import annotations

import json
from pathlib import Path

import click

from api.commands.terminal import Terminal, data_option, existing_house, settings_of, terminal_options
from api.leads import keep
from api.wiring import open_house
from masterdeal.errors import NotFound
from tools.leads.importing import import_leads

REJECTED = 3
SHOWN = 50


@click.group("leads")
def command() -> None:
    """Лиды: загрузить список, показать загруженные."""


@command.command("import")
@click.argument("file", metavar="ФАЙЛ", type=click.Path(path_type=Path))
@data_option
@terminal_options
@click.pass_context
def import_command(ctx: click.Context, term: Terminal, file: Path, data: Path | None) -> None:
    """Загрузить лиды из CSV, XLSX или JSON. Повторы сливаются, плохая строка названа и ничему не мешает (код выхода 3)."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    with open_house(settings_of(data)) as house:
        result = keep(house, import_leads(file.name, content))
    if term.json:
        term.answer(result)
    else:
        headings = term.word("Строка,Причина", "Row,Reason").split(",")
        term.say(
            f"лидов: {result['imported']}, слито строк: {result['merged']}, отвергнуто: {len(result['rejected'])}",
            f"leads: {result['imported']}, rows merged: {result['merged']}, rejected: {len(result['rejected'])}",
        )
        if result["rejected"]:
            term.table(None, headings, [(row["row"], row["reason"]) for row in result["rejected"][:SHOWN]])
    if result["rejected"]:
        ctx.exit(REJECTED)


@command.command("list")
@data_option
@terminal_options
def list_command(term: Terminal, data: Path | None) -> None:
    """Показать загруженные лиды."""
    with existing_house(data, term) as house, house.store.reading() as read:
        leads = [json.loads(body) for _, body in read.archive("lead", "", 100_000)]
    if term.json:
        term.answer(leads)
        return
    headings = term.word("Лид,Компания,ИНН,E-mail,Телефон,Город", "Lead,Company,INN,E-mail,Phone,City").split(
        ","
    )
    rows = [(x["lead_id"], x["name"], x["inn"], x["email"], x["phone"], x["city"]) for x in leads[:SHOWN]]
    term.table(term.word(f"Лидов: {len(leads)}", f"Leads: {len(leads)}"), headings, rows)
