"""The production calendar of a year: which days are worked, which are shortened, which are off, and why."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from masterdeal.errors import Misconfigured

DayKind = Literal["working", "shortened", "weekend", "holiday", "moved_off", "off"]
WORKED: frozenset[DayKind] = frozenset({"working", "shortened"})

ONE_DAY = timedelta(days=1)
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_OBSERVED = " (выходной)"
_MOVED_FROM = re.compile(r"перенесено с (\d\d)\.(\d\d)\.(\d{4})")


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Window(_Table):
    """The hours of an ordinary working day, local time; the break is counted as working time."""

    opens: time
    closes: time
    lunch: Literal["counted"]
    shortened_by: str
    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...]
    source: str

    @model_validator(mode="after")
    def _opens_first(self) -> Window:
        if self.opens >= self.closes or not self.days:
            raise ValueError("the window must open before it closes, on one day of the week at least")
        return self


class Law(_Table):
    """The norms that the computed days follow."""

    shortened: str
    moved_working_day: str
    day_off_on_holiday: str


class Covers(_Table):
    """First and last year in which days are told apart."""

    first: int
    last: int


class YearRow(_Table):
    """What is published for one year; working_days and hours_40 are its norm at a 40-hour week."""

    shortened: tuple[date, ...]
    working_days: int
    hours_40: int
    source: str


class DayException(_Table):
    """A business's own day, which wins over law and decree."""

    date: date
    kind: Literal["off", "working", "shortened"]
    why: str


class Production(_Table):
    """A production calendar as its table states it."""

    name: str
    version: str
    country: Literal["RU"]
    timezone: str
    covers: Covers
    decreed_through: int
    window: Window
    law: Law
    year: dict[int, YearRow]
    exception: tuple[DayException, ...] = ()


class CalendarDay(NamedTuple):
    """One day, its kind, and the reason in Russian for any day that is not an ordinary one."""

    day: date
    kind: DayKind
    why: str


def production(table: Mapping[str, Any]) -> Production:
    """A calendar from its table; Misconfigured says which key is wrong."""
    try:
        return Production.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Misconfigured(f"calendar, {key or 'table'}: {first['msg']}", key=key) from error


class _Decreed(NamedTuple):
    holidays: dict[date, str]
    moved_off: dict[date, str]
    replaces: dict[date, date]
    worked_weekend: frozenset[date]


def _decreed(year: int) -> _Decreed:
    """Public holidays (art. 112) and moved days of a year and of the next New Year, from the `holidays` package.

    `replaces` leads from a worked day of the weekend to the day off it was exchanged for.
    """
    import holidays as package  # 0.1 s: only when working time is asked for

    known = package.country_holidays("RU", years=(year, year + 1), language="ru")
    proper: dict[date, str] = {}
    moved: dict[date, str] = {}
    replaces: dict[date, date] = {}
    for day, name in known.items():
        if name.startswith("Выходной") or name.endswith(_OBSERVED):
            moved[day] = name
            if source := _MOVED_FROM.search(name):
                replaces[date(int(source[3]), int(source[2]), int(source[1]))] = day
        else:
            proper[day] = name
    return _Decreed(proper, moved, replaces, frozenset(known.weekend_workdays))


def days_of(calendar: Production, year: int) -> list[CalendarDay]:
    """Every day of the year in order. Where no decree says otherwise, the law moves days off (art. 112 part 2)."""
    decreed = _decreed(year)
    rest = {index for index, name in enumerate(_WEEKDAYS) if name not in calendar.window.days}
    kinds: dict[date, CalendarDay] = {}
    day = date(year, 1, 1)
    while day.year == year:
        if day in decreed.holidays:
            kinds[day] = CalendarDay(day, "holiday", decreed.holidays[day])
        elif day in decreed.moved_off:
            kinds[day] = CalendarDay(day, "moved_off", decreed.moved_off[day])
        elif day.weekday() not in rest:
            kinds[day] = CalendarDay(day, "working", "")
        elif day in decreed.worked_weekend:
            kinds[day] = CalendarDay(day, "working", _worked_weekend(decreed.replaces.get(day)))
        else:
            kinds[day] = CalendarDay(day, "weekend", "")
        day += ONE_DAY
    _move_by_law(kinds, decreed, rest)
    row = calendar.year.get(year)
    shortened = set(row.shortened) if row else _shortened_by_law(kinds, decreed)
    for day in shortened & kinds.keys():
        before = kinds[day].why
        why = f"{before}, на час короче" if before else "предпраздничный день, на час короче"
        kinds[day] = CalendarDay(day, "shortened", why)
    for own in calendar.exception:
        if own.date in kinds:
            kinds[own.date] = CalendarDay(own.date, own.kind, own.why)
    return list(kinds.values())


def _worked_weekend(replaced: date | None) -> str:
    return f"рабочий выходной (за {replaced:%d.%m.%Y})" if replaced else "рабочий выходной"


def _move_by_law(kinds: dict[date, CalendarDay], decreed: _Decreed, rest: set[int]) -> None:
    """Art. 112 part 2: a day off that falls on a holiday outside January moves to the next working day.

    Needed for years without a decree, and for 10.03.2014, which the package does not know.
    """
    observed = {(day.year, name.removesuffix(_OBSERVED)) for day, name in decreed.moved_off.items()}
    for holiday, name in sorted(decreed.holidays.items()):
        if holiday not in kinds or holiday.month == 1 or holiday.weekday() not in rest:
            continue
        if holiday in decreed.replaces or (holiday.year, name) in observed:
            continue
        day = holiday + ONE_DAY
        while day in kinds and kinds[day].kind != "working":
            day += ONE_DAY
        if day in kinds:
            kinds[day] = CalendarDay(day, "moved_off", f"Выходной (перенесено с {holiday:%d.%m.%Y})")


def _shortened_by_law(kinds: dict[date, CalendarDay], decreed: _Decreed) -> set[date]:
    """Art. 95: the working day before a public holiday; a worked day of the weekend has the length of the
    day it replaces."""
    return {
        day
        for day, known in kinds.items()
        if known.kind == "working"
        and (
            day + ONE_DAY in decreed.holidays or decreed.replaces.get(day, day) + ONE_DAY in decreed.holidays
        )
    }
