"""The words of a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.morphology import grammemes, lemmas, tokens

_GENDERS: Final = frozenset({"masc", "femn"})


@dataclass(frozen=True)
class Word:
    """A word of a question and the dictionary forms it may have."""

    text: str
    forms: frozenset[str]
    start: int
    end: int


def words_of(text: str) -> list[Word]:
    """The words of a text with their dictionary forms; marks and spaces are left out."""
    return [
        Word(text[token.start : token.end], lemmas(token.word), token.start, token.end)
        for token in tokens(text)
        if token.word[0].isalnum() or token.word == "_"
    ]


def same_name(word: Word, part: str) -> bool:
    """Whether a word is a form of a name; «Ивановой» is not one of «Иванов», though the dictionary files them together."""
    if not word.forms & lemmas(part.casefold().replace("ё", "е")):
        return False
    one, other = grammemes(word.text.casefold()) & _GENDERS, grammemes(part.casefold()) & _GENDERS
    return not one or not other or bool(one & other)
