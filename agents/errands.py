"""Errands by rules: a task for somebody, an event that nobody reported; from a request to the arguments of its draft."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from agents.said_days import Day, clock_said, day_said
from agents.spoken import Word, same_name, words_of
from agents.understand import Reading
from tools.morphology import grammemes

_EDGES: Final = " \t\n.,;:!?—–-«»\"'“”"
_NAMES: Final = frozenset({"Surn", "Name", "Patr"})
# A day whose hour nobody said: taken as noon, which the draft says and a person may change.
NOON: Final = "12:00"
_OFFSET: Final = "+03:00"


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("agents.words").joinpath("errands.toml").read_text(encoding="utf-8"))


def _set(written: str) -> frozenset[str]:
    return frozenset(written.split("|"))


def task_asked(
    question: str, reading: Reading, deal_id: str | None, managers: Iterable[str], today: date
) -> dict[str, Any]:
    """The arguments of a task draft: what, for which deal, for whom, until when. What is not said is left out."""
    words, due = words_of(question), day_said(question, today)
    args: dict[str, Any] = {}
    if deal_id is not None:
        args["master_deal_id"] = deal_id
    taken = _spans_of_deals(question, reading)
    if due is not None:
        args["due"] = due.day.isoformat()
        taken.append((due.start, due.end))
    name, places = _person(words, managers, taken)
    role, role_places = _role(words)
    if name is not None:
        args["assignee"] = name
        taken += [(words[place].start, words[place].end) for place in places]
    elif role is not None:
        args["role"] = role
        taken += [(words[place].start, words[place].end) for place in role_places]
    title = _title(question, words, taken)
    if title:
        args["title"] = title
    return args


def event_asked(question: str, deal_id: str, today: date, amount: Decimal | None) -> dict[str, Any] | None:
    """The arguments of an event draft; None where no known event is told of. `hour_supposed` says that the day was
    said and its hour was not."""
    words = words_of(question)
    row = next((row for row in _table()["event"] if _told(words, row)), None)
    if row is None:
        return None
    args: dict[str, Any] = {"master_deal_id": deal_id, "type": row["type"]}
    day, clock = day_said(question, today, past=True), clock_said(_without(question, today))
    if clock is not None:
        args["time"] = f"{(day.day if day else today).isoformat()}T{clock[0]}:00{_OFFSET}"
    elif day is not None and day.day != today:
        args["time"] = f"{day.day.isoformat()}T{NOON}:00{_OFFSET}"
        args["hour_supposed"] = True
    if amount is not None:
        args["amount"] = str(amount)
    return args


def _without(question: str, today: date) -> str:
    """The question without its day, so that 24.10 is not taken for a time."""
    day: Day | None = day_said(question, today, past=True)
    return question if day is None else question[: day.start] + " " + question[day.end :]


def _told(words: list[Word], row: Mapping[str, Any]) -> bool:
    """Whether a thing and what was done with it are both said, and not denied."""
    things = [place for place, word in enumerate(words) if word.forms & _set(row["thing"])]
    for place, word in enumerate(words):
        if word.forms & _set(row["done"]) and things:
            return not (place and words[place - 1].forms & {"не", "not"})
    return False


def _person(
    words: list[Word], managers: Iterable[str], taken: list[tuple[int, int]]
) -> tuple[str | None, list[int]]:
    """Who is named: a manager of the deals where the name fits one alone, else the words as they were said."""
    places = [
        place
        for place, word in enumerate(words)
        if word.text[0].isupper()
        and grammemes(word.text.casefold()) & _NAMES
        and not any(start <= word.start < end for start, end in taken)
    ]
    # The first run of names: «Ивановой Анне».
    run = [place for index, place in enumerate(places) if place - index == (places[0] if places else 0)]
    fitting = []
    for manager in managers:
        parts = re.findall(r"[^\W\d_]+", manager)
        matched = [
            place
            for place, word in enumerate(words)
            if word.text[0].isupper() and any(same_name(word, part) for part in parts)
        ]
        if matched:
            fitting.append((len(matched), manager, matched))
    best = max((count for count, *_ in fitting), default=0)
    fitting = [one for one in fitting if one[0] == best]
    if len(fitting) == 1:
        return fitting[0][1], fitting[0][2]
    if run:
        return " ".join(words[place].text for place in run), run
    return None, []


def _role(words: list[Word]) -> tuple[str | None, list[int]]:
    for role, said in _table()["role"].items():
        places = [place for place, word in enumerate(words) if word.forms & _set(said)]
        if places:
            return role, places[:1]
    return None, []


def _spans_of_deals(question: str, reading: Reading) -> list[tuple[int, int]]:
    spans = []
    for deal_id in [*reading.slots.get("deals", []), *reading.slots.get("strangers", [])]:
        found = re.search(rf"(?:\b(?:по|о|об|на|of|for|on|about)\s+)?(?:(?:сделк\w+|deal)\s+)?{re.escape(deal_id)}", question, re.IGNORECASE)  # fmt: skip
        if found:
            spans.append((found.start(), found.end()))
    return spans


def _title(question: str, words: list[Word], taken: list[tuple[int, int]]) -> str:
    """What is left of a request without its frame, its deal, its person and its day."""
    frame = frozenset(_table()["frame"]["words"])
    kept = list(question)
    for start, end in taken:
        kept[start:end] = "\0" * (end - start)
    for word in words:
        # The frame stands at the beginning: the first word that says something ends it.
        if kept[word.start] == "\0":
            continue
        if not word.forms & frame:
            break
        kept[word.start : word.end] = "\0" * (word.end - word.start)
    left = " ".join("".join(" " if char == "\0" else char for char in kept).split()).strip(_EDGES)
    left = re.sub(r"\s+([,.;:!?])", r"\1", left)
    return left[:1].upper() + left[1:]
