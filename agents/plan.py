"""Thinking by rules: from a question to the tools that answer it, and on from what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args

from agents.asked.leaning import leaning
from agents.asked.reading import Asked, read_asked
from agents.follow_up import continued
from agents.limits_said import limits_said
from agents.lookups import FILTERS, FIND, lookups, stem_of
from agents.period_said import Said, period_said
from agents.spelling import spelled
from agents.state import Call, Memory, Result, Talk
from agents.steps import SKILL_OF, errand_of, steps_of
from agents.sums_said import bounds_said
from agents.titles import Titles
from agents.understand import Reading, beside, choose, read_question, words_of_question
from tools.happening import Happening
from tools.morphology import grammemes, readings

_OF_MONEY: Final = frozenset({"sum", "money", "budget", "revenue", "count"})
# What a feature of a question with a period means to have happened then.
_HAPPENED: Final = {
    "breached": "breached",
    "win_rate": "ended",
    "created": "created",
    "won": "closed",
    "lost": "cancelled",
    "revenue": "closed",
    "cycle": "closed",
}
_QUOTED: Final = re.compile(r"[«\"“]([^«»\"“”]{2,100})[»\"”]")
# «на 1 ноября», not «подписан 1 ноября».
_CHANGES: Final = frozenset({"became", "become", "got", "went", "turned", "fell", "breached"})
_SENTENCE: Final = re.compile(r"(?<=[.?!])\s+")
_AS_OF: Final = re.compile(r"\b(?:на|as of|on)\s*$", re.IGNORECASE)
# Questions that other tools answer.
_ELSEWHERE: Final = frozenset({"forecast", "what_if", "supposed", "abilities"})
# Questions that other tools answer unless they are plainly about deals that meet conditions.
_MAYBE_ELSEWHERE: Final = frozenset({"history", "next", "bottleneck", "why", "deadline", "remaining"})
# Intents that show what a deal carries, whatever else was asked, and the parts of speech that ask for something.
_OF_THE_CARD: Final = frozenset({"deal_card", "deal_client", "deal_manager"})
_TELLING: Final = frozenset({"NOUN", "VERB", "INFN", None})
_NAMING: Final = frozenset({"NOUN", None})


@dataclass(frozen=True)
class Known:
    """What the rules may ask the facts while reading a question."""

    resolve: Callable[[str], str | None]
    values: Callable[[], Mapping[str, Iterable[str]]]
    titles: Callable[[], Titles]


def first_plan(talk: Talk, known: Known, today: date) -> Talk:
    """Intent, slots and the first tools to look up."""
    reading = read_question(
        talk["question"], talk.get("lang"), talk.get("deal_id"), known.resolve, known.values, known.titles
    )
    spoken_of = talk["memory"].get("deals", [])
    leans = _leans(talk["question"], reading, talk["memory"], known, today)
    own = set(reading.slots)
    continued(reading, talk["question"], talk["memory"])
    errand = errand_of(
        talk["question"],
        reading,
        talk.get("deal_id") or next(iter(spoken_of), None),
        known.values().get("manager", ()),
        today,
    )
    steps = errand or steps_of(talk["question"], reading, talk["memory"], talk.get("attached"), today)
    if steps:
        begun: dict[str, Any] = {**reading.slots, "features": sorted(reading.features), "steps": steps}
        return _with(talk, reading, "job", begun, _next_step(begun, []))
    if spoken_of and not talk.get("deal_id") and _goes_on(reading, talk["question"]):
        reading.slots["deals"] = spoken_of[:1]
    leaned = set(reading.slots) - own
    asked = leans or (None if leaned else _asked(talk["question"], reading, known, today))
    if asked is not None and asked.understood and (asked.conditions or asked.said_measure or asked.said_list):
        args = _written(asked.args)
        return _with(talk, reading, "asked", {**_begun(reading), "asked": args}, [("query_deals", args)])
    if not reading.slots.get("deals") and not reading.slots.get("strangers"):
        _happened(reading, talk["question"], today)
    elif "history" in reading.features and (said := period_said(talk["question"], today)):
        _on_days(reading, said, today)
    _looks_back(reading, talk["question"], today)
    _bounded(reading, talk["question"])
    if not reading.slots.get("deals") and reading.features & _OF_MONEY and _of_the_future(talk["question"]):
        reading.features.add("forecast")
    if "open" in reading.features and not reading.slots.get("deals") and "stage" not in reading.slots:
        reading.slots["open"] = True
    if {"most", "who"} <= reading.features or {"win_rate", "who"} <= reading.features:
        reading.slots.setdefault("dimension", "manager")  # «кто хуже всех»: of the managers
        reading.features |= {"breached"} if "sla" in reading.features else set()
    intent = choose(reading)
    slots: dict[str, Any] = dict(reading.slots)
    slots["features"] = sorted(reading.features)
    slots["beside"] = beside(reading, intent)
    names = _names(reading, talk["question"])
    slots["unknown"] = names
    if intent == "what_if":
        slots["limits"] = limits_said(words_of_question(talk["question"]))
    if intent == "stranger":
        slots["unknown"] = slots["strangers"]
        return _with(talk, reading, intent, slots, [])
    if not reading.slots.get("deals") and names and intent != "what_if" and _about_one(reading):
        # A deal is meant but named by client or title: find it first.
        slots["wanted"] = _deal_intent(reading)
        return _with(
            talk,
            reading,
            "find_one",
            slots,
            [(FIND, {"text": _to_find(names, talk["question"]), "limit": 6})],
        )
    if (
        intent in _OF_THE_CARD
        and "about" not in reading.features
        and (asked_more := _not_heard_of(reading, talk["question"]))
    ):
        # Something is asked of the deal that no event speaks of.
        intent, slots["unknown"] = "unclear", asked_more if reading.lang == "ru" else names
    elif intent == "unclear" and asked is not None and not asked.understood:
        slots["unknown"] = [word for word in asked.rest if word.isalpha()]
    return _with(talk, reading, intent, slots, lookups(intent, slots))


def _asked(question: str, reading: Reading, known: Known, today: date) -> Asked | None:
    """A question about many deals, read word by word; None for any other."""
    named = reading.slots.get("deals") or reading.slots.get("strangers")
    if named or reading.features & _ELSEWHERE or _of_the_future(question):
        return None
    asked = read_asked(spelled(question, known.resolve), today, known.values())
    return asked if asked.conditions or not reading.features & _MAYBE_ELSEWHERE else None


def _leans(question: str, reading: Reading, memory: Memory, known: Known, today: date) -> Asked | None:
    """A short question that goes on with the one about many deals before it. After an answer about one deal only other terms go
    back to the many."""
    before = (memory.get("asked") or {}).get("slots", {}).get("asked")
    if before is None or reading.slots.get("deals") or reading.slots.get("strangers"):
        return None
    asked = leaning(spelled(question, known.resolve), before, today, known.values())
    return None if asked and asked.said_measure and memory.get("asked_last") == "deal" else asked


def _begun(reading: Reading) -> dict[str, Any]:
    return {**reading.slots, "features": sorted(reading.features), "unknown": [], "beside": []}


def _written(args: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments as they are kept and shown."""
    return {
        name: [one.model_dump(mode="json", exclude_defaults=True) for one in value]
        if isinstance(value, list)
        else value
        for name, value in args.items()
    }


