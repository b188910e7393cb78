"""Working time against a slow model that walks every minute of four years from lists typed by hand."""

from __future__ import annotations

import tomllib
from array import array
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masterdeal.calendars.production import WORKED, Production, days_of, production
from masterdeal.errors import Misconfigured
from masterdeal.hours import Calendar, Elapsed, WorkingTime
from masterdeal.instant import DAY, HOUR, MINUTE, SECOND
from masterdeal.reference import read_calendars, table

MOSCOW = ZoneInfo("Europe/Moscow")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CALENDARS = read_calendars()
WORKING = CALENDARS["working-ru"]
ELAPSED = CALENDARS["elapsed"]


def shipped() -> Production:
    return production(table("calendars/ru.toml"))


def at(text: str) -> int:
    """Microseconds of a Moscow wall-clock time such as 2025-11-01T09:00."""
    return (datetime.fromisoformat(text).replace(tzinfo=MOSCOW) - EPOCH) // timedelta(microseconds=1)


def dates(text: str) -> set[date]:
    """Days written 2025: 02.05 08.05 and so on."""
    year, _, days = text.partition(":")
    return {date(int(year), int(day[3:]), int(day[:2])) for day in days.split()}


# Production calendars 2024 to 2027, typed by hand from the published tables, not from the package under test.
OFF_ON_WEEKDAYS = (
    dates(
        "2024: 01.01 02.01 03.01 04.01 05.01 08.01 23.02 08.03 29.04 30.04 01.05 09.05 10.05 12.06 04.11 30.12 31.12"
    )
    | dates("2025: 01.01 02.01 03.01 06.01 07.01 08.01 01.05 02.05 08.05 09.05 12.06 13.06 03.11 04.11 31.12")
    | dates("2026: 01.01 02.01 05.01 06.01 07.01 08.01 09.01 23.02 09.03 01.05 11.05 12.06 04.11 31.12")
    | dates("2027: 01.01 04.01 05.01 06.01 07.01 08.01 22.02 23.02 08.03 03.05 10.05 14.06 04.11 05.11 31.12")
)
WORKED_SATURDAYS = dates("2024: 27.04 02.11 28.12") | dates("2025: 01.11") | dates("2027: 20.02")
SHORTENED = (
    dates("2024: 22.02 07.03 08.05 11.06 02.11")
    | dates("2025: 07.03 30.04 11.06 01.11")
    | dates("2026: 30.04 08.05 11.06 03.11")
    | dates("2027: 20.02 30.04 11.06 03.11")
)


def closing_hour(day: date) -> int:
    """The local hour at which the day's window closes; 9 for a day that is not worked."""
    worked = day.weekday() < 5 and day not in OFF_ON_WEEKDAYS
    if not worked and day not in WORKED_SATURDAYS:
        return 9
    return 17 if day in SHORTENED else 18


class MinuteModel:
    """Counts working minutes one after another; Moscow was at UTC+3 throughout."""

    def __init__(self) -> None:
        self.start = at("2024-01-01T00:00")
        self.passed = array("q", [0])
        day, total = date(2024, 1, 1), 0
        while day.year < 2028:
            closes = closing_hour(day)
            for minute in range(24 * 60):
                total += 9 * 60 <= minute < closes * 60
                self.passed.append(total)
            day += timedelta(days=1)

    def elapsed(self, start: int, end: int) -> int:
        one, other = (start - self.start) // MINUTE, (end - self.start) // MINUTE
        return (self.passed[other] - self.passed[one]) * MINUTE

    def after(self, start: int, duration: int) -> int:
        minute = (start - self.start) // MINUTE
        wanted = self.passed[minute] + duration // MINUTE
        while self.passed[minute] < wanted:
            minute += 1
        return self.start + minute * MINUTE


@pytest.fixture(scope="module")
def model() -> MinuteModel:
    return MinuteModel()


EVERY_DAY = [date(2024, 1, 1) + timedelta(days=number) for number in range(4 * 365 + 1)]


def test_every_window_of_four_years_equals_the_minute_model(model: MinuteModel) -> None:
    probes = [
        time(0),
        time(8, 59),
        time(9),
        time(9, 1),
        time(16, 59),
        time(17),
        time(17, 1),
        time(18),
        time(23, 59),
    ]
    start = model.start
    for day in EVERY_DAY:
        for probe in probes:
            end = at(f"{day}T{probe:%H:%M}")
            assert WORKING.elapsed(start, end) == model.elapsed(start, end), (day, probe)


