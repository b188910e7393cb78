"""`masterdeal serve`: the service in this process."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from api.commands.terminal import Terminal, data_option, settings_of, store_name, terminal_options
from masterdeal.errors import DealError

if TYPE_CHECKING:
    from api.settings import Settings
    from api.wiring import House

log = logging.getLogger(__name__)

host_option = click.option(
    "--host", default="127.0.0.1", show_default=True, help="Адрес; без провайдера входа - только петлевой."
)
port_option = click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Порт; 0 - любой свободный.",
)


def _warm(house: House) -> None:
    """Build the copilot before the first question: its libraries take seconds to import."""
    try:
        _ = house.copilot
    except DealError as error:
        log.warning("the copilot cannot be built: %s", error.message)


@click.command("serve")
@host_option
@port_option
@data_option
@terminal_options
def command(term: Terminal, host: str, port: int, data: Path | None) -> None:
    """Запустить сервис: API, поток событий, страница. Ctrl-C или SIGTERM останавливают его чисто."""
    run(term, settings_of(data), host, port)


def address_of(listening: socket.socket) -> str:
    """The URL that a listening socket answers at."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(
    term: Terminal,
    settings: Settings,
    host: str,
    port: int,
    before: Callable[[House], None] | None = None,
    greeting: Callable[[House, str], None] | None = None,
) -> None:
    """Listen first, so that a taken port is found before anything is written; then `before`, then serve."""
    from api.observing import observe
    from api.serving import listen, serve
    from api.wiring import open_house

    listening = listen(host, port, identified=settings.has_identity)
    address = address_of(listening)
    with listening, observe(settings), open_house(settings) as house:
        if before is not None:
            before(house)

        def started() -> None:
            threading.Thread(target=_warm, args=(house,), name="warm-up", daemon=True).start()
            if term.json:
                term.answer({"url": address, "data": str(settings.data), "database": store_name(settings)})
            elif greeting is not None:
                greeting(house, address)
            else:
                term.say(
                    f"MasterDeal отвечает на {address} (данные: {store_name(settings)}). Остановить: Ctrl-C.",
                    f"MasterDeal answers on {address} (data: {store_name(settings)}). Stop it with Ctrl-C.",
                )

        serve(house, listening, started)
    term.note("Остановлено.", "Stopped.")