def planned(calls: list[Call], slots: Mapping[str, Any]) -> Talk:
    """What follows from the tools a model has chosen: jobs become steps, one after the other; the rest is looked up at
    once; none at all leaves the question unclear."""
    jobs = [call for call in calls if call["tool"] in SKILL_OF]
    if jobs:
        steps = [
            {"skill": SKILL_OF[call["tool"]], "tool": call["tool"], "args": call["args"]} for call in jobs
        ]
        begun = {**slots, "steps": steps}
        return {"intent": "job", "slots": begun, "calls": _numbered(_next_step(begun, []), 0)}
    return {"intent": "planned" if calls else "unclear", "calls": calls}


def next_plan(talk: Talk) -> list[Call]:
    """What to look up after the first answers: the deal that a search has found."""
    slots = talk["slots"]
    if talk["intent"] == "job":
        return _numbered(_next_step(slots, talk["results"]), len(talk["results"]))
    if talk["intent"] != "find_one" or slots.get("deals"):
        return []
    found = _value(talk["results"], FIND)
    if not found or found["total"] != 1:
        return []
    slots["deals"] = [found["deals"][0]["master_deal_id"]]
    talk["intent"] = slots["wanted"]
    return _numbered(lookups(slots["wanted"], slots), len(talk["results"]))


