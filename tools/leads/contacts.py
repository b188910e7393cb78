"""Phones, e-mail addresses and web domains brought to one spelling."""

from __future__ import annotations

import re
from functools import lru_cache

import phonenumbers

_SEPARATOR = re.compile(r"[;,/\n|]|\s(?:или|и|or|and)\s", re.IGNORECASE)
_EXTENSION = re.compile(r"(?:доб(?:авочный)?|вн(?:утр)?|ext|x)\.?\s*№?\s*\d{1,6}", re.IGNORECASE)
_EXPONENT = re.compile(r"\+?(\d)(?:[.,](\d+))?[eеEЕ]\+?(\d{1,2})")
_EMAIL = re.compile(r"[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']+\.[^\W\d_]{2,}(?![^\s<>()\[\],;:\"'.])")
_DOMAIN = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?(?:www\.)?([^\s/:?#@]+\.[^\W\d_]{2,})", re.IGNORECASE)


@lru_cache(maxsize=65536)
def read_phone(text: str, region: str) -> str | None:
    """One number in E.164 (+74951234567), or None if it is no valid number of its country."""
    digits = re.sub(r"\D", "", text)
    # A Russian number typed with a plus before the trunk prefix: +8 495 ...
    if region == "RU" and len(digits) == 11 and digits[0] == "8":
        text = "+7" + digits[1:]
    elif region == "RU" and len(digits) == 11 and digits[0] == "7" and "+" not in text:
        text = "+" + digits
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def plain_digits(text: str) -> tuple[str, bool]:
    """A number a spreadsheet wrote with an exponent, as its digits, and whether it has lost some: 7.9161234567E+10 is
    whole, 7.92E+10 is not. Other text comes back as it is."""
    found = _EXPONENT.fullmatch(text.strip())
    if not found:
        return text, False
    decimals, power = found.group(2) or "", int(found.group(3))
    if len(decimals) == power:
        return found.group(1) + decimals, False
    return text, power >= len(decimals)


@lru_cache(maxsize=65536)
def read_phones(text: str, region: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The valid numbers of a cell in E.164 without repeats, and the parts that are no number."""
    whole = read_phone(_EXTENSION.sub("", text).strip(), region)
    if whole:
        return (whole,), ()
    numbers: dict[str, None] = {}
    wrong: list[str] = []
    for part in _SEPARATOR.split(_EXTENSION.sub("", text)):
        if not re.search(r"\w", part):
            continue
        number = read_phone(part.strip(), region)
        if number:
            numbers[number] = None
        else:
            wrong.append(part.strip())
    return tuple(numbers), tuple(wrong)


def read_emails(text: str) -> tuple[str, ...]:
    """The e-mail addresses of a cell in lower case, without repeats, in order."""
    found = (match.group().strip(".").casefold() for match in _EMAIL.finditer(text.replace("mailto:", " ")))
    return tuple(dict.fromkeys(address for address in found if ".." not in address))


def read_domain(text: str) -> str | None:
    """The domain of a web address in lower case, without www."""
    found = _DOMAIN.match(text.strip())
    return found.group(1).casefold().rstrip(".") if found else None
