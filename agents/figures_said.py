"""Figures and days that a model puts into the arguments of a tool, held against what the question says by the rules' own
reading: what nobody said names no sum, no limit and no day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from agents.errands import event_asked
from agents.limits_said import limits_said
from agents.period_said import period_said
from agents.said_days import clock_said, day_said
from agents.spoken import words_of
from tools.brief_reading.dates import periods
from tools.brief_reading.numbers import quantities
from tools.morphology import tokens

_SUMS: Final = ("budget_max", "budget_min", "amount", "discount", "age_from", "age_to")
_DAYS: Final = ("due", "since", "until", "period_start", "period_end", "as_of")
_PERCENT: Final = 100
_OFFSET: Final = "+03:00"
_WRITTEN: Final = re.compile(r"\b\d{4}-\d\d-\d\d\b")


def said_by_figures(tool: str, args: Mapping[str, Any], question: str, today: date) -> dict[str, Any] | None:
    """The arguments, if the question says their sums, limits and days; else None. When an event happened is read by the
    rules, whatever the model wrote."""
    numbers, days = _numbers(question), _days(question, today)
    for name in _SUMS:
        if args.get(name) is not None:
            value = _decimal(args[name])
            if value is None or value not in numbers:
                return None
    for name in _DAYS:
        if args.get(name) is not None and str(args[name])[:10] not in days:
            return None
    if not all(_bounded_as_said(one, numbers, days) for one in conditions_of(args)):
        return None
    limits = args.get("limits")
    if limits is not None and not (
        isinstance(limits, dict) and limits.items() <= limits_said(words_of(question)).items()
    ):
        return None
    return _of_event(args, question, today) if tool == "event_draft" else dict(args)


def conditions_of(args: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The conditions on deals among the arguments of a tool."""
    listed = [one for name in ("conditions", "whole") for one in args.get(name) or ()]
    return [one for one in listed if isinstance(one, Mapping) and "field" in one]


def _bounded_as_said(one: Mapping[str, Any], numbers: set[Decimal], days: set[str]) -> bool:
    """Whether a condition's days were said, and its bounds, as they stand or in weeks or months."""
    for name in ("since", "until"):
        if one.get(name) is not None and str(one[name])[:10] not in days:
            return False
    for name in _BOUNDS:
        if one.get(name) is None:
            continue
        value = _decimal(one[name])
        if value is None or not any((value / unit).normalize() in numbers for unit in _UNITS):
            return False
    return True


_BOUNDS: Final = ("at_least", "above", "at_most", "below")
_UNITS: Final = (1, 7, 30)


def _of_event(args: Mapping[str, Any], question: str, today: date) -> dict[str, Any]:
    when = _moment(question, today)
    kept = {name: value for name, value in args.items() if name not in ("time", "hour_supposed")}
    known = event_asked(question, str(args.get("master_deal_id", "")), today, None)
    return {**kept, **({name: known[name] for name in ("type",)} if known else {}), **when}


def _moment(question: str, today: date) -> dict[str, Any]:
    day, clock = day_said(question, today, past=True), clock_said(question)
    if clock is not None:
        return {"time": f"{(day.day if day else today).isoformat()}T{clock[0]}:00{_OFFSET}"}
    if day is not None and day.day != today:
        return {"time": f"{day.day.isoformat()}T12:00:00{_OFFSET}", "hour_supposed": True}
    return {}


def _numbers(question: str) -> set[Decimal]:
    found: set[Decimal] = set()
    for one in quantities(question, tokens(question)):
        for value in (one.low, one.high):
            if value is not None:
                found.add((value / _PERCENT if one.percent else value).normalize())
    return found


def _days(question: str, today: date) -> set[str]:
    found = {one.day for past in (False, True) if (one := day_said(question, today, past=past)) is not None}
    for period in periods(question, today):
        found |= {day for day in (period.first, period.last) if day is not None}
    said = period_said(question, today)
    if said is not None:
        found |= {day for day in (said.first, said.last) if day is not None}
    stretches = {day.isoformat() for day in found} | set(_WRITTEN.findall(question))
    return stretches | {today.isoformat()} if _now(question) else stretches


def _now(question: str) -> bool:
    return any(word.forms & {"сегодня", "сейчас", "today", "now"} for word in words_of(question))


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return None
