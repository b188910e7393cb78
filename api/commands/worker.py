"""`masterdeal worker`: what the service does beside HTTP, in a process of its own."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import click

from api.commands.terminal import Terminal, data_option, settings_of, store_name, terminal_options


@click.command("worker")
@data_option
@terminal_options
def command(term: Terminal, data: Path | None) -> None:
    """Таймеры, канонические события, Kafka и трекер задач без HTTP, рядом с сервисами на той же базе PostgreSQL."""
    from api.observing import observe
    from api.wiring import open_house

    settings = settings_of(data)
    stopping = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopping.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        with observe(settings), open_house(settings) as house:
            house.worker.start()
            for link in (house.kafka, house.tracker):
                if link is not None:
                    link.start()
            if term.json:
                term.answer({"database": store_name(settings), "data": str(settings.data)})
            else:
                term.say(
                    f"Работник MasterDeal на {store_name(settings)}. Остановить: Ctrl-C.",
                    f"The MasterDeal worker on {store_name(settings)}. Stop it with Ctrl-C.",
                )
            stopping.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    term.note("Остановлено.", "Stopped.")
