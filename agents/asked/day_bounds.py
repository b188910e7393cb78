"""Bounds on lengths of time in a question: «висят дольше двух недель», "overdue by more than 3 days"."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Final

from agents.asked.bound_words import bound_before, table, take_bound
from agents.asked.said import Placed, Said
from tools.query.condition import condition

_HOURS_A_DAY: Final = 24
# A word behind a length of time is less likely what it is of than one before it, by so many letters.
_BEHIND: Final = 8
# What lasts at least as long as it is said to: «висят 2 недели».
_AT_LEAST: Final = frozenset({"days_in_stage", "days_late"})


def day_bounds(said: Said) -> list[Placed] | None:
    """Conditions on days, each with the place of its figure; None where a length of time stands whose bound or subject is not understood,
    or that is counted in working time."""
    found: list[Placed] = []
    text = said.question
    for span in _spans().finditer(text):
        places = [at for at, word in enumerate(said.words) if span.start() <= word.start < span.end()]
        if not places or said.taken & set(places):
            continue
        named, subject = bound_before(text, span.start(), "days"), _subject(text, span.start(), span.end())
        if named is None and span["count"] is None:
            continue  # «по месяцам», «в каком месяце»
        if subject is None and named == "above":
            subject = "cycle_days"  # «сделки дольше 60 дней»
        if named is None and subject in _AT_LEAST:
            named = "at_least"
        if named is None or subject is None or span["working"]:
            return None
        said.take(places)
        take_bound(said, span.start(), "days")
        found.append((places[0], condition(subject, **{named: _days(span)})))
    return found


@cache
def _spans() -> re.Pattern[str]:
    words = table()
    units = "|".join(
        f"(?P<u{place}>{'|'.join(listed)})" for place, listed in enumerate(words["unit"].values())
    )
    working = "|".join(words["working"]["words"])
    count = rf"(?P<count>\d{{1,4}}(?:[.,]\d)?|{'|'.join(_counts())})(?:-?х)?"
    return re.compile(
        rf"(?<![\w.,])(?:{count}\s+(?:(?P<working>{working})\s+)?)?(?:{units})(?!\w)", re.IGNORECASE
    )


@cache
def _counts() -> Mapping[str, str]:
    """Figures by the words for them."""
    return {word: figure for figure, listed in table()["count"].items() for word in listed}


def _days(span: re.Match[str]) -> Decimal:
    """The length of a span in days of 24 hours."""
    words = table()
    unit = next(name for place, name in enumerate(words["unit"]) if span[f"u{place}"])
    said = (span["count"] or "1").replace(",", ".").casefold()
    count = Decimal(_counts().get(said, said))
    return count / _HOURS_A_DAY if unit == "hour" else count * Decimal(unit)


@cache
def _subjects() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile("|".join(listed), re.IGNORECASE)) for name, listed in table()["subject"].items()
    )


def _subject(text: str, start: int, end: int) -> str | None:
    """What a length of time is of: the word that is nearest, before it rather than behind."""
    near = [
        (_away(match, start, end), name) for name, pattern in _subjects() for match in pattern.finditer(text)
    ]
    return min(near, key=lambda row: row[0])[1] if near else None


def _away(match: re.Match[str], start: int, end: int) -> int:
    if match.start() < end and match.end() > start:
        return 0
    return start - match.end() if match.end() <= start else match.start() - end + _BEHIND
