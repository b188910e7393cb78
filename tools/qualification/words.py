"""The word language of the qualification tables: what a word of a pattern stands for, and where it stands in a sentence.

Syntax: `бюджет` any form of the word, `=есть` this form only, `утвержд*` a beginning, `a|b` either, `@list` a named list,
`<money>` `<date>` `<name>` `<place>` `<past_year>` what is recognised by shape. Never a bare substring.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from masterdeal.errors import Misconfigured
from tools.morphology import is_known, lemmas, readings

_PLURALS = {"деньга": "деньги", "человек": "люди", "ребенок": "дети", "срок": "сроки", "финанс": "финансы"}
"""Plurals with a meaning of their own that the dictionary files under the singular."""


@dataclass(frozen=True, slots=True)
class Term:
    """One word of a pattern: any of its atoms satisfies it."""

    atoms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Words that must stand near each other, at most `within` words between neighbours."""

    terms: tuple[Term, ...]
    within: int
    ordered: bool
    text: str

    @property
    def anchor(self) -> Term:
        """The word that is met least often: short words and words with many alternatives are met everywhere."""
        return min(self.terms, key=commonness)

    @property
    def companions(self) -> tuple[frozenset[str], ...]:
        """The other words, the rarest first."""
        anchor = self.anchor
        return tuple(term.atoms for term in sorted(self.terms, key=commonness) if term is not anchor)


def commonness(term: Term) -> int:
    """How often a term is met, in no unit: to choose the rarest."""
    return sum(20 if len(atom.lstrip("=")) < 4 else 1 for atom in term.atoms)


def compile_term(text: str, lists: Mapping[str, Sequence[str]]) -> Term:
    """A term from its written form; an unknown list is `Misconfigured`."""
    atoms: set[str] = set()
    for part in text.split("|"):
        if not part.startswith("@"):
            atoms.add(part.replace("ё", "е"))
        elif part[1:] in lists:
            atoms |= compile_term("|".join(lists[part[1:]]), lists).atoms
        else:
            raise Misconfigured("A pattern names a word list that does not exist.", name=part)
    return Term(frozenset(atoms - {"", "="}))


def compile_patterns(text: str, lists: Mapping[str, Sequence[str]], within: int = 4) -> list[Pattern]:
    """Patterns from their written form: `> a b|c @list /3`. A word with the empty alternative `=` may be missing."""
    words = text.split()
    ordered = words[:1] == [">"]
    words = words[ordered:]
    if words and words[-1].startswith("/"):
        within = int(words.pop()[1:])
    if not words:
        raise Misconfigured("A pattern has no words.", pattern=text)
    choices: list[list[str]] = [[]]
    for word in words:
        optional = "=" in word.split("|")
        choices = [[*chosen, word] for chosen in choices] + (
            [list(chosen) for chosen in choices] if optional else []
        )
    return [
        Pattern(tuple(compile_term(word, lists) for word in chosen), within, ordered, text)
        for chosen in choices
        if chosen
    ]


class Atoms:
    """Which atoms of a lexicon a word satisfies; each distinct word is looked up once."""

    def __init__(self, terms: Iterable[Term]) -> None:
        known = {atom for term in terms for atom in term.atoms}
        self.exact = {atom[1:] for atom in known if atom.startswith("=")}
        self.beginnings = {atom[:-1] for atom in known if atom.endswith("*")}
        self.forms = {atom for atom in known if not atom.startswith("=") and not atom.endswith("*")}
        self.of = lru_cache(maxsize=65536)(self._of)

    def _of(self, word: str) -> frozenset[str]:
        forms = word_forms(word)
        found = set(forms & self.forms)
        if not found:
            # A verb the tables do not name stands for the other of its pair: "проваливается" for "провалиться".
            found = {verb for lemma in forms for verb in _perfective(lemma)} & self.forms
        if word in self.exact:
            found.add("=" + word)
        found.update(word[:size] + "*" for size in range(2, len(word) + 1) if word[:size] in self.beginnings)
        return frozenset(found)


@lru_cache(maxsize=65536)
def word_forms(word: str) -> frozenset[str]:
    """Dictionary forms of a word; a hyphenated word also stands for its parts."""
    forms = set(lemmas(word))
    forms |= {_PLURALS[form] for form in forms & _PLURALS.keys()}
    if word.isascii() and len(word) > 3:
        forms |= _english(word)
    if "-" in word:
        for part in word.split("-"):
            forms |= lemmas(part)
    return frozenset(forms)


def _english(word: str) -> set[str]:
    """What an English word with an ending may be a form of: "signups", "decided", "approving", "client's"."""
    found = set()
    for ending, others in (
        ("'s", ("",)),
        ("es", ("", "e")),
        ("s", ("",)),
        ("ed", ("", "e")),
        ("ing", ("", "e")),
        ("ies", ("y",)),
    ):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            found |= {word[: -len(ending)] + other for other in others}
    return found


_SECONDARY = re.compile(r"(?P<stem>.{3,}?)(?:[иы]вать|[ая]ть)(?P<own>ся)?")
_HARDENED = {
    "ж": ("д", "з", "г"),
    "ч": ("т", "к"),
    "щ": ("т", "ст", "ск"),
    "пл": ("п",),
    "бл": ("б",),
    "вл": ("в",),
    "мл": ("м",),
    "ш": ("с", "х"),
}


def _perfective(lemma: str) -> frozenset[str]:
    """The perfective that a secondary imperfective is made of: "проваливаться" of "провалиться", "снижать" of "снизить"."""
    made = _SECONDARY.fullmatch(lemma)
    if not made or readings(lemma)[0].aspect != "impf":
        return frozenset()
    stem, own = made["stem"], made["own"] or ""
    stems = [
        stem,
        *(
            stem[: -len(soft)] + hard
            for soft, plain in _HARDENED.items()
            if stem.endswith(soft)
            for hard in plain
        ),
    ]
    return frozenset(
        verb
        for each in stems
        for ending in ("ить", "еть", "ать", "нуть")
        if is_known(verb := each + ending + own)
        and readings(verb)[0].aspect == "perf"
        and readings(verb)[0].pos == "INFN"
    )


def find(
    pattern: Pattern, places: Mapping[str, Sequence[int]], walls: Sequence[int]
) -> list[tuple[int, ...]]:
    """All places where the pattern stands, as sorted token numbers; never across a wall (a contrast)."""
    standing = places.keys()
    if any(term.atoms.isdisjoint(standing) for term in pattern.terms):
        return []
    options = [
        sorted({place for atom in term.atoms.intersection(standing) for place in places[atom]})
        for term in pattern.terms
    ]
    found: set[tuple[int, ...]] = set()
    chains: list[tuple[int, ...]] = [(first,) for first in options[0]]
    for later in options[1:]:
        grown = []
        for chain in chains:
            free = [
                place for place in later if place not in chain and (not pattern.ordered or place > chain[-1])
            ]
            # The two nearest: "ей согласуют ... уже согласовали" has both a promise and a fact.
            if len(free) > 2:
                free.sort(key=lambda place: (min(abs(place - other) for other in chain), place))
            grown += [(*chain, place) for place in free[:2]]
        chains = grown
    for chain in chains:
        ordered = tuple(sorted(chain))
        near = all(right - left <= pattern.within + 1 for left, right in pairwise(ordered))
        if near and not any(ordered[0] < wall < ordered[-1] for wall in walls):
            found.add(ordered)
    return sorted(found)
