"""A question that leans on the one before it: «а по второй?», «а у Сафиной?», «покажи их», «и сумму»."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from agents.spoken import words_of
from agents.state import Memory, Talk
from agents.understand import Reading

_ORDINAL: Final = re.compile(
    r"\b(?:(?P<n1>перв)|(?P<n2>втор)|(?P<n3>трет)|(?P<n4>четв[её]рт)|(?P<n5>пят)|(?P<last>последн))"
    r"(?:ой|ую|ая|яя|юю|ей|ью|ый|ий|ее|ого|ему|ому|ом|им|ем|ья|ью|ьей|ьего|ьему|ьем|ьим|ю)\b(?=\s*(?:$|[?.,!]|сделк|из |в списке|кто|какой|какая|что|чего|когда|сколько|почему))"
    r"|\bthe (?:(?P<e1>first)|(?P<e2>second)|(?P<e3>third)|(?P<e4>fourth)|(?P<e5>fifth)|(?P<elast>last))(?: one| deal)?(?=\s*(?:$|[?.,!]))",
    re.IGNORECASE,
)
_SHORT_ID: Final = re.compile(r"(?<![\w-])\d{2,6}(?![\w-])")
_BEGINS: Final = frozenset({"а", "и", "and", "also"})
_TOGETHER: Final = frozenset({"compare", "longer", "most", "biggest"})
_BESIDE: Final = frozenset({"about", "question", "manager", "industry", "stage", "client"})
_TERMS: Final = frozenset({"manager", "industry", "client_type", "stage", "role"})
_NOT_KEPT: Final = frozenset(
    {"deals", "strangers", "steps", "unknown", "beside", "wanted", "limits", "features"}
)
_MOST_WORDS: Final = 5
_MOST_SHOWN: Final = 20


def last_asked(talk: Talk) -> dict[str, Any]:
    """What the next question may lean on: the terms of a question about many deals, and the deals it was answered
    with, in their order."""
    slots, intent = talk.get("slots") or {}, talk["intent"]
    if intent in ("job", "planned", "unclear", "stranger", "abilities", "forecast") or intent.startswith(
        "deal_"
    ):
        return {}
    shown: list[str] = []
    for result in talk["results"]:
        value = result["value"] or {}
        rows = (
            value.get("deals")
            if result["tool"] == "find_deals"
            else value.get("rows", value.get("actions", []))
        )
        if isinstance(rows, list):
            shown += [row["master_deal_id"] for row in rows]
    kept = {name: value for name, value in slots.items() if name not in _NOT_KEPT}
    return {"slots": kept, "features": list(slots.get("features", ())), "shown": shown[:_MOST_SHOWN]}


def continued(reading: Reading, question: str, memory: Memory) -> None:
    """Fill in what a short question takes over from the one before: a deal of the list, the terms, or what was asked."""
    named = reading.slots.get("deals", [])
    spoken = list(memory.get("deals", []))
    asked: Mapping[str, Any] = memory.get("asked") or {}
    if "compare" in reading.features and len(named) == 1 and spoken and spoken[0] not in named:
        reading.slots["deals"] = [spoken[0], *named]
        return
    if named or reading.slots.get("strangers"):
        return
    together = len(spoken) > 1 and memory.get("asked_last") == "deal" and reading.features & _TOGETHER
    if together and "deals" not in reading.features and not reading.slots.keys() & _TERMS:
        reading.slots["deals"] = spoken
        return
    if _of_the_list(reading, question, asked.get("shown", ())) or _by_its_number(reading, question, spoken):
        return
    if asked and not _about_the_deal(reading, question, memory):
        _of_the_same(reading, question, asked)


def _of_the_list(reading: Reading, question: str, shown: list[str]) -> bool:
    found = _ORDINAL.search(question)
    if found is None or not shown:
        return False
    name = next(name for name, part in found.groupdict().items() if part)
    place = len(shown) - 1 if name.endswith("last") else int(name[-1]) - 1
    if place >= len(shown):
        return False
    reading.slots["deals"] = [shown[place]]
    reading.rest = [word for word in reading.rest if not found.start() <= word.start < found.end()]
    return True


def _by_its_number(reading: Reading, question: str, spoken: list[str]) -> bool:
    """«а 0044?» beside MD-2026-0043; whether there is such a deal is for the tool to say."""
    if not spoken or len(words_of(question)) > _MOST_WORDS:
        return False
    head, _, tail = spoken[0].rpartition("-")
    for found in _SHORT_ID.finditer(question):
        if head and tail.isdigit() and len(found.group()) == len(tail):
            reading.slots["deals"] = [f"{head}-{found.group()}"]
            reading.slots.pop("days", None)
            return True
    return False


def _about_the_deal(reading: Reading, question: str, memory: Memory) -> bool:
    """Whether a short question goes on with one deal: «и сумму» after an answer about it."""
    if not memory.get("deals") or memory.get("asked_last") != "deal":
        return False
    own = reading.features - _BESIDE
    if (
        len(words_of(question)) <= _MOST_WORDS
        and own <= {"sum", "budget", "amount", "money"}
        and own
        and not reading.rest
    ):
        if not reading.slots.keys() & _TERMS:
            reading.slots["deals"] = list(memory["deals"][:1])
        return True
    return False


def _of_the_same(reading: Reading, question: str, asked: Mapping[str, Any]) -> None:
    """«а у Сафиной?»: the same, of other deals."""
    words = words_of(question)
    if not words or len(words) > _MOST_WORDS or reading.rest:
        return
    begins = bool(words[0].forms & _BEGINS) or question.casefold().startswith(("what about", "how about"))
    if begins and not reading.features - _BESIDE and reading.slots.keys() & _TERMS:
        reading.slots = {**asked["slots"], **reading.slots}
        reading.features = {*asked["features"], "question"}
