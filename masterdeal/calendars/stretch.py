"""The arithmetic behind a span of calendar time, in lines that a person can read and add up."""

from __future__ import annotations

from datetime import date, datetime
from itertools import pairwise
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.calendars.production import ONE_DAY, DayKind
from masterdeal.instant import SECOND, of_datetime, to_datetime

Reason = DayKind | Literal["elapsed", "uncovered"]


class Stretch(BaseModel):
    """One day, or a run of equal whole days, and the time counted in it: a line of the arithmetic behind an SLA."""

    model_config = ConfigDict(frozen=True)

    first: date = Field(description="First local day of the run")
    last: date = Field(description="Last local day of the run, the same as `first` for a single day")
    days: int = Field(description="Number of days in the run")
    kind: Reason = Field(
        description="working, shortened, weekend, holiday, moved_off (a decree moved the day off here), off (own rule); "
        "elapsed: every hour counts; uncovered: outside the calendar's years, every hour counts"
    )
    opens: str | None = Field(
        description="Local clock time from which each of these days counts; null if none counts"
    )
    closes: str | None = Field(description="Local clock time until which each of these days counts")
    counted_s: float = Field(description="Seconds counted in the whole run")
    why: str = Field(description="Reason in Russian for a day that is not an ordinary one, else empty")
    provisional: bool = Field(description="True if the government has not yet decreed that year's moved days")


def local(instant: int, zone: ZoneInfo) -> datetime:
    """The wall-clock time of an instant in microseconds."""
    return to_datetime(instant).astimezone(zone)


def midnight(day: date, zone: ZoneInfo) -> int:
    """The instant at which a local day begins."""
    return of_datetime(datetime(day.year, day.month, day.day, tzinfo=zone))


def clock(instant: int, zone: ZoneInfo, *, closing: bool = False) -> str:
    """Local clock text, 09:00 or 09:00:30; midnight at the end of a day is 24:00."""
    moment = local(instant, zone)
    if closing and moment.time() == datetime.min.time():
        return "24:00"
    text = f"{moment:%H:%M:%S}"
    return text.removesuffix(":00")


def joined(rows: list[Stretch]) -> list[Stretch]:
    """Neighbouring rows that say the same become one run."""
    runs: list[Stretch] = []
    for row in rows:
        if runs and _same(runs[-1], row):
            previous = runs[-1]
            runs[-1] = previous.model_copy(
                update={
                    "last": row.last,
                    "days": previous.days + row.days,
                    "counted_s": round(previous.counted_s + row.counted_s, 6),
                }
            )
        else:
            runs.append(row)
    return runs


def _same(one: Stretch, other: Stretch) -> bool:
    return (one.kind, one.opens, one.closes, one.why, one.provisional) == (
        other.kind, other.opens, other.closes, other.why, other.provisional,
    )  # fmt: skip


def every_hour(start: int, end: int, zone: ZoneInfo, kind: Literal["elapsed", "uncovered"]) -> list[Stretch]:
    """The span as a part day, a run of whole days and a part day, each hour of them counted."""
    first, last = local(start, zone).date(), local(end - 1, zone).date()
    bounds = [start]
    if midnight(first, zone) != start and first < last:
        bounds.append(midnight(first + ONE_DAY, zone))
    if first < last and midnight(last, zone) > bounds[-1]:
        full = last if end < midnight(last + ONE_DAY, zone) else last + ONE_DAY
        bounds.append(midnight(full, zone))
    if bounds[-1] < end:
        bounds.append(end)
    rows = []
    for begin, finish in pairwise(bounds):
        one, other = local(begin, zone).date(), local(finish - 1, zone).date()
        rows.append(
            Stretch(
                first=one,
                last=other,
                days=(other - one).days + 1,
                kind=kind,
                opens=clock(begin, zone),
                closes=clock(finish, zone, closing=True),
                counted_s=(finish - begin) / SECOND,
                why="вне лет календаря: считается каждый час" if kind == "uncovered" else "",
                provisional=kind == "uncovered",
            )
        )
    return rows
