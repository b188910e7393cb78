"""Words with their offsets and dictionary forms: what the readers of Russian and English text share.

Russian forms come from pymorphy3 (OpenCorpora), sentences from razdel. English words stay as they are;
rules for them use prefixes. Analysers are built on first use and words are cached, so cost is linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d+(?:[.,]\d+)*|[^\w\s]|_")
_CYRILLIC = re.compile(r"[а-яё]", re.IGNORECASE)
_PROPER = ("Name", "Surn", "Patr", "Geox", "Orgn")
_LINE = re.compile(r"[^\n\r]+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or sign at text[start:end]; `word` is lower case with ё as е."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Reading:
    """One dictionary reading of a word: its normal form (ё as е), part of speech, tense, aspect, number, case; `proper` is Name, Surn, Patr, Geox or Orgn."""

    lemma: str
    pos: str | None
    tense: str | None
    aspect: str | None
    number: str | None
    case: str | None
    proper: str | None = None


@cache
def _analyser() -> Any:
    import pymorphy3  # the dictionary takes a moment to load, and many callers never need it

    return pymorphy3.MorphAnalyzer(lang="ru")


def _plain(word: str) -> str:
    return word.casefold().replace("ё", "е").replace("’", "'")


@lru_cache(maxsize=65536)
def readings(word: str) -> tuple[Reading, ...]:
    """All readings of a Russian word that are not negligible, likeliest first; another word reads as itself."""
    if not _CYRILLIC.search(word):
        return (Reading(word, None, None, None, None, None),)
    found: dict[Reading, None] = {}
    for parse in _analyser().parse(word):
        if parse.score < 0.02 and found:
            break
        tag = parse.tag
        proper = next((kind for kind in _PROPER if kind in tag.grammemes), None)
        form = _plain(parse.normal_form)
        found[Reading(form, tag.POS, tag.tense, tag.aspect, tag.number, tag.case, proper)] = None
    return tuple(found)


def lemmas(word: str) -> frozenset[str]:
    """The normal forms a word may stand for, and the word itself."""
    return frozenset({word, *(reading.lemma for reading in readings(word))})


@lru_cache(maxsize=16384)
def is_known(word: str) -> bool:
    """Whether a Russian word stands in the dictionary; another word counts as known, as nothing is guessed of it."""
    return not _CYRILLIC.search(word) or bool(_analyser().word_is_known(word))


@lru_cache(maxsize=16384)
def grammemes(word: str) -> frozenset[str]:
    """OpenCorpora marks of the likely readings of a Russian word: Name, Surn, Patr, Geox, gent, ..."""
    if not _CYRILLIC.search(word):
        return frozenset()
    likely = [parse for parse in _analyser().parse(word)[:4] if parse.score > 0.05]
    return frozenset(str(mark) for parse in likely for mark in parse.tag.grammemes)


def tokens(text: str, offset: int = 0) -> list[Token]:
    """The words, numbers and signs of a text; `offset` is added to their places."""
    return [
        Token(_plain(found.group()), found.start() + offset, found.end() + offset)
        for found in _WORD.finditer(text)
    ]


def sentences(text: str) -> Iterator[tuple[int, int]]:
    """Offsets of the sentences; a line end always ends one, as notes and mails are written in lines."""
    from razdel import sentenize

    for line in _LINE.finditer(text):
        if not line.group().strip():
            continue
        for part in sentenize(line.group()):
            yield line.start() + part.start, line.start() + part.stop
