"""Wording by rules: from what the tools answered to a draft of bound sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from agents.compose import SAY_DEAL, DealFacts, say_history, say_stage
from agents.compose_asked import say_asked
from agents.compose_jobs import say_actions, say_jobs
from agents.compose_occurrences import say_occurrences
from agents.compose_portfolio import (
    SAY_FIGURES,
    Figures,
    say_bounds,
    say_days,
    say_list,
    terms_in_words,
)
from agents.compose_records import say_records
from agents.compose_why import meant, say_what_if, say_why
from agents.draft import Bound, Draft, render
from agents.state import Lang, Result, Talk
from masterdeal.sla import OPEN

# Terms of a search that are said back, because the question may have put them in other words.
_SAID_BACK: Final = frozenset(
    {"industry", "client_type", "gates", "lacks_gates", "role", "manager", "open", "awaits", "blank"}
)
# What the words of a question about records may seem to ask besides: «кто отменил», «отзыв клиента», «номер в CRM».
_IN_RECORDS: Final = frozenset({"deal_who", "deal_client", "deal_domain", "deal_amount"})


def why_by_rules(lang: Lang) -> str:
    """Why the rules speak where a model's words were refused."""
    return (
        "в тексте модели было то, чего нет в данных"
        if lang == "ru"
        else "the model's text held what the facts do not"
    )


def composed(talk: Talk, roles: Mapping[str, Sequence[str]]) -> tuple[str, list[dict[str, Any]]]:
    """The answer by rules: its text, and the evidence it is bound to."""
    draft = compose(talk, roles)
    if talk.get("note"):
        draft.say("model_note", why=str(talk["note"]))
    return render(draft, talk["lang"])


def compose(talk: Talk, roles: Mapping[str, Sequence[str]]) -> Draft:
    """The draft of an answer; where the facts do not carry one, it says what would be needed."""
    draft = Draft()
    intent, slots = talk["intent"], talk["slots"]
    results = talk.get("results", [])
    answered = [result for result in results if result["error"] is None]
    if intent == "job":
        say_jobs(draft, talk)
        return draft
    for result in results:
        if result["error"] is not None:
            draft.say("no_such_deal")
    if intent == "stranger":
        draft.say("no_such_deal")
        draft.say("unknown_words", words=", ".join(slots["unknown"]))
    elif intent == "asked" and answered:
        say_asked(draft, answered[0]["value"], answered[0]["args"], talk["lang"])
    elif intent == "planned":
        _say_planned(draft, talk, roles)
    elif intent == "deal_why":
        _say_why(draft, answered, roles, slots)
    elif intent == "abilities":
        draft.say("abilities")
        draft.say("abilities_how")
    elif intent == "forecast":
        draft.say("no_forecast")
    elif intent == "what_if":
        _say_what_if(draft, answered, slots)
    elif intent == "find_one":
        _say_choice(draft, answered, slots["unknown"])
    elif intent == "deal_records":
        _say_records(draft, answered, roles, slots)
    elif intent in SAY_DEAL:
        for result in answered:
            if result["tool"] == "deal_card":
                for name in (intent, *slots.get("beside", ())):
                    SAY_DEAL[name](draft, DealFacts(result["value"], roles), slots)
    elif intent == "deal_history":
        for result in answered:
            say_history(draft, result["value"], slots)
    elif intent == "unclear" or not answered:
        draft.say("unclear")
        if slots.get("unknown"):
            draft.say("unknown_words", words=", ".join(slots["unknown"]))
        draft.say("unclear_needs")
    else:
        _say_portfolio(draft, talk, answered[0])
    return draft


