"""`masterdeal leads`: import a list of leads, show those kept, learn from finished deals, enter them as deals, join two into one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from api.commands.terminal import Terminal, data_option, existing_house, settings_of, terminal_options
from masterdeal.errors import BadRequest, NotFound

if TYPE_CHECKING:
    from api.wiring import House

REJECTED: Final = 3
SHOWN: Final = 50
MOST: Final = 1_000_000


@click.group("leads")
def command() -> None:
    """Лиды: загрузить список, показать загруженные, выучить оценку, завести сделки, объединить двойников."""


@command.command("import")
@click.argument("file", metavar="ФАЙЛ", type=click.Path(path_type=Path))
@click.option(
    "--column",
    "columns",
    metavar="ЗАГОЛОВОК=ПОЛЕ",
    multiple=True,
    help="Читать столбец как поле (company, inn, notes, ...); без поля столбец хранится как есть.",
)
@data_option
@terminal_options
@click.pass_context
def import_command(
    ctx: click.Context, term: Terminal, file: Path, columns: tuple[str, ...], data: Path | None
) -> None:
    """Загрузить лиды из CSV, XLSX или JSON. Повторы сливаются, плохая строка названа и ничему не мешает (код выхода 3).

    Прерванную загрузку большого файла тот же вызов продолжает с места обрыва."""
    from api.access import LOCAL
    from api.lead_imports import AT_ONCE, at_once, begin, carry_on
    from api.wiring import open_house
    from tools.leads.importing import import_leads
    from tools.leads.preview import checked_choice

    pairs = [column.rpartition("=") for column in columns]
    chosen = checked_choice({heading: field or None for heading, _, field in pairs}) if columns else None
    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    with (
        open_house(settings_of(data)) as house,
        term.progress(f"Загрузка {file.name}", f"Loading {file.name}") as progress,
    ):
        if len(content) > AT_ONCE:
            job = begin(house, file.name, content, LOCAL.subject, chosen)
            result = carry_on(house, job["import_id"], progress)
        else:
            result = at_once(house, import_leads(file.name, content, chosen=chosen), progress)
    if result.get("state") == "failed":
        raise BadRequest(result["problem"]["detail"])
    if term.json:
        term.answer(result)
    else:
        _say_imported(term, result)
    if result["rejected"]:
        ctx.exit(REJECTED)


def _say_imported(term: Terminal, result: dict[str, Any]) -> None:
    proposed = result["proposals"] if isinstance(result["proposals"], int) else len(result["proposals"])
    term.say(
        f"лидов: {result['imported']}, слито строк: {result['merged']}, отвергнуто: {len(result['rejected'])}, "
        f"возможных двойников: {proposed}",
        f"leads: {result['imported']}, rows merged: {result['merged']}, rejected: {len(result['rejected'])}, "
        f"possible doubles: {proposed}",
    )
    headings = term.word("Строка,Причина", "Row,Reason").split(",")
    if result["rejected"]:
        term.table(None, headings, [(row["row"], row["reason"]) for row in result["rejected"][:SHOWN]])


@command.command("list")
@click.option("--verdict", type=click.Choice(["qualified", "not_qualified", "undecided"]), default=None)
@data_option
@terminal_options
def list_command(term: Terminal, verdict: str | None, data: Path | None) -> None:
    """Показать загруженные лиды с вердиктом и уровнем ABM."""
    from api.lead_learning import scored_now

    with existing_house(data, term) as house:
        with house.store.reading() as read:
            kept = [json.loads(body) for _, body in read.archive("lead", "", MOST)]
        leads = scored_now(house, kept)
    leads = [lead for lead in leads if verdict in (None, lead.get("qualification", {}).get("verdict"))]
    if term.json:
        term.answer(leads)
        return
    headings = term.word(
        "Лид,Компания,ИНН,E-mail,Телефон,Город,Вердикт,ABM#,Шанс#",
        "Lead,Company,INN,E-mail,Phone,City,Verdict,ABM#,Chance#",
    ).split(",")
    rows = [
        (
            x["lead_id"],
            x["name"],
            x["inn"],
            x["email"],
            x["phone"],
            x["city"],
            known.get("verdict"),
            known.get("tier"),
            _chance(x.get("learned_score")),
        )
        for x in leads[:SHOWN]
        for known in [x.get("qualification", {})]
    ]
    term.table(term.word(f"Лидов: {len(leads)}", f"Leads: {len(leads)}"), headings, rows)


def _chance(score: dict[str, Any] | None) -> str | None:
    return None if score is None else f"{100 * score['probability']:.0f} %"


@command.command("learn")
@data_option
@terminal_options
def learn_command(term: Terminal, data: Path | None) -> None:
    """Выучить оценку по своим выигранным и проигранным сделкам и показать, насколько ей верить. Стоит отдельно от вердикта."""
    from api.lead_learning import learn, reliability

    with existing_house(data, term) as house:
        found = reliability(learn(house))
    if term.json:
        term.answer(found)
        return
    term.say(
        f"сделок в истории: выиграно {found['won']}, проиграно {found['lost']}",
        f"deals in the history: {found['won']} won, {found['lost']} lost",
    )
    if found["state"] != "learned":
        needed = found["needed"]
        term.say(
            f"мало, чтобы учиться: нужно не меньше {needed['won']} выигранных и {needed['lost']} проигранных",
            f"too few to learn from: at least {needed['won']} won and {needed['lost']} lost are needed",
        )
        return
    judged = found["judgement"]
    term.say(
        f"AUC {judged['auc']:.3f}, ошибка калибровки {judged['calibration_error']:.3f}, "
        f"Брайер {judged['brier']:.3f} (для средней доли {judged['brier_of_base_rate']:.3f})",
        f"AUC {judged['auc']:.3f}, calibration error {judged['calibration_error']:.3f}, "
        f"Brier {judged['brier']:.3f} (of the base rate {judged['brier_of_base_rate']:.3f})",
    )
    headings = term.word("Обещано#,Вышло#,Сделок#", "Predicted#,Observed#,Deals#").split(",")
    term.table(
        term.word("Надёжность", "Reliability"),
        headings,
        [(one["predicted"], one["observed"], one["leads"]) for one in judged["reliability"]],
    )


@command.command("approve")
@click.argument("lead_ids", metavar="ЛИД...", nargs=-1)
@click.option("--qualified", is_flag=True, help="Все лиды с вердиктом «квалифицирован», ещё не заведённые.")
@data_option
@terminal_options
def approve_command(term: Terminal, lead_ids: tuple[str, ...], qualified: bool, data: Path | None) -> None:
    """Завести лиды сделками: событие crm.deal.created, для квалифицированных ещё crm.lead.qualified."""
    from api.access import LOCAL
    from api.lead_book import enter

    if bool(lead_ids) is qualified:
        raise BadRequest("name leads, or --qualified")
    with existing_house(data, term) as house:
        ids = lead_ids or _waiting(house)
        entered = []
        for lead_id in ids:
            with house.store.writing() as tx:
                entered.append(enter(tx, house, lead_id, LOCAL.subject, house.clock()))
    if term.json:
        term.answer(entered)
        return
    headings = term.word("Лид,Событие,Исход", "Lead,Event,Outcome").split(",")
    rows = [
        (each["lead_id"], event["type"], event["outcome"]) for each in entered for event in each["events"]
    ]
    term.table(term.word(f"Заведено: {len(entered)}", f"Entered: {len(entered)}"), headings, rows)


def _waiting(house: House) -> tuple[str, ...]:
    with house.store.reading() as read:
        leads = [json.loads(body) for _, body in read.archive("lead", "", MOST)]
    return tuple(
        lead["lead_id"]
        for lead in leads
        if lead.get("qualification", {}).get("verdict") == "qualified" and not lead.get("entered")
    )


@command.command("merges")
@click.option("--approve", "approved", metavar="ID", multiple=True, help="Объединить: номер предложения.")
@click.option("--reject", "rejected", metavar="ID", multiple=True, help="Не объединять: номер предложения.")
@data_option
@terminal_options
def merges_command(
    term: Terminal, approved: tuple[str, ...], rejected: tuple[str, ...], data: Path | None
) -> None:
    """Показать возможных двойников, которые ждут человека, или решить о них."""
    from api.access import LOCAL
    from api.proposals import card, decide_for

    with existing_house(data, term) as house:
        made = [
            decide_for(house, LOCAL, id_, "approve" if yes else "reject", hash_=None, kind="merge")[
                "proposal"
            ]
            for yes, ids in ((True, approved), (False, rejected))
            for id_ in ids
        ]
        if not made:
            with house.store.reading() as read:
                made = [card(one) for one in read.proposals("waiting", "merge", (0, ""), MOST)]
    if term.json:
        term.answer(made)
        return
    headings = term.word(
        "Предложение,Лиды,Сходство#,Доводы,Состояние", "Proposal,Leads,Score#,Reasons,State"
    ).split(",")
    rows = [
        (
            one["id"],
            "\n".join(one["content"]["lead_ids"]),
            one["content"]["score"],
            "; ".join(one["content"]["reasons"]),
            one["state"],
        )
        for one in made[:SHOWN]
    ]
    term.table(term.word(f"Предложений: {len(made)}", f"Proposals: {len(made)}"), headings, rows)