def found_nothing(talk: Talk) -> bool:
    """Whether a name was looked for and no deal carries it: the rules may have taken a word for a name."""
    found = _value(talk["results"], FIND)
    return talk["intent"] == "find_one" and found is not None and found["total"] == 0


def _next_step(slots: dict[str, Any], results: list[Result]) -> list[tuple[str, dict[str, Any]]]:
    """The next job whose material is there. A job that lacks it, or follows one that gave nothing, ends the chain."""
    steps = slots["steps"]
    if len(results) >= len(steps) or (results and not (results[-1]["value"] or {}).get("draft_id")):
        return []
    step = steps[len(results)]
    if step["tool"] is None:
        return []
    args = dict(step["args"])
    if isinstance(args.get("draft_id"), dict):
        kind = args["draft_id"]["made"]
        args["draft_id"] = next(
            result["value"]["draft_id"] for result in reversed(results) if result["value"]["kind"] == kind
        )
    return [(step["tool"], args)]


def _value(results: list[Result], tool: str) -> Any:
    return next((result["value"] for result in results if result["tool"] == tool), None)


def _with(
    talk: Talk, reading: Reading, intent: str, slots: dict[str, Any], calls: list[tuple[str, dict[str, Any]]]
) -> Talk:
    return {
        "lang": reading.lang,
        "intent": intent,
        "slots": slots,
        "calls": _numbered(calls, len(talk.get("results", []))),
    }


def _numbered(calls: list[tuple[str, dict[str, Any]]], start: int) -> list[Call]:
    return [
        {"id": f"c{number}", "tool": tool, "args": args}
        for number, (tool, args) in enumerate(calls, start + 1)
    ]


def _names(reading: Reading, question: str) -> list[str]:
    """Words that may name something: Russian nouns, words of another script in a Russian question, and in an English
    one those with a capital that do not begin it."""
    if reading.lang == "ru":
        return [word.text for word in reading.rest if readings(word.text.casefold())[0].pos in _NAMING]
    first = question.split(maxsplit=1)[:1]
    return [word.text for word in reading.rest if word.text[0].isupper() and [word.text] != first]


def _not_heard_of(reading: Reading, question: str) -> list[str]:
    """Things and doings that a question about one deal names and that mean nothing known. Where a letter asks, only the
    sentences that ask count."""
    asking = [sentence for sentence in _SENTENCE.split(question) if sentence.endswith("?")]
    rest = [word for word in reading.rest if not asking or any(word.text in one for one in asking)]
    if reading.lang == "en":
        return [word.text for word in rest if word.text.isalpha()]
    told = [(word, readings(word.text.casefold())[0].pos) for word in rest]
    return [word.text for word, pos in told if pos in _TELLING and word.text.isalpha()]


def _to_find(names: list[str], question: str) -> str:
    """What a deal is looked for by: words in quotes as they stand, else a name with a capital, else the longest."""
    quoted = _QUOTED.search(question)
    if quoted is not None:
        return quoted.group(1)
    inside = [name for name in names if name[0].isupper() and not question.startswith(name)]
    return stem_of(inside[0] if inside else max(names, key=len))


def _about_one(reading: Reading) -> bool:
    plural = {
        "list",
        "count",
        "breakdown",
        "win_rate",
        "bottleneck",
        "biggest",
        "smallest",
        "longest",
        "forecast",
        "share",
        "average",
        "median",
        "won",
        "lost",
        "disagreement",
        "wrong_order",
        "waits",
        "most",
        "money",
    }
    return not reading.features & plural and not reading.slots.keys() & {*FILTERS, "days"}


def _goes_on(reading: Reading, question: str) -> bool:
    """Whether a question that names no deal means the one the thread spoke of last."""
    named = reading.slots.get("deals") or reading.slots.get("strangers")
    many = reading.features & {"deals", "sum"} or reading.slots.keys() & {
        "industry",
        "manager",
        "client_type",
    }
    return not named and not many and _about_one(reading) and not _names(reading, question)


