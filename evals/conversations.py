"""The copilot's turns held and judged: the tools that ran, what was proposed, what was said, and what carries it."""

from __future__ import annotations

import contextlib
import re
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

from agents.copilot import Answered, Asked, Endpoint, Session, session
from agents.spans import Record
from agents.threads import in_sqlite
from agents.verify import unbound
from api.wiring import House
from evals.deals import questions

CONVERSATIONS: Final = ("copilot.toml", "follow_ups.toml")
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]+")


@dataclass(frozen=True)
class Wanted:
    """A turn, and what its answer must be. None where anything will do."""

    ask: str
    skill: str
    text: str | None = None
    says: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    tools: tuple[str, ...] | None = None
    proposes: tuple[str, ...] | None = None
    any_of: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Held:
    """A turn as it went: what was missed, figures that nothing carries, the facts it is bound to, the tools that ran
    (also those whose answers were dropped, because the model could not put them into words)."""

    wanted: Wanted
    missed: tuple[str, ...]
    unbound: tuple[str, ...]
    facts: frozenset[tuple[str, str]]
    tools: tuple[str, ...]
    refused: tuple[str, ...]
    note: str | None
    record: Record


@cache
def conversations() -> tuple[tuple[Wanted, ...], ...]:
    """The jobs in conversation, and the questions that lean on the one before."""
    tables = [tomllib.loads((files("evals") / name).read_text(encoding="utf-8")) for name in CONVERSATIONS]
    return tuple(
        tuple(
            Wanted(
                turn["ask"],
                row["skill"],
                table.get("text", {}).get(turn.get("text")),
                tuple(turn.get("says", ())),
                tuple(turn.get("silent", ())),
                _given(turn, "tools"),
                _given(turn, "proposes"),
            )
            for turn in row["turns"]
        )
        for table in tables
        for row in table["conversation"]
    )


def _given(turn: Mapping[str, Sequence[str]], name: str) -> tuple[str, ...] | None:
    return tuple(turn[name]) if name in turn else None


@cache
def about_deals() -> tuple[tuple[Wanted, ...], ...]:
    """The questions about the invented portfolio, each a conversation of its own."""
    return tuple(
        (Wanted(one.ask, "questions", says=one.says, silent=one.silent),)
        for one in questions()
        if one.portfolio == "demo"
    )


@cache
def to_be_planned() -> tuple[tuple[Wanted, ...], ...]:
    """The questions that only a model may understand, of evals/planning.toml."""
    table = tomllib.loads((files("evals") / "planning.toml").read_text(encoding="utf-8"))
    return tuple((Wanted(row["ask"], "planning", any_of=tuple(row["any_of"])),) for row in table["question"])


async def hold(house: House, endpoint: Endpoint | None, sets: Sequence[Sequence[Wanted]]) -> list[Held]:
    """Every turn of every conversation, each in a thread of its own."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        threads = in_sqlite(Path(folder) / "t.db")
        rules = house.book.rules.name
        async with session(endpoint, house.clock, rules, threads, sample_prices=True) as opened:
            for number, turns in enumerate(sets):
                for turn in turns:
                    found.append(await _turn(opened, house, turn, f"T-{number}"))  # noqa: PERF401 (one after the other)
    return found


async def _turn(opened: Session, house: House, turn: Wanted, thread_id: str) -> Held:
    asked = Asked(turn.ask, attached=turn.text)
    ran: list[str] = []
    async with contextlib.aclosing(opened.turn(asked, house.view, thread_id)) as events:
        async for event in events:
            if isinstance(event, Answered):
                made = event
            elif event["event"] == "step" and event["data"]["state"] == "started":
                ran.append(event["data"]["tool"])
    answer = made.answer
    llm = answer.get("llm") or {}
    return Held(
        turn,
        tuple(_missed(turn, made, ran)),
        tuple(unbound(answer["text"], answer["evidence"], turn.ask)),
        frozenset((item["path"], item["shown"]) for item in answer["evidence"]),
        tuple(ran),
        tuple(llm.get("refused", ())),
        llm.get("note"),
        made.record,
    )


def _missed(turn: Wanted, made: Answered, ran: Sequence[str]) -> list[str]:
    """What an answer does not hold of what it must."""
    text = _SPACES.sub(" ", made.answer["text"])
    tools = tuple(call["tool"] for call in made.answer["result"]["looked_up"])
    kinds = tuple(proposal["kind"] for proposal in made.proposals)
    wrong = [] if turn.tools in (None, tools) else [f"ran {list(tools)}"]
    wrong += [] if turn.proposes in (None, kinds) else [f"proposed {list(kinds)}"]
    if turn.any_of is not None and (set(ran) - set(turn.any_of) or bool(ran) != bool(turn.any_of)):
        wrong.append(f"chose {', '.join(ran) or 'nothing'}")
    # A stage is said by its name in the answer's language, and its code stands in the evidence of the sentence.
    coded = {str(item["value"]) for item in made.answer["evidence"]}
    wrong += [f"does not say {fact!r}" for fact in turn.says if fact not in text and fact not in coded]
    return wrong + [f"says {claim!r}" for claim in turn.silent if claim in text or claim in coded]


def by_skill(turns: Sequence[Held]) -> Mapping[str, list[Held]]:
    """The turns of each skill, in the order of the sets."""
    found: dict[str, list[Held]] = {}
    for turn in turns:
        found.setdefault(turn.wanted.skill, []).append(turn)
    return found


def always(rounds: Sequence[Sequence[Held]]) -> float:
    """pass^k: the share of turns that are right, and carried, in every one of the k rounds."""
    places = list(zip(*rounds, strict=True))
    return sum(all(not turn.missed and not turn.unbound for turn in place) for place in places) / len(places)
