"""`masterdeal deal`: one deal as it is, as it was, as it would be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.commands.terminal import Terminal, data_option, existing_house, terminal_options
from api.lookup import events_of, moment, reckoned, shown, supposed
from masterdeal import whatif
from masterdeal.errors import NotFound
from masterdeal.timeline import timeline
from masterdeal.view import deal_at

if TYPE_CHECKING:
    from api.wiring import House


@click.command("deal")
@click.argument("deal_id", metavar="НОМЕР")
@click.option("--as-of", metavar="ВРЕМЯ", help="Какой она была по событиям, случившимся к этому времени.")
@click.option(
    "--known-at", metavar="ВРЕМЯ", help="Какой она была по тому, что было получено к этому времени."
)
@click.option("--timeline", "with_timeline", is_flag=True, help="Все события с обоими временами и действием.")
@click.option(
    "--why", is_flag=True, help="Арифметика каждого таймера: что засчитано, что нет, на сколько поздно."
)
@click.option(
    "--what-if",
    "changes",
    multiple=True,
    metavar="ТИП[@ВРЕМЯ]",
    help="Что было бы с таким событием; можно несколько. Ничего не записывает.",
)
@data_option
@terminal_options
def command(
    term: Terminal,
    deal_id: str,
    as_of: str | None,
    known_at: str | None,
    with_timeline: bool,
    why: bool,
    changes: tuple[str, ...],
    data: Path | None,
) -> None:
    """Сделка НОМЕР: стадия, гейты, таймеры, аномалии. ВРЕМЯ - ISO 8601 со смещением."""
    if changes and (as_of or known_at or with_timeline or why):
        raise click.UsageError("--what-if does not go with --as-of, --known-at, --timeline or --why")
    with existing_house(data, term) as house:
        if changes:
            found = _what_if(house, deal_id, changes)
            if term.json:
                term.answer(found)
            else:
                _show_what_if(term, found)
            return
        card, entries = _read(house, deal_id, as_of, known_at, with_timeline)
        reasons = []
        if why:
            then, known = moment(as_of, "--as-of"), moment(known_at, "--known-at")
            reasons = reckoned(house, deal_id, then, known)["timers"]
    if term.json:
        more = {"timeline": entries} if with_timeline else {}
        term.answer(card | more | ({"why": reasons} if why else {}))
        return
    _show(term, card)
    for found in reasons:
        term.say("\n".join(found["text"]["ru"]) + "\n", "\n".join(found["text"]["en"]) + "\n")
    if with_timeline:
        _show_timeline(term, entries)


def _read(
    house: House, deal_id: str, as_of: str | None, known_at: str | None, with_timeline: bool
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    then, known = moment(as_of, "--as-of"), moment(known_at, "--known-at")
    clock = house.clock()
    with house.store.reading() as read:
        row = read.deal(deal_id)
        if row is None:
            raise NotFound(f"no deal {deal_id}")
        log = read.events(deal_id)
        published = read.outbox_of(deal_id) if with_timeline else []
        present = shown(read, row, house, clock)
    entries = timeline(deal_id, log, published, house.book, clock) if with_timeline else []
    if then is None and known is None:
        return present, entries
    found = deal_at(deal_id, events_of(log), house.book, clock, as_of=then, known_at=known)
    if found is None:
        raise NotFound(f"nothing of deal {deal_id} had come by then")
    return found, entries


def _what_if(house: House, deal_id: str, changes: tuple[str, ...]) -> dict[str, Any]:
    now = house.clock()
    events = []
    for number, change in enumerate(changes):
        type_, _, time = change.partition("@")
        raw = {"type": type_.strip()} | ({"time": time.strip()} if time else {})
        events.append(supposed(raw, number, f"--what-if {change}", house, now))
    with house.store.reading() as read:
        kept = events_of(read.events(deal_id))
    if not kept:
        raise NotFound(f"no deal {deal_id}")
    clock = max([now, *(event.time for event in events)])
    return whatif.what_if(deal_id, kept, events, house.book, house.book, clock)


def _show(term: Terminal, card: dict[str, Any]) -> None:
    client = (card["client"] or {}).get("name") or term.word("не указан", "unknown")
    step = (
        f" · {card['pipeline_step']}. {term.name('step', card['pipeline_stage'])}"
        if card["pipeline_step"]
        else ""
    )
    stage = term.name("stage", card["aggregated_stage"])
    rows = [
        (term.word("клиент", "client"), client),
        (term.word("отрасль", "industry"), card["industry"]),
        (term.word("бюджет", "budget"), term.money(card["budget"])),
        (term.word("менеджер", "manager"), card["manager"]),
        (term.word("стадия", "stage"), f"{stage}{step}"),
        *(
            (term.word(f"в системе {system}", f"in {system}"), name)
            for system, name in card["domain_stages"].items()
        ),
        (term.word("не хватает", "missing"), ", ".join(card["missing"])),
        (term.word("на момент", "as of"), term.time(card["as_of"])),
    ]
    term.table(f"{card['master_deal_id']} · {card['title'] or '—'}", ("", ""), rows)
    _show_timers(term, "SLA", card["sla"])
    gates = [
        (
            f"{gate} {row['name']}",
            term.word("да", "yes") if row["status"] else term.word("нет", "no"),
            row["event_id"],
            term.time(row["event_timestamp"]),
        )
        for gate, row in card["gates"].items()
    ]
    headings = term.word("Гейт,Состояние,Событие,Время", "Gate,Status,Event,Time").split(",")
    term.table(term.word("Гейты", "Gates"), headings, gates)
    if card["deadlines"]:
        promised = [
            (
                row["deadline"],
                term.state(row["state"]),
                term.time(row["due_at"]),
                term.time(row["stopped_at"]),
            )
            for row in card["deadlines"]
        ]
        headings = term.word("Срок,Состояние,До,Закончено", "Deadline,State,Due,Ended").split(",")
        term.table(term.word("Сроки", "Deadlines"), headings, promised)
    if card["suspensions"]:
        rested = [
            (
                term.name("timer", row["timer"]),
                term.time(row["from"]),
                term.time(row["to"]),
                row["reason"],
                row["by"],
                f"{row['source']}/{row['event_id']}",
            )
            for row in card["suspensions"]
        ]
        headings = term.word("Таймер,С,По,Причина,Кто,Событие", "Timer,From,To,Reason,By,Event").split(",")
        term.table(term.word("Приостановки", "Suspensions"), headings, rested)
    if card["anomalies"]:
        oddities = [(row["code"], row["message"]) for row in card["anomalies"]]
        headings = term.word("Код,Что не так", "Code,What is odd").split(",")
        term.table(term.word("Аномалии", "Anomalies"), headings, oddities)


def _show_timers(term: Terminal, title: str, timers: list[dict[str, Any]]) -> None:
    headings = term.word("Таймер,Состояние,Начат,Срок,Достигнут", "Timer,State,Started,Due,Reached").split(
        ","
    )
    rows = [
        (
            term.name("timer", timer["timer"]),
            term.state(timer["state"]),
            term.time(timer["started_at"]),
            term.time(timer["due_at"]),
            term.time(timer["stopped_at"]),
        )
        for timer in timers
    ]
    term.table(title, headings, rows)


def _show_timeline(term: Terminal, entries: list[dict[str, Any]]) -> None:
    rows = []
    for entry in entries:
        effect = entry.get("effect") or {}
        told = [effect.get("gate"), effect.get("fact") if not effect.get("gate") else None]
        if effect.get("stage_to"):
            told.append("→ " + term.name("stage", effect["stage_to"]))
        if effect.get("kind") in ("unknown_type", "scheduled"):
            told.append(effect["kind"])
        rows.append(
            (
                term.time(entry["time"]),
                term.time(entry.get("received_at")),
                term.word("вошло", "in") if entry["direction"] == "in" else term.word("вышло", "out"),
                entry["type"],
                " ".join(filter(None, told)),
            )
        )
    headings = term.word("Случилось,Получено,,Событие,Действие", "Happened,Received,,Event,Effect").split(",")
    term.table(term.word("История", "Timeline"), headings, rows)


def _show_what_if(term: Terminal, found: dict[str, Any]) -> None:
    before = found["stage_before"]
    after = found["deal"]["aggregated_stage"] if found["deal"] else None
    was, would = (term.name("stage", stage) if stage else "—" for stage in (before, after))
    at = term.time(found["at"])
    term.say(f"Стадия на {at}: {was} → {would}", f"Stage at {at}: {was} → {would}")
    for title, key in (
        (term.word("Нарушения появятся", "Breaches that appear"), "appear"),
        (term.word("Нарушения исчезнут", "Breaches that disappear"), "disappear"),
    ):
        if found["breaches"][key]:
            _show_timers(term, title, found["breaches"][key])
    if found["deal"]:
        _show(term, found["deal"])
    term.say("Ничего не записано.", "Nothing was written.")