def _looks_back(reading: Reading, question: str, today: date) -> None:
    """A day of the past in words, where one deal is meant: it is shown as it stood at the end of that day."""
    if not reading.slots.get("deals") or "as_of" in reading.slots or "when" in reading.features:
        return
    said = period_said(question, today)
    if said is None or not (_AS_OF.search(question[: said.start]) or "stage" in reading.features):
        return
    if said.last is not None and said.first == said.last and said.last < today:
        reading.slots["as_of"] = f"{said.last.isoformat()}T23:59:59+03:00"
        words = question[said.start : said.end]
        reading.rest = [word for word in reading.rest if word.text not in words]


def _happened(reading: Reading, question: str, today: date) -> None:
    """What happened to the deals meant, and on which days, where a question speaks of both."""
    said, gates = period_said(question, today), reading.slots.get("gates", [])
    if "history" in reading.features:
        # «Что произошло на прошлой неделе» asks for everything; without days, for today.
        _on_days(reading, said or Said(today, today, 0, 0), today)
        return
    what = next((_HAPPENED[feature] for feature in _HAPPENED if feature in reading.features), None)
    if (what is None and reading.slots.get("stage") in ("closed", "cancelled")) or (
        what is None and "moved" in reading.features and reading.slots.get("stage") in get_args(Happening)
    ):
        what = reading.slots["stage"]
    elif what is None and len(gates) == 1:
        what = gates[0]
    if what is None and said is not None and said.first is None and reading.features & {"deals", "list"}:
        what = "created"  # «старше недели»
    if said is None or what is None:
        return
    if what == "breached" and said.first == said.last == today and not _came_about(question):
        # «Что сегодня просрочено» asks how things stand, not which due times fell on this day.
        reading.rest = [word for word in reading.rest if not said.start <= word.start < said.end]
        return
    if what in gates:
        del reading.slots["gates"]
    elif what == reading.slots.get("stage"):
        del reading.slots["stage"]
    elif what == "created" and reading.slots.get("stage") == "draft":
        del reading.slots["stage"]  # «новые»
    reading.slots["happened"] = what
    if not reading.features & {"count", "share", "win_rate"}:
        reading.features -= {"won", "lost"}
    reading.features = reading.features - {"breached"} | {"happened"}
    reading.slots |= {
        name: day.isoformat()
        for name, day in (("since", said.first), ("until", said.last))
        if day is not None
    }
    for name in ("as_of", "days", "domain_stage"):
        reading.slots.pop(name, None)
    reading.rest = [word for word in reading.rest if not said.start <= word.start < said.end]


def _came_about(question: str) -> bool:
    """Whether a verb tells of a change: «нарушили», "became overdue"."""
    words = words_of_question(question)
    if any(word.text.casefold() in _CHANGES for word in words):
        return True
    return any({"VERB", "past"} <= grammemes(word.text.casefold()) for word in words)


def _of_the_future(question: str) -> bool:
    """Whether a verb says «мы» of what is to come: «сколько закроем в декабре»."""
    found = (grammemes(word.text.casefold()) for word in words_of_question(question))
    return any({"VERB", "futr", "1per", "plur"} <= said for said in found)


def _bounded(reading: Reading, question: str) -> None:
    """Budgets from and up to, and how many deals are asked for; what the words of a bound would mean alone is dropped."""
    if reading.slots.get("deals"):
        return
    slots, places = bounds_said(question)
    reading.slots |= slots
    if slots.keys() & {"budget_min", "budget_max"}:
        reading.features -= {"longer", "longest"}
        if reading.features & {"deals", "list"} and not reading.features & {"sum", "average"}:
            reading.features -= {"budget", "money"}
    reading.rest = [
        word for word in reading.rest if not any(start <= word.start < end for start, end in places)
    ]


def _on_days(reading: Reading, said: Said, today: date) -> None:
    """The days of a question about what happened, both ends given."""
    first, last = said.first or said.last or today, said.last or today
    reading.slots |= {"since": first.isoformat(), "until": last.isoformat()}
    reading.features.add("days")
    for name in ("as_of", "days", "domain_stage"):
        reading.slots.pop(name, None)
    reading.rest = [word for word in reading.rest if not said.start <= word.start < said.end]


def _deal_intent(reading: Reading) -> str:
    supposed = Reading(reading.lang, features=set(reading.features), slots={**reading.slots, "deals": ["?"]})
    return choose(supposed)
