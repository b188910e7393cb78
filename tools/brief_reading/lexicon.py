"""Word lists of the brief reader, loaded once from tools/tables/brief and matched by dictionary form."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from tools.morphology import Token, is_known, lemmas, tokens


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed word list `name`.toml."""
    source = files("tools") / "tables" / "brief" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@lru_cache(maxsize=65536)
def forms(word: str) -> frozenset[str]:
    """What a word of the text may be listed as: itself, its dictionary forms, and those of its hyphenated parts."""
    found = set(lemmas(word))
    if word.isascii() and len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
        found.add(word[:-3] + "y" if word.endswith("ies") else word[:-1])
    if "-" in word:
        for part in word.split("-"):
            if len(part) > 1:
                found |= lemmas(part)
    if len(word) >= 5 and not all(is_known(part) for part in word.split("-")):
        found |= _meant(frozenset(found))
    return frozenset(found)


SPELLED = ("labels", "budget", "channels", "context", "kpi", "calendar", "audience")
"""Lists whose words are recognised with a slip of the pen: announcing words, not names."""


@cache
def _vocabulary() -> tuple[str, ...]:
    words: set[str] = set()
    for name in SPELLED:
        for section, listed in table(name).items():
            if isinstance(listed, dict) and section not in ("months", "ordinals", "seasons", "days", "count"):
                for phrases_of in listed.values():
                    entries = phrases_of["names"] if isinstance(phrases_of, dict) else phrases_of
                    words.update(
                        word for phrase in entries for word in phrase.strip("=*").split() if len(word) >= 5
                    )
    return tuple(sorted(word for word in words if is_known(word) and word.isalpha() and word >= "а"))


@lru_cache(maxsize=16384)
def _meant(readings: frozenset[str]) -> frozenset[str]:
    """The listed word an unknown one is a slip of: one letter off, two in words of eight letters and more."""
    from rapidfuzz import process  # its modules take a moment to load, and most texts hold no slips
    from rapidfuzz.distance import DamerauLevenshtein

    best = None
    for form in sorted(readings):
        near = process.extractOne(
            form, _vocabulary(), scorer=DamerauLevenshtein.distance, score_cutoff=1 if len(form) < 8 else 2
        )
        if near and (best is None or near[1] < best[1]):
            best = near
    return lemmas(best[0]) if best else frozenset()


@dataclass(frozen=True, slots=True)
class Mention:
    """A listed phrase in the text: text[start:end], tokens[first:last]."""

    key: str
    start: int
    end: int
    first: int
    last: int

    @property
    def size(self) -> int:
        return self.last - self.first


@dataclass(frozen=True, slots=True)
class _Word:
    alternatives: frozenset[str]
    exact: bool = False
    prefix: bool = False

    def matches(self, token: Token) -> bool:
        if self.exact:
            return token.word in self.alternatives
        if self.prefix:
            return any(token.word.startswith(beginning) for beginning in self.alternatives)
        return not self.alternatives.isdisjoint(forms(token.word))


class Phrases:
    """Phrases by key. A phrase matches in any inflection; `=word` only as written, `word*` by its beginning."""

    def __init__(self, listed: Mapping[str, Sequence[str]]) -> None:
        self._by_form: dict[str, list[tuple[str, tuple[_Word, ...]]]] = defaultdict(list)
        self._by_prefix: list[tuple[str, tuple[_Word, ...]]] = []
        self._by_word: dict[str, tuple[tuple[str, tuple[_Word, ...]], ...]] = {}
        self._order = {key: place for place, key in enumerate(listed)}
        for key, phrases in listed.items():
            for phrase in phrases:
                words = _compiled(phrase)
                if not words:
                    continue
                if words[0].prefix:
                    self._by_prefix.append((key, words))
                else:
                    for form in words[0].alternatives:
                        self._by_form[form].append((key, words))

    def _beginning_with(self, word: str) -> tuple[tuple[str, tuple[_Word, ...]], ...]:
        """The phrases whose first word a word of the text may be; most words begin none."""
        known = self._by_word.get(word)
        if known is None:
            listed = {entry: None for form in forms(word) for entry in self._by_form.get(form, ())}
            known = self._by_word[word] = (*listed, *self._by_prefix)
        return known

    def all(self, found: Sequence[Token], places: Mapping[str, Sequence[int]]) -> list[Mention]:
        """Every mention in reading order, longer ones of the same place first; `places` says where each word stands."""
        mentions: dict[tuple[str, int, int], Mention] = {}
        for word, standing in places.items():
            for key, words in self._beginning_with(word):
                size = len(words)
                for place in standing:
                    last = place + size
                    if last <= len(found) and all(
                        part.matches(found[place + n]) for n, part in enumerate(words)
                    ):
                        start, end = found[place].start, found[last - 1].end
                        mentions[key, place, last] = Mention(key, start, end, place, last)
        return sorted(
            mentions.values(), key=lambda mention: (mention.start, -mention.end, self._order[mention.key])
        )


def _compiled(phrase: str) -> tuple[_Word, ...]:
    words: list[_Word] = []
    for chunk in phrase.split():
        exact, prefix = chunk.startswith("=") and len(chunk) > 1, chunk.endswith("*")
        for token in tokens(chunk.lstrip("=") if exact else chunk.rstrip("*")):
            alternatives = frozenset({token.word}) if exact or prefix else lemmas(token.word)
            words.append(_Word(alternatives, exact, prefix))
    return tuple(words)


@cache
def phrases(name: str, section: str) -> Phrases:
    """The phrases of one section of a word list: key -> phrases."""
    return Phrases(table(name)[section])


def longest(mentions: Sequence[Mention]) -> list[Mention]:
    """Mentions without those that lie inside a longer one; of two equal ones both stay."""
    kept: list[Mention] = []
    for mention in sorted(mentions, key=lambda found: (-found.size, found.start)):
        if not any(
            other.first <= mention.first and mention.last <= other.last and other.size > mention.size
            for other in kept
        ):
            kept.append(mention)
    return sorted(kept, key=lambda found: (found.start, found.key))