def test_due_times_from_every_day_equal_the_minute_model(model: MinuteModel) -> None:
    for day in EVERY_DAY[:-40]:
        for clock, text in (
            ("00:00", "1m"),
            ("09:00", "8h"),
            ("13:37", "2d"),
            ("17:30", "30m"),
            ("18:00", "9h"),
        ):
            start, duration = at(f"{day}T{clock}"), WORKING.limit(text)
            assert WORKING.after(start, duration) == model.after(start, duration), (day, clock, text)


def test_thirty_day_limits_across_holidays_equal_the_minute_model(model: MinuteModel) -> None:
    for day in EVERY_DAY[:-70:9]:
        start = at(f"{day}T12:34")
        assert WORKING.after(start, WORKING.limit("30d")) == model.after(start, 30 * 9 * HOUR)


@given(st.integers(0, 1400 * 24 * 60), st.integers(0, 1400 * 24 * 60))
def test_any_two_minutes_equal_the_minute_model(one: int, other: int) -> None:
    model = _shared_model()
    start, end = sorted((model.start + one * MINUTE, model.start + other * MINUTE))
    assert WORKING.elapsed(start, end) == model.elapsed(start, end)


_MODELS: list[MinuteModel] = []


def _shared_model() -> MinuteModel:
    if not _MODELS:
        _MODELS.append(MinuteModel())
    return _MODELS[0]


INSTANTS = st.integers(at("1990-01-01T00:00"), at("2110-01-01T00:00"))
DURATIONS = st.integers(1, 400 * 9 * HOUR)


@pytest.mark.parametrize("calendar", [ELAPSED, WORKING], ids=lambda calendar: calendar.name)
@given(start=INSTANTS, duration=DURATIONS)
def test_after_is_the_earliest_instant_at_which_the_duration_has_passed(
    calendar: Calendar, start: int, duration: int
) -> None:
    due = calendar.after(start, duration)
    assert calendar.elapsed(start, due) == duration
    assert calendar.elapsed(start, due - 1) == duration - 1


@pytest.mark.parametrize("calendar", [ELAPSED, WORKING], ids=lambda calendar: calendar.name)
@given(instants=st.tuples(INSTANTS, INSTANTS, INSTANTS))
def test_elapsed_time_adds_up_and_never_runs_backwards(
    calendar: Calendar, instants: tuple[int, int, int]
) -> None:
    one, two, three = sorted(instants)
    assert calendar.elapsed(one, two) + calendar.elapsed(two, three) == calendar.elapsed(one, three)
    assert calendar.elapsed(three, one) == 0
    assert calendar.elapsed(one, two) <= two - one


@pytest.mark.parametrize("calendar", [ELAPSED, WORKING], ids=lambda calendar: calendar.name)
@given(start=INSTANTS, span=st.integers(0, 90 * DAY))
def test_the_description_sums_up_to_the_elapsed_time(calendar: Calendar, start: int, span: int) -> None:
    rows = calendar.describe(start, start + span)
    assert sum(round(row.counted_s * SECOND) for row in rows) == calendar.elapsed(start, start + span)
    assert all(row.days == (row.last - row.first).days + 1 for row in rows)
    for row, following in pairwise(rows):
        assert row.last <= following.first


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        ("2025-11-01", 8),  # worked Saturday, as short as the Monday it replaces
        ("2025-11-03", 0),
        ("2025-05-08", 0),
        ("2025-02-24", 9),
        ("2025-03-10", 9),
        ("2026-01-09", 0),
        ("2026-03-09", 0),
        ("2026-05-08", 8),
        ("2026-12-30", 9),
        ("2026-12-31", 0),
        ("2027-01-11", 9),
        ("2027-02-20", 8),  # worked Saturday before the holiday
        ("2027-02-22", 0),
        ("2014-03-10", 0),  # by law: 08.03.2014 was a Saturday
    ],
)
def test_days_that_naive_calendars_get_wrong(day: str, hours: int) -> None:
    assert WORKING.elapsed(at(f"{day}T00:00"), at(f"{day}T23:59")) == hours * HOUR


