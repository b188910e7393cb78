"""`masterdeal brief`, `plan`, `review`, `check-ad`: a file in, an answer with its quotes out. They need no data folder
and keep nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands.terminal import Terminal, aside_option, house_aside, terminal_options
from masterdeal.errors import Misconfigured, NotFound

if TYPE_CHECKING:
    from api.assistance import Assignment
    from api.wiring import House
    from tools.document import Document

_file = click.argument("file", metavar="ФАЙЛ", type=click.Path(path_type=Path))
_day = click.option(
    "--date", "day", metavar="ГГГГ-ММ-ДД", help="День, на который читается текст (по умолчанию сегодня)."
)


def _answer(
    job: Callable[[House, Assignment], dict[str, Any]],
    file: Path | None,
    term: Terminal,
    data: Path | None,
    **options: Any,
) -> dict[str, Any]:
    text = None if file is None else _read(file).text
    return _done(job, text, term, data, options)


def _read(file: Path) -> Document:
    from tools.document import read_document

    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    return read_document(file.name, content)


def _done(
    job: Callable[[House, Assignment], dict[str, Any]],
    text: str | None,
    term: Terminal,
    data: Path | None,
    options: Mapping[str, Any],
) -> dict[str, Any]:
    from api.assistance import Assignment

    given = {name: value for name, value in options.items() if value is not None and value != ()}
    assignment = Assignment(text=text, lang="en" if term.lang == "en" else "ru", options=given)
    with house_aside(data) as house:
        return job(house, assignment)


def _show(term: Terminal, answer: dict[str, Any]) -> None:
    if term.json:
        term.answer(answer)
    else:
        term.say(answer["text"], answer["text"])


@click.command("brief")
@_file
@_day
@aside_option
@terminal_options
def brief_command(term: Terminal, file: Path, day: str | None, data: Path | None) -> None:
    """Прочитать бриф из ФАЙЛА: каждое значение с цитатой, чего не хватает, что спросить."""
    from api.jobs import brief

    _show(term, _answer(brief, file, term, data, date=day))


@click.command("plan")
@click.argument("file", metavar="[ФАЙЛ]", required=False, type=click.Path(path_type=Path))
@_day
@click.option("--budget", "budget_max", type=float, metavar="СУММА", help="Бюджет, если его нет в брифе.")
@click.option("--vat", "budget_vat", type=click.Choice(["incl", "excl"]), help="Бюджет с НДС или без.")
@click.option("--from", "period_start", metavar="ГГГГ-ММ-ДД", help="Начало размещения.")
@click.option("--to", "period_end", metavar="ГГГГ-ММ-ДД", help="Конец размещения.")
@click.option("--geo", multiple=True, metavar="МЕСТО", help="Где; можно несколько раз.")
@click.option(
    "--channel", "channels", multiple=True, metavar="КАНАЛ", help="Желаемый канал; можно несколько раз."
)
@click.option(
    "--without", "excluded_channels", multiple=True, metavar="КАНАЛ", help="Канал, которого не хотят."
)
@click.option(
    "--sample-prices", "demo", is_flag=True, default=None, help="Выдуманные цены демонстрационного прайса."
)
@aside_option
@terminal_options
def plan_command(
    term: Terminal, file: Path | None, day: str | None, data: Path | None, **options: Any
) -> None:
    """Медиаплан по брифу из ФАЙЛА или по параметрам; если невозможен, то почему и что изменить."""
    from api.jobs import mediaplan

    lists = {name: list(options.pop(name)) or None for name in ("geo", "channels", "excluded_channels")}
    answer = _answer(mediaplan, file, term, data, date=day, **options, **lists)
    if term.json:
        term.answer(answer)
        return
    headings = term.word(
        "Канал,Формат,Ед.,Кол-во,Цена,Стоимость,Показы,Клики,Охват",
        "Channel,Format,Unit,Units,Price,Cost,Impressions,Clicks,Reach",
    ).split(",")
    rows = [
        (
            line["channel"],
            line["format"],
            line["unit"],
            line["units"],
            term.money(line["price"]),
            term.money(line["cost"]),
            line["impressions"],
            line["clicks"],
            line["reach"],
        )
        for line in answer["result"]["lines"]
    ]
    if rows:
        term.table(term.word("Медиаплан", "Media plan"), headings, rows)
    term.say(answer["text"], answer["text"])


@click.command("review")
@_file
@_day
@click.option(
    "--kind", type=click.Choice(["contract", "ad"]), help="Договор или реклама (по умолчанию решает текст)."
)
@click.option(
    "--side", type=click.Choice(["seller", "client"]), help="За чью сторону (по умолчанию за продавца)."
)
@click.option(
    "--channel", "channels", multiple=True, metavar="КАНАЛ", help="Где выйдет реклама; можно несколько раз."
)
@click.option("--category", metavar="КАТЕГОРИЯ", help="Что рекламируется.")
@click.option(
    "--memo",
    "memo_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="ФАЙЛ",
    help="Записать заключение для юриста, DOCX.",
)
@aside_option
@terminal_options
def review_command(
    term: Terminal,
    file: Path,
    day: str | None,
    channels: tuple[str, ...],
    memo_file: Path | None,
    data: Path | None,
    **options: Any,
) -> None:
    """Юридические риски договора или рекламы из ФАЙЛА, с цитатами и нормами на дату."""
    from api.legal import assessed, told
    from api.memo import reviewed
    from tools.paper.memo import memo_document

    document = _read(file)
    paper: list[bytes] = []

    def job(house: House, assignment: Assignment) -> dict[str, Any]:
        judged = assessed(house, assignment)
        if memo_file is not None:
            paper.append(
                memo_document(reviewed(judged, assignment, document.name, document.sha256), assignment.lang)
            )
        return told(judged, assignment)

    given = {**options, "date": day, "channels": list(channels) or None}
    _show(term, _done(job, document.text, term, data, given))
    if memo_file is not None:
        try:
            memo_file.write_bytes(paper[0])
        except OSError as error:
            raise Misconfigured(f"{memo_file}: {error.strerror}") from error
        term.note(f"Заключение: {memo_file}", f"Memo: {memo_file}")


@click.command("check-ad")
@click.argument("what", metavar="ФАЙЛ|ТЕКСТ")
@_day
@click.option(
    "--channel", "channels", multiple=True, metavar="КАНАЛ", help="Где выйдет; можно несколько раз."
)
@click.option("--category", metavar="КАТЕГОРИЯ", help="Что рекламируется.")
@click.option("--erid", metavar="ТОКЕН", help="Идентификатор рекламы, если он показан рядом с текстом.")
@click.option("--marked", is_flag=True, help="Рядом с текстом есть пометка «реклама» и рекламодатель.")
@aside_option
@terminal_options
def check_ad_command(
    term: Terminal,
    what: str,
    day: str | None,
    channels: tuple[str, ...],
    category: str | None,
    erid: str | None,
    marked: bool,
    data: Path | None,
) -> None:
    """Проверить рекламный текст (сам текст или файл с ним) по закону о рекламе на дату размещения."""
    from api.legal import assessed, told

    text = _read(Path(what)).text if _is_file(what) else what
    facts = {**({"erid": erid} if erid else {}), **({"label": True, "advertiser": True} if marked else {})}
    options = {
        "kind": "ad", "date": day, "category": category, "channels": list(channels) or None, "facts": facts or None,
    }  # fmt: skip
    _show(
        term,
        _done(
            lambda house, assignment: told(assessed(house, assignment), assignment), text, term, data, options
        ),
    )


def _is_file(what: str) -> bool:
    try:
        return Path(what).is_file()
    except OSError:
        return False  # a text too long for a name
