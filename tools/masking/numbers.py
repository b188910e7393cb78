"""Numbers, addresses and handles that lead to a person or an account: phones, e-mail, ИНН, accounts, passports, cards.

A number that bears its name (ИНН 7707083893) is found whether its check digits are right or not; one that stands alone
only where they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tools.requisites import is_inn, is_ogrn


@dataclass(frozen=True, slots=True)
class Span:
    """text[start:end] is a value of a kind; `key` is the same for every way of writing it."""

    start: int
    end: int
    kind: str
    key: tuple[str, ...]


_EMAIL: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_HANDLE: Final = re.compile(r"(?<![\w@./])@[A-Za-z]\w{4,31}\b|\b(?:t\.me|wa\.me|telegram\.me)/\+?\w{5,32}\b")
_GAP: Final = r"[^\d\n]{0,15}?"
_PASSPORT: Final = r"\d{2}\s?\d{2}\s*(?:№|N|номер)?\s*\d{6}"
_ACCOUNT: Final = r"\d{5}\s?\d{3}\s?\d\s?\d{4}\s?\d{7}"
# Kind, what calls the number so, what it looks like.
_NAMED: Final = tuple(
    (kind, re.compile(rf"(?:{names}){_GAP}(?<!\d)({shape})(?!\d)", re.IGNORECASE))
    for kind, names, shape in (
        ("INN", r"ИНН|\binn", r"\d{10}(?:\d{2})?"),
        ("KPP", r"КПП|\bkpp", r"\d{4}[\dA-Z]{2}\d{3}"),
        ("KPP", r"ИНН\s*/\s*КПП\D{0,5}\d{10}\s*", r"\d{4}[\dA-Z]{2}\d{3}"),
        ("OGRN", r"ОГРН(?:ИП)?|\bogrn(?:ip)?", r"\d{13}(?:\d{2})?"),
        ("BIK", r"БИК|\bbi[ck]", r"\d{9}"),
        ("SNILS", r"СНИЛС|\bsnils", r"\d{3}[- ]?\d{3}[- ]?\d{3}[- ]?\d{2}"),
        ("PASSPORT", r"паспорт\w*|серия|passport", _PASSPORT),
        ("ACCOUNT", r"сч[её]т\w*|[рклР]/сч?|account", _ACCOUNT),
    )
)
_ALONE: Final = re.compile(r"(?<![\w.,-])\d{10,20}(?![\w-]|[.,]\d)")
_SNILS: Final = re.compile(r"(?<![\w-])\d{3}-\d{3}-\d{3}[- ]\d{2}(?![\w-])")
_SERIES: Final = re.compile(r"(?<![\w.,-])\d{2}\s?\d{2}\s(?:№\s?)?\d{6}(?![\w-]|[.,]\d)")
_CARD: Final = re.compile(r"(?<![\w.,-])\d{4}([ -]?)\d{4}\1\d{4}\1\d{4}(?![\w-]|[.,]\d)")
_PHONE: Final = re.compile(
    r"(?<![\w.,-])(?:\+7|8|7)[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?![\w]|[.,]\d)"
)
_MAY_BE_PHONE: Final = re.compile(r"\+?\d[\d\s()-]{8,}")
_MONEY: Final = re.compile(r"\s*(?:руб|₽|р\.|млн|тыс|%|показ|клик|rub|usd|eur)", re.IGNORECASE)


def numbers(text: str) -> Iterator[Span]:
    """Every such value; spans may overlap, the ones named first are the surer ones."""
    for found in _EMAIL.finditer(text):
        yield Span(*found.span(), "EMAIL", (found.group().casefold(),))
    for found in _HANDLE.finditer(text):
        yield Span(*found.span(), "HANDLE", (found.group().casefold(),))
    for kind, pattern in _NAMED:
        for found in pattern.finditer(text):
            yield Span(*found.span(1), kind, (_digits(found.group(1)),))
    yield from _alone(text)
    yield from _phones(text)


def _alone(text: str) -> Iterator[Span]:
    for found in _SNILS.finditer(text):
        if _is_snils(_digits(found.group())):
            yield Span(*found.span(), "SNILS", (_digits(found.group()),))
    for found in _ALONE.finditer(text):
        digits = found.group()
        if _MONEY.match(text, found.end()):
            continue
        kind = "INN" if is_inn(digits) else "OGRN" if is_ogrn(digits) else ""
        if len(digits) == 20 and digits[0] in "34":
            kind = "ACCOUNT"
        if kind:
            yield Span(*found.span(), kind, (digits,))
    for found in _CARD.finditer(text):
        if _is_card(_digits(found.group())):
            yield Span(*found.span(), "CARD", (_digits(found.group()),))
    for found in _SERIES.finditer(text):
        if not _MONEY.match(text, found.end()):
            yield Span(*found.span(), "PASSPORT", (_digits(found.group()),))


def _phones(text: str) -> Iterator[Span]:
    for found in _PHONE.finditer(text):
        if not _MONEY.match(text, found.end()):
            yield Span(*found.span(), "PHONE", (_digits(found.group())[-10:],))
    if not _MAY_BE_PHONE.search(text):
        return
    import phonenumbers  # its tables take a moment to load, and many texts hold no digits

    for match in phonenumbers.PhoneNumberMatcher(text, "RU", phonenumbers.Leniency.VALID):
        if match.raw_string[0] in "+(" and not _MONEY.match(text, match.end):
            yield Span(match.start, match.end, "PHONE", (_digits(match.raw_string)[-10:],))


def _digits(text: str) -> str:
    return re.sub(r"[\s№()+-]|N|номер", "", text)


def _is_snils(digits: str) -> bool:
    """Check number: the sum of digit times place from the right, modulo 101, 100 read as 00 (Pension Fund decree 192p)."""
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits[:9])) % 101 % 100
    return total == int(digits[9:])


def _is_card(digits: str) -> bool:
    """The Luhn digit (ISO/IEC 7812-1)."""
    doubled = [int(d) * 2 if place % 2 == 0 else int(d) for place, d in enumerate(digits)]
    return bool(int(digits)) and sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