def _say_planned(draft: Draft, talk: Talk, roles: Mapping[str, Sequence[str]]) -> None:
    """What a model looked up, told in full: it was not the rules that understood the question."""
    for result in talk["results"]:
        tool, value = result["tool"], result["value"]
        if result["error"] is not None:
            continue
        if tool == "deal_card":
            SAY_DEAL["deal_card"](draft, DealFacts(value, roles), {"features": []})
        elif tool == "deal_timeline":
            say_history(draft, value, {})
        elif tool == "deal_records":
            say_records(draft, value, [])
        elif tool == "sla_why":
            say_why(draft, value, {"features": []})
        elif tool == "portfolio_what_if":
            say_what_if(draft, value, result["args"]["limits"])
        elif tool == "find_deals":
            say_list(draft, value, "list")
        elif tool == "query_deals":
            say_asked(draft, value, result["args"], talk["lang"])
        elif tool == "next_actions":
            say_actions(draft, value)
        elif tool == "portfolio_events":
            say_occurrences(draft, value, "")
        elif tool == "portfolio_figures":
            figures = Figures(value, result["args"], {"features": []}, talk["lang"])
            for name in ("count", "win_rate", "cycle", "bottleneck", "breakdown"):
                SAY_FIGURES[name](draft, figures)


def _say_portfolio(draft: Draft, talk: Talk, result: Result) -> None:
    intent, value, terms, slots = talk["intent"], result["value"], result["args"], talk["slots"]
    nothing = value.get("total", value.get("deals")) == 0
    if nothing and "text" in terms:
        # A name that no deal carries: to answer with zero would claim too much.
        draft.say("unknown_words", words=", ".join(slots["unknown"]))
        draft.say("unclear_needs")
    elif result["tool"] == "next_actions":
        say_actions(draft, value)
    elif result["tool"] == "portfolio_events":
        said_back = {name: term for name, term in terms.items() if name not in ("since", "until")}
        say_occurrences(draft, value, terms_in_words(said_back, talk["lang"]))
    elif result["tool"] == "find_deals":
        say_days(draft, terms)
        say_bounds(draft, terms)
        said_back = {name: term for name, term in terms.items() if name in _SAID_BACK}
        say_list(draft, value, intent, terms_in_words(said_back, talk["lang"]))
    elif intent in SAY_FIGURES:
        say_days(draft, terms)
        say_bounds(draft, terms)
        SAY_FIGURES[intent](draft, Figures(value, terms, slots, talk["lang"]))
    else:
        draft.say("unclear")


def _say_records(
    draft: Draft, answered: list[Result], roles: Mapping[str, Sequence[str]], slots: Mapping[str, Any]
) -> None:
    """Which deal it is, what its events say, and what else was asked of it."""
    for result in answered:
        if result["tool"] == "deal_card":
            facts = DealFacts(result["value"], roles)
            say_stage(draft, facts, slots)
        elif result["tool"] == "deal_records":
            say_records(draft, result["value"], slots["records"])
            for name in slots.get("beside", ()):
                if name not in _IN_RECORDS:
                    SAY_DEAL[name](draft, facts, slots)


def _say_why(
    draft: Draft, answered: list[Result], roles: Mapping[str, Sequence[str]], slots: Mapping[str, Any]
) -> None:
    """The arithmetic, and where the deal stands: what would stop the clock, and who must act."""
    cards = {
        result["args"]["master_deal_id"]: result["value"]
        for result in answered
        if result["tool"] == "deal_card"
    }
    for result in answered:
        if result["tool"] != "sla_why":
            continue
        say_why(draft, result["value"], slots)
        card = cards.get(result["args"]["master_deal_id"])
        if card is not None:
            still = any(timer["state"] in OPEN for timer in meant(result["value"]["timers"], slots))
            SAY_DEAL["deal_who" if still else "deal_stage"](draft, DealFacts(card, roles), slots)


def _say_what_if(draft: Draft, answered: list[Result], slots: Mapping[str, Any]) -> None:
    if not answered:
        draft.say("what_if_needs")
    for result in answered:
        say_what_if(draft, result["value"], result["args"]["limits"])
        if not result["value"]["deals"] and slots.get("unknown"):
            draft.say("unknown_words", words=", ".join(slots["unknown"]))


def _say_choice(draft: Draft, answered: list[Result], names: list[str]) -> None:
    value = answered[0]["value"] if answered else {"total": 0, "deals": []}
    if value["total"] == 0:
        draft.say("no_such_deal")
        draft.say("unknown_words", words=", ".join(names))
        draft.say("unclear_needs")
        return
    draft.say("several_deals", total=Bound("find_deals/total", value["total"], "count_deals", "tool"))
    inner = Draft()
    say_list(inner, value, "list")
    draft.sentences += inner.sentences[1:]
