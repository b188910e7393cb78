"""The words of a question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tools.morphology import grammemes, lemmas, tokens

_LATIN: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k", "л": "l", "м": "m",
    "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch",
    "ъ": "ie", "ы": "y", "ь": "", "э": "e", "ю": "iu", "я": "ia",
}  # fmt: skip
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


def in_latin(name: str) -> str:
    """A Russian name in Latin letters, small, as passports have it (Doc 9303 of the ICAO)."""
    return "".join(_LATIN.get(letter, letter) for letter in name.casefold())


def same_name(word: Word, part: str) -> bool:
    """Whether a word is a form of a name; «Ивановой» is not one of «Иванов», though the dictionary files them together."""
    if not word.forms & lemmas(part.casefold().replace("ё", "е")):
        return False
    one, other = grammemes(word.text.casefold()) & _GENDERS, grammemes(part.casefold()) & _GENDERS
    return not one or not other or bool(one & other)
