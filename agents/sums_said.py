"""Bounds that a question about many deals sets in figures: «больше 20 млн», «от 5 до 10 млн», «топ 3»."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from tools.brief_reading.numbers import quantities
from tools.morphology import tokens

_LARGE: Final = Decimal(1000)
# Before an amount that stands alone: which side of it is meant.
_ABOVE: Final = re.compile(
    r"(?:дороже|крупнее|выше|above|exceeding|bigger than|larger than|>)\s*$", re.IGNORECASE
)
_BELOW: Final = re.compile(r"(?:дешевле|мельче|ниже|below|smaller than|cheaper than|<)\s*$", re.IGNORECASE)
_COUNTS: Final = {"две": 2, "два": 2, "двух": 2, "трёх": 3, "трех": 3, "четырёх": 4, "пяти": 5, "десяти": 10, "три": 3, "четыре": 4, "пять": 5, "десять": 10, "two": 2, "three": 3, "five": 5, "ten": 10}  # fmt: skip
_COUNT: Final = rf"(\d{{1,2}}|{'|'.join(_COUNTS)})"
_MOST: Final = "наибольш|наименьш|максимальн|минимальн|больше вс|меньше вс|сам(?:ым|ой|ое|ый|ая|ыми)|most|fewest|highest|largest|biggest|smallest"
_TOP: Final = re.compile(
    rf"\b(?:топ|top|перв\w+|first)[\s-]*{_COUNT}\b|\b{_COUNT}\s+(?=сам\w+\b|(?:most|biggest|largest|smallest|крупнейш\w+)\b)"
    rf"|\b{_COUNT}\s+(?=(?:отрасл|менеджер|клиент|заказчик|рекламодател|продукт|ответственн|сделк|сделок|industr|manager|client|customer|product|rep|deal)\w*\b.*\b(?:{_MOST})\w*)",
    re.IGNORECASE,
)


def top_said(question: str) -> tuple[int, tuple[int, int]] | None:
    """How many deals or groups are asked for, and the stretch that says so."""
    top = _TOP.search(question)
    if top is None:
        return None
    said = next(group for group in top.groups() if group).casefold()
    return _COUNTS.get(said) or int(said), top.span()


def latest_said(question: str) -> tuple[int, tuple[int, int]] | None:
    """How many of the latest are asked for («последние 5 закрытых»), and the place of the figure."""
    found = _LATEST.search(question)
    if found is None:
        return None
    said = found["count"].casefold()
    return _COUNTS.get(said) or int(said), found.span("count")


_LATEST: Final = re.compile(
    rf"\b(?:последн\w+|last|latest)\s+(?P<count>\d{{1,2}}|{'|'.join(_COUNTS)})\s+(?!дн|сут|недел|месяц|год|лет|час|квартал|day|week|month|year|hour|quarter)",
    re.IGNORECASE,
)


def bounds_said(question: str) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    """Budget bounds in whole units of currency (`budget_min`, `budget_max`) and how many deals are asked for (`top`),
    with the stretches of the question that say so."""
    slots: dict[str, Any] = {}
    places: list[tuple[int, int]] = []
    top = top_said(question)
    if top:
        slots["top"] = top[0]
        places.append(top[1])
    for one in quantities(question, tokens(question)):
        low, high = one.low, one.high
        if one.percent or not (one.scaled or one.currency) or max(low or 0, high or 0) < _LARGE:
            continue
        if one.bound == "exact":
            before = question[: one.start]
            low, high = (
                (low, None)
                if _ABOVE.search(before)
                else (None, high)
                if _BELOW.search(before)
                else (None, None)
            )
        if low is None and high is None:
            continue
        bounds = {"budget_min": low, "budget_max": high}
        slots |= {name: str(value) for name, value in bounds.items() if value is not None}
        places.append((one.start, one.end))
        break
    return slots, places
