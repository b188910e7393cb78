"""Bounds in a question: amounts of money («дороже 5 млн», «от 3 до 10 млн») and days («дольше двух недель»)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from agents.asked.said import Placed, Said
from tools.brief_reading.numbers import quantities
from tools.morphology import tokens
from tools.query.condition import condition

_THING: Final = r"(?:\s+(?:чем|than|на|в|суммой|сумма|сумму|бюджет\w*|договор\w*|budget\w*|of|is|был\w*|быть|и|стоимостью|the))*\s*"
_ABOVE: Final = re.compile(
    rf"(?:больш\w+|боле\w*|выше|свыше|дороже|крупнее|превыша\w+|превысил\w*|над|over|above|more|greater|larger|bigger|exceed\w*|>){_THING}$",
    re.IGNORECASE,
)
_AT_LEAST: Final = re.compile(
    rf"(?:\bот|не\s+менее|не\s+меньше|не\s+ниже|не\s+дешевле|минимум|at\s+least|no\s+less|not\s+less|starting\s+from|>=){_THING}$",
    re.IGNORECASE,
)
_BELOW: Final = re.compile(
    rf"(?:меньш\w+|менее|ниже|дешевле|мельче|under|below|less|smaller|cheaper|<){_THING}$", re.IGNORECASE
)
_AT_MOST: Final = re.compile(
    rf"(?:\bдо|не\s+более|не\s+больше|не\s+выше|не\s+дороже|не\s+превыша\w+|максимум|в\s+пределах|at\s+most|up\s+to|no\s+more|not\s+more|<=){_THING}$",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\s*(?:рабочи\w+\s+)?(?:дн\w*|день|сут\w+|час\w*|недел\w+|месяц\w*|год\w*|лет|минут\w*|days?|hours?|weeks?|months?|years?|сдел\w+|deals?|менеджер\w*|managers?|клиент\w*|clients?|%|процент\w*)(?!\w)",
    re.IGNORECASE,
)
_LARGE: Final = Decimal(1000)
_UNITS: Final[Mapping[str, Decimal]] = {
    r"час\w*|hours?|ч": Decimal(1) / 24,
    r"дн\w*|день|сут\w+|days?|дней": Decimal(1),
    r"недел\w+|недель|weeks?": Decimal(7),
    r"месяц\w*|months?": Decimal(30),
    r"год\w*|лет|years?": Decimal(365),
}
_COUNTS: Final[Mapping[str, int]] = {
    "один": 1, "одного": 1, "одной": 1, "одну": 1, "два": 2, "две": 2, "двух": 2, "три": 3, "трех": 3, "трёх": 3, "четыре": 4, "четырех": 4, "четырёх": 4,
    "пять": 5, "пяти": 5, "шесть": 6, "шести": 6, "семь": 7, "семи": 7, "восемь": 8, "девять": 9, "десять": 10, "десяти": 10, "двадцать": 20, "двадцати": 20, "тридцать": 30, "тридцати": 30,
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "полутора": 1,
}  # fmt: skip
_SPAN: Final = re.compile(
    rf"(?<![\w.,])(?:(?P<count>\d{{1,4}}(?:[.,]\d)?|{'|'.join(_COUNTS)})(?:-?х)?\s+(?:рабочи\w+\s+|working\s+)?)?(?P<unit>{'|'.join(f'(?P<u{n}>{unit})' for n, unit in enumerate(_UNITS))})(?!\w)",
    re.IGNORECASE,
)
_WORKING: Final = re.compile(r"рабочи|working", re.IGNORECASE)
_LONGER: Final = re.compile(
    r"(?:больше|более|дольше|свыше|старше|давнее|долее|превыша\w+|over|more|longer|older|exceed\w*|beyond|>)(?:\s+(?:чем|than|на|by|в|for))*\s*$",
    re.IGNORECASE,
)
_NOT_LESS: Final = re.compile(
    r"(?:\bот|не\s+менее|не\s+меньше|минимум|at\s+least)(?:\s+(?:чем|than|на|by))*\s*$", re.IGNORECASE
)
_SHORTER: Final = re.compile(
    r"(?:меньше|менее|короче|быстрее|младше|моложе|раньше|less|shorter|under|within|faster|younger|quicker)(?:\s+(?:чем|than|на|by|for|за))*\s*$",
    re.IGNORECASE,
)
_UP_TO: Final = re.compile(
    r"(?:не\s+более|не\s+больше|не\s+дольше|до|в\s+течение|в\s+ближайши\w+|за\s+ближайши\w+|ближайши\w+|at\s+most|up\s+to|in\s+the\s+next|within\s+the\s+next|the\s+next|next|in)(?:\s+(?:чем|than))*\s*$",
    re.IGNORECASE,
)
_BEFORE: Final = 40


def money_bounds(said: Said, usual: str) -> list[Placed] | None:
    """Conditions on amounts; `usual` is the amount meant where none is named. None where an amount stands whose bound
    is not understood."""
    found: list[Placed] = []
    text = said.question
    for one in quantities(text, tokens(text)):
        value = max(one.low or Decimal(0), one.high or Decimal(0))
        if one.percent or value < _LARGE or _TIME.match(text[one.end :]):
            continue
        places = [at for at, word in enumerate(said.words) if one.number_start <= word.start < one.end]
        if not places or said.taken & set(places):
            continue
        # A bare number is money only where a bound or a currency says so: 2026 is a year, 0030 a deal.
        bounds = _bounds(text, one.number_start or one.start, one.low, one.high)
        if one.bare and (bounds is None or (one.low == one.high and not _told(text, one.number_start))):
            continue
        if bounds is None:
            bounds = {"at_least": one.low, "at_most": one.high}
        field = _amount(said, places[0], usual)
        said.take_span(one.start, one.end)
        said.take(places)
        said.take(_introduced(said, places[0]))
        _take_before(said, one.number_start)
        found.append((places[0], condition(field, **{n: v for n, v in bounds.items() if v is not None})))
    return found


def _told(text: str, start: int) -> bool:
    before = text[max(0, start - _BEFORE) : start]
    return any(pattern.search(before) for pattern in (_ABOVE, _AT_LEAST, _BELOW, _AT_MOST))


def _bounds(text: str, start: int, low: Decimal | None, high: Decimal | None) -> dict[str, Any] | None:
    before = text[max(0, start - _BEFORE) : start]
    if low is not None and high is not None and low != high:
        return {"at_least": low, "at_most": high}
    value = low if low is not None else high
    for name, pattern in (
        ("at_least", _AT_LEAST),
        ("at_most", _AT_MOST),
        ("above", _ABOVE),
        ("below", _BELOW),
    ):
        if pattern.search(before):
            return {name: value}
    if low is None or high is None:
        return {"at_least": low, "at_most": high}
    return None


_OF: Final = {
    "budget": frozenset({"бюджет", "budget", "budgets"}),
    "contract": frozenset({"договор", "контракт", "contract", "contracts", "amount"}),
    "offer": frozenset({"кп", "оффер", "offer", "offers"}),
    "invoice": frozenset({"счет", "инвойс", "invoice", "invoices"}),
    "mediaplan": frozenset({"медиаплан"}),
}
_REACH: Final = 6


def _amount(said: Said, place: int, usual: str) -> str:
    """The amount a bound is about: the nearest thing named close before it, or right behind it."""
    for at in (*range(place - 1, max(-1, place - 1 - _REACH), -1), place + 1, place + 2):
        if not 0 <= at < len(said.words) or said.clause(at) != said.clause(place) or at in said.taken:
            continue
        for name, forms in _OF.items():
            if said.words[at].forms & forms:
                said.take([at])
                return name
    return usual


def _take_before(said: Said, start: int) -> None:
    """The words that make a bound of a number are part of it."""
    text = said.question[max(0, start - _BEFORE) : start]
    for pattern in (_AT_LEAST, _AT_MOST, _ABOVE, _BELOW, _LONGER, _NOT_LESS, _SHORTER, _UP_TO):
        match = pattern.search(text)
        if match:
            said.take_span(start - len(text) + match.start(), start)
            return


def _introduced(said: Said, place: int) -> list[int]:
    """«на сумму», «с бюджетом»: what leads up to an amount."""
    before = [at for at in range(max(0, place - _REACH), place) if said.words[at].forms & _LEADING]
    return [
        *before,
        *(at - 1 for at in before if at and said.words[at - 1].forms & {"на", "с", "with", "for"}),
    ]


_LEADING: Final = frozenset({"сумма", "бюджет", "стоимость", "amount", "budget", "value", "worth"})
_SUBJECTS: Final[tuple[tuple[str, re.Pattern[str]], ...]] = (
    ("days_late", re.compile(r"просроч|опазд|опозд|overdue|late\b|delay|breach|наруш", re.IGNORECASE)),
    (
        "days_left",
        re.compile(
            r"истека|истеч|остал|остае|expir|\bdue\b|left|remain|наступ|подход|ближайш|next", re.IGNORECASE
        ),
    ),
    (
        "cycle_days",
        re.compile(
            r"цикл|длил|занял|\bшли\b|\bшла\b|идут|закрыва|закрыл|закрыт|заверш|от создания|cycle|took|closed|длительн",
            re.IGNORECASE,
        ),
    ),
    ("age_days", re.compile(r"старше|давнее|older|возраст|живут|age\b|created|создан", re.IGNORECASE)),
    (
        "days_in_stage",
        re.compile(
            r"стади|этап|сто[ия]|вис[яи]|лежа|завис|застря|двига|движени|шевел|сид[яи]|stuck|stall|idle|stage|moved|sitting|waiting|ждут|ждет|ждёт|"
            r"на договоре|на кп|на брифе|в работе|контракт|договор",
            re.IGNORECASE,
        ),
    ),
)


def day_bounds(said: Said) -> list[Placed] | None:
    """Conditions on days; None where a length of time stands whose bound or subject is not understood."""
    found: list[Placed] = []
    text = said.question
    for span in _SPAN.finditer(text):
        places = [at for at, word in enumerate(said.words) if span.start() <= word.start < span.end()]
        if not places or said.taken & set(places):
            continue
        before = text[max(0, span.start() - _BEFORE) : span.start()]
        name = next(
            (
                name
                for name, pattern in (
                    ("at_least", _NOT_LESS),
                    ("at_most", _UP_TO),
                    ("above", _LONGER),
                    ("below", _SHORTER),
                )
                if pattern.search(before)
            ),
            None,
        )
        if name is None and span["count"] is None:
            continue  # «по месяцам», «в каком месяце»
        subject = _subject(text, span.start(), span.end())
        if subject is None and name == "above":
            subject = "cycle_days"  # «сделки дольше 60 дней»
        if name is None and subject in ("days_in_stage", "days_late") and span["count"]:
            name = "at_least"  # «висят 2 недели»
        if name is None or subject is None or _WORKING.search(span.group()):
            return None
        count = Decimal((span["count"] or "1").replace(",", ".")) if (span["count"] or "1")[0].isdigit() else Decimal(_COUNTS[span["count"].casefold()])  # fmt: skip
        unit = next(days for n, days in enumerate(_UNITS.values()) if span[f"u{n}"])
        said.take(places)
        _take_before(said, span.start())
        found.append((places[0], condition(subject, **{name: count * unit})))
    return found


def _subject(text: str, start: int, end: int) -> str | None:
    """What a length of time is of: the word that is nearest, before it rather than behind."""
    best: tuple[int, str] | None = None
    for name, pattern in _SUBJECTS:
        for match in pattern.finditer(text):
            away = start - match.end() if match.end() <= start else (match.start() - end) + 8
            if match.start() < end and match.end() > start:
                away = 0
            if best is None or away < best[0]:
                best = (away, name)
    return best[1] if best else None
