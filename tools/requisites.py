"""Check digits of Russian requisites: INN, KPP, OGRN, BIK and bank accounts. Text in, yes or no out.

Requisites are text: their leading zeros matter. Only a bare run of digits passes; cleaning is the reader's work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_INN_12 = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
_ACCOUNT = (7, 1, 3)
_KPP = re.compile(r"[0-9]{4}[0-9A-Z]{2}[0-9]{3}")


def _digits(text: str, *lengths: int) -> bool:
    return len(text) in lengths and text.isascii() and text.isdigit()


def _inn_digit(digits: Sequence[int], weights: Sequence[int]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=False)) % 11 % 10


def is_inn(text: str) -> bool:
    """Whether `text` is an INN of 10 digits (organisation) or 12 (person) with right check digits."""
    if not _digits(text, 10, 12) or not int(text):
        return False
    digits = [int(char) for char in text]
    if len(digits) == 10:
        return digits[9] == _inn_digit(digits, _INN_10)
    return digits[10] == _inn_digit(digits, _INN_11) and digits[11] == _inn_digit(digits, _INN_12)


def is_kpp(text: str) -> bool:
    """Whether `text` has the form of a KPP: 4 digits of the tax office, 2 of the reason (may be letters), 3. It has no check digit."""
    return _KPP.fullmatch(text) is not None


def is_ogrn(text: str) -> bool:
    """Whether `text` is an OGRN (13 digits) or OGRNIP (15 digits) with the right last digit."""
    if not _digits(text, 13, 15) or not int(text):
        return False
    return int(text[:-1]) % (len(text) - 2) % 10 == int(text[-1])


def is_bik(text: str) -> bool:
    """Whether `text` has the form of a BIK: 9 digits, not all zero. It has no check digit."""
    return _digits(text, 9) and bool(int(text))


def is_account(account: str, bik: str) -> bool:
    """Whether a 20-digit account belongs to a bank by its key digit.

    A settlement account is checked with the last three digits of the BIK, a correspondent one (301...) with
    "0" and its 5th and 6th digits.
    """
    if not _digits(account, 20) or not is_bik(bik):
        return False
    prefix = "0" + bik[4:6] if account.startswith("301") else bik[6:9]
    digits = [int(char) for char in prefix + account]
    return sum(digit * _ACCOUNT[place % 3] % 10 for place, digit in enumerate(digits)) % 10 == 0
