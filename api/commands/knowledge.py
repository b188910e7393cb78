"""`masterdeal knowledge`: add sources, search them, list and remove them, embed what is not embedded yet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.terminal import Terminal, data_option, existing_house, settings_of, terminal_options
from masterdeal.errors import NotFound
from tools.knowledge.passage import Kind

if TYPE_CHECKING:
    from api.wiring import House

_KINDS = click.Choice(["law", "playbook", "product", "offer", "document"])


@click.group("knowledge")
def command() -> None:
    """База знаний: законы, плейбук, каталог, прошлые КП и документы; ответы со ссылкой на акт, статью и часть."""


def index(term: Terminal, house: House) -> int:
    """Embed what is not embedded yet, with a progress bar; where that cannot be done the reason is told."""
    from tools.knowledge.vectors import EmbeddingFailed, IndexBusy, IndexFailed

    base = house.knowledge_base
    assert base is not None
    try:
        total = base.library.pending()
        if not total:
            return 0
        with term.progress("Индекс базы знаний", "Knowledge index") as show:
            done = 0

            def more(number: int) -> None:
                nonlocal done
                done += number
                show(done, total)

            return base.library.catch_up(more)
    except IndexBusy:
        term.note(
            "Индекс открыт другим процессом (сервис запущен?): он и проиндексирует; по словам находится уже сейчас.",
            "Another process has the index open (is the service running?) and will do it; words find it already.",
        )
    except (IndexFailed, EmbeddingFailed) as problem:
        term.note(
            f"Поиск по смыслу недоступен: {problem.message}", f"No search by meaning: {problem.message}"
        )
    return 0


@command.command("add")
@click.argument("file", metavar="ФАЙЛ", type=click.Path(path_type=Path))
@click.option("--kind", type=_KINDS, help="Что это (по умолчанию решает текст: закон или документ).")
@click.option("--title", metavar="НАЗВАНИЕ", help="Название (по умолчанию имя файла или акта).")
@click.option("--act", metavar="АКТ", help="Краткое имя акта, если текст сам себя не называет: 152-ФЗ.")
@click.option("--deal", "master_deal_id", metavar="ID", help="Сделка: увидят те, кто видит её.")
@data_option
@terminal_options
def add_command(
    term: Terminal,
    file: Path,
    kind: Kind | None,
    title: str | None,
    act: str | None,
    master_deal_id: str | None,
    data: Path | None,
) -> None:
    """Добавить источник. Тот же файл ничего не меняет, новая редакция заменяет прежнюю."""
    from api.knowledge import add_source
    from api.wiring import open_house
    from tools.document import read_document

    try:
        content = file.read_bytes()
    except OSError as error:
        raise NotFound(f"{file}: {error.strerror}") from error
    text = read_document(file.name, content).text
    with open_house(settings_of(data)) as house:
        change = add_source(
            house, file.name, text, kind=kind, title=title, act=act, master_deal_id=master_deal_id
        )
        embedded = index(term, house)
    source = change.source
    if term.json:
        term.answer({"state": change.state, "source": source.model_dump(mode="json"), "embedded": embedded})
        return
    states = {"added": "добавлен", "replaced": "заменён", "unchanged": "без изменений"}
    term.say(
        f"{source.title}: {states[change.state]}, отрывков {source.passages} ({source.document_id}).",
        f"{source.title}: {change.state}, {source.passages} passages ({source.document_id}).",
    )


@command.command("search")
@click.argument("query", metavar="ВОПРОС", nargs=-1, required=True)
@click.option(
    "--kind", "kinds", type=_KINDS, multiple=True, help="Только такие источники; можно несколько раз."
)
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True, help="Сколько ответов.")
@data_option
@terminal_options
def search_command(
    term: Terminal, query: tuple[str, ...], kinds: tuple[Kind, ...], limit: int, data: Path | None
) -> None:
    """Найти: по вопросу или по месту («ч. 3 ст. 5 38-ФЗ»)."""
    from api.wiring import open_house

    with open_house(settings_of(data)) as house:
        index(term, house)
        found = house.knowledge.search(" ".join(query), kinds, limit)
    if term.json:
        term.answer(found.model_dump(mode="json", exclude_none=True))
        return
    if not found.hits:
        term.say("Ничего не найдено.", "Nothing found.")
    for number, hit in enumerate(found.hits, 1):
        term.say(f"{number}. {hit.cited}", f"{number}. {hit.cited}")
        term.say(f"   {hit.heading}\n   {hit.text}\n", f"   {hit.heading}\n   {hit.text}\n")
    if found.note:
        term.note(f"Без поиска по смыслу: {found.note}", f"Without search by meaning: {found.note}")


@command.command("list")
@data_option
@terminal_options
def list_command(term: Terminal, data: Path | None) -> None:
    """Показать источники."""
    from api.knowledge import visible_sources
    from api.wiring import open_house

    with open_house(settings_of(data)) as house:
        held = visible_sources(house)
    if term.json:
        term.answer([source.model_dump(mode="json") for source in held])
        return
    headings = term.word(
        "Документ,Вид,Название,Отрывков#,Сделка,Добавлен", "Document,Kind,Title,Passages#,Deal,Added"
    ).split(",")
    rows = [
        (
            source.document_id,
            source.kind,
            source.title,
            source.passages,
            source.master_deal_id,
            term.word("в поставке", "packaged") if source.packaged else term.time(source.added_at),
        )
        for source in held
    ]
    term.table(None, headings, rows)


@command.command("remove")
@click.argument("document_id", metavar="ДОКУМЕНТ")
@data_option
@terminal_options
def remove_command(term: Terminal, document_id: str, data: Path | None) -> None:
    """Убрать источник вместе с его текстом."""
    from api.knowledge import remove_source

    with existing_house(data, term) as house:
        change = remove_source(house, document_id)
        index(term, house)
    if term.json:
        term.answer({"state": change.state, "source": change.source.model_dump(mode="json")})
    else:
        term.say(f"{change.source.title}: убран.", f"{change.source.title}: removed.")


@command.command("index")
@data_option
@terminal_options
def index_command(term: Terminal, data: Path | None) -> None:
    """Подготовить поиск по смыслу: построить векторы того, что ещё не проиндексировано."""
    from api.knowledge import visible_sources
    from api.wiring import open_house

    with open_house(settings_of(data)) as house:
        embedded = index(term, house)
        held = sum(source.passages for source in visible_sources(house))
    if term.json:
        term.answer({"embedded": embedded, "passages": held})
    else:
        term.say(
            f"Проиндексировано отрывков: {embedded}, всего {held}.",
            f"Passages embedded: {embedded}, of {held}.",
        )
