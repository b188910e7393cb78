"""A question read by rules: features and slots from lemmas, one intent from a table."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Any, Final

from agents.gate_terms import gate_terms
from agents.phrases import Phrase, match, phrase_of
from agents.records_asked import records_asked
from agents.spelling import spelled
from agents.spoken import Word, in_latin, same_name, words_of
from agents.state import Lang
from agents.titles import Titles

_IDENTIFIER: Final = re.compile(r"[^\W_][\w./:#-]*[^\W_]|[^\W_]")
_QUOTED: Final = re.compile(r"[«\"“]([^«»\"“”]{2,100})[»\"”]")
_DAY: Final = re.compile(
    r"\b(\d{1,2})\.(\d{1,2})\.(\d{4})\b|\b(\d{4})-(\d{2})-(\d{2})(?:T([\d:.]+)(Z|[+-]\d\d:\d\d))?"
)
# Letters and digits together, long enough not to be a gate or a unit: what a deal's id looks like.
_DEAL_LIKE: Final = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w./:#-]{5,}")
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d(T.*)?")
_CYRILLIC: Final = re.compile(r"[а-яё]", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s+")
_BREAK: Final = re.compile(r"[,;:—–]|\s-\s")
_ASKING: Final = frozenset({"is", "are", "was", "were", "has", "have", "did", "does", "do"})
_SHORTEST_NAME: Final = 3
# Questions about the clock have tools of their own.
_NOT_OF_RECORDS: Final = frozenset({"breached", "at_risk", "remaining", "what_if"})


@dataclass
class Reading:
    """What a question says. `slots` hold what it names; `rest` are words that mean nothing known."""

    lang: Lang
    intent: str = "unclear"
    features: set[str] = field(default_factory=set)
    slots: dict[str, Any] = field(default_factory=dict)
    rest: list[Word] = field(default_factory=list)


@dataclass(frozen=True)
class Intent:
    """A row of the intent table."""

    name: str
    scope: str
    all: frozenset[str]
    any: frozenset[str] | None
    none: frozenset[str]
    slot: str | None


@cache
def _vocabulary() -> Mapping[str, Any]:
    return tomllib.loads(files("agents.words").joinpath("vocabulary.toml").read_text(encoding="utf-8"))


@cache
def _phrases(section: str) -> dict[str, tuple[Phrase, ...]]:
    return {
        name: tuple(phrase_of(phrase) for phrase in phrases)
        for name, phrases in _vocabulary()[section].items()
    }


def timers_named(words: Sequence[Word]) -> frozenset[str]:
    """The SLA timers that some words name."""
    return frozenset(_named(words, "timer"))


def timers_said(words: Sequence[Word]) -> list[tuple[int, str]]:
    """The SLA timers that some words name, each with the place of its last word, in the order they are said."""
    found = [(max(places), name) for name, (_, places) in _named(words, "timer").items()]
    return sorted(found)


@cache
def intents() -> tuple[Intent, ...]:
    """The intent table, in order."""
    table = tomllib.loads(files("agents.words").joinpath("intents.toml").read_text(encoding="utf-8"))
    return tuple(
        Intent(
            row["name"],
            row["scope"],
            frozenset(row.get("all", ())),
            frozenset(row["any"]) if row.get("any") else None,
            frozenset(row.get("not", ())),
            row.get("slot"),
        )
        for row in table["intent"]
    )


def words_of_question(question: str) -> list[Word]:
    """The words of a question; names of the product's own (offer_to_contract) are taken apart."""
    return words_of(_underscored(question))


def _named(words: Sequence[Word], section: str) -> dict[str, tuple[int, list[int]]]:
    """The names of a section whose phrases occur, each with the length of its longest phrase and the places of all."""
    found: dict[str, tuple[int, list[int]]] = {}
    for name, phrases in _phrases(section).items():
        for phrase in phrases:
            places = match(words, phrase)
            if places:
                longest, before = found.get(name, (0, []))
                found[name] = (max(longest, len(phrase)), before + places)
    return found


def _underscored(text: str) -> str:
    return re.sub(r"(?<=\w)_(?=\w)", " ", text)


def language(text: str) -> Lang:
    """Russian as soon as there is a Cyrillic letter, else English."""
    return "ru" if _CYRILLIC.search(text) else "en"


def identifiers(text: str) -> list[str]:
    """Words of a question that could name a deal: those with a digit, longest first, and quoted ones."""
    found = [match.group() for match in _IDENTIFIER.finditer(text)]
    quoted = [match.group(1) for match in _QUOTED.finditer(text)]
    with_digit = [word for word in found if any(char.isdigit() for char in word)]
    return sorted(dict.fromkeys([*quoted, *with_digit]), key=len, reverse=True)


