"""How commands speak: one JSON document, or tables for people in Russian or English; and the options all share."""

from __future__ import annotations

import functools
import re
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import click
import msgspec

from masterdeal.errors import NotFound

if TYPE_CHECKING:
    from rich.console import Console

    from api.settings import Settings
    from api.wiring import House

T = TypeVar("T")

MOSCOW: Final = ZoneInfo("Europe/Moscow")
UNWATCHED_WIDTH: Final = 120
MASK: Final = "********"
_USER: Final = re.compile(r"//.*@")
COLOURS: Final = {"breached": "red", "at_risk": "yellow", "met_late": "yellow", "met": "green"}


@functools.cache
def _words() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(files("api.commands").joinpath("words.toml").read_text(encoding="utf-8"))


class Terminal:
    """Where a command's answer goes. With `json` only the answer goes to standard output, as one JSON document."""

    def __init__(self, *, json: bool, lang: str) -> None:
        self.json = json
        self.lang = lang

    def word(self, russian: str, english: str) -> str:
        """The text in the language of the terminal."""
        return russian if self.lang == "ru" else english

    def name(self, sort: str, key: str) -> str:
        """What people call a stage, a timer, a state; a key without a word stands for itself."""
        pair = _words()[sort].get(key)
        return key if pair is None else self.word(*pair)

    def answer(self, document: Any) -> None:
        """The machine's answer."""
        click.echo(msgspec.json.format(msgspec.json.encode(document), indent=2))

    def say(self, russian: str, english: str) -> None:
        """A line for people; none with `json`."""
        if not self.json:
            self._console().print(self.word(russian, english), markup=False, soft_wrap=True)

    def note(self, russian: str, english: str) -> None:
        """A line beside the answer: on standard error, also with `json`."""
        click.echo(self.word(russian, english), err=True)

    def table(self, title: str | None, headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A table for people. A heading that ends in `#` is of a column of numbers; a cell may be a pair of
        text and colour."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        table = Table(
            box=SIMPLE_HEAD,
            pad_edge=False,
            show_header=any(heading.strip("#") for heading in headings),
        )
        for heading in headings:
            justify: Literal["left", "right"] = "right" if heading.endswith("#") else "left"
            table.add_column(heading.removesuffix("#"), justify=justify, overflow="fold")
        for row in rows:
            cells = [cell if isinstance(cell, tuple) else (cell, "") for cell in row]
            table.add_row(*(Text("—" if text in (None, "") else str(text), style) for text, style in cells))
        console = self._console()
        if title:
            console.print(Text(title, "bold"), soft_wrap=True)
        console.print(table)

    def state(self, state: str) -> tuple[str, str]:
        """A timer's state with its colour."""
        return self.name("state", state), COLOURS.get(state, "")

    def time(self, text: str | None) -> str:
        """An ISO time for people: Moscow time to the minute."""
        if text is None:
            return ""
        return datetime.fromisoformat(text).astimezone(MOSCOW).strftime("%d.%m.%Y %H:%M")

    def money(self, money: dict[str, Any] | None) -> str:
        """An amount with its currency and VAT basis."""
        if not money:
            return ""
        amount = Decimal(str(money["amount"]))
        currency = str(money.get("currency") or "RUB")
        if currency == "RUB":
            currency = self.word("₽", "RUB")
        text = f"{amount:,.2f}".removesuffix(".00").replace(",", " ") + f" {currency}"
        basis = {
            "incl": self.word(" с НДС", " incl. VAT"),
            "excl": self.word(" без НДС", " excl. VAT"),
        }.get(str(money.get("vat")), "")
        return (text + basis).replace(" ", "\N{NO-BREAK SPACE}")

    @contextmanager
    def progress(self, russian: str, english: str) -> Iterator[Callable[[int, int | None], None]]:
        """A progress bar on standard error where a person watches it; takes what is done and, if known, of how much."""
        if self.json or not sys.stderr.isatty():
            yield _unseen
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(self.word(russian, english), total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)

    def _console(self) -> Console:
        from rich.console import Console

        # Where nobody watches the width is our choice, so that a file or a pipe always gets the same.
        fixed = None if sys.stdout.isatty() else UNWATCHED_WIDTH
        return Console(width=fixed, highlight=False)


def _unseen(*_: int | None) -> None:
    """Progress that nobody watches."""


def terminal_options(command: Callable[..., T]) -> Callable[..., T]:
    """The options that every command has: --json and --lang."""

    @click.option("--json", "as_json", is_flag=True, help="Один документ JSON на стандартном выводе.")
    @click.option(
        "--lang",
        type=click.Choice(["ru", "en"]),
        default="ru",
        show_default=True,
        help="Язык вывода.",
    )
    @functools.wraps(command)
    def wrapped(*args: Any, as_json: bool, lang: str, **given: Any) -> T:
        return command(Terminal(json=as_json, lang=lang), *args, **given)

    return wrapped


data_option: Final = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    metavar="ПАПКА",
    help="Папка данных (иначе MASTERDEAL_DATA, иначе ./var).",
)


aside_option: Final = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=None,
    metavar="ПАПКА",
    help="Папка данных; не обязательна: ответ не хранится.",
)


def settings_of(data: Path | None) -> Settings:
    """The settings of the environment with the data folder of the command line, if it names one."""
    from api.settings import read_settings

    return read_settings(data=data)


def store_file(settings: Settings) -> Path | None:
    """The file of the event store; None where the store is a server."""
    url = settings.database_url
    return settings.database if url is None or url.startswith("sqlite:") else None


def masked(url: str) -> str:
    """A URL without the user and password in it."""
    return _USER.sub(f"//{MASK}@", url)


def store_name(settings: Settings) -> str:
    """Where the event store is, for people."""
    file = store_file(settings)
    return masked(str(settings.database_url)) if file is None else str(file)


@contextmanager
def house_aside(data: Path | None) -> Iterator[House]:
    """The product on the folder named, where something is kept there, or else on one that is gone afterwards: for
    answers about a file, which need no folder."""
    from api.wiring import open_house

    file = None if data is None else store_file(settings_of(data))
    if data is not None and (file is None or file.exists()):
        with open_house(settings_of(data)) as house:
            yield house
    else:
        with tempfile.TemporaryDirectory() as folder, open_house(settings_of(Path(folder))) as house:
            yield house


@contextmanager
def existing_house(data: Path | None, term: Terminal) -> Iterator[House]:
    """The product on a store that is there already: to read must not create an empty one."""
    from api.wiring import open_house  # the web framework is heavy, and no help page needs it

    settings = settings_of(data)
    file = store_file(settings)
    if file is not None and not file.exists():
        raise NotFound(
            term.word(
                f"здесь ещё нет данных: {file}; загрузите историю (masterdeal events load), запустите сервис"
                " (masterdeal serve) или демо (masterdeal demo)",
                f"no data here yet: {file}; load a history (masterdeal events load), run the service"
                " (masterdeal serve) or the demo (masterdeal demo)",
            )
        )
    with open_house(settings) as house:
        yield house
