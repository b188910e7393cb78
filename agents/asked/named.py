"""Names that deals carry, found in a question in any case form: managers, clients, industries, titles, systems' stages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from agents.asked.said import Phrase, Placed, Said, phrases
from agents.spoken import in_latin, same_name, words_of
from tools.company import read_company_name
from tools.morphology import is_known
from tools.query.condition import condition

FIELDS: Final = ("manager", "industry", "client_type", "client", "title", "domain_stage")
SYSTEMS: Final = frozenset({"crm", "mediapush", "docflow", "dcm", "система", "system", "статус", "status"})
_SHORTEST: Final = 3
_CHAIN: Final = 3
_AND: Final = frozenset({"и", "или", "and", "or", "ни", "с", "with", "у", "vs", "против", "versus", "by"})


@dataclass(frozen=True)
class Named:
    """A value that stands at some words."""

    field: str
    value: str
    places: tuple[int, ...]


@lru_cache(maxsize=32768)
def _phrase(value: str) -> Phrase:
    return tuple(word.forms for word in words_of(value.replace("_", " ")))


@cache
def _aliases() -> dict[str, list[Phrase]]:
    found: dict[str, list[Phrase]] = {}
    for value, phrase in phrases("alias"):
        found.setdefault(value, []).append(phrase)
    return found


def conditions_named(said: Said, values: Mapping[str, Iterable[str]]) -> list[Placed]:
    """A condition for each run of names of one kind, with the place where it begins; the words are taken up."""
    found = sorted(_names(said, values), key=lambda one: one.places)
    conditions: list[Placed] = []
    run: list[Named] = []
    negated = False
    for one in found:
        joined = bool(run) and run[-1].field == one.field and _linked(said, run[-1].places[-1], one.places[0])
        if not joined and run:
            conditions.append(_condition(run, negated))
            run = []
        if not run:
            negated = said.negated(one.places[0])
        run.append(one)
    if run:
        conditions.append(_condition(run, negated))
    return _merged(conditions)


def _merged(conditions: list[Placed]) -> list[Placed]:
    """Two names of one kind said apart mean either: a deal has one manager."""
    merged: list[Placed] = []
    for place, one in conditions:
        same = next((at for at, (_, other) in enumerate(merged) if (other.field, other.negated) == (one.field, one.negated)), None)  # fmt: skip
        if same is None:
            merged.append((place, one))
        else:
            at, other = merged[same]
            merged[same] = (at, other.model_copy(update={"any_of": tuple(dict.fromkeys(other.any_of + one.any_of))}))  # fmt: skip
    return merged


def _condition(run: list[Named], negated: bool) -> Placed:
    words = tuple(dict.fromkeys(one.value for one in run))
    return run[0].places[0], condition(run[0].field, any_of=words, negated=negated)


def _linked(said: Said, before: int, after: int) -> bool:
    between = said.words[before + 1 : after]
    return after - before <= _CHAIN and (
        not between or all(word.text.casefold() in _AND | {"менеджера", "клиента"} for word in between)
    )


@lru_cache(maxsize=64)
def _by_first_word(field: str, values: tuple[str, ...]) -> Mapping[str, Sequence[tuple[str, Phrase]]]:
    """The ways in which values may be said, by the dictionary forms of their first words."""
    found: dict[str, list[tuple[str, Phrase]]] = {}
    for value in values:
        spoken = value.partition(": ")[2] if field == "domain_stage" else value
        ways = [_phrase(spoken), *_aliases().get(value, ())]
        if field == "client":
            ways.append(_phrase(read_company_name(spoken).name))
        for phrase in dict.fromkeys(ways):
            for form in phrase[0] if phrase else ():
                found.setdefault(form, []).append((value, phrase))
    return found


def _names(said: Said, values: Mapping[str, Iterable[str]]) -> list[Named]:
    candidates: list[Named] = []
    system = any(word.forms & SYSTEMS for word in said.words)
    for field in FIELDS:
        proper = field in ("client", "title") or (field == "domain_stage" and not system)
        known = _by_first_word(field, tuple(values.get(field, ())))
        for start, word in enumerate(said.words):
            for value, phrase in dict.fromkeys(row for form in word.forms for row in known.get(form, ())):
                places = said.match(phrase, start)
                if places and (not proper or _proper(said, places, alone=field == "domain_stage")):
                    candidates.append(Named(field, value, tuple(places)))
    candidates.sort(key=lambda one: (-len(one.places), FIELDS.index(one.field)))
    found: list[Named] = []
    for one in candidates:
        if not said.taken & set(one.places):
            said.take(one.places)
            found.append(one)
    found += _managers(said, list(values.get("manager", ())))
    return found


def _proper(said: Said, places: list[int], *, alone: bool) -> bool:
    """Whether some words are a name: several of them, one with a capital letter inside a sentence or in quotes, or one that no
    dictionary has. With `alone` only letters and quotes tell."""
    first = said.words[places[0]]
    quoted = first.start > 0 and said.question[first.start - 1] in "«\"“'"
    strange = not is_known(first.text.casefold()) and not first.text.isascii()
    written = quoted or (first.text[0].isupper() and first.start > 0)
    return written or (not alone and (len(places) > 1 or strange))


def _managers(said: Said, managers: list[str]) -> list[Named]:
    """Managers by surname or first name alone, where it fits one only."""
    found: list[Named] = []
    for place, word in enumerate(said.words):
        if place in said.taken or len(word.text) <= _SHORTEST:
            continue
        fits = {
            manager
            for manager in managers
            for part in re.findall(r"[^\W\d_]{4,}", manager)
            if same_name(word, part) or in_latin(part) == word.text.casefold()
        }
        if len(fits) == 1:
            said.take([place])
            found.append(Named("manager", fits.pop(), (place,)))
    return found
