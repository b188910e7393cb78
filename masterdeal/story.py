"""The deals of the demonstration portfolio as stories: which steps each takes, and when, told from a given day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zlib import crc32
from zoneinfo import ZoneInfo

from masterdeal.errors import Misconfigured

MOSCOW: Final = ZoneInfo("Europe/Moscow")
WEEK: Final = timedelta(weeks=1)
WEEKLY_REPORTS: Final = 5

_STEP = re.compile(r"(?P<name>[^@]+?)\s*@\s*(?P<when>\S+)\s*(?P<flags>.*)")
_BEFORE_NOON = re.compile(r"(-)?(?:(\d+)d)?(?:([+-]?\d+)h)?(?:(\d+)m)?")
_MONDAY_CLOCK = re.compile(r"(\d+)/(\d\d):(\d\d)")

Table = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One thing that happens in a deal: when it happened and when word of it arrives."""

    name: str
    happened: datetime
    arrives: datetime
    repeated: datetime | None = None
    by_reference: bool = False
    mute: bool = False
    type: str | None = None


@dataclass(frozen=True)
class Story:
    """One deal of the portfolio with everything its events are told from."""

    number: str
    row: Table
    client: Table
    steps: tuple[Step, ...]

    def draw(self, what: str, low: int, high: int) -> int:
        """A figure between two bounds, always the same for the same deal and purpose."""
        return low + crc32(f"{self.row['title']}|{what}".encode()) % (high - low + 1)

    def reference(self, system: str) -> str:
        """The name by which a source system knows the deal."""
        return f"{system.upper()}-{10_000 + crc32(self.row['title'].encode()) % 90_000}"

    def contract(self) -> Decimal:
        """The agreed sum in whole thousands, a little under the budget."""
        return Decimal(self.row["budget"]) * self.draw("offer", 930, 1000) // 1_000_000 * 1_000


def stories(table: Table, today: date) -> list[Story]:
    """Every deal, numbered by year in the order of their beginnings."""
    begun = []
    for row in table["deal"]:
        story = Story("", row, table["clients"][row["client"]], ())
        begun.append(replace(story, steps=_steps(table["courses"][row["course"]], story, today)))
    begun.sort(key=lambda story: (min(step.happened for step in story.steps), story.row["title"]))
    counts: dict[int, int] = {}
    numbered = []
    for story in begun:
        year = min(step.happened for step in story.steps).year
        counts[year] = counts.get(year, 0) + 1
        numbered.append(replace(story, number=f"MD-{year}-{counts[year]:04d}"))
    return numbered


def _steps(course: str, story: Story, today: date) -> tuple[Step, ...]:
    """The steps of a course on the calendar; a few minutes of the deal's own keep deals from marching in step."""
    noon = datetime.combine(today, time(12), MOSCOW)
    monday = today - timedelta(days=today.weekday()) - WEEK * story.row.get("week", 0)
    own = timedelta(minutes=story.draw("minutes", 0, 14))
    steps: list[Step] = []
    for text in course.split(";"):
        if not (parts := _STEP.fullmatch(text.strip())):
            steps += _reports(text.strip(), steps[-1].happened, noon)
            continue
        flags = dict(flag.partition("=")[::2] for flag in parts["flags"].split())
        if clock := _MONDAY_CLOCK.fullmatch(parts["when"]):
            day = monday + timedelta(days=int(clock[1]))
            moment = datetime.combine(day, time(int(clock[2]), int(clock[3])), MOSCOW)
        else:
            moment = noon - _span(parts["when"])
        happened = moment + own + timedelta(seconds=story.draw(text, 0, 59))
        steps.append(
            Step(
                name=parts["name"],
                happened=happened,
                arrives=happened + _span(flags.get("late", "0h")),
                repeated=happened + _span(flags["again"]) if "again" in flags else None,
                by_reference="ref" in flags,
                mute="mute" in flags,
                type=flags.get("as"),
            )
        )
    return _reports_until_close(steps)


def _span(text: str) -> timedelta:
    parts = _BEFORE_NOON.fullmatch(text)
    if not parts:
        raise Misconfigured(f"{text!r} is not a time such as 5h30m, 3d+2h or -50h")
    sign, days, hours, minutes = parts.groups()
    span = timedelta(days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0))
    return -span if sign else span


def _reports(text: str, started: datetime, noon: datetime) -> Iterator[Step]:
    """Weekly figures after a launch, each on the morning after its seven days, as far as they have come."""
    name, _, flags = text.partition(" ")
    for week in range(1, WEEKLY_REPORTS + 1):
        happened = datetime.combine(started.date() + WEEK * week, time(11, 30), MOSCOW)
        if happened < noon - timedelta(hours=12):
            yield Step(name, happened, happened, by_reference=flags == "ref", mute=True)


def _reports_until_close(steps: list[Step]) -> tuple[Step, ...]:
    closed = next((step.happened for step in steps if step.name == "close"), None)
    return tuple(step for step in steps if step.name != "kpi" or closed is None or step.happened < closed)
