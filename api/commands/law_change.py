"""`masterdeal law-change`: which open contracts and plans a change of law touches."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("law-change")
@click.option("--since", type=_DAY, required=True, metavar="ГГГГ-ММ-ДД", help="Изменения после этого дня.")
@click.option("--until", type=_DAY, metavar="ГГГГ-ММ-ДД", help="По этот день (по умолчанию сегодня).")
@click.option("--today", type=_DAY, metavar="ГГГГ-ММ-ДД", help="На какой день документы открыты.")
@click.option(
    "--side",
    type=click.Choice(["seller", "client"]),
    default="seller",
    help="За чью сторону (по умолчанию за продавца).",
)
@data_option
@terminal_options
def command(
    term: Terminal,
    since: datetime,
    until: datetime | None,
    today: datetime | None,
    side: str,
    data: Path | None,
) -> None:
    """Закон изменился: какие открытые договоры, планы и КП затронуты, каким правилом и с какого дня."""
    from api.law_change import Span, touched

    span = Span.model_validate(
        {
            "since": since.date(),
            "until": until and until.date(),
            "today": today and today.date(),
            "side": side,
        }
    )
    with existing_house(data, term) as house:
        found = touched(house, span)
    if term.json:
        term.answer(found.model_dump(mode="json"))
        return
    term.say(
        f"Открытых договоров и планов: {found.open}, затронуто: {len({row.matter_id for row in found.affected})}.",
        f"Open contracts and plans: {found.open}, touched: {len({row.matter_id for row in found.affected})}.",
    )
    headings = term.word("Документ,Правило,Что с ним,С дня,Место", "Paper,Rule,Change,From,Place").split(",")
    changes = {"begins": term.word("начинает действовать", "begins"), "ends": term.word("отменено", "ends")}
    if found.affected:
        term.table(
            None,
            headings,
            [
                (
                    row.matter_id,
                    row.rule_id,
                    changes[row.change],
                    row.first_day_touched.isoformat(),
                    row.finding.quote if row.finding else None,
                )
                for row in found.affected
            ],
        )
    for paper in found.set_aside:
        term.say(
            f"Посмотрите сами: {paper.matter_id} (нет дат исполнения или не читается).",
            f"Look yourself: {paper.matter_id} (no dates of performance, or unreadable).",
        )
