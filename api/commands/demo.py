"""`masterdeal demo`: the product on an invented portfolio."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from api.commands.serve import port_option, run
from api.commands.terminal import MOSCOW, Terminal, settings_of, terminal_options
from masterdeal import instant
from masterdeal.errors import Misconfigured

if TYPE_CHECKING:
    from api.wiring import House

FOLDER: Final = Path("var/demo")
MARK: Final = "demo-day.txt"
DATABASE: Final = ("masterdeal.db", "masterdeal.db-wal", "masterdeal.db-shm")
# The portfolio is told as of noon; its latest morning event lies before this time of the day.
MORNING: Final = time(7, 50)
AT_ONCE: Final = 500


def day_of(clock: int) -> date:
    """The day whose portfolio has no morning event ahead of the clock."""
    local = instant.to_datetime(clock).astimezone(MOSCOW)
    return local.date() if local.time() >= MORNING else local.date() - timedelta(days=1)


@click.command("demo")
@port_option
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=FOLDER,
    show_default=True,
    metavar="ПАПКА",
    help="Папка демо.",
)
@click.option("--fresh", is_flag=True, help="Стереть прежнее демо и рассказать портфель на сегодня.")
@click.option("--load-only", is_flag=True, help="Только загрузить портфель, сервис не запускать.")
@terminal_options
def command(term: Terminal, port: int, data: Path, fresh: bool, load_only: bool) -> None:
    """Показать продукт на выдуманном портфеле из шести десятков сделок: http://127.0.0.1:8000.

    Портфель загружается один раз, на сегодняшний день; всё остальное, что вы сделаете в демо, сохраняется.
    """
    from api.wiring import open_house

    settings = settings_of(data).model_copy(update={"database_url": None, "sample_prices": True})
    mark = data / MARK
    if fresh:
        _clear(data, mark)
    if settings.database.exists() and not mark.exists():
        raise Misconfigured(
            term.word(
                f"в {data} лежат данные, но не демо; выберите другую папку: --data",
                f"{data} holds data that is no demo; choose another folder with --data",
            )
        )

    def loaded(house: House) -> None:
        if not mark.exists():
            _load(term, house, mark)

    if load_only:
        with open_house(settings) as house:
            loaded(house)
            if term.json:
                with house.store.reading() as read:
                    term.answer({"day": mark.read_text("utf-8").strip(), "store": dict(read.counts())})
        return
    run(
        term,
        settings,
        "127.0.0.1",
        port,
        loaded,
        lambda house, address: _greet(term, house, address, data, mark),
    )


def _clear(data: Path, mark: Path) -> None:
    """Remove a demo's own files, and nothing else."""
    if mark.exists():
        for name in DATABASE:
            (data / name).unlink(missing_ok=True)
        mark.unlink()


def _load(term: Terminal, house: House, mark: Path) -> None:
    from api.commands.taking import settle_clock, take
    from masterdeal.demo import portfolio

    day = day_of(house.clock())
    events = portfolio(day)
    outcomes: Counter[str] = Counter()
    for start in range(0, len(events), AT_ONCE):
        outcomes.update(outcome.outcome for outcome in take(house, events[start : start + AT_ONCE]))
    settle_clock(house)
    from api.commands.demo_work import lay_out  # the planner is heavy, and only a demo needs it here

    lay_out(house)
    mark.write_text(day.isoformat() + "\n", encoding="utf-8")
    accepted, repeated = outcomes["accepted"], outcomes["duplicate"]
    term.say(
        f"Портфель на {day:%d.%m.%Y}: событий принято {accepted}, повторов узнано {repeated}.",
        f"Portfolio of {day:%Y-%m-%d}: {accepted} events accepted, {repeated} repeats recognised.",
    )


def _greet(term: Terminal, house: House, address: str, data: Path, mark: Path) -> None:
    from api.wiring import wall_clock

    if house.knowledge_base is not None:
        house.knowledge_base.wake()
    with house.store.reading() as read:
        counts = read.counts()
    day = datetime.fromisoformat(mark.read_text("utf-8").strip()).date()
    term.say(
        f"""MasterDeal (демо): {counts["deals"]} сделок, {counts["events"]} событий, {counts["canonical_events"]} канонических событий.

  Страница       {address}/
  Сделки         curl '{address}/v1/deals?sla=breached&limit=5'
  Поток событий  curl -N -H 'Last-Event-ID: 0' {address}/v1/stream
  База знаний    curl -G {address}/v1/knowledge --data-urlencode 'q=просрочка оплаты'
  Описание API   {address}/openapi.json
  В терминале    .venv/bin/masterdeal deals --figures --data {data}

Остановить: Ctrl-C.""",
        f"""MasterDeal (demo): {counts["deals"]} deals, {counts["events"]} events, {counts["canonical_events"]} canonical events.

  Page           {address}/
  Deals          curl '{address}/v1/deals?sla=breached&limit=5'
  Events out     curl -N -H 'Last-Event-ID: 0' {address}/v1/stream
  Knowledge      curl '{address}/v1/knowledge?q=late+payment'
  API            {address}/openapi.json
  Terminal       .venv/bin/masterdeal deals --figures --data {data}

Stop it with Ctrl-C.""",
    )
    if day < day_of(wall_clock()):
        term.say(
            f"Портфель рассказан на {day:%d.%m.%Y}; masterdeal demo --fresh расскажет его на сегодня.",
            f"The portfolio was told for {day:%Y-%m-%d}; masterdeal demo --fresh tells it for today.",
        )