def read_question(
    question: str,
    lang: Lang | None,
    deal_id: str | None,
    resolve: Callable[[str], str | None],
    values: Callable[[], Mapping[str, Iterable[str]]],
    titles: Callable[[], Titles],
) -> Reading:
    """What a question asks. `resolve` says which deal a word or phrase names, if it names one; `values` are the
    industries, managers, client types and domain stages that the portfolio knows, `titles` what its deals are called."""
    reading = Reading(lang or language(question))
    question = spelled(question, resolve)
    text = question
    for candidate in identifiers(question):
        named = resolve(candidate)
        if named is not None:
            reading.slots.setdefault("deals", []).append(named)
            text = text.replace(candidate, " ", 1)
        elif _DEAL_LIKE.fullmatch(candidate) and not _ISO_DAY.fullmatch(candidate):
            if any(candidate.casefold() == word.casefold() for known in values().values() for word in known):
                continue
            reading.slots.setdefault("strangers", []).append(candidate)
            text = text.replace(candidate, " ", 1)
    if not reading.slots.get("deals"):
        for title in titles().named(text):
            reading.slots.setdefault("deals", []).append(title.deal_id)
            text = text[: title.start] + " " * (title.end - title.start) + text[title.end :]
    if not reading.slots.get("deals") and deal_id is not None:
        reading.slots["deals"] = [deal_id]
    _day(question, reading)
    words = words_of(_underscored(text))
    taken = frozenset[int]() if reading.slots.get("deals") else _gate_terms(text, words, reading)
    used = set(taken)
    for name, (_, places) in _named(words, "feature").items():
        reading.features.add(name)
        used.update(places)
    if reading.features.isdisjoint(_NOT_OF_RECORDS):
        asking = _asking(text, words)
        records, of_records = records_asked([words[place] for place in asking])
        if records:
            reading.slots["records"] = records
            reading.features.add("recorded")
            used.update(asking[place] for place in of_records)
    _name_slots(words, reading, used, taken)
    _number(words, reading)
    if not reading.slots.get("deals") and (blank := _blank(words)):
        reading.slots["blank"], places = blank
        used.update(places)
        reading.features -= {"budget", "money"} if "budget" in reading.slots["blank"] else set()
    _values(question, words, used, taken, reading, values)
    empty = frozenset(_vocabulary()["empty"]["words"])
    reading.rest = [
        word
        for index, word in enumerate(words)
        if index not in used and not word.forms & empty and not word.text.isdigit()
    ]
    asks = bool(words) and words[0].text.casefold() in _ASKING
    if question.rstrip().endswith("?") or asks or {"when", "stage"} & reading.features:
        reading.features.add("question")
    return reading


def _gate_terms(text: str, words: Sequence[Word], reading: Reading) -> frozenset[int]:
    """Gates said to be passed or not, into the slots; the places of the words that say so."""
    breaks = [match.start() for match in _BREAK.finditer(text)]
    terms = gate_terms(words, breaks)
    for name, gates in (("gates", terms.gates), ("lacks_gates", terms.lacks_gates)):
        if gates:
            reading.slots[name] = gates
    return frozenset(terms.places)


def _asking(text: str, words: Sequence[Word]) -> list[int]:
    """The places of the words in sentences that ask; of all where none has a question mark."""
    ends = [0, *(found.end() for found in _SENTENCE_END.finditer(text)), len(text)]
    asking = [(start, end) for start, end in pairwise(ends) if text[start:end].rstrip().endswith("?")]
    return [
        place
        for place, word in enumerate(words)
        if not asking or any(start <= word.start < end for start, end in asking)
    ]


def _name_slots(words: Sequence[Word], reading: Reading, used: set[int], taken: frozenset[int]) -> None:
    """Timer, stage, gate, dimension and role: the longest phrase of each. Words that name a timer, or say that a gate is
    passed, name nothing else."""
    timer: set[int] = set()
    for section in ("timer", "stage", "gate", "dimension", "role"):
        found = {
            name: (length, places)
            for name, (length, places) in _named(words, section).items()
            if not (timer | taken) & set(places)
        }
        if not found:
            continue
        name, (_, places) = max(found.items(), key=lambda item: item[1][0])
        reading.slots[section] = name
        used.update(places)
        if section == "timer":
            several = [
                other for other, (_, at) in found.items() if other == name or not set(at) & set(places)
            ]
            if len(several) > 1:
                reading.slots["timers"] = [other for other in _phrases("timer") if other in several]
                used.update(*(found[other][1] for other in several))
            timer.update(*(found[other][1] for other in several))


