"""`masterdeal ask`: a question about deals, answered with its sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from masterdeal.errors import NotFound


@click.command("ask")
@click.argument("question", metavar="ВОПРОС")
@click.option(
    "--deal", "deal_id", metavar="НОМЕР", help="Сделка, о которой речь, если вопрос её не называет."
)
@data_option
@terminal_options
def command(term: Terminal, question: str, deal_id: str | None, data: Path | None) -> None:
    """Ответить на ВОПРОС о сделках по их событиям; у каждой величины назван источник.

    Отвечает на языке вопроса. Без настроенной модели отвечают правила; чего события не говорят, о том сказано.
    """
    if not question.strip():
        raise click.BadParameter("ask something", param_hint="ВОПРОС")
    with existing_house(data, term) as house:
        if deal_id is not None:
            with house.store.reading() as read:
                if read.deal(deal_id) is None:
                    raise NotFound(f"no deal {deal_id}")
        answer = house.copilot.ask(question.strip(), deal_id)
    if term.json:
        term.answer(answer)
    else:
        _show(term, answer)


def _show(term: Terminal, answer: dict[str, Any]) -> None:
    term.say(answer["text"], answer["text"])
    if answer["evidence"]:
        headings = term.word("№,Где,Значение", "No,Where,Value").split(",")
        rows = [(one["id"], one["path"], one.get("value")) for one in answer["evidence"]]
        term.table(term.word("Источники", "Evidence"), headings, rows)
