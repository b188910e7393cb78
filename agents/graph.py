"""The copilot's graph: guard -> think <-> act -> check -> answer. The same with and without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.check import unsupported
from agents.drafts import named, proposed
from agents.memory import remembered, with_text
from agents.message import taken_apart
from agents.model import Thinker, cite
from agents.plan import Known, first_plan, next_plan
from agents.state import Result, Talk
from agents.understand import language
from agents.word import composed
from masterdeal.errors import DealError
from tools.catalogue import run
from tools.workbench import Workbench

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver

MOST_RESULTS: Final = 24


@dataclass(frozen=True)
class Kit:
    """What the nodes work with in one run: the deals its caller may see, and the model, if there is one."""

    bench: Workbench
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
    """A clean start: what is asked apart from the text that came with it, and nothing of an earlier turn but the
    memory."""
    question, beside = taken_apart(talk["question"])
    memory, text_id = with_text(talk.get("memory") or {}, talk.get("attached") or beside)
    return {
        "question": question,
        "attached": text_id,
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
        "memory": memory,
    }


async def think(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The next tools to look up, or, with a model, a draft."""
    kit = runtime.context
    if talk["mode"] == "llm" and kit.thinker is not None:
        return await kit.thinker.think(talk)
    if not talk["intent"]:
        return await asyncio.to_thread(first_plan, talk, kit.known, kit.bench.today)
    calls = next_plan(talk)
    return {"calls": calls, "intent": talk["intent"], "slots": talk["slots"]}


async def act(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The tools' answers. They only read, so they run beside the loop, and what fails is said."""
    kit = runtime.context
    results, memory, proposals = list(talk["results"]), talk["memory"], list(talk["proposals"])
    for call in talk["calls"]:
        result: Result = {**call, "value": None, "error": None}
        step = {"id": call["id"], "tool": call["tool"], "args": call["args"]}
        runtime.stream_writer({"event": "step", "data": {**step, "state": "started"}})
        bench = replace(
            kit.bench, texts=memory.get("texts", {}), drafts=memory.get("drafts", {}), lang=talk["lang"]
        )
        try:
            value = await asyncio.to_thread(run, bench, call["tool"], call["args"])
            result["value"], memory = named(value, memory)
            proposal = proposed(result["value"], _deal_of(talk), talk["lang"])
            proposals += [proposal] if proposal else []
        except DealError as error:
            result["error"] = error.message
        ended = {**step, "state": "ended", "ok": result["error"] is None}
        runtime.stream_writer({"event": "step", "data": ended})
        results.append(result)
    update: Talk = {"results": results, "calls": [], "memory": memory, "proposals": proposals}
    if talk["mode"] == "llm" and kit.thinker is not None:
        update["messages"] = kit.thinker.hear(talk, results[len(talk["results"]) :])
    return update


def _deal_of(talk: Talk) -> str | None:
    """The deal that a draft of this run belongs to: the one that was named."""
    return next(iter(talk["slots"].get("deals", [])), talk.get("deal_id"))


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
    return {
        "memory": kept,
        "attached": None,
        "results": [],
        "messages": [],
        "evidence": [],
        "draft": None,
        "proposals": [],
    }


def after_thought(talk: Talk) -> Literal["act", "check"]:
    """Tools to look up, or something to say."""
    return "act" if talk["calls"] and len(talk["results"]) < MOST_RESULTS else "check"


def after_check(talk: Talk) -> Literal["think", "answer"]:
    """Said and supported, or back to thinking: once with the model, then by rules."""
    return "answer" if talk.get("text") else "think"
