"""The copilot's graph: guard -> think <-> act -> check -> answer. The same with and without a model."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, Literal

from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from agents.drafts import named, proposed
from agents.facts import Facts
from agents.memory import remembered, with_text
from agents.message import taken_apart
from agents.model import Failed, Thinker
from agents.plan import Known, first_plan, found_nothing, next_plan, planned
from agents.sentence import Gate, sentences
from agents.spans import Run, failed, using
from agents.state import Result, Talk
from agents.understand import language
from agents.word import compose, composed, why_by_rules
from agents.wording import Writing, worded
from masterdeal.errors import DealError
from tools.catalogue import run
from tools.workbench import Workbench

if TYPE_CHECKING:
    from datetime import date

    from langgraph.checkpoint.base import BaseCheckpointSaver

MOST_RESULTS: Final = 24


@dataclass(frozen=True)
class Kit:
    """What the nodes work with in one run: the deals its caller may see, and the model, if there is one."""

    bench: Workbench
    known: Known
    roles: Mapping[str, tuple[str, ...]]
    thinker: Thinker | None
    run: Run


def build(saver: BaseCheckpointSaver[Any] | None = None) -> Any:
    """The compiled graph. With a saver, threads remember."""
    graph = StateGraph(Talk, context_schema=Kit)
    for node in (guard, think, act, check, answer):
        graph.add_node(node.__name__, _timed(node))  # type: ignore[call-overload]
    graph.add_edge(START, "guard")
    graph.add_edge("guard", "think")
    graph.add_conditional_edges("think", after_thought)
    graph.add_edge("act", "think")
    graph.add_conditional_edges("check", after_check)
    graph.add_edge("answer", END)
    return graph.compile(checkpointer=saver)


def _timed(
    node: Callable[[Talk, Runtime[Kit]], Awaitable[Talk]],
) -> Callable[[Talk, Runtime[Kit]], Awaitable[Talk]]:
    """The node, with a span of its own and its time in the run's record."""

    @wraps(node)
    async def stepped(talk: Talk, runtime: Runtime[Kit]) -> Talk:
        with runtime.context.run.step(node.__name__):
            return await node(talk, runtime)

    return stepped


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
        "accepted": [],
        "refused": [],
        "said": 0,
        "sent_back": 0,
        "note": None,
        "llm": None,
        "intent": "",
        "slots": {},
        "text": "",
        "evidence": [],
        "proposals": [],
        "memory": memory,
    }


