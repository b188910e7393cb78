"""Single numbers with what is written around them: scale, currency, percent, the same number again in brackets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from tools.brief_reading.number_words import currency_of, lone_scale, scale_of, word_is_plural
from tools.brief_reading.quantity import Quantity
from tools.brief_reading.spans import covered, merged
from tools.brief_reading.worded import parted, worded
from tools.morphology import Token

_DIGITS = re.compile(
    r"(?<![\w.,])(?:\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d{1,3}(?:,\d{3}){2,}(?:\.\d{1,2})?(?!\d)"
    r"|\d{1,3}(?:\.\d{3}){2,}(?:,\d{1,2})?(?!\d)|\d+(?:[.,]\d+)?)"
)
_CASE_ENDING = re.compile(r"-?(?:х|ти|и|ми)(?=\s)")
_SCALE = re.compile(
    r"[ \u00a0\u202f]?(?:т\.\s?р\b\.?|тыс\.?\s?р\b\.?|т\.\s?руб\w*\.?|([a-zа-яё]+)\b\.?)", re.IGNORECASE
)
_CURRENCY = re.compile(r"[ \u00a0\u202f]?(₽|\$|€|₸|у\.\s?е\.?|[a-zа-яё]+\b\.?)", re.IGNORECASE)
_CURRENCY_BEFORE = re.compile(r"(₽|\$|€|\b(?:rub|usd|eur|kzt))\s?$", re.IGNORECASE)
_PERCENT = re.compile(r"\s?(?:%|процент\w*|percent\b|проц\b\.?)", re.IGNORECASE)
_HALF = re.compile(r"\s+с\s+половиной\b", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\([^()]{3,90}\)")
_GAP = re.compile(r"[ \u00a0]{0,2}")
_ROUGHLY = re.compile(r"\s+(?:где-то\s+|так\s+)?")
_ONE_OF = ("миллиона", "ляма", "лимона", "миллиону", "миллиончика", "мильона")
_ABOUT = re.compile(
    r"\b(?:до|от|около|порядка|более|больше|свыше|менее|меньше|районе|из|к)\s+$", re.IGNORECASE
)


def single_numbers(text: str, tokens: Sequence[Token], taken: Sequence[tuple[int, int]]) -> list[Quantity]:
    """Single numbers, in digits or in words, with scale and currency; nothing inside `taken`."""
    atoms: list[Quantity] = []
    spans = merged(taken)

    def free(start: int, end: int) -> bool:
        return not covered(spans, start, end)

    for found in _DIGITS.finditer(text):
        if not free(found.start(), found.end()):
            continue
        case_ending = _CASE_ENDING.match(text, found.end())
        end = case_ending.end() if case_ending else found.end()
        after = _scale_after(text, end)
        value = _decimal(found.group(), scaled=after is not None)
        currency = None
        if after:
            value, end, currency = value * after[0], after[1], after[2]
        elif end < len(text) and text[end].isalpha() and not _currency_at(text, end):
            continue
        atoms.append(
            Quantity(
                value, value, found.start(), end, after is not None, currency, number_start=found.start()
            )
        )
    atoms.extend(atom for atom in worded(text, parted(tokens)) if free(atom.start, atom.end))
    atoms.sort(key=lambda atom: atom.start)
    dressed: list[Quantity] = []
    for atom in _summed(text, _turned(text, atoms)):
        if not dressed or atom.start >= dressed[-1].end:
            dressed.append(_dressed(text, atom))
    return dressed


def _decimal(digits: str, scaled: bool) -> Decimal:
    plain = re.sub(r"[ \u00a0\u202f\u2009'’]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?", plain):
        return Decimal(plain.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?", plain):
        return Decimal(plain.replace(".", "").replace(",", "."))
    if not scaled and re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", plain):
        return Decimal(re.sub(r"[.,]", "", plain))
    return Decimal(plain.replace(",", "."))


def _scale_after(text: str, at: int) -> tuple[Decimal, int, str | None] | None:
    found = _SCALE.match(text, at)
    if not found:
        return None
    word = found.group(1)
    if word is None:
        return Decimal(1000), found.end(), "RUB"
    scale = scale_of(word.lower())
    if scale is None:
        return None
    if word.lower() in ("м", "мл") and re.match(r"\s?[²2/]", text[found.end() : found.end() + 2]):
        return None
    end = (
        found.end()
        if not found.group().endswith(".") or word.lower() in ("тыс", "млн", "млрд")
        else found.end() - 1
    )
    return scale, end, "RUB" if word.lower() in ("тр", "тыр") else None


def _currency_at(text: str, at: int) -> str | None:
    found = _CURRENCY.match(text, at)
    return currency_of(found.group(1)) if found else None


def _turned(text: str, atoms: list[Quantity]) -> list[Quantity]:
    """Sums said about: "миллиона три", "тысяч 300" are a count after its scale."""
    result: list[Quantity] = []
    for atom in atoms:
        last = result[-1] if result else None
        word = text[last.start : last.end].lower() if last else ""
        if (
            last and last.scaled and atom.bare and atom.low and atom.low < 1000
            and " " not in word and word.isalpha() and word_is_plural(word)
            and _ROUGHLY.fullmatch(text[last.end : atom.start])
        ):  # fmt: skip
            value = atom.low * (last.low or Decimal(1))
            result[-1] = replace(last, low=value, high=value, end=atom.end)
            continue
        result.append(atom)
    return [
        atom
        for atom in result
        if not (
            text[atom.start : atom.end].isalpha()
            and atom.scaled
            and lone_scale(text[atom.start : atom.end].lower())
        )
        or (
            text[atom.start : atom.end].lower() in _ONE_OF
            and _ABOUT.search(text, max(0, atom.start - 24), atom.start)
        )
    ]


def _summed(text: str, atoms: list[Quantity]) -> list[Quantity]:
    """Join what is one number: "3 млн 200 тыс", "2 с половиной млн"."""
    result: list[Quantity] = []
    for atom in atoms:
        last = result[-1] if result else None
        if last and last.end > atom.start:
            continue
        if (
            last and last.low and atom.low and last.scaled and atom.scaled and atom.low < Decimal(1_000_000)
            and last.low >= Decimal(1_000_000) and last.low % 1_000_000 == 0 and _GAP.fullmatch(text[last.end : atom.start])
        ):  # fmt: skip
            value = last.low + atom.low
            result[-1] = replace(last, low=value, high=value, end=atom.end)
            continue
        if (
            last
            and not last.scaled
            and atom.start > last.end
            and _HALF.fullmatch(text[last.end : atom.start].rstrip())
            and atom.scaled
            and atom.low
        ):
            value = ((last.low or 0) + Decimal("0.5")) * atom.low
            result[-1] = replace(last, low=value, high=value, end=atom.end, scaled=True)
            continue
        result.append(atom)
    return result


def _dressed(text: str, atom: Quantity) -> Quantity:
    """With the currency or percent sign around it; the same number again in brackets belongs to it."""
    end, currency, start = atom.end, atom.currency, atom.start
    if found := _PERCENT.match(text, end):
        return replace(atom, end=found.end(), percent=True)
    for _ in range(2):
        if (
            currency is None
            and (found := _CURRENCY.match(text, end))
            and (code := currency_of(found.group(1)))
        ):
            currency = code
            end = found.end()
            if found.group(1).endswith(".") and found.group(1).lower() not in ("руб.", "р."):
                end -= 1
        elif (
            currency is None
            and (bracket := _BRACKET.match(text, end))
            and re.search(r"[а-яё]", bracket.group())
        ):
            after = _CURRENCY.match(text, bracket.end())
            if not (after and currency_of(after.group(1))):
                break
            end = bracket.end()
    if currency is None and (before := _CURRENCY_BEFORE.search(text, max(0, start - 5), start)):
        currency, start = currency_of(before.group(1)), before.start()
    return replace(atom, start=start, end=end, currency=currency)
