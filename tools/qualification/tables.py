"""The packaged tables of qualification, compiled: cues, markers, verdict rules, ICP. The one reader of these files."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from masterdeal.errors import Misconfigured
from tools.qualification.shapes import ShapeWords
from tools.qualification.words import (
    Atoms,
    Pattern,
    Term,
    commonness,
    compile_patterns,
    compile_term,
)

Letter = Literal["budget", "authority", "need", "timing", "challenges", "prioritization"]
Says = Literal["met", "unmet", "weak"]
LETTERS: tuple[Letter, ...] = ("budget", "authority", "need", "timing", "challenges", "prioritization")


@dataclass(frozen=True, slots=True)
class Cue:
    """A pattern and what it says about a letter; `companions` are its words beside the anchor, the rarest first."""

    letter: Letter
    says: Says
    pattern: Pattern
    denies: bool
    companions: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """Concepts that stand together in one clause and what they say about a letter; see concepts.toml.

    `denies`: the first concept is a denial, and it governs one of the others. `agent`: the first concept is who acts or is
    spoken to, not whose something is. `ordered`: the concepts follow each other. `asked`: they stand in a question that is
    answered. `holds`: against the phrases of its clause too.
    """

    letter: Letter
    says: Says
    has: tuple[Term, ...]
    lacks: tuple[Term, ...]
    within: int
    denies: bool
    agent: bool
    ordered: bool
    asked: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Marker:
    """Words that take the force out of a statement, where they reach, and what cancels them."""

    kind: str
    why: str
    scope: Literal["part", "clause", "after"]
    words: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    letters: frozenset[str] | None
    says: Says | None


@dataclass(frozen=True, eq=False)
class Lexicon:
    """All word tables of qualification, ready to be applied."""

    version: str
    cues: tuple[Cue, ...]
    cues_by_atom: Mapping[str, tuple[int, ...]]
    readings: tuple[Reading, ...]
    readings_by_atom: Mapping[str, tuple[int, ...]]
    markers: tuple[Marker, ...]
    markers_by_atom: Mapping[str, tuple[tuple[int, int], ...]]
    contrast: Term
    negators: Term
    denying_nouns: Term
    negators_en: Term
    harmless_after: Term
    bridges: Term
    light: Term
    top_roles: Term
    above: Term
    promises: Term
    speakers: Term
    answers: Mapping[str, Term]
    labels: Mapping[str, Term]
    asked: Mapping[str, Term]
    advertising: Term
    deciding: Term
    shape_words: ShapeWords
    atoms: Atoms


@cache
def read_table(name: str) -> dict[str, Any]:
    """One packaged TOML table of qualification."""
    return tomllib.loads((files("tools") / "tables" / "qualification" / name).read_text(encoding="utf-8"))


def _denies(pattern: Pattern, negators: frozenset[str]) -> bool:
    """Whether a pattern has a denial of its own, so that no other one turns it over."""
    atoms = {atom.lstrip("=") for term in pattern.terms for atom in term.atoms}
    return bool(atoms & negators) or any("n't" in atom for atom in atoms)


def _cues(
    table: Mapping[str, Any], lists: Mapping[str, Sequence[str]], negators: frozenset[str]
) -> list[Cue]:
    found = []
    for letter in LETTERS:
        for says, patterns in table.get(letter, {}).items():
            if says not in ("met", "unmet", "weak"):
                raise Misconfigured("A cue must say met, unmet or weak.", letter=letter, says=says)
            made = [pattern for text in patterns for pattern in compile_patterns(text, lists)]
            found += [
                Cue(letter, says, pattern, _denies(pattern, negators), pattern.companions) for pattern in made
            ]
    return found


def _reading(row: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> Reading:
    def concepts(names: Sequence[str]) -> tuple[Term, ...]:
        return tuple(
            compile_term("|".join(f"@{part}" if part in lists else part for part in name.split("|")), lists)
            for name in names
        )

    return Reading(
        letter=row["letter"],
        says=row["says"],
        has=concepts(row["has"]),
        lacks=concepts(row.get("lacks", ())),
        within=row["within"],
        denies=row.get("denies", False),
        agent=row.get("agent", False),
        ordered=row.get("ordered", False),
        asked=row.get("asked", False),
        holds=row.get("holds", False),
    )


def _marker(row: Mapping[str, Any], lists: Mapping[str, Sequence[str]]) -> Marker:
    def sequences(texts: Sequence[str]) -> tuple[Pattern, ...]:
        return tuple(
            made
            for text in texts
            for made in compile_patterns(f"> {text}" if "/" in text else f"> {text} /0", lists)
        )

    letters = row.get("letters")
    return Marker(
        kind=row["kind"],
        why=row["why_ru"],
        scope=row["scope"],
        words=sequences(row["words"]),
        unless=sequences(row["unless"]),
        letters=frozenset(letters) if letters else None,
        says=row.get("says"),
    )


def _by_atom(anchors: Sequence[Term]) -> dict[str, tuple[int, ...]]:
    """The numbers of the terms that an atom satisfies."""
    found: dict[str, list[int]] = {}
    for number, anchor in enumerate(anchors):
        for atom in anchor.atoms:
            found.setdefault(atom, []).append(number)
    return {atom: tuple(numbers) for atom, numbers in found.items()}


@cache
def lexicon() -> Lexicon:
    """The packaged word tables, compiled once."""
    named, markers = read_table("lists.toml"), read_table("markers.toml")
    lists = {**named["lists"], **markers["lists"]}
    concepts = read_table("concepts.toml")
    russian, english = read_table("cues_ru.toml"), read_table("cues_en.toml")
    negators = markers["negators"]
    denying = frozenset(word for kind in ("ru", "nouns", "en") for word in negators[kind])
    cues = tuple(_cues(russian, lists, denying) + _cues(english, lists, denying))
    # A cue is tried only where its rarest word stands.
    by_atom = _by_atom([cue.pattern.anchor for cue in cues])
    read = tuple(_reading(row, {**lists, **concepts["lists"]}) for row in concepts["reading"])
    compiled = tuple(_marker(row, lists) for row in markers["marker"])
    marked: dict[str, list[tuple[int, int]]] = {}
    for number, marker in enumerate(compiled):
        for place, pattern in enumerate(marker.words):
            for atom in pattern.anchor.atoms:
                marked.setdefault(atom, []).append((number, place))
    single = {
        "contrast": compile_term("|".join("=" + word for word in markers["contrast"]), lists),
        "negators": compile_term("|".join("=" + word for word in negators["ru"]), lists),
        "denying_nouns": compile_term("|".join(negators["nouns"]), lists),
        "negators_en": compile_term("|".join("=" + word for word in negators["en"]), lists),
        "harmless_after": compile_term("|".join(negators["harmless_after"]), lists),
        "speakers": compile_term("|".join(markers["speakers"]["words"]), lists),
        "top_roles": compile_term("@top_role", lists),
        "above": compile_term("@boss_far", lists),
        "light": compile_term("|".join(negators["light"]), lists),
        "promises": compile_term("|".join(markers["promises"]["own"]), lists),
        "bridges": compile_term("|".join(negators["bridges"]), lists),
        "advertising": compile_term("|".join(markers["deeds"]["advertising"]), lists),
        "deciding": compile_term("|".join(markers["deeds"]["deciding"]), lists),
    }
    answers = {name: compile_term("|".join(words), lists) for name, words in markers["answers"].items()}
    asked = {name: compile_term("|".join(words), lists) for name, words in markers["asked"].items()}
    labels = {name: compile_term("|".join(words), lists) for name, words in markers["labels"].items()}
    terms = [
        *(term for cue in cues for term in cue.pattern.terms),
        *(term for reading in read for term in reading.has + reading.lacks),
        *(term for marker in compiled for pattern in marker.words + marker.unless for term in pattern.terms),
        *single.values(),
        *answers.values(),
        *labels.values(),
        *asked.values(),
    ]
    return Lexicon(
        version=max(
            russian["version"], english["version"], named["version"], markers["version"], concepts["version"]
        ),
        cues=cues,
        cues_by_atom=by_atom,
        readings=read,
        readings_by_atom=_by_atom([min(reading.has, key=commonness) for reading in read]),
        markers=compiled,
        markers_by_atom={atom: tuple(places) for atom, places in marked.items()},
        answers=answers,
        labels=labels,
        asked=asked,
        shape_words=ShapeWords(
            **{name: frozenset(words) for name, words in read_table("shapes.toml")["words"].items()}
        ),
        atoms=Atoms(terms),
        **single,
    )