def choose(reading: Reading) -> str:
    """The intent of a reading: the first row of the table that fits."""
    if reading.slots.get("strangers") and not reading.slots.get("deals"):
        return "stranger"
    scope = "deal" if reading.slots.get("deals") else "portfolio"
    if _filters(reading):
        reading.features.add("filter")
    if "timer" in reading.slots:
        reading.features.add("timer")
    return next((row.name for row in intents() if _fits(row, reading, scope)), "unclear")


# What may be asked of one deal beside something else.
_BESIDE: Final = frozenset(
    {
        "deal_manager",
        "deal_client",
        "deal_budget",
        "deal_amount",
        "deal_sla",
        "deal_who",
        "deal_missing",
        "deal_anomalies",
        "deal_deadlines",
        "deal_domain",
    }
)


def beside(reading: Reading, intent: str) -> list[str]:
    """What else a question asks of a deal: «кто ведёт и какой бюджет»."""
    return [
        row.name
        for row in intents()
        if row.name in _BESIDE and row.name != intent and _fits(row, reading, "deal")
    ]


def _fits(row: Intent, reading: Reading, scope: str) -> bool:
    if row.scope != scope or not row.all <= reading.features or row.none & reading.features:
        return False
    if row.any is not None and not row.any & reading.features:
        return False
    return row.slot is None or row.slot in reading.slots


def _filters(reading: Reading) -> set[str]:
    named = {
        "stage", "industry", "manager", "client_type", "domain_stage", "text", "gates", "lacks_gates", "happened", "open",
        "budget_min", "budget_max", "blank",
    }  # fmt: skip
    return named & reading.slots.keys()


def _day(question: str, reading: Reading) -> None:
    found = _DAY.search(question)
    if found is None:
        return
    day, month, year, iso_year, iso_month, iso_day, time, zone = found.groups()
    if iso_year:
        date = f"{iso_year}-{iso_month}-{iso_day}"
        reading.slots["as_of"] = f"{date}T{time}{zone}" if time else f"{date}T23:59:59+03:00"
    else:
        reading.slots["as_of"] = f"{year}-{int(month):02d}-{int(day):02d}T23:59:59+03:00"


def _number(words: Sequence[Word], reading: Reading) -> None:
    for word, following in zip(words, [*words[1:], None], strict=False):
        if (
            word.text.isdigit()
            and following is not None
            and following.forms & {"день", "days", "day", "сутки"}
        ):
            reading.slots["days"] = int(word.text)


def _blank(words: Sequence[Word]) -> tuple[list[str], list[int]] | None:
    """Properties that a question says are not filled in: «сделки без менеджера»."""
    for name, (_, places) in _named(words, "blank").items():
        return [name], places
    return None


@lru_cache(maxsize=8192)
def _phrase_of_value(spoken: str) -> Phrase:
    return tuple(word.forms for word in words_of(_underscored(spoken)))


def _values(
    question: str,
    words: Sequence[Word],
    used: set[int],
    taken: frozenset[int],
    reading: Reading,
    values: Callable[[], Mapping[str, Iterable[str]]],
) -> None:
    """Industries, managers, client types and domain stages by their own words, in any case form."""
    empty = frozenset(_vocabulary()["empty"]["words"])
    open_words = [i for i, word in enumerate(words) if not word.forms & empty and not word.text.isdigit()]
    if not open_words:
        return
    spoken_of = values()
    for name in ("industry", "client_type", "manager", "domain_stage"):
        known = spoken_of.get(name, ())
        best: tuple[int, str, list[int]] | None = None
        for value in known:
            spoken = value.partition(": ")[2] or value
            phrase = _phrase_of_value(spoken)
            places = match(words, phrase) if phrase else None
            if places is None or set(places) <= (taken if name == "domain_stage" else used):
                continue
            if name == "domain_stage" and spoken.casefold() not in question.casefold():
                continue
            if best is None or len(phrase) > best[0]:
                best = (len(phrase), value, places)
        if best is None and name == "manager":
            best = _by_surname(words, used, list(known))
        if best is not None:
            reading.slots[name] = best[1]
            used.update(best[2])


def _by_surname(
    words: Sequence[Word], used: set[int], managers: Sequence[str]
) -> tuple[int, str, list[int]] | None:
    """The one manager whose surname or first name some word is; None where it fits several or none."""
    found = [
        (1, manager, [place])
        for place, word in enumerate(words)
        if place not in used and len(word.text) > _SHORTEST_NAME
        for manager in managers
        if any(
            same_name(word, part) or in_latin(part) == word.text.casefold()
            for part in re.findall(r"[^\W\d_]{4,}", manager)
        )
    ]
    return found[0] if len({manager for _, manager, _ in found}) == 1 else None