async def think(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The next tools to look up: by rules, and where they do not understand, by the model. Then the model's words."""
    kit = runtime.context
    thinker = kit.thinker if talk["mode"] == "llm" else None
    if not talk["intent"]:
        first = await asyncio.to_thread(first_plan, talk, kit.known, kit.bench.today)
        if first["intent"] == "unclear" and thinker is not None:
            return await _plan({**talk, **first}, thinker, kit.bench.today)
        return first
    if not talk["sent_back"]:
        calls = next_plan(talk)
        if not calls and thinker is not None and not talk["llm"] and found_nothing(talk):
            return await _plan(talk, thinker, kit.bench.today)
        if calls or thinker is None:
            return {"calls": calls, "intent": talk["intent"], "slots": talk["slots"]}
    return await _write(talk, kit, thinker, runtime) if thinker is not None else {"calls": []}


async def _plan(talk: Talk, thinker: Thinker, today: date) -> Talk:
    """What the model would look up; where it has nothing either, the rules say so."""
    account = thinker.account(talk)
    told: Talk = {"intent": talk["intent"], "lang": talk["lang"], "slots": talk["slots"], "calls": []}
    try:
        calls = await thinker.plan(talk, account, today)
    except Failed as failed:
        return {**told, "note": str(failed), "llm": account.close(), "mode": "rules"}
    if not calls:
        return {**told, "llm": account.close(), "mode": "rules"}
    return {**told, **planned(calls, talk["slots"]), "results": [], "llm": account.close()}


async def _write(talk: Talk, kit: Kit, thinker: Thinker, runtime: Runtime[Kit]) -> Talk:
    """The model's words for the draft, let out sentence by sentence as the gate takes them, up to the first it does
    not."""
    facts = Facts(compose(talk, kit.roles), talk["lang"])
    if not facts.by_ref:
        return {"calls": [], "mode": "rules"}
    gate, writing, account = Gate(facts), Writing(facts), thinker.account(talk)
    accepted, said = list(talk["accepted"]), talk["said"]
    for sentence in accepted:
        gate.judge(sentence)
        writing.add(sentence)
    refused: tuple[str, ...] = ()
    note, open_end = None, ""

    def take(sentence: str) -> tuple[str, ...]:
        nonlocal said
        judged = gate.judge(sentence)
        if judged.refused:
            return judged.refused
        if judged.refs:
            line = ("\n" if writing.lines else "") + writing.add(judged.text)
            accepted.append(judged.text)
            said += len(line)
            runtime.stream_writer({"event": "token", "data": {"text": line}})
        return ()

    try:
        async with aclosing(thinker.write(talk, facts, account)) as pieces:
            async for piece in pieces:
                *whole, open_end = sentences(open_end + piece, open_ended=True)
                for sentence in whole:
                    refused = refused or take(sentence)
                if refused:
                    break
    except Failed as failed:
        note = str(failed)
    if not refused and note is None:
        for sentence in sentences(open_end):
            refused = refused or take(sentence)
    return {
        "calls": [],
        "accepted": accepted,
        "refused": [*talk["refused"], *refused],
        "said": said,
        "note": note,
        "llm": account.close(),
        "sent_back": talk["sent_back"] + (1 if refused else 2),
    }


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
        with using(call["tool"], call["id"]) as span:
            try:
                value = await asyncio.to_thread(run, bench, call["tool"], call["args"])
                result["value"], memory = named(value, memory)
                proposal = proposed(result["value"], _deal_of(talk), talk["lang"])
                proposals += [proposal] if proposal else []
            except DealError as error:
                failed(span, error)
                result["error"] = error.message
        ended = {**step, "state": "ended", "ok": result["error"] is None}
        runtime.stream_writer({"event": "step", "data": ended})
        results.append(result)
    return {"results": results, "calls": [], "memory": memory, "proposals": proposals}


def _deal_of(talk: Talk) -> str | None:
    """The deal that a draft of this run belongs to: the one that was named."""
    return next(iter(talk["slots"].get("deals", [])), talk.get("deal_id"))


async def check(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """The last word. What the gate took of the model's stands; every fact it left out is said by the rules, so that the
    facts are the same with and without a model. A sentence that was refused goes back once."""
    kit = runtime.context
    if talk["mode"] == "llm" and talk["sent_back"] == 1 and len(talk["refused"]) and not talk["note"]:
        return {}
    if talk["mode"] == "llm" and talk["accepted"]:
        draft = compose(talk, kit.roles)
        text, evidence = worded(draft, Facts(draft, talk["lang"]), talk["accepted"])
        return {"text": text, "evidence": evidence}
    wordless = talk["mode"] == "llm" and talk["sent_back"]
    note = talk["note"] or (why_by_rules(talk["lang"]) if talk["refused"] or wordless else None)
    if talk["intent"] == "planned":
        # What the model looked up it could not put into words: the rules answer as they would have alone.
        return {"mode": "rules", "intent": "", "results": [], "note": note or why_by_rules(talk["lang"])}
    by_rules: Talk = {**talk, "mode": "rules", "note": note}
    text, evidence = composed(by_rules, kit.roles)
    return {"text": text, "evidence": evidence, "mode": "rules", "note": note}


async def answer(talk: Talk, runtime: Runtime[Kit]) -> Talk:
    """What leaves the house, line by line; what the thread keeps is its memory, not the tools' answers."""
    say = runtime.stream_writer
    for line in talk["text"][talk["said"] :].splitlines(keepends=True):
        say({"event": "token", "data": {"text": line}})
    for item in talk["evidence"]:
        say({"event": "evidence", "data": item})
    say({"event": "talk", "data": dict(talk)})
    return {
        "memory": remembered(talk),
        "attached": None,
        "results": [],
        "accepted": [],
        "evidence": [],
        "proposals": [],
    }


# The two choices are coroutines because the framework hands a plain function to a thread.
async def after_thought(talk: Talk) -> Literal["act", "check"]:
    """Tools to look up, or something to say."""
    return "act" if talk["calls"] and len(talk["results"]) < MOST_RESULTS else "check"


async def after_check(talk: Talk) -> Literal["think", "answer"]:
    """Said and supported, or back to thinking: once with the model, then by rules."""
    return "answer" if talk.get("text") else "think"
