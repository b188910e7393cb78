"""The copilot's graph: guard -> think <-> act -> check -> answer. The same with and without a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from langgraph.graph import END, START, StateGraph

from agents.check import unsupported
from agents.draft import Draft, render
from agents.model import Thinker, cite
from agents.plan import Known, first_plan, next_plan
from agents.state import Result, Talk
from agents.understand import language
from agents.word import compose
from masterdeal.errors import DealError
from tools.catalogue import run
from tools.deals import PortfolioView

LONGEST_QUESTION: Final = 4000
MOST_ROUNDS: Final = 6


@dataclass(frozen=True)
class Kit:
    """What the nodes work with."""

    view: PortfolioView
    known: Known
    roles: Mapping[str, tuple[str, ...]]
    thinker: Thinker | None


def build(kit: Kit) -> Any:
    """The compiled graph."""

    def guard(talk: Talk) -> Talk:
        question = " ".join(talk["question"].split())[:LONGEST_QUESTION]
        return {
            "question": question,
            "lang": talk.get("lang") or language(question),
            "mode": "llm" if kit.thinker is not None else "rules",
            "calls": [],
            "results": [],
            "messages": [],
            "sent_back": 0,
            "draft": None,
            "note": None,
            "llm": None,
            "intent": "",
        }

    def think(talk: Talk) -> Talk:
        if talk["mode"] == "llm" and kit.thinker is not None:
            return kit.thinker.think(talk)
        if not talk["intent"]:
            return first_plan(talk, kit.known)
        calls = next_plan(talk)
        return {"calls": calls, "intent": talk["intent"], "slots": talk["slots"]}

    def act(talk: Talk) -> Talk:
        results = list(talk["results"])
        for call in talk["calls"]:
            result: Result = {**call, "value": None, "error": None}
            try:
                result["value"] = run(kit.view, call["tool"], call["args"])
            except DealError as error:
                result["error"] = error.message
            results.append(result)
        update: Talk = {"results": results, "calls": []}
        if talk["mode"] == "llm" and kit.thinker is not None:
            update["messages"] = kit.thinker.hear(talk, results[len(talk["results"]) :])
        return update

    def check(talk: Talk) -> Talk:
        if talk["mode"] == "rules":
            draft = compose(talk, kit.roles)
            if talk.get("note"):
                draft.say("model_note", why=str(talk["note"]))
            return _settled(draft, talk)
        text = talk["draft"] or ""
        bad = unsupported(text, talk["results"], talk["question"]) if text else []
        if text and not bad and talk["results"]:
            cited, evidence = cite(text, talk["results"], talk["question"])
            return {"text": cited, "evidence": evidence}
        if bad and talk["sent_back"] == 0 and kit.thinker is not None:
            words = [literal.text for literal in bad]
            return {
                "sent_back": 1,
                "draft": None,
                "refused": words,
                "messages": kit.thinker.send_back(talk, words),
            }
        return {
            "mode": "rules",
            "intent": "",
            "draft": None,
            "calls": [],
            "results": [],
            "refused": [literal.text for literal in bad],
            "note": talk.get("note")
            or (
                "в тексте модели было то, чего нет в данных"
                if talk["lang"] == "ru"
                else "the model's text held what the facts do not"
            ),
        }

    def answer(talk: Talk) -> Talk:
        return {"text": talk["text"], "evidence": talk["evidence"]}

    graph = StateGraph(Talk)
    for name, node in (
        ("guard", guard),
        ("think", think),
        ("act", act),
        ("check", check),
        ("answer", answer),
    ):
        graph.add_node(name, node)  # type: ignore[call-overload]
    graph.add_edge(START, "guard")
    graph.add_edge("guard", "think")
    graph.add_conditional_edges("think", after_thought)
    graph.add_edge("act", "think")
    graph.add_conditional_edges("check", after_check)
    graph.add_edge("answer", END)
    return graph.compile()


def after_thought(talk: Talk) -> Literal["act", "check"]:
    """Tools to look up, or something to say."""
    return "act" if talk["calls"] and len(talk["results"]) < MOST_ROUNDS * 4 else "check"


def after_check(talk: Talk) -> Literal["think", "answer"]:
    """Said and supported, or back to thinking: once with the model, then by rules."""
    return "answer" if talk.get("text") else "think"


def _settled(draft: Draft, talk: Talk) -> Talk:
    text, evidence = render(draft, talk["lang"])
    return {"text": text, "evidence": evidence}
