"""`masterdeal events load`: a history of deals from a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.commands.terminal import Terminal, data_option, settings_of, terminal_options

if TYPE_CHECKING:
    from masterdeal.flow.load_report import LoadReport
    from masterdeal.history import Remark

ROWS_REJECTED: Final = 3
SHOWN: Final = 20


@click.group("events")
def command() -> None:
    """События: загрузка истории сделок из CSV, XLSX или JSON lines."""


@command.command("load")
@click.argument("file", type=click.Path(path_type=Path), metavar="ФАЙЛ")
@click.option(
    "--map",
    "map_",
    metavar="КАРТА",
    help="Карта столбцов: файл TOML или имя готовой карты. Без неё файл - JSON lines из CloudEvents.",
)
@click.option(
    "--batch", type=click.IntRange(1, 10_000), default=1000, show_default=True, help="Событий в транзакции."
)
@data_option
@terminal_options
def load_file(term: Terminal, file: Path, map_: str | None, batch: int, data: Path | None) -> int:
    """Загрузить историю сделок из ФАЙЛА (CSV, XLSX, JSON lines).

    Прерванную загрузку продолжает тот же вызов: повторная загрузка ничего не меняет. Плохая строка не мешает
    соседним и называется в отчёте. Код возврата 3, если отвергнута хотя бы одна строка.
    """
    from api.collecting import keep_what_is_built, seldom_collecting
    from api.commands.taking import settle_clock, take
    from masterdeal.flow.history import load, read_map
    from masterdeal.flow.hot import HotDeals

    columns = read_map(map_) if map_ is not None else None
    hot = HotDeals()
    from api.wiring import open_house  # the web framework is heavy, and help needs none of it

    with open_house(settings_of(data)) as house, seldom_collecting():
        keep_what_is_built()
        with term.progress(f"Загрузка {file.name}", f"Loading {file.name}") as progress:
            report = load(file, columns, lambda events: take(house, events, hot), progress, batch)
        settle_clock(house)
        with house.store.reading() as read:
            counts = dict(read.counts())
    if term.json:
        term.answer(report.model_dump() | {"store": counts})
    else:
        _show(term, report, counts)
    return ROWS_REJECTED if report.rows_rejected or report.events_rejected else 0


@command.command("maps")
@terminal_options
def list_maps(term: Terminal) -> None:
    """Готовые карты."""
    from masterdeal.flow.history import shipped_maps

    if term.json:
        term.answer(shipped_maps())
    else:
        term.say("\n".join(shipped_maps()), "\n".join(shipped_maps()))


def _show(term: Terminal, report: LoadReport, counts: dict[str, int]) -> None:
    kind = " · ".join(
        filter(None, (report.format, report.encoding, report.delimiter and repr(report.delimiter)))
    )
    rows = [
        (term.word("строк прочитано", "rows read"), report.rows_read),
        (term.word("  дали события", "  made events"), report.rows_loaded),
        *(
            (term.word(f"  без события: {why}", f"  no event: {why}"), count)
            for why, count in report.rows_without_event.items()
        ),
        (
            term.word("  отвергнуто строк", "  rows rejected"),
            (report.rows_rejected, "red" * (report.rows_rejected > 0)),
        ),
        (term.word("событий составлено", "events made"), report.events_made),
        (term.word("  принято", "  accepted"), report.accepted),
        (term.word("  повторы (ничего не изменили)", "  duplicates (changed nothing)"), report.duplicates),
        (term.word("  ждут свою сделку", "  waiting for their deal"), report.parked),
        (
            term.word("  отвергнуто событий", "  events rejected"),
            (report.events_rejected, "red" * (report.events_rejected > 0)),
        ),
        (term.word("теперь в хранилище: событий", "now in the store: events"), counts["events"]),
        (term.word("теперь в хранилище: сделок", "now in the store: deals"), counts["deals"]),
    ]
    term.table(f"{report.file} ({kind})", (term.word("Итог", "Result"), "#"), rows)
    _remarks(term, term.word("Отвергнуто", "Rejected"), report.rejected, report.rejected_by_reason)
    _remarks(term, term.word("Замечания", "Remarks"), report.remarks, report.remarks_by_reason)


def _remarks(term: Terminal, title: str, listed: tuple[Remark, ...], by_reason: dict[str, int]) -> None:
    if not by_reason:
        return
    total = sum(by_reason.values())
    headings = (
        term.word("Строка#", "Line#"),
        term.word("Столбец", "Column"),
        term.word("Значение", "Value"),
        term.word("Причина", "Reason"),
    )
    rows = [(one.line, one.column, one.value, one.reason) for one in listed[:SHOWN]]
    term.table(f"{title}: {total}", headings, rows)
    if total > SHOWN:
        term.say(f"Показаны первые {SHOWN}; все - с --json.", f"The first {SHOWN}; all of them with --json.")
        pairs = sorted(by_reason.items(), key=lambda pair: -pair[1])[:SHOWN]
        term.table(None, (term.word("Причина", "Reason"), term.word("Сколько#", "Count#")), pairs)
