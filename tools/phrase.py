"""Phrases a lawyer can write, found in lemmatised text.

    слово             the word in any of its forms (written in dictionary form); `слово*` begins with these letters
    слово=им          the noun in the nominative: who does it, not whose it is
    а|б*|в            one of several words;  `слово?`  the word may be missing
    ..3   ...         up to three (ten) other words in between, no negation among them;  ~3 lets negation through
    @имя @дата      a word with a capital letter inside a sentence; a date like 01.02.2026;
                    @прилагательное, @превосходная, @сравнительная: an adjective, one in -ейший or -айший, a comparative
    #   #>0,1   #=20  a number, in digits or words, with a comparison: > >= < <= =

Words stand next to each other unless a gap is written. Punctuation does not count, a sentence end is never crossed,
and a phrase right after a negation is not found unless asked for (the phrase itself may begin with one).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from masterdeal.errors import Misconfigured
from tools.word_index import NEGATIONS, WordIndex

_NUMBER = re.compile(r"#(?:(>=|<=|>|<|=)(\d+(?:,\d+)?))?")
_GAP = re.compile(r"(\.\.|~)(\d+)")
LONG_GAP = 10


@dataclass(frozen=True, slots=True)
class Slot:
    """One place of a phrase: what may stand there and how many other words may stand before it."""

    words: tuple[str, ...]
    prefixes: tuple[str, ...]
    comparison: tuple[str, Decimal] | None
    any_number: bool
    gap: int
    past_negation: bool

    @property
    def key(self) -> tuple[object, ...]:
        return (self.words, self.prefixes, self.comparison, self.any_number)


class Match(NamedTuple):
    """Numbers of the first and the last word of a found phrase."""

    first: int
    last: int


Phrase = tuple[Slot, ...]


def _slot(written: str, gap: int, past_negation: bool, phrase: str) -> Slot:
    if number := _NUMBER.fullmatch(written):
        sign, value = number.groups()
        comparison = (sign, Decimal(value.replace(",", "."))) if sign else None
        return Slot((), (), comparison, comparison is None, gap, past_negation)
    words: list[str] = []
    prefixes: list[str] = []
    for choice in written.casefold().replace("ё", "е").split("|"):
        if not choice.strip("*"):
            raise Misconfigured(f"empty word in phrase «{phrase}»", phrase=phrase)
        (prefixes if choice.endswith("*") else words).append(choice.rstrip("*"))
    return Slot(tuple(words), tuple(prefixes), None, False, gap, past_negation)


@lru_cache(maxsize=32768)
def parse(phrase: str) -> tuple[Phrase, ...]:
    """The phrase as slots; several when it has words that may be missing."""
    parts = phrase.split()
    optional = [place for place, part in enumerate(parts) if part.endswith("?")]
    found: dict[Phrase, None] = {}
    for kept in product((True, False), repeat=len(optional)):
        left_out = {place for place, keep in zip(optional, kept, strict=True) if not keep}
        slots: list[Slot] = []
        gap, past_negation = 0, False
        for place, part in enumerate(parts):
            if place in left_out:
                continue
            if part == "...":
                gap = LONG_GAP
            elif written := _GAP.fullmatch(part):
                gap, past_negation = int(written[2]), written[1] == "~"
            else:
                slots.append(_slot(part.removesuffix("?"), gap, past_negation, phrase))
                gap, past_negation = 0, False
        if not slots:
            raise Misconfigured(f"phrase «{phrase}» says nothing", phrase=phrase)
        found[tuple(slots)] = None
    return tuple(found)


def _compares(value: Decimal, comparison: tuple[str, Decimal]) -> bool:
    sign, bound = comparison
    return {
        ">": value > bound,
        ">=": value >= bound,
        "<": value < bound,
        "<=": value <= bound,
        "=": value == bound,
    }[sign]


def _places(slot: Slot, index: WordIndex) -> frozenset[int]:
    cached = index.places.get(slot.key)
    if cached is not None:
        return cached
    found: set[int] = set()
    if slot.any_number or slot.comparison:
        for place in index.numbers:
            value = index.words[place].number
            if value is not None and (
                slot.any_number or (slot.comparison and _compares(value, slot.comparison))
            ):
                found.add(place)
    for word in slot.words:
        found.update(index.by_key.get(word, ()))
    for prefix in slot.prefixes:
        for at in range(bisect_left(index.keys, prefix), len(index.keys)):
            if not index.keys[at].startswith(prefix):
                break
            found.update(index.by_key[index.keys[at]])
    index.places[slot.key] = frozenset(found)
    return index.places[slot.key]


def _sentences(slot: Slot, index: WordIndex) -> frozenset[int]:
    key = ("sentences", *slot.key)
    cached = index.places.get(key)
    if cached is None:
        cached = frozenset(map(index.sentence_of.__getitem__, _places(slot, index)))
        index.places[key] = cached
    return cached


def _after(place: int, slot: Slot, places: frozenset[int], index: WordIndex) -> Iterator[int]:
    """Where the next slot may stand, given that the one before it stands at `place`."""
    words = index.words
    for at in range(place + 1, min(place + 2 + slot.gap, len(words))):
        if words[at].sentence != words[place].sentence:
            return
        if at in places:
            yield at
        if words[at].forms & NEGATIONS and not slot.past_negation:
            return


def _extend(
    place: int, slots: Sequence[Slot], places: Sequence[frozenset[int]], index: WordIndex
) -> int | None:
    if not slots:
        return place
    for at in _after(place, slots[0], places[0], index):
        last = _extend(at, slots[1:], places[1:], index)
        if last is not None:
            return last
    return None


def _negated(first: int, index: WordIndex) -> bool:
    words = index.words
    if words[first].forms & NEGATIONS:
        return False
    before = first - 1
    if before >= 0 and words[before].forms & {"быть", "являться"}:
        before -= 1
    return (
        before >= 0
        and words[before].sentence == words[first].sentence
        and bool(words[before].forms & NEGATIONS)
    )


def _find(slots: Phrase, index: WordIndex, even_negated: bool) -> Iterator[Match]:
    places = [_places(slot, index) for slot in slots]
    if not all(places):
        return
    shared = None
    if len(slots) > 1:
        shared = frozenset.intersection(*(_sentences(slot, index) for slot in slots))
        if not shared:
            return
    for first in sorted(places[0]):
        if shared is not None and index.sentence_of[first] not in shared:
            continue
        last = _extend(first, slots[1:], places[1:], index)
        if last is not None and (even_negated or not _negated(first, index)):
            yield Match(first, last)


def find(phrases: Iterable[str], index: WordIndex, even_negated: bool = False) -> list[Match]:
    """Every place where one of the phrases stands, in order of the text; right after a negation only if asked."""
    found: list[Match] = []
    for phrase in phrases:
        key = (phrase, even_negated)
        cached = index.found.get(key)
        if cached is None:
            cached = [match for slots in parse(phrase) for match in _find(slots, index, even_negated)]
            index.found[key] = cached
        found.extend(cached)
    return sorted(found)
