"""`masterdeal doctor`: what is configured, what is reachable, what is kept, which rules apply."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from api.commands.terminal import (
    MASK,
    Terminal,
    data_option,
    masked,
    settings_of,
    store_file,
    store_name,
    terminal_options,
)
from masterdeal import reference
from masterdeal.errors import DealError
from masterdeal.flow.relay import CURSOR
from masterdeal.instant import SECOND

if TYPE_CHECKING:
    from api.settings import Settings
    from api.wiring import House

PATIENCE: Final = 2.0
OK: Final = "ok"
# What the absence of a setting comes to.
_UNSET: Final = {
    "MASTERDEAL_KAFKA_BOOTSTRAP": "in process",
    "OPENAI_BASE_URL": "rules only",
    "OPENAI_MODEL": "rules only",
    "CHROMA_URL": "embedded",
    "OIDC_ISSUER": "none",
}
_PORTS: Final = {"https": 443, "http": 80, "postgresql": 5432}


@click.command("doctor")
@data_option
@terminal_options
def command(term: Terminal, data: Path | None) -> int:
    """Что настроено (секреты скрыты), что доступно, что хранится, какие правила и календари действуют.

    Код возврата 1, если что-то из настроенного не отвечает.
    """
    from api.wiring import open_book, open_identity, tracker_config, wall_clock

    settings = settings_of(data)
    found: dict[str, Any] = {"settings": _settings(settings), "checks": {}}
    checks: dict[str, str] = found["checks"]
    for name, url in _endpoints(settings):
        checks[name] = _reach(url)
    try:
        book, _ = open_book(settings)
        found["rules"] = {
            "rule_set": book.rules.name,
            "rule_sets": reference.rule_sets(),
            "catalogue": book.catalogue.version,
            "sla_versions": len(book.sla.versions),
            "sla_calendars": sorted(
                {limit.calendar.name for version in book.sla.versions for limit in version.limits.values()}
            ),
        }
        checks["rules"] = OK
    except DealError as error:
        checks["rules"] = error.message
    try:
        identity = open_identity(settings, wall_clock)
        found["identity"] = {"callers_are_known": identity.configured, "table": identity.access.version}
        checks["identity"] = OK
    except DealError as error:
        checks["identity"] = error.message
    calendar = reference.table("calendars/ru.toml")
    found["calendars"] = {
        calendar["name"]: {
            "version": calendar["version"],
            "covers": calendar["covers"],
            "decreed_through": calendar["decreed_through"],
        }
    }
    try:
        config = tracker_config(settings)
        if config is not None:
            checks[f"tracker {config.system}"] = _reach(config.url)
    except DealError as error:
        checks["tracker"] = error.message
    try:
        found["store"] = _store(settings)
        checks["event_store"] = OK
    except DealError as error:
        checks["event_store"] = error.message
    if term.json:
        term.answer(found)
    else:
        _show(term, found)
    return int(any(check != OK for check in checks.values()))


def _settings(settings: Settings) -> dict[str, dict[str, Any]]:
    from pydantic import SecretStr

    from api.settings import NAMES, Settings

    shown = {}
    for field, name in NAMES.items():
        value = getattr(settings, field)
        if isinstance(value, SecretStr):
            value = MASK
        elif value is not None:
            value = masked(str(value))
        about = Settings.model_fields[field].description
        resolved = _UNSET.get(name, value) if value is None else value
        if value is None and field == "database_url":
            resolved = f"sqlite:///{settings.database}"
        shown[name] = {
            "value": value,
            "resolved": resolved,
            "set": field in settings.model_fields_set,
            "about": about,
        }
    return shown


def _endpoints(settings: Settings) -> list[tuple[str, str]]:
    named = [
        ("model", settings.openai_base_url),
        ("chroma", settings.chroma_url),
        ("marts", None if settings.marts_url is None else settings.marts_url.get_secret_value()),
        ("identity_provider", settings.oidc_issuer),
    ]
    brokers = (settings.kafka_bootstrap or "").split(",")
    named += [
        (f"kafka {broker.strip()}", f"kafka://{broker.strip()}") for broker in brokers if broker.strip()
    ]
    return [(name, url) for name, url in named if url]


def _reach(url: str) -> str:
    """Whether something listens at a URL; what it answers is not asked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        return f"not a URL: {error}"
    if host is None or port is None:
        return "not a URL with a host and a port"
    try:
        socket.create_connection((host, port), PATIENCE).close()
    except OSError as error:
        return f"does not answer: {error.strerror or error}"
    return OK


