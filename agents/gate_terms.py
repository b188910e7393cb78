"""Which gates a question about many deals says are passed, and which not: «запущены без подписанного договора»."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Final

from agents.spoken import Word

_GATES: Final = ("G1", "G2", "G3", "G4", "G5", "G6", "G7")

# How many words before the thing a negation or its state may stand.
_NEAR: Final = 3


@dataclass
class GateTerms:
    """Gates that must have been passed, gates that must not, and the places of the words that say so; `at` is where each gate is
    first said."""

    gates: list[str] = field(default_factory=list)
    lacks_gates: list[str] = field(default_factory=list)
    places: set[int] = field(default_factory=set)
    at: dict[str, int] = field(default_factory=dict)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("agents.words").joinpath("gate_terms.toml").read_text(encoding="utf-8"))


@cache
def _row(name: str) -> frozenset[str]:
    row: Any = _table()
    for part in name.split("."):
        row = row[part]
    return frozenset(row)


def gate_terms(words: Sequence[Word], breaks: Sequence[int]) -> GateTerms:
    """The gates named with their state. `breaks` are the places in the text where a clause ends; a thing without a
    state («сделки по договору») says nothing, only «с» and «без» before it do."""
    found = GateTerms()
    for clause in _clauses(words, breaks):
        _clause(words, clause, found)
    found.lacks_gates = [gate for gate in found.lacks_gates if gate not in found.gates]
    return found


def _clauses(words: Sequence[Word], breaks: Sequence[int]) -> list[list[int]]:
    clauses: list[list[int]] = [[]]
    ends = sorted(breaks)
    for place, word in enumerate(words):
        if (ends and word.start > ends[0]) or word.forms & _row("but"):
            while ends and word.start > ends[0]:
                ends.pop(0)
            clauses.append([])
        clauses[-1].append(place)
    return [clause for clause in clauses if clause]


def _clause(words: Sequence[Word], clause: Sequence[int], found: GateTerms) -> None:
    things = {
        place: gate for place in clause for gate in _GATES if words[place].forms & _row(f"{gate}.thing")
    }
    for place in clause:
        for gate in _GATES:
            if place not in things and words[place].forms & _row(f"{gate}.alone"):
                _add(found, gate, _negated(words, clause, place), [place])
    for place, gate in things.items():
        states = [
            at
            for at in clause
            if at not in things and words[at].forms & _row(f"{gate}.state") and _nearest(at, things, place)
        ]
        before = words[place - 1].forms if place - 1 in clause else frozenset[str]()
        bare = before & (_row("with") | _row("without"))
        none = any(words[at].forms & _row("none") for at in (place - 1, place + 1) if at in clause)
        if states or bare or none:
            negated = none or any(_negated(words, clause, at) for at in (place, *states))
            _add(found, gate, negated, [place, *states])


def _nearest(state: int, things: dict[int, str], place: int) -> bool:
    return min(things, key=lambda thing: (abs(thing - state), thing < state)) == place


def _negated(words: Sequence[Word], clause: Sequence[int], place: int) -> bool:
    near = [at for at in clause if place - _NEAR <= at < place]
    return any(words[at].text.casefold() in _row("not") for at in near)


def _add(found: GateTerms, gate: str, negated: bool, places: Sequence[int]) -> None:
    terms = found.lacks_gates if negated else found.gates
    if gate not in terms:
        terms.append(gate)
    found.places.update(places)
    found.at.setdefault(gate, min(places))
