"""The dates of performance a contract names."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date

from tools.word_index import WordIndex

_MONTHS = (
    "январ",
    "феврал",
    "март",
    "апрел",
    "ма",
    "июн",
    "июл",
    "август",
    "сентябр",
    "октябр",
    "ноябр",
    "декабр",
)
_MONTH = r"(январ\w*|феврал\w*|март\w*|апрел\w*|ма[йяе]\w*|июн\w*|июл\w*|август\w*|сентябр\w*|октябр\w*|ноябр\w*|декабр\w*)"
_DATE = re.compile(
    rf"(?P<d>\d{{1,2}})\.(?P<m>\d{{1,2}})\.(?P<y>20\d\d)|(?P<d2>\d{{1,2}})[»\"]?\s+{_MONTH}\s+(?P<y2>20\d\d)|"
    rf"\b{_MONTH}\s+(?P<y3>20\d\d)|(?P<q>[1-4]|IV|I{{1,3}})[-\s]*(?:й|м)?\s*квартал\w*\s+(?P<y4>20\d\d)|(?<![.\d])(?P<y5>20\d\d)\s*г(?:од|\.)",
    re.IGNORECASE,
)
_QUARTERS = {"I": 1, "II": 2, "III": 3, "IV": 4}
_OF_SERVICE = frozenset(
    [
        "услуга",
        "размещение",
        "период",
        "кампания",
        "показ",
        "рассылка",
        "оказание",
        "флайт",
        "действовать",
        "срок",
        "публикация",
        "медиаплан",
    ]
)
_OF_TERM = frozenset(["действовать", "срок"])
_NOT_OF_SERVICE = re.compile(r"(?:договор\w*|от|№\s*\S+\s+от|закон\w*|приказ\w*|-фз от)\s*$", re.IGNORECASE)


def _month(word: str) -> int:
    return next(number for number in range(12, 0, -1) if word.casefold().startswith(_MONTHS[number - 1]))


def _span(found: re.Match[str]) -> tuple[date, date] | None:
    """First and last day of what is named: a day, a month, a quarter, a year."""
    groups = found.groupdict()
    months = [
        group
        for group in found.groups()
        if group and group[0].isalpha() and group.casefold().startswith(_MONTHS)
    ]
    try:
        if groups["y"]:
            day = date(int(groups["y"]), int(groups["m"]), int(groups["d"]))
            return day, day
        if groups["y2"]:
            day = date(int(groups["y2"]), _month(months[0]), int(groups["d2"]))
            return day, day
        if groups["y3"]:
            year, month = int(groups["y3"]), _month(months[0])
            return date(year, month, 1), date(year, month, monthrange(year, month)[1])
        if groups["y4"]:
            year, quarter = int(groups["y4"]), _QUARTERS.get(groups["q"].upper()) or int(groups["q"])
            return date(year, 3 * quarter - 2, 1), date(year, 3 * quarter, monthrange(year, 3 * quarter)[1])
        return date(int(groups["y5"]), 1, 1), date(int(groups["y5"]), 12, 31)
    except ValueError:
        return None


def named_days(text: str) -> tuple[tuple[date, date, int, int], ...]:
    """Every date, month, quarter and year of a text: first day, last day, start, end."""
    found = ((_span(match), match.start(), match.end()) for match in _DATE.finditer(text))
    return tuple((*span, start, end) for span, start, end in found if span)


def performance(index: WordIndex) -> tuple[date, ...]:
    """Days of performance: those named in sentences about services, placement, their period or the term."""
    return _named_beside(index, _OF_SERVICE)


def service_period(index: WordIndex) -> tuple[date, ...]:
    """Days named for the services themselves; the term of the contract usually runs longer and is left out."""
    return _named_beside(index, _OF_SERVICE - _OF_TERM)


def _named_beside(index: WordIndex, of_service: frozenset[str]) -> tuple[date, ...]:
    text = index.text
    services = {word.sentence for word in index.words if word.forms & of_service}
    days: set[date] = set()
    for number in services:
        start, end = index.sentences[number]
        stretch = text[start : end + 6]
        for first, last, at, _ in named_days(stretch):
            if not _NOT_OF_SERVICE.search(stretch[:at]):
                days |= {first, last}
    return tuple(sorted(days))
