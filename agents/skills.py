"""The table of skills: what the copilot can do, with which tools, told by which prompt."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from agents.phrases import Phrase, first_place, phrase_of
from agents.spoken import Word


@dataclass(frozen=True)
class Skill:
    """A row of the table."""

    name: str
    tools: tuple[str, ...]
    prompt: str
    gives: str
    needs: str
    asks: tuple[Phrase, ...]


@cache
def skills() -> dict[str, Skill]:
    """All skills, by name, in the order in which one may build on another."""
    table = tomllib.loads(files("agents").joinpath("skills.toml").read_text(encoding="utf-8"))
    return {
        row["name"]: Skill(
            row["name"],
            tuple(row["tools"]),
            row["prompt"],
            row["gives"],
            row.get("needs", ""),
            tuple(phrase_of(ask) for ask in row.get("asks", ())),
        )
        for row in table["skill"]
    }


def asked_for(words: list[Word]) -> list[str]:
    """The skills whose jobs some words ask for, in the order in which one builds on another."""
    return [
        skill.name
        for skill in skills().values()
        if any(first_place(words, phrase) is not None for phrase in skill.asks)
    ]


def skill_of(intent: str, steps: list[dict[str, Any]]) -> Skill:
    """The skill an answer of this intent belongs to."""
    table = skills()
    if intent == "job" and steps:
        return table[steps[-1]["skill"]]
    if intent in ("next_actions", "deal_next"):
        return table["next"]
    return table["deal" if intent.startswith("deal_") else "portfolio"]
