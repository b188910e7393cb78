"""`masterdeal what-if`: what other SLA limits would mean for the portfolio."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from api.supposition import looked_at, supposition
from masterdeal import instant
from masterdeal.whatif import CALENDAR, SHARE, Tally


@click.command("what-if")
@click.argument("limits", metavar="[ТАЙМЕР=ЛИМИТ]...", nargs=-1)
@click.option("--calendar", help="Календарь для всех таймеров: elapsed, working-ru.")
@click.option("--at-risk-share", type=float, help="Доля лимита, с которой таймер под угрозой.")
@click.option("--at", metavar="ВРЕМЯ", help="На какой момент смотреть, если до него ничего не случится.")
@click.option("--stage", help="Только сделки на этой стадии; несколько - через запятую.")
@click.option("--industry", help="Только эта отрасль.")
@click.option("--client-type", help="Только этот тип клиента.")
@click.option("--manager", help="Только этот менеджер.")
@click.option("-q", "--q", help="Слова из названия, клиента, менеджера, номеров.")
@click.option(
    "--limit",
    type=click.IntRange(0, 100_000),
    default=50,
    show_default=True,
    help="Сколько нарушений показать.",
)
@data_option
@terminal_options
def command(
    term: Terminal,
    limits: tuple[str, ...],
    calendar: str | None,
    at_risk_share: float | None,
    at: str | None,
    limit: int,
    data: Path | None,
    **asked: str | None,
) -> None:
    """Что было бы при других лимитах: offer_to_contract=2d. Ничего не записывает."""
    terms: dict[str, Any] = {}
    for text in limits:
        timer, sign, said = text.partition("=")
        if not sign:
            raise click.UsageError(f"{text!r} is not a timer with a limit, such as offer_to_contract=2d")
        terms[timer.strip()] = said.strip()
    if calendar is not None:
        terms[CALENDAR] = calendar
    if at_risk_share is not None:
        terms[SHARE] = at_risk_share
    if not terms:
        raise click.UsageError("name at least one other limit, a calendar or a share")
    tally = Tally()
    items: list[dict[str, Any]] = []
    with existing_house(data, term) as house:
        supposed = supposition(house, terms, at, "what-if", **asked)
        last: str | None = ""
        while last is not None:
            found, last = looked_at(house, supposed, last, tally)
            items += found[: max(limit - len(items), 0)]
    when = instant.iso(supposed.at)
    if term.json:
        term.answer({"at": when, "deals": tally.deals, "timers": tally.timers, "items": items, "writes": 0})
        return
    _show(term, when, tally, items)


def _show(term: Terminal, when: str, tally: Tally, items: list[dict[str, Any]]) -> None:
    title = term.word(
        f"Нарушения на {term.time(when)} МСК, сделок {tally.deals}",
        f"Breaches at {term.time(when)} Moscow, {tally.deals} deals",
    )
    headings = term.word(
        "Таймер,есть#,было бы#,появится#,исчезнет#", "Timer,there are#,would be#,appear#,disappear#"
    )
    rows = [
        (term.name("timer", name), row["breached"], row["would_be"], row["appear"], row["disappear"])
        for name, row in tally.timers.items()
    ]
    term.table(title, headings.split(","), rows)
    if items:
        headings = term.word(
            "Сделка,Название,Таймер,Нарушение,Срок сейчас,Срок был бы",
            "Deal,Title,Timer,Breach,Due now,Would be due",
        )
        rows_of_items = [
            (
                item["master_deal_id"],
                item["title"],
                term.name("timer", item["timer"]),
                term.word(*_CHANGE[item["change"]]),
                term.time(item["before"]["due_at"]),
                term.time(item["after"]["due_at"]),
            )
            for item in items
        ]
        term.table(None, headings.split(","), rows_of_items)
    more = sum(row["appear"] + row["disappear"] for row in tally.timers.values()) - len(items)
    if more:
        term.say(f"Ещё {more}: --limit", f"{more} more: --limit")
    term.say("Ничего не записано.", "Nothing was written.")


_CHANGE = {"appear": ("появится", "appears"), "disappear": ("исчезнет", "disappears")}
