"""A question as it was meant: colloquial spellings, slips of the finger, letters of the other alphabet in a deal's number."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from tools.morphology import is_known

_WORD: Final = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_SHORTEST: Final = 5
# A second slip is forgiven in words of this length.
_LONG: Final = 9
_ENDING: Final = 2
# Letters that look or sound alike at the head of a deal's number.
_LATIN: Final = str.maketrans("АВЕКМНОРСТХДГЛП", "ABEKMHOPCTXDGLP")
# «топ-3» is no name of a deal.
_TOP: Final = re.compile(r"\b(топ|top)-(?=\d)", re.IGNORECASE)
_APART: Final = re.compile(r"(?<![\w-])([^\W\d_]{1,4})[\s-]+(\d{4})[\s-]+(\d{2,6})(?![\w-])")


@cache
def _vocabulary() -> Mapping[str, Any]:
    return tomllib.loads(files("agents.words").joinpath("vocabulary.toml").read_text(encoding="utf-8"))


@cache
def _known_words() -> frozenset[str]:
    """The words that mean something in a question."""
    written = [
        phrase
        for name, section in _vocabulary().items()
        if name not in ("empty", "spelling")
        for phrases in section.values()
        for phrase in phrases
    ]
    return frozenset(
        word
        for phrase in [*written, *_vocabulary()["empty"]["words"]]
        for word in re.split(r"[ |_]", phrase)
        if word
    )


def has_meaning(forms: frozenset[str]) -> bool:
    """Whether one of a word's dictionary forms means something in a question."""
    return bool(forms & _known_words())


@cache
def _alphabets() -> tuple[list[str], list[str]]:
    """The longer of these words, in Cyrillic and in Latin letters."""
    words = sorted(word for word in _known_words() if len(word) >= _SHORTEST and word.isalpha())
    return [word for word in words if not word.isascii()], [word for word in words if word.isascii()]


@lru_cache(maxsize=8192)
def meant(word: str) -> str:
    """The word that was meant: itself, unless it is no word and one of ours is a slip away. Names keep their capitals
    and are left alone."""
    plain = word.replace("ё", "е")
    colloquial = _vocabulary()["spelling"].get(plain.casefold())
    if colloquial is not None:
        return str(colloquial)
    if len(plain) < _SHORTEST or not plain.islower() or plain in _known_words():
        return word
    cyrillic, latin = _alphabets()
    if plain.isascii():
        # There is no dictionary of English here: a word of ours is taken where one letter is wrong inside it.
        near = [
            found
            for found, slips, _ in extract(plain, latin, scorer=OSA.distance, score_cutoff=1, limit=3)
            if slips == 1 and found[0] == plain[0]
        ]
    elif is_known(plain):
        return word
    else:
        near = [found for found in cyrillic if found[0] == plain[0] and _a_slip_away(plain, found)]
        near.sort(key=lambda found: (OSA.distance(plain, found), found))
    return near[0] if near else word


def _a_slip_away(plain: str, word: str) -> bool:
    """Whether the beginning of a word has one slip, two where it is long; its case form may be another one."""
    if abs(len(plain) - len(word)) > _ENDING:
        return False
    length = max(len(plain), len(word)) - _ENDING
    slips = 2 if len(plain) >= _LONG else 1
    return OSA.distance(plain, word) > 0 and OSA.distance(plain[:length], word[:length]) <= slips


def spelled(question: str, resolve: Callable[[str], str | None]) -> str:
    """The question with slips mended, and with the numbers of deals as the deals carry them."""

    def number(found: re.Match[str]) -> str:
        head = found.group(1).upper()
        for spelling in dict.fromkeys((head, head.translate(_LATIN))):
            name = resolve(f"{spelling}-{found.group(2)}-{found.group(3)}")
            if name is not None:
                return name
        return found.group()

    def word(found: re.Match[str]) -> str:
        first = not question[: found.start()].strip()
        return meant(found.group().lower() if first and found.group().istitle() else found.group())

    return _WORD.sub(word, _APART.sub(number, _TOP.sub(r"\1 ", question)))