@pytest.mark.parametrize("year", [2014, 2024, 2025, 2026, 2027])
def test_the_year_has_its_published_norm(year: int) -> None:
    calendar = shipped()
    worked = [day for day in days_of(calendar, year) if day.kind in WORKED]
    shortened = {day.day for day in worked if day.kind == "shortened"}
    row = calendar.year[year]
    assert shortened == set(row.shortened)
    assert year == 2014 or shortened == {day for day in SHORTENED if day.year == year}
    assert (len(worked), 8 * len(worked) - len(shortened)) == (row.working_days, row.hours_40)


# Published working days and 40-hour norms of years that the table has no row for: the law alone gives them.
# 2020 and 2021 without the non-working days of presidential decrees.
NORMS = {
    2013: (247, 1970), 2015: (247, 1971), 2016: (247, 1974), 2017: (247, 1973), 2018: (247, 1970),
    2019: (247, 1970), 2020: (248, 1979), 2021: (247, 1972), 2022: (247, 1973), 2023: (247, 1973),
}  # fmt: skip


@pytest.mark.parametrize("year", NORMS)
def test_the_law_gives_the_norm_of_years_without_a_row(year: int) -> None:
    kinds = [day.kind for day in days_of(shipped(), year)]
    worked = sum(kind in WORKED for kind in kinds)
    assert (worked, 8 * worked - kinds.count("shortened")) == NORMS[year]


def test_the_rule_agrees_with_the_rows_that_are_published() -> None:
    calendar = shipped()
    bare = calendar.model_copy(update={"year": {}})
    for year in range(2024, 2028):
        assert [day.kind for day in days_of(bare, year)] == [day.kind for day in days_of(calendar, year)]


def test_a_year_without_a_decree_follows_the_law_and_says_so() -> None:
    kinds = {day.day: day for day in days_of(shipped(), 2028)}
    assert kinds[date(2028, 11, 6)].kind == "moved_off"  # 04.11.2028 is a Saturday
    assert kinds[date(2028, 11, 3)].kind == "shortened"
    working = WorkingTime(shipped())
    assert working.provisional(2028)
    assert not working.provisional(2027)
    (row,) = working.describe(at("2028-11-06T09:00"), at("2028-11-06T18:00"))
    assert (row.provisional, row.counted_s, row.opens) == (True, 0, None)
    assert "04.11.2028" in row.why


def test_boundaries_of_the_window_are_exact() -> None:
    friday = at("2026-11-20T18:00")
    assert WORKING.after(at("2026-11-20T09:00"), 9 * HOUR) == friday
    assert WORKING.after(friday, 1) == at("2026-11-23T09:00") + 1
    assert WORKING.after(at("2026-11-20T09:00"), 9 * HOUR + 1) == at("2026-11-23T09:00") + 1
    assert WORKING.after(at("2026-11-21T12:00"), HOUR) == at("2026-11-23T10:00")
    assert WORKING.after(at("2026-11-20T05:00"), HOUR) == at("2026-11-20T10:00")
    assert WORKING.after(at("2026-11-21T12:00"), 0) == at("2026-11-21T12:00")
    assert WORKING.elapsed(friday, at("2026-11-23T09:00")) == 0


def test_limits_read_the_unit_of_their_own_calendar() -> None:
    assert ELAPSED.limit("2d") == 48 * HOUR
    assert WORKING.limit("2d") == 18 * HOUR
    for calendar in (ELAPSED, WORKING):
        assert calendar.limit("8h") == 8 * HOUR
        assert calendar.limit("30m") == 30 * MINUTE
        assert calendar.limit("90s") == 90 * SECOND
        assert calendar.limit("1h 30m") == 90 * MINUTE


