"""A question as words, and which of them have been taken up."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from typing import Final

from agents.spoken import Word, words_of
from tools.query.condition import Condition

_BREAK: Final = re.compile(r"[,;:—–()]|\s-\s")
_OWNED: Final = re.compile(r"['’]s\b")
_NEAR: Final = 3

Phrase = tuple[frozenset[str], ...]
# A condition, and the place of the word that says it.
Placed = tuple[int, Condition]


@cache
def phrases(section: str) -> tuple[tuple[str, Phrase], ...]:
    """The phrases of a section with the names they stand for, longest first."""
    table = tomllib.loads(files("agents.words").joinpath("asked.toml").read_text(encoding="utf-8"))[section]
    found = [
        (name, tuple(frozenset(part.split("|")) for part in phrase.split()))
        for name, listed in table.items()
        for phrase in listed
    ]
    return tuple(sorted(found, key=lambda row: -len(row[1])))


class Said:
    """The words of a question; whatever a reader understands it takes up, and nobody takes it again."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.words: Sequence[Word] = words_of(_OWNED.sub("  ", re.sub(r"(?<=\w)_(?=\w)", " ", question)))
        self.taken: set[int] = set()
        self.entered: list[tuple[int, str]] = []
        self._breaks = [match.start() for match in _BREAK.finditer(question)]

    @property
    def breaks(self) -> list[int]:
        """Where in the text a clause ends."""
        return self._breaks

    def take(self, places: Iterable[int]) -> None:
        """Take words up."""
        self.taken.update(places)

    def take_span(self, start: int, end: int) -> list[int]:
        """Take up the words of a stretch of the text; their places."""
        places = [at for at, word in enumerate(self.words) if start <= word.start < end]
        self.take(places)
        return places

    def match(self, phrase: Phrase, start: int, *, taken: bool = False) -> list[int] | None:
        """The places of a phrase that begins at a word."""
        places = list(range(start, start + len(phrase)))
        if places[-1] >= len(self.words) or (not taken and self.taken & set(places)):
            return None
        fits = all(self.words[at].forms & part for at, part in zip(places, phrase, strict=True))
        return places if fits else None

    def find(self, section: str, *, take: bool = True) -> list[tuple[int, int, str]]:
        """The phrases of a section that stand among the words not yet taken, as (first place, last place, name), in their order."""
        found: list[tuple[int, int, str]] = []
        used: set[int] = set()
        for name, phrase in phrases(section):
            for start in range(len(self.words) - len(phrase) + 1):
                places = self.match(phrase, start)
                if places is None or used & set(places):
                    continue
                used.update(places)
                found.append((places[0], places[-1], name))
        if take:
            self.take(used)
        return sorted(found)

    def first(self, section: str) -> tuple[int, int, str] | None:
        """The first phrase of a section, taken up; None where none stands."""
        found = self.find(section, take=False)
        if not found:
            return None
        self.take(range(found[0][0], found[0][1] + 1))
        return found[0]

    def negated(self, place: int) -> bool:
        """Whether what begins at a word is excluded («кроме Крыловой», «не у Белова»); the words that say so are taken up."""
        for _, phrase in phrases("negation"):
            for start in range(max(0, place - _NEAR - len(phrase) + 1), place - len(phrase) + 1):
                places = self.match(phrase, start)
                between = range(start + len(phrase), place)
                if places and all(self.words[at].text.casefold() in _LINKS for at in between):
                    self.take([*places, *between])
                    return True
        return False

    def clause(self, place: int) -> int:
        """The number of the clause a word stands in."""
        return sum(1 for at in self._breaks if at < self.words[place].start)

    def distance(self, one: int, other: int) -> int:
        """How far two words stand apart; a clause between them counts for many words."""
        return abs(one - other) + 6 * abs(self.clause(one) - self.clause(other))

    def rest(self) -> list[Word]:
        """Words that nobody has taken up and that mean something by themselves."""
        empty = frozenset(part for _, phrase in phrases("empty") for parts in phrase for part in parts)
        return [word for at, word in enumerate(self.words) if at not in self.taken and not word.forms & empty]


_LINKS: Final = frozenset(
    {
        "тех",
        "что",
        "которые",
        "that",
        "are",
        "у",
        "на",
        "в",
        "из",
        "по",
        "с",
        "со",
        "от",
        "to",
        "by",
        "of",
        "from",
        "in",
        "the",
        "менеджера",
        "клиента",
        "отрасли",
        "manager",
        "client",
        "сделок",
        "those",
    }
)
