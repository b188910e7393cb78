"""Conversations: the tools that ran, what was proposed, what was said; the same every time."""

from __future__ import annotations

import asyncio
import contextlib
import re
import tempfile
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from agents.copilot import Answered, Asked, session
from agents.threads import in_sqlite
from agents.verify import unbound
from api.wiring import House, chat_endpoint
from evals.deals import portfolio

TIMES: Final = 3
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]+")


def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("evals") / "copilot.toml").read_text(encoding="utf-8"))


def _missed(turn: Mapping[str, Any], made: Answered) -> list[str]:
    """What an answer does not hold of what it must."""
    text = _SPACES.sub(" ", made.answer["text"])
    tools = [call["tool"] for call in made.answer["result"]["looked_up"]]
    kinds = [proposal["kind"] for proposal in made.proposals]
    wrong = [] if tools == turn["tools"] else [f"ran {tools}"]
    wrong += [] if kinds == turn["proposes"] else [f"proposed {kinds}"]
    # A stage is said by its name in the answer's language, and its code stands in the evidence of the sentence.
    coded = {str(item["value"]) for item in made.answer["evidence"]}
    wrong += [f"does not say {fact!r}" for fact in turn["says"] if fact not in text and fact not in coded]
    wrong += [f"says {claim!r}" for claim in turn.get("silent", ()) if claim in text or claim in coded]
    return wrong + unbound(made.answer["text"], made.answer["evidence"], turn["ask"])


async def _held(house: House, with_model: bool) -> list[tuple[str, str, list[str], str]]:
    """Every turn of every conversation: skill, what was asked, what was missed, the mode."""
    table, found = _table(), []
    endpoint = chat_endpoint(house.settings) if with_model else None
    with tempfile.TemporaryDirectory() as folder:
        async with session(
            endpoint, house.clock, house.book.rules.name, in_sqlite(Path(folder) / "t.db"), sample_prices=True
        ) as opened:
            for number, conversation in enumerate(table["conversation"]):
                for turn in conversation["turns"]:
                    text = table["text"].get(turn.get("text"))
                    asked = Asked(turn["ask"], attached=text)
                    async with contextlib.aclosing(opened.turn(asked, house.view, f"T-{number}")) as events:
                        made = [event async for event in events if isinstance(event, Answered)][-1]
                    found.append(
                        (conversation["skill"], turn["ask"], _missed(turn, made), made.answer["mode"])
                    )
    return found


def score() -> dict[str, object]:
    """The share of turns that hold all they must, of conversations that do so every time, and the misses by skill."""
    with portfolio("demo") as house:
        rounds = [asyncio.run(_held(house, with_model=False)) for _ in range(TIMES)]
    first = rounds[0]
    always = [all(not round_[place][2] for round_ in rounds) for place in range(len(first))]
    return {
        "turns": len(first),
        "turns_right": sum(not missed for _, _, missed, _ in first) / len(first),
        f"pass_{TIMES}": sum(always) / len(always),
        "skills": len({skill for skill, *_ in first}),
        "misses": [f"{skill}: {asked}: {what}" for skill, asked, missed, _ in first for what in missed],
    }
