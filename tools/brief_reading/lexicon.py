"""Word lists of the brief reader, loaded once from tools/tables/brief and matched by dictionary form."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from tools.morphology import Token, lemmas, tokens


@cache
def table(name: str) -> dict[str, Any]:
    """The parsed word list `name`.toml."""
    source = files("tools") / "tables" / "brief" / f"{name}.toml"
    return tomllib.loads(source.read_text(encoding="utf-8"))


@lru_cache(maxsize=65536)
def forms(word: str) -> frozenset[str]:
    """What a word of the text may be listed as: itself, its dictionary forms, and those of its hyphenated parts."""
    found = set(lemmas(word))
    if "-" in word:
        for part in word.split("-"):
            if len(part) > 1:
                found |= lemmas(part)
    return frozenset(found)


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

    def at(self, found: Sequence[Token], place: int) -> list[Mention]:
        """Every listed phrase that begins with the token at `place`."""
        token = found[place]
        listed = [entry for form in forms(token.word) for entry in self._by_form.get(form, ())]
        result: dict[tuple[str, int], Mention] = {}
        for key, words in (*listed, *self._by_prefix):
            last = place + len(words)
            if last <= len(found) and all(
                word.matches(other) for word, other in zip(words, found[place:last], strict=True)
            ):
                result[key, last] = Mention(key, token.start, found[last - 1].end, place, last)
        return list(result.values())

    def all(self, found: Sequence[Token]) -> list[Mention]:
        """Every mention in reading order, longer ones of the same place first."""
        mentions = [mention for place in range(len(found)) for mention in self.at(found, place)]
        return sorted(mentions, key=lambda mention: (mention.start, -mention.end))


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