@pytest.mark.parametrize("text", ["", "8", "h", "0h", "-1h", "8 hours", "1.5d", "8h!", "٣h", "8 h x"])
def test_a_limit_that_cannot_be_read_is_named(text: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        WORKING.limit(text)
    assert refused.value.facts["limit"] == text


def test_the_arithmetic_reads_day_by_day() -> None:
    rows = WORKING.describe(at("2025-10-29T16:00"), at("2025-11-05T10:30"))
    assert [
        (str(row.first), row.days, row.kind, row.opens, row.closes, row.counted_s / 3600) for row in rows
    ] == [
        ("2025-10-29", 1, "working", "16:00", "18:00", 2),
        ("2025-10-30", 2, "working", "09:00", "18:00", 18),
        ("2025-11-01", 1, "shortened", "09:00", "17:00", 8),
        ("2025-11-02", 1, "weekend", None, None, 0),
        ("2025-11-03", 1, "moved_off", None, None, 0),
        ("2025-11-04", 1, "holiday", None, None, 0),
        ("2025-11-05", 1, "working", "09:00", "10:30", 1.5),
    ]
    assert rows[2].why == "рабочий выходной (за 03.11.2025), на час короче"
    assert rows[4].why == "Выходной (перенесено с 01.11.2025)"
    assert rows[5].why == "День народного единства"


def test_elapsed_time_reads_as_part_days_and_whole_days() -> None:
    rows = ELAPSED.describe(at("2026-11-20T16:00"), at("2026-11-24T06:30"))
    assert [(str(row.first), row.days, row.opens, row.closes, row.counted_s / 3600) for row in rows] == [
        ("2026-11-20", 1, "16:00", "24:00", 8),
        ("2026-11-21", 3, "00:00", "24:00", 72),
        ("2026-11-24", 1, "00:00", "06:30", 6.5),
    ]
    assert ELAPSED.describe(at("2026-11-20T16:00"), at("2026-11-20T16:00")) == []


def test_moscow_clocks_that_once_moved_still_open_at_nine() -> None:
    assert WORKING.after(at("2010-07-01T09:00"), 9 * HOUR) == at("2010-07-01T18:00")  # UTC+4 in summer
    assert WORKING.after(at("2012-01-10T09:00"), HOUR) == at("2012-01-10T10:00")  # UTC+4 all year
    assert WORKING.elapsed(at("2014-10-24T18:00"), at("2014-10-27T09:00")) == 0  # back to UTC+3 in between


def test_dates_outside_the_covered_years_get_a_definite_answer() -> None:
    first = at("2000-01-01T00:00")
    dotnet_default = (datetime(1, 1, 1, tzinfo=UTC) - EPOCH) // timedelta(microseconds=1)
    assert WORKING.after(dotnet_default, 8 * HOUR) == dotnet_default + 8 * HOUR
    assert WORKING.after(first - HOUR, 2 * HOUR) == WORKING.after(first, HOUR)
    end = at("2100-01-01T00:00")
    assert WORKING.after(end - HOUR, 2 * HOUR) == end + 2 * HOUR
    assert WORKING.elapsed(dotnet_default, first) == first - dotnet_default
    (before,) = WORKING.describe(first - 5 * HOUR, first)
    assert (before.kind, before.closes, before.counted_s) == ("uncovered", "24:00", 5 * 3600)


TABLE = """
name = "working-agency"
version = "1"
country = "RU"
timezone = "Europe/Moscow"
covers = {{ first = 2026, last = 2026 }}
decreed_through = 2027
year = {{}}
[window]
opens = "10:00"
closes = "{closes}"
lunch = "counted"
shortened_by = "1h"
days = ["mon", "tue", "wed", "thu", "fri"]
source = "agency rule"
[law]
shortened = "-"
moved_working_day = "-"
day_off_on_holiday = "-"
[[exception]]
date = 2026-07-17
kind = "off"
why = "День компании"
"""


def test_a_business_brings_its_own_window_and_days() -> None:
    own = WorkingTime(production(tomllib.loads(TABLE.format(closes="19:00"))))
    assert (own.name, own.version) == ("working-agency", "1")
    assert own.limit("1d") == 9 * HOUR
    assert own.after(at("2026-07-16T10:00"), 10 * HOUR) == at("2026-07-20T11:00")
    (row,) = own.describe(at("2026-07-17T00:00"), at("2026-07-18T00:00"))
    assert (row.kind, row.why) == ("off", "День компании")


@pytest.mark.parametrize(
    "text", [TABLE.format(closes="09:00"), TABLE.format(closes="19:00").replace("[law]", "[laws]")]
)
def test_a_calendar_table_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(Misconfigured):
        production(tomllib.loads(text))


def test_a_shortened_day_must_leave_time() -> None:
    with pytest.raises(Misconfigured):
        WorkingTime(production(tomllib.loads(TABLE.format(closes="10:30"))))


def test_elapsed_is_every_microsecond() -> None:
    assert Elapsed().elapsed(5, 12) == 7
    assert Elapsed().after(5, -3) == 5
