"""Which of a deal's events a question asks about, beyond gates and stages: numbers, reasons, scores, the brief."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agents.phrases import Phrase, match, phrase_of
from agents.spoken import Word


@dataclass(frozen=True)
class Ask:
    """A row of the table."""

    types: tuple[str, ...]
    fields: tuple[str, ...]
    brief: tuple[str, ...]
    says: tuple[tuple[Phrase, ...], ...]
    without: tuple[Phrase, ...]


@cache
def _asks() -> tuple[Ask, ...]:
    table = tomllib.loads(files("agents.words").joinpath("records.toml").read_text(encoding="utf-8"))
    return tuple(
        Ask(
            tuple(row["types"]),
            tuple(row.get("fields", ())),
            tuple(row.get("brief", ())),
            tuple(tuple(phrase_of(phrase) for phrase in way) for way in row["says"]),
            tuple(phrase_of(phrase) for phrase in row.get("not", ())),
        )
        for row in table["ask"]
    )


def records_asked(words: Sequence[Word]) -> tuple[list[dict[str, Any]], set[int]]:
    """What is asked of the events, in the order of the table, and the places of the words that ask it."""
    found: list[dict[str, Any]] = []
    places: set[int] = set()
    for ask in _asks():
        if any(match(words, phrase) for phrase in ask.without):
            continue
        for way in ask.says:
            at = [match(words, phrase) for phrase in way]
            if all(at):
                found.append({"types": list(ask.types), "fields": list(ask.fields), "brief": list(ask.brief)})
                places.update(place for one in at for place in one or ())
                break
    return found, places
