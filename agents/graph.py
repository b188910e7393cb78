"""The copilot's graph: guard -> think <-> act -> check -> answer. The same with and without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.check import unsupported
from agents.memory import remembered
from agents.model import Thinker, cite
from agents.plan import Known, first_plan, next_plan
from agents.state import Result, Talk
from agents.understand import language
from agents.word import composed
from masterdeal.errors import DealError
from tools.catalogue import run
from tools.deals import PortfolioView

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

LONGEST_QUESTION: Final = 4000
MOST_RESULTS: Final = 24


@dataclass(frozen=True)
class Kit:
    """What the nodes work with in one run: the deals its caller may see, and the model, if there is one."""

    view: PortfolioView
    known: Known
    roles: Mapping[str, tuple[str, ...]]
    thinker: Thinker | None


def build(saver: BaseCheckpointSaver[Any] | None = None) -> Any:
    """The compiled graph. With a saver, threads remember."""
    graph = StateGraph(Talk, context_schema=Kit)
    for node in (guard, think, act, check, answer):
        graph.add_node(node.__name__, node)  # type: ignore[call-overload]
    graph.add_edge(START, "guard")
    graph.add_edge("guard", "think")
    graph.add_conditional_edges("think", after_thought)
    graph.add_edge("act", "think")
    graph.add_conditional_edges("check", after_check)
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=saver)


async def guard(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """A clean start: the question cut to size, its language, nothing of an earlier turn but the memory."""
    question = " ".join(talk["question"].split())[:LONGEST_QUESTION]
    return {
        "question": question,
        "lang": talk.get("lang") or language(question),
        "mode": "llm" if runtime.context.thinker is not None else "rules",
        "calls": [],
        "results": [],
        "messages": [],
        "sent_back": 0,
        "draft": None,
        "note": None,
        "llm": None,
        "intent": "",
        "slots": {},
        "refused": [],
        "text": "",
        "evidence": [],
        "proposals": [],
        "memory": talk.get("memory") or {},
    }


async def think(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The next tools to look up, or, with a model, a draft."""
    kit = runtime.context
    if talk["mode"] == "llm" and kit.thinker is not None:
        return await kit.thinker.think(talk)
    if not talk["intent"]:
        return await asyncio.to_thread(first_plan, talk, kit.known)
    calls = next_plan(talk)
    return {"calls": calls, "intent": talk["intent"], "slots": talk["slots"]}


async def act(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The tools' answers. They only read, so they run beside the loop, and what fails is said."""
    kit = runtime.context
    results = list(talk["results"])
    for call in talk["calls"]:
        result: Result = {**call, "value": None, "error": None}
        step = {"id": call["id"], "tool": call["tool"], "args": call["args"]}
        runtime.stream_writer({"event": "step", "data": {**step, "state": "started"}})
        try:
            result["value"] = await asyncio.to_thread(run, kit.view, call["tool"], call["args"])
        except DealError as error:
            result["error"] = error.message
        ended = {**step, "state": "ended", "ok": result["error"] is None}
        runtime.stream_writer({"event": "step", "data": ended})
        results.append(result)
    update: Talk = {"results": results, "calls": []}
    if talk["mode"] == "llm" and kit.thinker is not None:
        update["messages"] = kit.thinker.hear(talk, results[len(talk["results"]) :])
    return update


async def check(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The last word: a draft by rules is bound as it is made; a model's is held against what the tools answered."""
    kit = runtime.context
    if talk["mode"] == "rules":
        text, evidence = composed(talk, kit.roles)
        return {"text": text, "evidence": evidence}
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
        "messages": [],
        "refused": [literal.text for literal in bad],
        "note": talk.get("note")
        or (
            "в тексте модели было то, чего нет в данных"
            if talk["lang"] == "ru"
            else "the model's text held what the facts do not"
        ),
    }


async def answer(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """What leaves the house, line by line; what the thread keeps is its memory, not the tools' answers."""
    say = runtime.stream_writer
    for line in talk["text"].splitlines(keepends=True):
        say({"event": "token", "data": {"text": line}})
    for item in talk["evidence"]:
        say({"event": "evidence", "data": item})
    say({"event": "talk", "data": dict(talk)})
    kept = remembered(talk)
    return {"memory": kept, "results": [], "messages": [], "evidence": [], "draft": None, "proposals": []}


def after_thought(talk: Talk) -> Literal["act", "check"]:
    """Tools to look up, or something to say."""
    return "act" if talk["calls"] and len(talk["results"]) < MOST_RESULTS else "check"


def after_check(talk: Talk) -> Literal["think", "answer"]:
    """Said and supported, or back to thinking: once with the model, then by rules."""
    return "answer" if talk.get("text") else "think"