def _store(settings: Settings) -> dict[str, Any]:
    from api.wiring import STORE_SCHEMA, open_house

    file = store_file(settings)
    if file is not None and not file.exists():
        return {"place": str(file), "exists": False}
    with open_house(settings) as house:
        size = {} if file is None else {"bytes": file.stat().st_size}
        schema = {} if file is None else {"schema": STORE_SCHEMA}
        return {"place": store_name(settings), "exists": True, **size, **schema, **_kept(house)}


def _kept(house: House) -> dict[str, Any]:
    with house.store.reading() as read:
        counts = dict(read.counts())
        waiting = read.last_outbox() - read.cursor(CURSOR)
        alarm = read.next_alarm()
    overdue = max(0.0, (house.clock() - alarm) / SECOND) if alarm is not None else 0.0
    return {
        "counts": counts,
        "outbox_waiting": waiting,
        "sweep_overdue_s": round(overdue, 3),
        **({} if house.tracker is None else {"tracker": house.tracker.standing()}),
    }


def _show(term: Terminal, found: dict[str, Any]) -> None:
    headings = term.word("Переменная,Значение,Откуда", "Variable,Value,From").split(",")
    rows = [
        (
            name,
            row["resolved"],
            term.word("задано", "set") if row["set"] else term.word("по умолчанию", "default"),
        )
        for name, row in found["settings"].items()
    ]
    term.table(term.word("Настройки", "Settings"), headings, rows)
    checks = [(name, (check, "green" if check == OK else "red")) for name, check in found["checks"].items()]
    term.table(term.word("Проверки", "Checks"), ("", ""), checks)
    if "rules" in found:
        rules = found["rules"]
        term.table(
            term.word("Правила", "Rules"),
            ("", ""),
            [
                (
                    term.word("набор правил", "rule set"),
                    f"{rules['rule_set']} ({', '.join(rules['rule_sets'])})",
                ),
                (term.word("каталог событий", "event catalogue"), rules["catalogue"]),
                (term.word("календарь SLA", "SLA calendar"), ", ".join(rules["sla_calendars"])),
                *(
                    (
                        term.word(f"календарь {name}", f"calendar {name}"),
                        f"{row['covers']['first']}..{row['covers']['last']}"
                        + term.word(", постановления по ", ", decreed through ")
                        + str(row["decreed_through"]),
                    )
                    for name, row in found["calendars"].items()
                ),
            ],
        )
    store = found.get("store")
    if store is None:
        return
    kept = [(term.word("где", "place"), store["place"])]
    if store["exists"]:
        kept += [
            *(
                (term.word("размер, байт", "size, bytes"), store[name])
                for name in ("bytes",)
                if name in store
            ),
            *((term.word("схема", "schema"), store[name]) for name in ("schema",) if name in store),
            *((term.name("count", name), count) for name, count in store["counts"].items()),
            (term.word("ждут публикации", "waiting to be published"), store["outbox_waiting"]),
            (term.word("таймеры отстают, с", "timers behind, s"), store["sweep_overdue_s"]),
            *(
                (f"{term.word('трекер', 'tracker')}: {name}", one)
                for name, one in store.get("tracker", {}).items()
            ),
        ]
    else:
        kept.append((term.word("состояние", "state"), term.word("ещё не создано", "not created yet")))
    term.table(term.word("Хранилище", "Store"), ("", ""), kept)
