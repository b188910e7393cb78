"""The words of a question."""

from __future__ import annotations

from dataclasses import dataclass

from tools.morphology import lemmas, tokens


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
