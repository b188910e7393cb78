"""A text as words with dictionary forms and numbers, indexed so that a phrase is found without reading all of it again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from tools import morphology

if TYPE_CHECKING:
    from tools.phrase import Match

NEGATIONS = frozenset({"не", "ни", "нет", "без", "нельзя", "никогда", "никакой"})

_SIGNS = {"%": "процент", "₽": "рубль", "$": "доллар", "€": "евро", "№": "№", "n": "№", "+": "+"}
_ABBREVIATED = {
    "руб": "рубль",
    "р": "рубль",
    "коп": "копейка",
    "тыс": "тысяча",
    "млн": "миллион",
    "млрд": "миллиард",
    "дн": "день",
    "рд": "день",
    "usd": "доллар",
    "eur": "евро",
}
_ENDS = frozenset(".!?;…")
_SHORT = frozenset(
    [
        "г",
        "гг",
        "руб",
        "коп",
        "тыс",
        "млн",
        "млрд",
        "ст",
        "п",
        "пп",
        "ч",
        "т",
        "е",
        "у",
        "д",
        "в",
        "им",
        "ул",
        "обл",
        "стр",
        "корп",
        "оф",
        "тел",
        "эл",
        "др",
        "пр",
        "р",
        "с",
        "о",
        "дн",
        "рос",
    ]
)
_UNITS = {"тысяча": 1_000, "миллион": 1_000_000, "миллиард": 1_000_000_000}
_NUMERALS = {"ноль": 0} | {
    word: value
    for value, word in [
        *enumerate(
            [
                "два",
                "три",
                "четыре",
                "пять",
                "шесть",
                "семь",
                "восемь",
                "девять",
                "десять",
                "одиннадцать",
                "двенадцать",
            ],
            2,
        ),
        *enumerate(
            [
                "тринадцать",
                "четырнадцать",
                "пятнадцать",
                "шестнадцать",
                "семнадцать",
                "восемнадцать",
                "девятнадцать",
            ],
            13,
        ),
        *((10 * tens, word) for tens, word in enumerate(["двадцать", "тридцать", "сорок", "пятьдесят"], 2)),
        *(
            (10 * tens, word)
            for tens, word in enumerate(["шестьдесят", "семьдесят", "восемьдесят", "девяносто", "сто"], 6)
        ),
        *(
            (100 * hundreds, word)
            for hundreds, word in enumerate(["двести", "триста", "четыреста", "пятьсот"], 2)
        ),
        *(
            (100 * hundreds, word)
            for hundreds, word in enumerate(["шестьсот", "семьсот", "восемьсот", "девятьсот"], 6)
        ),
    ]
}
_NAME = frozenset({"@имя"})
"""Form of a word written with a capital letter inside a sentence."""
_SUPERLATIVE = re.compile(
    r"(?!ближайш|дальнейш|малейш|старейшин)\w+(?:ейш|айш)(?:ий|ая|ее|ие|его|ей|их|ую|им|ими|ему|ем)"
)
_LATIN_TWINS = str.maketrans("aeopcyxkmtbh", "аеорсухкмтвн")
_MIXED = re.compile(r"(?=.*[a-z])(?=.*[а-я])")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_DATE = re.compile(r"\d{1,2}\.(?:0[1-9]|1[0-2])(?:\.(?:\d{4}|\d{2}))?")
_DIGITS = re.compile(r"\d+(?:,\d+)?|\d+\.\d+")
_THOUSANDS = re.compile(r"\d{3}(?:,\d+)?")


@dataclass(frozen=True, slots=True)
class Word:
    """A word at text[start:end]: the forms it may stand for, its value if it is a number, its sentence."""

    start: int
    end: int
    forms: frozenset[str]
    number: Decimal | None
    sentence: int


@dataclass(slots=True)
class WordIndex:
    """The words of a text, where each form stands, and where the sentences begin and end. Caches what was looked up."""

    text: str
    words: list[Word]
    sentences: list[tuple[int, int]]
    by_key: dict[str, list[int]]
    keys: list[str]
    numbers: list[int]
    sentence_of: list[int]
    places: dict[tuple[object, ...], frozenset[int]] = field(default_factory=dict)
    found: dict[tuple[str, bool], list[Match]] = field(default_factory=dict)


@lru_cache(maxsize=65536)
def _forms(word: str) -> frozenset[str]:
    plain = word.replace("ё", "е")
    if _MIXED.search(plain):
        plain = "-".join(
            part.translate(_LATIN_TWINS) if _MIXED.search(part) else part for part in plain.split("-")
        )
    forms = set(morphology.lemmas(plain))
    for part in plain.split("-") if "-" in plain else ():
        if len(part) > 2:
            forms |= morphology.lemmas(part)
    for known in (_SIGNS.get(plain), _ABBREVIATED.get(plain)):
        if known:
            forms.add(known)
    if _DATE.fullmatch(plain):
        forms.add("@дата")
    if _SUPERLATIVE.fullmatch(plain):
        forms.add("@превосходная")
    if any(reading.pos == "ADJF" for reading in morphology.readings(plain)):
        forms.add("@прилагательное")
    if any(reading.pos == "COMP" for reading in morphology.readings(plain)):
        forms.add("@сравнительная")
    forms |= {
        f"{reading.lemma}=им"
        for reading in morphology.readings(plain)
        if reading.pos == "NOUN" and reading.case == "nomn"
    }
    return frozenset(forms)


def _value(token: str) -> Decimal | None:
    return Decimal(token.replace(",", ".")) if _DIGITS.fullmatch(token) else None


@dataclass(slots=True)
class _Piece:
    start: int
    end: int
    forms: frozenset[str]
    number: Decimal | None


def _numeral(forms: frozenset[str]) -> int | None:
    return next((_NUMERALS[form] for form in forms if form in _NUMERALS), None)


def _unit(forms: frozenset[str]) -> int | None:
    return next((_UNITS[form] for form in forms if form in _UNITS), None)


def _pieces(text: str) -> Iterator[_Piece | str]:
    """Words and numbers of the text; a string stands for a sign between them."""
    tokens = morphology.tokens(_INVISIBLE.sub("_", text))
    at = 0
    while at < len(tokens):
        token = tokens[at]
        at += 1
        if not (token.word[0].isalnum() or token.word in _SIGNS):
            yield token.word
            continue
        number, end = _value(token.word), token.end
        while (
            number is not None
            and at < len(tokens)
            and tokens[at].start == end + 1
            and "," not in text[token.start : end]
            and "." not in text[token.start : end]
            and text[end] in " \u00a0\u202f"
            and _THOUSANDS.fullmatch(tokens[at].word)
        ):
            number, end = number * 1000 + Decimal(tokens[at].word.replace(",", ".")), tokens[at].end
            at += 1
        yield _Piece(token.start, end, _forms(token.word), number)


def _without_spelled_numbers(pieces: list[_Piece | str]) -> Iterator[_Piece | str]:
    """Leave out what stands in brackets right after a number: 5 (пять) дней reads as 5 дней."""
    at, after_number = 0, False
    while at < len(pieces):
        piece = pieces[at]
        if piece == "(" and after_number:
            close = next((k for k in range(at + 1, min(at + 14, len(pieces))) if pieces[k] == ")"), None)
            if close is not None:
                at = close + 1
                continue
        after_number = isinstance(piece, _Piece) and piece.number is not None
        yield piece
        at += 1


def _folded(pieces: list[_Piece | str]) -> Iterator[_Piece | str]:
    """Numerals in words become numbers; «5 тыс.» becomes 5000."""
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        at += 1
        if isinstance(piece, str):
            yield piece
            continue
        if piece.number is None and (value := _numeral(piece.forms)) is not None:
            piece = _Piece(piece.start, piece.end, piece.forms, Decimal(value))
            while at < len(pieces) and isinstance(following := pieces[at], _Piece):
                more = _numeral(following.forms)
                if more is None or piece.number is None or more >= piece.number:
                    break
                piece = _Piece(piece.start, following.end, piece.forms, piece.number + more)
                at += 1
        if piece.number is not None and at < len(pieces) and isinstance(following := pieces[at], _Piece):
            unit = _unit(following.forms)
            if unit is not None:
                piece = _Piece(piece.start, following.end, piece.forms | following.forms, piece.number * unit)
                at += 1
                if at < len(pieces) and pieces[at] == ".":
                    at += 1
        yield piece


def _ends_sentence(sign: str, before: _Piece | None, after: int, text: str) -> bool:
    if sign not in _ENDS or before is None:
        return False
    if after >= len(text):
        return True
    between = text[before.end : after]
    if not any(char.isspace() for char in between):
        return False
    if sign == ";":
        return "\n" in between
    if sign != ".":
        return True
    if text[before.start : before.end].casefold() in _SHORT:
        return "\n" in between
    return text[after].isupper() or text[after].isdigit()


def index_words(text: str, breaks: frozenset[int] = frozenset()) -> WordIndex:
    """Read a text; a sentence also ends at each offset of `breaks` and at an empty line."""
    pieces = list(_folded(list(_without_spelled_numbers(list(_pieces(text))))))
    starts = [piece.start if isinstance(piece, _Piece) else None for piece in pieces]
    following = len(text)
    next_start: list[int] = [0] * len(pieces)
    for at in range(len(pieces) - 1, -1, -1):
        next_start[at] = following
        own = starts[at]
        following = own if own is not None else following
    words: list[Word] = []
    sentences: list[tuple[int, int]] = []
    before: _Piece | None = None
    sentence = 0
    pending = False
    ordered = sorted(breaks)
    next_break = 0
    for at, piece in enumerate(pieces):
        if isinstance(piece, str):
            pending = pending or _ends_sentence(piece, before, next_start[at], text)
            continue
        while next_break < len(ordered) and ordered[next_break] <= piece.start:
            pending = True
            next_break += 1
        if before is not None and "\n\n" in text[before.end : piece.start].replace("\r", "").replace(" ", ""):
            pending = True
        if pending and words:
            sentence += 1
        pending = False
        if sentence == len(sentences):
            sentences.append((piece.start, piece.end))
        else:
            sentences[sentence] = (sentences[sentence][0], piece.end)
        inner = sentences[sentence][0] != piece.start
        forms = piece.forms | _NAME if inner and text[piece.start].isupper() else piece.forms
        words.append(Word(piece.start, piece.end, forms, piece.number, sentence))
        before = piece
    by_key: dict[str, list[int]] = {}
    numbers: list[int] = []
    for place, word in enumerate(words):
        for form in word.forms:
            by_key.setdefault(form, []).append(place)
        if word.number is not None:
            numbers.append(place)
    return WordIndex(
        text, words, sentences, by_key, sorted(by_key), numbers, [word.sentence for word in words]
    )
