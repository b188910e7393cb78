"""Misspelt words read as the word of the lexicon they are one slip away from: "бюжет", "собственик", "хочит"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from tools.morphology import Token, is_known
from tools.qualification.tables import Lexicon

_RUSSIAN = re.compile(r"[а-я]{4,}")
_LETTERS = "абвгдежзийклмнопрстуфхцчшщъыьэюя"
_ALIKE = (
    "оа",
    "еи",
    "ея",
    "ея",
    "иы",
    "эе",
    "юу",
    "бп",
    "дт",
    "гк",
    "зс",
    "вф",
    "жш",
    "щш",
    "цс",
    "ъь",
    "гв",
    "чш",
)
"""Letters that sound alike where no stress falls, or at the end of a word."""
_ANY_SLIP = 6
"""In a shorter word only letters that sound alike, swapped or doubled are a slip: another slip makes another word."""


def _sounding_alike(word: str) -> Iterator[str]:
    for place, letter in enumerate(word):
        for pair in _ALIKE:
            if letter in pair:
                yield word[:place] + pair[1 - pair.index(letter)] + word[place + 1 :]
        yield word[:place] + letter + word[place:]
        if letter in "ьъ" or word[place : place + 1] == word[place - 1 : place]:
            yield word[:place] + word[place + 1 :]
        yield word[: place + 1] + "ь" + word[place + 1 :]
    for place, (left, right) in enumerate(pairwise(word)):
        yield word[:place] + right + left + word[place + 2 :]


def _twice_alike(word: str) -> Iterator[str]:
    for once in _sounding_alike(word):
        yield from _sounding_alike(once)


def _any_slip(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        yield word[:place] + word[place + 1 :]
        for letter in _LETTERS:
            yield word[:place] + letter + word[place:]
            yield word[:place] + letter + word[place + 1 :]


@lru_cache(maxsize=16384)
def _meant(word: str, lexicon: Lexicon) -> str:
    slips = [_sounding_alike] if len(word) < _ANY_SLIP else [_sounding_alike, _any_slip, _twice_alike]
    for kind in slips:
        for candidate in kind(word):
            if is_known(candidate) and (lexicon.atoms.of(candidate) or lexicon.shape_words.knows(candidate)):
                return candidate
    return word


def as_meant(words: Sequence[Token], text: str, lexicon: Lexicon) -> list[Token]:
    """The tokens, each misspelt word by the one it means; offsets stay. A word with a capital may be a name and stays."""
    return [
        replace(token, word=_meant(token.word, lexicon))
        if _RUSSIAN.fullmatch(token.word)
        and not is_known(token.word)
        and text[token.start].islower()
        and not lexicon.atoms.of(token.word)
        else token
        for token in words
    ]
