"""What the words of number, scale and currency stand for."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

from tools.brief_reading.lexicon import forms, table


@cache
def number_words() -> dict[str, Decimal]:
    """The words of number and their values."""
    return {word: Decimal(value) for word, value in table("numbers")["word"].items()}


@cache
def scales() -> dict[str, Decimal]:
    """The words of scale and what they multiply by."""
    return {word: Decimal(value) for word, value in table("numbers")["scale"].items()}


@cache
def currencies() -> dict[str, str]:
    """Signs and words of currencies and their ISO codes."""
    return {word: code for code, names in table("numbers")["currency"].items() for word in names}


def scale_of(word: str) -> Decimal | None:
    """What a word of scale in any form multiplies by; None for any other word."""
    known = scales()
    for form in (word, *sorted(forms(word))):
        if form in known:
            return known[form]
    return None


def currency_of(word: str) -> str | None:
    """ISO code of a currency sign or word."""
    word = word.lower().rstrip(".").replace(" ", "")
    known = currencies()
    if word in known:
        return known[word]
    return next((known[form] for form in forms(word) if form in known), None)


def word_is_plural(word: str) -> bool:
    """Whether a word of scale stands in the plural or an oblique case: "миллионов" alone is no number, "миллион" is one."""
    return word not in ("миллион", "лям", "лимон", "тысяча", "тысячу", "миллиард", "million")


def lone_scale(word: str) -> bool:
    """Whether a word is a scale in the plural or an oblique case, which is no number without a count."""
    return scale_of(word) is not None and word_is_plural(word) and word not in table("numbers")["half"]
