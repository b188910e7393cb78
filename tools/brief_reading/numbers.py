"""Numbers as people write them: digits with any grouping, words, halves, scales, currencies, ranges and bounds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache

from tools.brief_reading.lexicon import table
from tools.brief_reading.quantity import Quantity
from tools.brief_reading.single_numbers import single_numbers
from tools.morphology import Token

_BETWEEN = re.compile(r"\s*(?:[-–—−]|\.\.\.?|…|до|to)\s*", re.IGNORECASE)
_OR_UP_TO = re.compile(
    r"\s*,?\s*(?:(?:ну\s+)?(?:может(?:\s+быть)?|или|либо|а\s+то\s+и|максимум|край|потолок)\s+)+(?:до\s+)?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:и|and)\s*", re.IGNORECASE)
_BOTH = re.compile(r"(?:между|between)\s*$", re.IGNORECASE)
_FROM = re.compile(r"(?:\bот|\bс|\bfrom)\s*$", re.IGNORECASE)


@cache
def _bounds() -> re.Pattern[str]:
    """What stands before a bounded number; the leftmost, so the longest, phrase matches: "не менее" before "менее"."""
    listed = {kind: "|".join(map(re.escape, names)) for kind, names in table("numbers")["bound"].items()}
    groups = "|".join(f"(?P<{kind}>{names})" for kind, names in listed.items())
    return re.compile(rf"(?<!\w)(?:{groups})[\s:]*(?:в\s+)?$", re.IGNORECASE)


def quantities(text: str, tokens: Sequence[Token], taken: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """Every number, range and bounded number of the text in reading order, outside the spans in `taken`."""
    atoms = single_numbers(text, tokens, taken)
    result: list[Quantity] = []
    place = 0
    while place < len(atoms):
        atom = atoms[place]
        following = atoms[place + 1] if place + 1 < len(atoms) else None
        before = text[max(0, atom.start - 24) : atom.start]
        if following and following.start > atom.end:
            link = text[atom.end : following.start]
            opened = _FROM.search(before)
            if (
                _BETWEEN.fullmatch(link)
                and _alike(atom, following)
                and not (link.strip().lower() in ("до", "to") and not opened)
            ) or (_AND.fullmatch(link) and _BOTH.search(before)):
                result.append(_range(atom, following, before))
                place += 2
                continue
        if following and (spoken := _spoken_range(text, atom, following)):
            result.append(spoken)
            place += 2
            continue
        result.append(_bounded(atom, before, text))
        place += 1
    return result


def _spoken_range(text: str, left: Quantity, right: Quantity) -> Quantity | None:
    """ "миллиона три, может три с половиной": the second number has the scale of the first."""
    low, high = left.low, right.low
    if not (
        left.scaled
        and low
        and high
        and not right.percent
        and _OR_UP_TO.fullmatch(text[left.end : right.start])
    ):
        return None
    if not right.scaled:
        high *= next((step for step in (Decimal(10) ** 6, Decimal(1000)) if low >= step), Decimal(1))
    end = right.end
    if tail := re.compile(r"\s+(?:максимум|край|потолок)\b", re.IGNORECASE).match(text, end):
        end = tail.end()
    return (
        replace(
            right,
            low=low,
            high=high,
            start=left.start,
            end=end,
            scaled=True,
            bound="range",
            currency=right.currency or left.currency,
            number_start=left.number_start,
        )
        if low < high <= low * 3
        else None
    )


def _alike(left: Quantity, right: Quantity) -> bool:
    if left.percent != right.percent and left.percent:
        return False
    return not (left.currency and right.currency and left.currency != right.currency)


def _range(left: Quantity, right: Quantity, before: str) -> Quantity:
    low, high = left.low or Decimal(0), right.high or Decimal(0)
    if right.scaled and not left.scaled and low < 1000:
        plain = high
        scale = next(
            (step for step in (Decimal(10) ** 9, Decimal(10) ** 6, Decimal(1000)) if plain >= step),
            Decimal(1),
        )
        if high < scale * 1000 and low < 1000:
            low *= scale
    if left.scaled and right.bare and high < 1000 <= low:
        step = next((step for step in (Decimal(10) ** 6, Decimal(1000)) if low >= step), Decimal(1))
        high = high * step if high * step > low else high
    opened = _FROM.search(before) or _BOTH.search(before)
    start = left.start - (len(before) - opened.start()) if opened else left.start
    return Quantity(
        low, high, start, right.end, left.scaled or right.scaled, right.currency or left.currency,
        right.percent, "move" if opened and opened.group().strip().lower() == "с" else "range", left.number_start,
    )  # fmt: skip


def _bounded(atom: Quantity, before: str, text: str) -> Quantity:
    if found := _bounds().search(before):
        kind = str(found.lastgroup)
        return replace(
            atom,
            low=None if kind == "max" else atom.low,
            high=None if kind == "min" else atom.high,
            start=atom.start - (len(before) - found.start()),
            bound=kind,
        )
    after = re.match(
        r"(?:\+(?!\s*(?:ндс|vat|ак\b|\d))|\s*и\s+(?:более|выше|больше)|\s+плюс\b(?!\s*(?:ндс|ак\b|комисс|\d))|\s*(?:максимум|max\b|минимум|min\b))",
        text[atom.end : atom.end + 14],
        re.IGNORECASE,
    )
    if after:
        kind = (
            "max"
            if (after.group().strip().lower()[0] == "м" and "макс" in after.group().lower())
            or "max" in after.group().lower()
            else "min"
        )
        return replace(
            atom,
            low=None if kind == "max" else atom.low,
            high=None if kind == "min" else atom.high,
            end=atom.end + after.end(),
            bound=kind,
        )
    return atom
