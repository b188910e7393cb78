"""Thinking by rules: from a question to the tools that answer it, and on from what they say."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, get_args

from agents.limits_said import limits_said
from agents.period_said import Said, period_said
from agents.state import Call, Result, Talk
from agents.steps import SKILL_OF, errand_of, steps_of
from agents.understand import Reading, beside, choose, read_question, words_of_question
from tools.budgets import By
from tools.morphology import readings

DEAL: Final = "deal_card"
TIMELINE: Final = "deal_timeline"
FIND: Final = "find_deals"
FIGURES: Final = "portfolio_figures"
ACTIONS: Final = "next_actions"
WHY: Final = "sla_why"
WHAT_IF: Final = "portfolio_what_if"
MONEY: Final = "budget_figures"
EVENTS: Final = "portfolio_events"
_FILTERS: Final = (
    "stage",
    "industry",
    "client_type",
    "manager",
    "domain_stage",
    "gates",
    "lacks_gates",
    "happened",
    "since",
    "until",
    "open",
)
# Anomalies that questions have words of their own for.
_ODD: Final = {"stage_disagreement": "disagreement", "gate_order": "wrong_order"}
# Intents that without a term speak of every deal.
_OF_ALL: Final = frozenset({"list", "count", "budget_sum", "biggest"})
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
# «на 1 ноября», not «подписан 1 ноября».
_AS_OF: Final = re.compile(r"\b(?:на|as of|on)\s*$", re.IGNORECASE)
# What may be said of all deals without naming a term.
_PLAIN: Final = frozenset(
    {
        "list",
        "deals",
        "count",
        "question",
        "sum",
        "money",
        "budget",
        "biggest",
        "won",
        "lost",
        "share",
        "about",
        "stage",
    }
)
_SMALL: Final = frozenset({"PREP", "CONJ", "PRCL", "NPRO", "ADVB", "PRED", "INTJ", "NUMR"})
_NAMING: Final = frozenset({"NOUN", None})


@dataclass(frozen=True)
class Known:
    """What the rules may ask the facts while reading a question."""

    resolve: Callable[[str], str | None]
    values: Callable[[], Mapping[str, Iterable[str]]]


def first_plan(talk: Talk, known: Known, today: date) -> Talk:
    """Intent, slots and the first tools to look up."""
    reading = read_question(
        talk["question"], talk.get("lang"), talk.get("deal_id"), known.resolve, known.values
    )
    spoken_of = talk["memory"].get("deals", [])
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
    if not reading.slots.get("deals") and not reading.slots.get("strangers"):
        _happened(reading, talk["question"], today)
    elif "history" in reading.features and (said := period_said(talk["question"], today)):
        _on_days(reading, said, today)
    _looks_back(reading, talk["question"], today)
    if "open" in reading.features and not reading.slots.get("deals") and "stage" not in reading.slots:
        reading.slots["open"] = True
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
        return _with(talk, reading, "find_one", slots, [(FIND, {"text": _stem(names[0]), "limit": 6})])
    if intent == "deal_card" and names and "about" not in reading.features:
        # Something is asked of the deal that no event speaks of.
        intent = "unclear"
    elif intent in _OF_ALL and not which(slots) and (more := _said_more(reading)):
        # All deals would be listed although something else about them was said: better not understood than wrong.
        intent, slots["unknown"] = "unclear", [word for word in more if word not in reading.features]
    return _with(talk, reading, intent, slots, _calls(intent, slots))


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
    return _numbered(_calls(slots["wanted"], slots), len(talk["results"]))


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


def _said_more(reading: Reading) -> list[str]:
    """What a question about all deals says beyond that: words that name nothing known, a thing, an SLA, a feature."""
    words = [word.text for word in reading.rest if readings(word.text.casefold())[0].pos not in _SMALL]
    words = words or [reading.slots[name] for name in ("gate", "timer") if name in reading.slots]
    return words or sorted(reading.features - _PLAIN)


def _stem(word: str) -> str:
    """Enough of a name to find it in another case form."""
    plain = word.casefold()
    if len(plain) > 4 and any("а" <= char <= "я" for char in plain):
        lemma = readings(plain)[0].lemma
        shared = next(
            (place for place, (one, two) in enumerate(zip(plain, lemma, strict=False)) if one != two),
            min(len(plain), len(lemma)),
        )
        return plain[: max(4, min(shared, len(plain) - 2, len(lemma) - 1))]
    return plain


def _about_one(reading: Reading) -> bool:
    plural = {
        "list",
        "count",
        "breakdown",
        "win_rate",
        "bottleneck",
        "biggest",
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
    return not reading.features & plural and not reading.slots.keys() & {*_FILTERS, "days"}


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
    if what is None and reading.slots.get("stage") in ("closed", "cancelled"):
        what = reading.slots["stage"]
    elif what is None and len(gates) == 1:
        what = gates[0]
    if said is None or what is None:
        return
    if what in gates:
        del reading.slots["gates"]
    elif what == reading.slots.get("stage"):
        del reading.slots["stage"]
    elif what == "created" and reading.slots.get("stage") == "draft":
        del reading.slots["stage"]  # «новые»
    reading.slots["happened"] = what
    reading.features = reading.features - {"breached"} | {"happened"}
    reading.slots |= {
        name: day.isoformat()
        for name, day in (("since", said.first), ("until", said.last))
        if day is not None
    }
    for name in ("as_of", "days", "domain_stage"):
        reading.slots.pop(name, None)
    reading.rest = [word for word in reading.rest if not said.start <= word.start < said.end]


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


def which(slots: Mapping[str, Any]) -> dict[str, Any]:
    """The terms of a portfolio question, as the tools take them."""
    terms = {name: slots[name] for name in _FILTERS if name in slots}
    features = slots["features"]
    if "domain_stage" in terms:
        # A word that is both: our own stage, unless a system was named.
        terms.pop("domain_stage" if "stage" in terms and "domain" not in features else "stage", None)
    if terms.get("happened") == "breached":
        terms |= {"timer": slots["timer"]} if "timer" in slots else {}
    elif "breached" in features:
        terms["sla"] = "breached"
    elif "at_risk" in features:
        terms["sla"] = "at_risk"
    if "timer" in slots and "sla" in terms:
        terms["timer"] = slots["timer"]
    if "waits" in features and "role" in slots:
        terms["role"] = slots["role"]
    odd = next((code for code, feature in _ODD.items() if feature in features), None)
    if odd:
        terms["anomaly"] = odd
    if slots.get("unknown"):
        terms["text"] = _stem(slots["unknown"][0])
    return terms


def _calls(intent: str, slots: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    if intent == "what_if":
        return _supposed(slots)
    if intent.startswith("deal_"):
        return [call for deal_id in slots["deals"][:3] for call in _deal_calls(intent, deal_id, slots)]
    terms = which(slots)
    if intent in ("timer_figures", "bottleneck", "win_rate", "cycle", "longer_than", "breakdown"):
        terms.pop("sla", None)
        terms.pop("timer", None)
        if intent == "breakdown" and slots.get("dimension") in terms:
            terms.pop(slots["dimension"])
        return [(FIGURES, terms)]
    if intent == "deadline_figures":
        # "Ended" asks for the deadline's own count of ended deals; it is no filter.
        terms.pop("stage", None)
    if intent in ("revenue", "deadline_figures", "budget_sum", "count"):
        return [(FIGURES, terms)]
    if intent == "overdue_list":
        return [(FIND, {**terms, "order": "overdue"})]
    if intent == "biggest":
        return [(FIND, {**terms, "order": "budget", "limit": 5})]
    if intent == "money_figures":
        return [(MONEY, _money_terms(terms, slots))]
    if intent == "events":
        return [(EVENTS, {name: term for name, term in terms.items() if name != "sla"})]
    if intent in ("anomaly_list", "ranking"):
        return [(FIGURES, terms)]
    if intent == "odd_list":
        terms.pop("sla", None)
        return [(FIND, terms)]
    if intent == "list":
        return [(FIND, terms)]
    if intent == "next_actions":
        return [(ACTIONS, {name: slots[name] for name in ("manager", "role") if name in slots})]
    return []


# What a thing that is named beside a sum has for an amount.
_AMOUNT_OF: Final = {"G2": "mediaplan", "G3": "offer", "G4": "contract", "G6": "invoice"}
_GROUPING: Final = frozenset({"breakdown", "most", "biggest"})


def _money_terms(terms: Mapping[str, Any], slots: Mapping[str, Any]) -> dict[str, Any]:
    """Terms of a question about sums of money: which amounts, and by what they are grouped."""
    features, args = set(slots["features"]), {name: term for name, term in terms.items() if name != "sla"}
    named = [slots["gate"]] if "gate" in slots else slots.get("gates", [])
    if "budget" not in features and len(named) == 1 and named[0] in _AMOUNT_OF:
        args["amount"] = _AMOUNT_OF[named[0]]
    by = slots.get("dimension")
    if by in get_args(By) and by not in args and features & _GROUPING:
        args["by"] = by
    return args


def _supposed(slots: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Other limits, for the deals that are named or meet the terms; none where no limit was understood."""
    if not slots["limits"]:
        return []
    terms = {name: term for name, term in which(slots).items() if name not in ("sla", "timer", "stage")}
    deals = slots.get("deals", [])[:1]
    return [(WHAT_IF, {**terms, **({"text": deals[0]} if deals else {}), "limits": slots["limits"]})]


def _deal_calls(intent: str, deal_id: str, slots: Mapping[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    args = {"master_deal_id": deal_id}
    if "as_of" in slots:
        args["as_of"] = slots["as_of"]
    if intent == "deal_why":
        return [(DEAL, args), (WHY, args)]
    if intent == "deal_history":
        return [(TIMELINE, {"master_deal_id": deal_id})]
    return [(DEAL, args)]
