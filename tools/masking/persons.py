"""Names of persons in a text, in every case form: Russian by the dictionary's marks, English by a list of first names.

What is taken for a name too often costs the model a word; what is missed leaves the house. So in doubt it is a name.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final

from tools.masking.numbers import Span
from tools.morphology import grammemes, is_known, readings

_WORD: Final = r"[А-ЯЁа-яё]+(?:-[А-ЯЁа-яё]+)*"
_INITIAL: Final = r"[А-ЯЁ]\.[ \u00a0]?(?:[А-ЯЁ]\.)?"
_PART: Final = rf"(?:{_INITIAL}|{_WORD})"
# Words beside each other on one line, with initials among them.
_RUN: Final = re.compile(rf"(?<![\w@]){_PART}(?:[ \t\u00a0]{{1,2}}{_PART})*")
_PIECE: Final = re.compile(rf"{_INITIAL}|{_WORD}")
_LATIN: Final = re.compile(
    r"(?<![\w@.-])([A-Z][a-z]+)((?:[ \t](?:[A-Z]\.|[A-Z][a-z]+(?:[-'’][A-Z][a-z]+)?)){0,2})(?![\w@])"
)
_LATIN_WORD: Final = re.compile(
    r"(?<![\w@.-])[A-Za-z]{3,18}(?:ov|ev|in|yn|ova|eva|ina|yna|ski|sky|skiy|skaya|enko|chuk|yuk)(?![\w@-])",
    re.IGNORECASE,
)
_SHORTEST_SURNAME: Final = 5
_CYRILLIC: Final = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "iu": "ю", "ya": "я", "ia": "я", "yo": "е", "ye": "е",
    "iy": "ий", "ey": "ей", "a": "а", "b": "б", "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "i": "и", "j": "й", "k": "к", "l": "л",
    "m": "м", "n": "н", "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "c": "ц", "y": "ы",
}  # fmt: skip
_PERSONAL: Final = frozenset({"Name", "Surn", "Patr"})


@cache
def _lists() -> dict[str, frozenset[str]]:
    table = tomllib.loads(files("tools").joinpath("tables/masking/names.toml").read_text(encoding="utf-8"))
    return {name: frozenset(words) for name, words in table.items() if isinstance(words, list)}


def persons(text: str) -> Iterator[Span]:
    """Names of persons. `key` is the name in its dictionary form, so that its case forms are one person."""
    for run in _RUN.finditer(text):
        pieces = [(found.group(), run.start() + found.start()) for found in _PIECE.finditer(run.group())]
        yield from _in_run(pieces)
    for found in _LATIN.finditer(text):
        if found.group(1).casefold() in _lists()["latin"]:
            yield Span(found.start(), found.end(), "PERSON", tuple(found.group().casefold().split()))
    for found in _LATIN_WORD.finditer(text):
        russian = in_cyrillic(found.group())
        if _first_a_surname(russian):
            yield Span(found.start(), found.end(), "PERSON", tuple(_forms(russian)))


def in_cyrillic(word: str) -> str:
    """A word in Latin letters as it would be spelt in Russian ones, small."""
    plain, found, place = word.casefold(), "", 0
    while place < len(plain):
        size = next((size for size in (4, 2) if plain[place : place + size] in _CYRILLIC), 1)
        piece = plain[place : place + size]
        found += _CYRILLIC.get(piece, piece)
        place += size
    return found


@lru_cache(maxsize=8192)
def _first_a_surname(word: str) -> bool:
    """Whether a word, however it is written, is in the first place a surname in the dictionary: «у гордеева»."""
    plain = word.casefold()
    return len(plain) >= _SHORTEST_SURNAME and is_known(plain) and readings(plain)[0].proper == "Surn"


def _in_run(pieces: list[tuple[str, int]]) -> Iterator[Span]:
    marks = [_marks(word) for word, _ in pieces]
    taken = [place for place in range(len(pieces)) if _is_name(pieces, marks, place)]
    start = 0
    while start < len(taken):
        end = start
        while end + 1 < len(taken) and taken[end + 1] == taken[end] + 1 and end - start < 2:
            end += 1
        words = [pieces[place] for place in taken[start : end + 1]]
        if any("." not in word for word, _ in words):
            last, at = words[-1]
            key = tuple(form for word, _ in words for form in _forms(word))
            yield Span(words[0][1], at + len(last), "PERSON", key)
        start = end + 1


def _is_name(pieces: list[tuple[str, int]], marks: list[frozenset[str]], place: int) -> bool:
    word = pieces[place][0]
    beside = [other for other in (place - 1, place + 1) if 0 <= other < len(pieces)]
    if "." in word:
        return any(_may_be_surname(pieces[other][0], marks[other]) for other in beside)
    if any("." in pieces[other][0] for other in beside) and _may_be_surname(word, marks[place]):
        return True
    mine = marks[place]
    if "Patr" in mine:
        return True
    near = frozenset().union(*(marks[other] for other in beside))
    if not word[0].isupper():
        return ("Name" in mine and "Patr" in near) or _first_a_surname(word)
    if word.isupper() and len(word) > 1:
        return bool(mine & _PERSONAL) and bool(near & _PERSONAL)
    if mine & _PERSONAL and near & _PERSONAL:
        return True
    if mine & _PERSONAL and readings(word.lower())[0].proper in _PERSONAL:
        return word.casefold() not in _lists()["not_alone"]
    # A surname that the dictionary does not know, or that is a common word, beside a first name.
    before = place > 0 and bool(marks[place - 1] & {"Name", "Patr"}) and pieces[place - 1][0][0].isupper()
    after = (
        place + 1 < len(pieces) and bool(marks[place + 1] & {"Name"}) and pieces[place + 1][0][0].isupper()
    )
    if before:
        return not mine & {"Geox", "Orgn"} and len(word) > 1
    return after and not is_known(word.lower())


def _marks(word: str) -> frozenset[str]:
    return frozenset() if "." in word else grammemes(word.lower())


def _may_be_surname(word: str, marks: frozenset[str]) -> bool:
    return (
        "." not in word
        and word[0].isupper()
        and len(word) > 1
        and ("Surn" in marks or not is_known(word.lower()) or not word.isupper())
    )


def _forms(word: str) -> list[str]:
    """A word of a name for comparison: its dictionary forms, joined by |; initials one by one, with their dots."""
    if "." in word:
        return [f"{letter.casefold()}." for letter in word if letter.isalpha()]
    plain = word.casefold().replace("ё", "е")
    personal = {reading.lemma for reading in readings(word.lower()) if reading.proper in _PERSONAL}
    return ["|".join(sorted({plain, *personal}))]
