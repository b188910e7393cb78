"""`masterdeal deals`: which deals there are, and the figures over them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from api.commands.figures import show_figures
from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from api.lookup import deal_filter, deals_of, shown
from masterdeal.portfolio import figures
from masterdeal.sla import STATES


class Amount(click.ParamType[Decimal]):
    """A sum of money in whole units and hundredths."""

    name = "СУММА"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """The sum, exactly."""
        try:
            amount = Decimal(str(value).replace(" ", ""))
        except ArithmeticError:
            amount = Decimal("nan")
        if not amount.is_finite() or amount < 0 or amount > 10**13:
            self.fail(f"{value!r} is not a sum of money", param, ctx)
        return amount


@click.command("deals")
@click.option("--stage", help="Агрегированная стадия; несколько - через запятую.")
@click.option("--pipeline-stage", help="Шаг воронки: имя или номер 1..10.")
@click.option("--industry", help="Отрасль клиента.")
@click.option("--client-type", help="Тип клиента.")
@click.option("--manager", help="Менеджер.")
@click.option("--budget-min", type=Amount(), help="Бюджет не меньше.")
@click.option("--budget-max", type=Amount(), help="Бюджет не больше.")
@click.option(
    "--sla",
    type=click.Choice(STATES),
    metavar="СОСТОЯНИЕ",
    help=f"Состояние SLA-таймера: {', '.join(STATES)}.",
)
@click.option("--timer", help="Вместе с --sla: только этот таймер.")
@click.option("-q", "--q", help="Слова из названия, клиента, менеджера, номеров.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, help="Сколько показать."
)
@click.option("--cursor", default="", help="Начать после этого номера сделки.")
@click.option("--figures", "as_figures", is_flag=True, help="Показатели по отобранным сделкам вместо списка.")
@data_option
@terminal_options
def command(
    term: Terminal, data: Path | None, limit: int, cursor: str, as_figures: bool, **wanted: Any
) -> None:
    """Сделки по порядку номеров, или показатели по ним (--figures)."""
    with existing_house(data, term) as house:
        where = deal_filter(house.book.rules, "deals", **wanted)
        clock = house.clock()
        with house.store.reading() as read:
            if as_figures:
                found = figures(deals_of(read, where, house, clock), house.book, clock)
            else:
                rows = read.deals(where, cursor, limit + 1)
                cards = [shown(read, row, house, clock) for row in rows[:limit]]
        if as_figures:
            if term.json:
                term.answer(found)
            else:
                show_figures(term, found)
            return
    following = rows[limit - 1].deal_id if len(rows) > limit else None
    if term.json:
        term.answer({"items": cards, "next_cursor": following})
        return
    _show(term, cards)
    if following:
        term.say(f"Есть ещё: --cursor {following}", f"There is more: --cursor {following}")


def _show(term: Terminal, cards: list[dict[str, Any]]) -> None:
    if not cards:
        term.say("Таких сделок нет.", "There are no such deals.")
        return
    headings = term.word(
        "Сделка,Название,Клиент,Стадия,Бюджет#,SLA,Не хватает", "Deal,Title,Client,Stage,Budget#,SLA,Missing"
    )
    rows = []
    for card in cards:
        timers = [timer for timer in card["sla"] if timer["state"] in ("breached", "at_risk", "running")]
        worst = next((s for s in ("breached", "at_risk") if any(t["state"] == s for t in timers)), "")
        told = "\n".join(
            f"{term.name('timer', timer['timer'])}: {term.name('state', timer['state'])}" for timer in timers
        )
        rows.append(
            (
                card["master_deal_id"],
                card["title"],
                (card["client"] or {}).get("name"),
                term.name("stage", card["aggregated_stage"]),
                term.money(card["budget"]),
                (told, term.state(worst)[1] if worst else ""),
                ", ".join(card["missing"]),
            )
        )
    term.table(None, headings.split(","), rows)
