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
from tools.morphology import Token, is_known, lemmas, readings

_QUARTER = re.compile(r"q[1-4]|h[12]|[1-4]q")
_CALENDAR = re.compile(r"\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?")


@dataclass(frozen=True, slots=True)
class ShapeWords:
    """Dictionary forms by which sums and dates are told; see shapes.toml."""

    scales: frozenset[str]
    currencies: frozenset[str]
    number_words: frozenset[str]
    whole_sums: frozenset[str]
    counted: frozenset[str]
    months: frozenset[str]
    months_ambiguous: frozenset[str]
    seasons: frozenset[str]
    periods: frozenset[str]
    near: frozenset[str]
    feasts: frozenset[str]
    talks: frozenset[str]
    habits: frozenset[str]
    current: frozenset[str]
    long_periods: frozenset[str]
    date_prepositions: frozenset[str]
    bare_sums: frozenset[str]

    def knows(self, word: str) -> bool:
        """Whether a word helps to tell a sum or a date."""
        told = (self.scales, self.number_words, self.whole_sums, self.months, self.seasons, self.feasts)
        return any(not word_forms(word).isdisjoint(words) for words in told)


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
    if "-" in word:
        for part in word.split("-"):
            forms |= lemmas(part)
    return frozenset(forms)


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


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def shapes(tokens: Sequence[Token], text: str, this_year: int, words: ShapeWords) -> list[set[str]]:
    """For each token the shapes that begin or stand there: <money>, <date>, <name>, <place>, <past_year>."""
    found: list[set[str]] = [set() for _ in tokens]
    forms = [word_forms(token.word) for token in tokens]
    for place, token in enumerate(tokens):
        for inside in range(place, _money_end(place, tokens, forms, words)):
            found[inside].add("<money>")
        if token.word.isdigit() and len(token.word) == 4 and 2000 <= int(token.word) < this_year:
            found[place].add("<past_year>")
        elif _is_date(place, tokens, forms, words):
            found[place].add("<date>")
        # A capital inside a sentence names somebody, or a company.
        before = text[: token.start].rstrip()[-1:]
        opening = not before or before in ".!?:;"
        if opening and text[token.start].isupper() and readings(token.word)[0].proper == "Name":
            found[place].add("<name>")
        elif text[token.start].isupper() and len(token.word) > 2 and not opening:
            place_name = any(reading.proper == "Geox" for reading in readings(token.word))
            found[place].add("<place>" if place_name else "<name>")
    return found


def _is_date(place: int, tokens: Sequence[Token], forms: Sequence[frozenset[str]], words: ShapeWords) -> bool:
    """Whether a day, month, quarter, season, feast or near period stands here, and it is the client's own."""
    word, own = tokens[place].word, forms[place]
    before = forms[place - 1] if place else frozenset[str]()
    near = before | (forms[place - 2] if place > 1 else frozenset[str]())
    following = forms[place + 1] if place + 1 < len(tokens) else frozenset[str]()
    if before & words.habits:
        return False
    if _is_number(word):
        if following & {"число", "квартал", "кв"} or (
            word.isdigit() and len(word) == 4 and word.startswith("20")
        ):
            return True
        # The day a note begins with, or that of a talk, is no date of the client's.
        written = _CALENDAR.fullmatch(word) and place and not before & words.talks
        return bool(written) and not following & (words.scales | words.currencies | {"%"})
    if own & (words.months | words.seasons | words.feasts) or _QUARTER.fullmatch(word):
        return True
    if word in words.months_ambiguous:
        return bool(before & words.date_prepositions) or (
            place + 1 < len(tokens) and _is_number(tokens[place + 1].word)
        )
    too_long = own & words.long_periods and before & words.current
    return bool(own & words.periods and near & words.near and not too_long)


def _money_end(
    place: int, tokens: Sequence[Token], forms: Sequence[frozenset[str]], words: ShapeWords
) -> int:
    """Where a sum that begins here ends; `place` itself where none does.

    A sum is a number with a scale or a currency that does not count something else ("3 млн показов").
    """

    def numeric(other: int) -> bool:
        return _is_number(tokens[other].word) or bool(forms[other] & words.number_words)

    if forms[place] & words.whole_sums and not (place and numeric(place - 1)):
        counts = place + 1 < len(tokens) and forms[place + 1] & words.counted
        return place if counts else place + 1
    if not numeric(place) or (place and _is_number(tokens[place - 1].word)):
        return place
    scaled = bool(place and forms[place - 1] & {"$", "€", "£", "₽"})
    last, end = place, place + 1
    while end < len(tokens) and end - place < 8:
        if forms[end] & (words.scales | words.currencies):
            scaled, last = True, end
        elif numeric(end):
            last = end
        elif tokens[end].word not in {".", "-", "–", "—", "до", "to", "or", "или", "of", "a"}:
            break
        end += 1
    counts = last + 1 < len(tokens) and forms[last + 1] & words.counted
    return last + 1 if scaled and not counts else place


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
