"""Qualification against invented leads with gold for every letter: states right, and no letter that outlives its quote."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from tools.qualification.qualify import Qualification, Source, qualify
from tools.qualification.verdict import BANT

SETS = (
    "notes",
    "heldout",
    "heldout_b",
    "heldout_c",
    "heldout_d",
    "heldout_e",
    "heldout_f",
    "heldout_g",
    "heldout_h",
    "heldout_i",
    "heldout_j",
    "heldout_k",
    "heldout_l",
    "heldout_m",
    "heldout_n",
    "heldout_o",
    "heldout_p",
    "heldout_q",
    "heldout_r",
    "heldout_s",
    "heldout_t",
    "heldout_u",
    "heldout_v",
    "heldout_w",
    "heldout_x",
)
_STATES = {"+": "met", "-": "unmet", "?": "unknown"}


@dataclass(frozen=True)
class Case:
    """One lead: its notes, and the state of each BANT letter that a careful reader sees."""

    id: str
    text: str
    gold: dict[str, str]
    traits: tuple[str, ...]
    today: date


def cases(name: str = "notes") -> Iterator[Case]:
    """The cases of one file of evals/leads."""
    table = tomllib.loads((files("evals") / "leads" / f"{name}.toml").read_text(encoding="utf-8"))
    for row in table["lead"]:
        gold = {letter: _STATES[mark] for letter, mark in zip(BANT, row["gold"], strict=True)}
        yield Case(row["id"], row["text"], gold, tuple(row["traits"]), table["today"])


def judged(case: Case) -> Qualification:
    """The product's answer to a case."""
    return qualify([Source(id=case.id, text=case.text)], today=case.today)


def outlived(case: Case) -> list[str]:
    """Letters that stay known although the passage that carries them is taken out of the text."""
    wrong = []
    for letter, found in judged(case).bant.items():
        if found.start is None or found.state == "unknown":
            continue
        without = case.text[: found.start] + case.text[found.end :]
        left = qualify([Source(id=case.id, text=without)], today=case.today).bant[letter]
        if left.state != "unknown":
            wrong.append(letter)
    return wrong


def score(names: Sequence[str] = SETS) -> dict[str, Any]:
    """Shares from 0 to 1: states right over all letters and by trait; letters that fall with their quote; the misses."""
    right: Counter[str] = Counter()
    total: Counter[str] = Counter()
    misses: list[str] = []
    known = survived = 0
    for case in (case for name in names for case in cases(name)):
        answer = judged(case)
        for letter in BANT:
            state = answer.bant[letter].state
            for trait in ("all", letter, *case.traits):
                total[trait] += 1
                right[trait] += state == case.gold[letter]
            if state != case.gold[letter]:
                misses.append(f"{case.id} {letter}: {state}, gold {case.gold[letter]}")
            known += state != "unknown"
        survived += len(outlived(case))
    return {
        "leads": total["budget"],
        "bant_state_accuracy": right["all"] / total["all"],
        "removal_property": 1 - survived / known if known else 1.0,
        "by_trait": {trait: right[trait] / total[trait] for trait in sorted(total) if trait != "all"},
        "misses": misses,
    }
