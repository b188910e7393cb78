"""Dates and periods as people write them, resolved against the day the text is read on."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache

from tools.brief_reading.lexicon import table


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a stretch named by one word (a month, a quarter), before its year is known. Unknown parts are None."""

    start: int
    end: int
    month: int
    day: int | None
    last_month: int
    last_day: int | None
    year: int | None
    single_day: bool
    vague: bool = False


@dataclass(frozen=True, slots=True)
class Period:
    """text[start:end] read as dates; an end that is not said is None. `shape` is range, since, until, whole, day or vague."""

    first: date | None
    last: date | None
    start: int
    end: int
    shape: str


@cache
def _month_pattern() -> str:
    return "|".join(
        f"(?P<m{number}>{'|'.join(names)})" for number, names in table("calendar")["months"].items()
    )


@cache
def _ordinal(number: str) -> str:
    return "|".join(table("calendar")["ordinals"][number])


_YEAR = (
    r"(?:\s*,?\s*(?:of\s+|in\s+)?(?P<y>20\d\d)(?:\s*-?\s*(?:г(?:од[а-яё]*)?\b\.?)|(?!\d))|\s*[’'](?P<yy>\d\d)\b"
    r"|\s+(?P<ys>2[5-9]|3\d)(?:\s?-?(?:го|й)(?:\s+года?)?|\s?г(?:ода|\.)?)(?![а-яё])"
    r"|\s+(?:две\s+тысячи\s+)?(?P<yw>двадцать\s+(?:пят|шест|седьм|восьм|девят)[а-яё]+|тридцат[а-яё]+)(?!\s+(?:январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр))(?:\s+года?)?"
    r"|\s+(?P<ynext>следующего\s+года|будущего\s+года|next\s+year)|\s+(?P<ythis>(?:этого|текущего|нынешнего|сего)\s+года|[тс]\.\s?г\.|this\s+year))?"
)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    months = _month_pattern()
    quarter = "|".join(f"(?P<q{n}>{_ordinal(str(n))})" for n in range(1, 5))
    half = f"(?P<h1>{_ordinal('1')})|(?P<h2>{_ordinal('2')})"
    seasons = "|".join(
        f"(?P<s{number}>{'|'.join(names)})" for number, names in table("calendar")["seasons"].items()
    )
    flags = re.IGNORECASE
    return [
        ("iso", re.compile(r"(?<!\d)(?P<y>20\d\d)-(?P<mm>\d\d)-(?P<d>\d\d)(?!\d)", flags)),
        ("full", re.compile(r"(?<![\d.])(?P<d>\d{1,2})\s?[./]\s?(?P<mm>\d{1,2})\s?[./]\s?(?P<y>20\d\d|\d\d)(?!\d)(?:\s?г(?:ода|\.)?(?![а-яё]))?", flags)),
        ("short", re.compile(r"(?<![\d.,/])(?P<d>0?[1-9]|[12]\d|3[01])[./](?P<mm>0[1-9]|1[0-2])(?![\d]|[.,/]\d|\s?(?:%|млн|тыс|руб|к\b|₽|мин))", flags)),
        ("halfmonth", re.compile(rf"(?:(?P<half1>(?:перв[а-яё]+|1(?:-?[а-яё]{1,2})?)\s+половин[а-яё]+)|(?P<half2>(?:втор[а-яё]+|2(?:-?[а-яё]{1,2})?)\s+половин[а-яё]+)|(?P<half0>половин[а-яё]+)|(?P<half3>first half of)|(?P<half4>second half of))\s+(?:{months})(?![а-яёa-z]){_YEAR}", flags)),
        ("vaguemonth", re.compile(rf"(?P<v>начал[а-яё]*|середин[а-яё]*|кон(?:ец|ц[а-яё]*)|early|mid|late|end of|beginning of)[\s-]+(?:{months})(?![а-яёa-z]){_YEAR}", flags)),
        ("daymonth", re.compile(rf"(?<![\d.,])(?P<d>0?[1-9]|[12]\d|3[01])(?:-?го|-?е|st|nd|rd|th)?\s?(?:of\s+)?(?:{months})(?![а-яёa-z]){_YEAR}", flags)),
        ("wordday", re.compile(rf"\b(?P<dwords>(?:(?:двадцат|тридцат)ь\s+)?(?:{_day_words()}))\s+(?:{months})(?![а-яёa-z]){_YEAR}", flags)),
        ("monthday", re.compile(rf"\b(?:{months})\s(?P<d>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?!\d|\s?-?(?:млн|тыс|руб|%|[а-яё]))(?:,?\s+(?P<y>20\d\d))?", flags)),
        ("quarter", re.compile(rf"\b(?:(?:{quarter})\s*(?:-?[йя]\s*)?(?:кв(?:артал[а-яё]*|\.|\b)|quarter)|q(?P<qd>[1-4])|кв(?:артал)?\s?(?P<qe>[1-4]))(?![а-яёa-z\d]){_YEAR}", flags)),
        ("halfyear", re.compile(rf"\b(?:(?:{half})\s*(?:-?[ео]е\s*)?(?:полугоди[а-яё]*|half(?=\s+(?:of\s+)?20\d\d))|h(?P<hd>[12]))(?![а-яёa-z\d]){_YEAR}", flags)),
        ("endof", re.compile(r"\b(?:кон(?:ец|ца|це)|end of(?: the)?)\s+(?:(?:этого|текущего|this)\s+)?(?P<unit>месяца|квартала|года|недели|month|quarter|year|week)\b", flags)),
        ("month", re.compile(rf"(?<![а-яёa-z])(?:{months})(?![а-яёa-z]){_YEAR}", flags)),
        ("season", re.compile(rf"(?<![а-яёa-z])(?:{seasons})(?![а-яёa-z]){_YEAR}", flags)),
        ("nextunit", re.compile(r"\b(?P<which>следующ[а-яё]+|next|эт(?:от|ом|ого|ой|у)|текущ[а-яё]+|this)\s+(?P<unit>месяц[а-яё]*|недел[а-яё]+|квартал[а-яё]*|год[а-яё]*|month|week|quarter|year)\b", flags)),
        ("year", re.compile(r"(?<![\d.,])(?:весь\s+|whole\s+)?(?P<y>20[2-4]\d)(?:-?й)?\s*(?:г(?:од[а-яё]*|\.)(?![а-яё]))", flags)),
        ("dayword", re.compile(r"\b(?P<dw>сегодня|завтра|послезавтра|today|tomorrow)\b", flags)),
        ("weekday", re.compile(r"\b(?:следующ[а-яё]+\s+)?(?P<wd>понедельник[а-яё]*|вторник[а-яё]*|сред[уы]|четверг[а-яё]*|пятниц[а-яё]*|monday)\b", flags)),
    ]  # fmt: skip


@cache
def _day_words() -> str:
    return "|".join(f"{stem}[а-яё]+" for stem in sorted(table("calendar")["days"], key=len, reverse=True))


def _day_number(words: str) -> int:
    """The day of an ordinal in words: "двадцать первого" is 21; 0 when it is none."""
    days: dict[str, int] = table("calendar")["days"]
    total = 0
    for word in words.lower().split():
        stem = max((stem for stem in days if word.startswith(stem)), key=len, default=None)
        total += days[stem] if stem else {"двадцать": 20, "тридцать": 30}.get(word, 0)
    return total if 1 <= total <= 31 else 0


def _month_of(found: re.Match[str]) -> int:
    return next(number for number in range(1, 13) if found.groupdict().get(f"m{number}"))


def _year_of(found: re.Match[str], today: date) -> int | None:
    groups = found.groupdict()
    if groups.get("ynext") or groups.get("ythis"):
        return today.year + bool(groups.get("ynext"))
    if worded := groups.get("yw"):
        return 2000 + _day_number(worded)
    year = groups.get("y") or groups.get("yy") or groups.get("ys")
    return None if not year else int(year) + (2000 if len(year) == 2 else 0)


def _last(year: int, month: int) -> int:
    return monthrange(year, month)[1]


_WEEKDAYS = ("понедельник", "вторник", "сред", "четверг", "пятниц")


def _moment(kind: str, found: re.Match[str], today: date) -> Moment | None:
    groups, year = found.groupdict(), _year_of(found, today)
    start, end = found.start(), found.end()

    def day(month: int, number: int, of: int | None) -> Moment | None:
        if not 1 <= month <= 12 or not 1 <= number <= _last(of or 2024, month):
            return None
        return Moment(start, end, month, number, month, number, of, True)

    def exact(value: date) -> Moment | None:
        return day(value.month, value.day, value.year)

    def whole(first: int, last: int, of: int | None) -> Moment:
        return Moment(start, end, first, None, last, None, of, False)

    if kind in ("iso", "full", "short"):
        return day(int(groups["mm"]), int(groups["d"]), year)
    if kind in ("daymonth", "monthday"):
        return day(_month_of(found), int(groups["d"]), year)
    if kind == "wordday":
        return day(_month_of(found), _day_number(groups["dwords"] or ""), year)
    if kind == "month":
        return whole(_month_of(found), _month_of(found), year)
    if kind == "halfmonth":
        month = _month_of(found)
        middle = 14 if month == 2 else 15
        if groups["half2"] or groups["half4"]:
            return Moment(start, end, month, middle + 1, month, None, year, False)
        return Moment(start, end, month, 1, month, middle, year, False)
    if kind == "vaguemonth":
        month = _month_of(found)
        shown = groups["v"].lower()
        last = shown.startswith(("кон", "end", "late"))
        return replace(whole(month, month, year), vague=True, day=None if last else 1)
    if kind == "quarter":
        number = int(groups["qd"] or groups["qe"] or next(n for n in range(1, 5) if groups[f"q{n}"]))
        return whole(number * 3 - 2, number * 3, year)
    if kind == "halfyear":
        number = int(groups["hd"] or (1 if groups["h1"] else 2))
        return whole(number * 6 - 5, number * 6, year)
    if kind == "season":
        first = next(n for n in (3, 6, 9, 12) if groups[f"s{n}"])
        return whole(first, (first + 1) % 12 + 1, year)
    if kind == "year":
        return whole(1, 12, year)
    if kind == "dayword":
        shift = {"сегодня": 0, "today": 0, "завтра": 1, "tomorrow": 1, "послезавтра": 2}[groups["dw"].lower()]
        return exact(today + timedelta(shift))
    if kind == "weekday":
        number = next((n for n, name in enumerate(_WEEKDAYS) if groups["wd"].lower().startswith(name)), 0)
        return exact(today + timedelta((number - today.weekday() - 1) % 7 + 1))
    return _relative(kind, groups, today, start, end)


def _relative(kind: str, groups: dict[str, str | None], today: date, start: int, end: int) -> Moment | None:
    unit = (groups["unit"] or "").lower()
    ahead = 1 if kind == "nextunit" and (groups["which"] or "").lower().startswith(("след", "next")) else 0
    if unit.startswith(("недел", "week")):
        monday = today - timedelta(today.weekday()) + timedelta(7 * ahead)
        sunday = monday + timedelta(6)
        return Moment(start, end, monday.month, monday.day, sunday.month, sunday.day, monday.year, False)
    if unit.startswith(("месяц", "month")):
        index = today.year * 12 + today.month - 1 + ahead
        year, month = divmod(index, 12)
        return Moment(start, end, month + 1, None, month + 1, None, year, False)
    if unit.startswith(("квартал", "quarter")):
        index = today.year * 4 + (today.month - 1) // 3 + ahead
        year, number = divmod(index, 4)
        return Moment(start, end, number * 3 + 1, None, number * 3 + 3, None, year, False)
    return Moment(start, end, 1, None, 12, None, today.year + ahead, False)


def moments(text: str, today: date) -> list[Moment]:
    """Every date and named stretch of the text, in reading order, the more exact reading of a place winning."""
    found: list[Moment] = []
    used = bytearray(len(text) + 1)
    for kind, pattern in _patterns():
        for match in pattern.finditer(text):
            if any(used[match.start() : match.end()]):
                continue
            moment = _moment(kind, match, today)
            if moment:
                stop = match.end()
                while stop > match.start() and text[stop - 1].isspace():
                    stop -= 1
                found.append(replace(moment, end=stop))
                used[match.start() : stop] = b"\x01" * (stop - match.start())
    return sorted(found, key=lambda moment: moment.start)


def _first_day(moment: Moment, year: int) -> date:
    day = moment.day or 1
    return date(year, moment.month, min(day, _last(year, moment.month)))


def _last_day(moment: Moment, year: int) -> date:
    over = year + (1 if moment.last_month < moment.month else 0)
    return date(over, moment.last_month, min(moment.last_day or 31, _last(over, moment.last_month)))


def _coming(moment: Moment, today: date) -> int:
    """The year in which an undated moment ends today or later."""
    if moment.year is not None:
        return moment.year
    year = today.year
    if moment.last_month < moment.month and today.month <= moment.last_month:
        year -= 1
    return year if _last_day(moment, year) >= today else year + 1


_TO = re.compile(
    r"\s*(?:[-–—−]|\.\.\.?|…|по|до|to|till|until|through|—)\s*(?:(?:конец|конца|end of)\s+)?(?:весь\s+|всё\s+|включительно\s+)?",
    re.IGNORECASE,
)
_AND = re.compile(r"\s*(?:,|и|and|&|\+|плюс|/)\s*(?:и\s+)?(?:весь\s+|вся\s+|всю\s+|целый\s+)?", re.IGNORECASE)


@cache
def _day_before() -> re.Pattern[str]:
    words = rf"(?:(?:двадцат|тридцат)ь\s+)?(?:{_day_words()})"
    return re.compile(
        rf"(?:(?P<from>\b(?:[сc]|со|от|from)\s+)|(?P<plain>(?<![\w.,-])))(?:(?P<d>0?[1-9]|[12]\d|3[01])(?:-?го|-?е)?|(?P<w>{words}))"
        r"\s*(?P<to>[-–—−]|по|до|to)\s*$",
        re.IGNORECASE,
    )


_SINCE = re.compile(
    r"(?:\b[сc]|\bсо|\bот|\bначиная\s+с|\bfrom|\bstarting(?:\s+from)?|\bsince|\bне\s+раньше|\bпосле)\s+(?:начала\s+|самого\s+начала\s+)?$",
    re.IGNORECASE,
)
_UNTIL = re.compile(
    r"(?:\bдо|\bпо|\bне\s+позднее|\buntil|\btill|\bby|\bthrough|\bк)\s+(?:самого\s+)?(?:(?P<end>конца)\s+|(?P<head>начала)\s+)?$",
    re.IGNORECASE,
)
_WHOLE = re.compile(
    r"(?:\bвесь|\bвся|\bвсю|\bцелый|\bв\s+течение|\bна\s+весь|\bна\s+протяжении)\s+$", re.IGNORECASE
)


def periods(text: str, today: date) -> list[Period]:
    """Every period of the text: two-ended, open at one end, or a whole month, quarter, season."""
    found = _without_named_seasons(text, moments(text, today))
    result: list[Period] = []
    place = 0
    while place < len(found):
        first = found[place]
        chain = [first]
        linked = ""
        at = place
        while at + 1 < len(found):
            link = text[found[at].end : found[at + 1].start]
            if not linked and _TO.fullmatch(link) and link.strip():
                linked = "to"
            elif (
                linked in ("", "and")
                and _AND.fullmatch(link)
                and not first.single_day
                and not found[at + 1].single_day
            ):
                linked = "and"
            else:
                break
            at += 1
            chain.append(found[at])
            if linked == "to":
                break
        if linked:
            result.append(_joined(text, chain, today))
            place = at + 1
            continue
        single = _single(text, first, today)
        if result and single.shape == "until" and _THAT_MONTH.search(text, first.start, first.end):
            single = _within(result[-1], single)
        result.append(single)
        place += 1
    return result


_GLOSSED = re.compile(r"\s*[,:(–—-]?\s*(?:[cс]\s+)?")


def _without_named_seasons(text: str, found: list[Moment]) -> list[Moment]:
    """A season whose months follow it says nothing more than they do: "весна, март–май 2027"; its year is theirs."""
    kept: list[Moment] = []
    season: Moment | None = None
    for at, moment in enumerate(found):
        following = found[at + 1] if at + 1 < len(found) else None
        if season and season.year is not None and moment.year is None and season.month <= season.last_month:
            moment = replace(moment, year=season.year)
        season = None
        if following and _is_season(moment) and _is_glossed(text, moment, following):
            season = moment
        else:
            kept.append(moment)
    return kept


def _is_glossed(text: str, season: Moment, months: Moment) -> bool:
    """Whether months within the season stand right after it."""
    return (
        not _is_season(months)
        and not months.single_day
        and (months.month - season.month) % 12 <= 2
        and (months.last_month - season.month) % 12 <= 2
        and _GLOSSED.fullmatch(text, season.end, months.start) is not None
    )


def _is_season(moment: Moment) -> bool:
    return (
        moment.day is None
        and not moment.vague
        and (moment.last_month - moment.month) % 12 == 2
        and moment.month % 3 == 0
    )


_THAT_MONTH = re.compile(r"месяца$|month$", re.IGNORECASE)


def _within(before: Period, until: Period) -> Period:
    """ "с 10 декабря и до конца месяца": the month is the one just named."""
    if before.first is None or until.start - before.end > 30:
        return until
    day = _last(before.first.year, before.first.month)
    return replace(until, last=date(before.first.year, before.first.month, day))


def _joined(text: str, chain: list[Moment], today: date) -> Period:
    first, last = chain[0], chain[-1]
    last_year = last.year
    first_year = first.year
    if last_year is None and first_year is None:
        span = Moment(
            first.start, last.end, first.month, first.day, last.last_month, last.last_day, None, False
        )
        if first.month == last.last_month and (first.day or 1) > (last.last_day or 31):
            first_year = last_year = _coming(replace(last, month=last.last_month), today)
        else:
            first_year = _coming(span, today)
            last_year = first_year + (1 if last.last_month < first.month else 0)
    elif first_year is None and last_year is not None:
        first_year = last_year - (1 if first.month > last.last_month else 0)
    elif last_year is None and first_year is not None:
        last_year = first_year + (1 if last.last_month < first.month else 0)
    assert first_year is not None and last_year is not None  # noqa: PT018
    before = re.search(
        r"(?:\b[сc]|\bсо|\bот|\bfrom|\bbetween|\bмежду|\bвесь|\bвся)\s+$",
        text[: first.start][-16:],
        re.IGNORECASE,
    )
    start = first.start - (len(before.group()) if before else 0)
    opens = not first.vague or bool(re.match(r"начал|beginning", text[first.start :], re.IGNORECASE))
    closes = not last.vague or bool(re.match(r"кон(?:ец|ц)|end of", text[last.start :], re.IGNORECASE))
    return Period(
        _first_day(first, first_year) if opens else None,
        _last_day(last, last_year) if closes else None,
        start,
        last.end,
        "range" if opens and closes else "vague",
    )


def _single(text: str, moment: Moment, today: date) -> Period:
    before = text[max(0, moment.start - 40) : moment.start]
    year = _coming(moment, today)
    days = _day_before().search(before)
    if (
        days
        and moment.single_day
        and moment.day
        and (first := int(days["d"] or _day_number(days["w"] or "")))
    ):
        begin = date(year, moment.month, first) if first <= moment.day else None
        start = moment.start - (len(before) - days.start())
        if begin is None:
            begin = date(year, moment.month, min(first, _last(year, moment.month)))
            if days["from"] is None:
                return Period(None, None, moment.start, moment.end, "day")
        return Period(begin, _last_day(moment, year), start, moment.end, "range")
    if until := _UNTIL.search(before):
        shape = "until" if until.group().strip().lower() != "к" else "day"
        start = moment.start - (len(before) - until.start())
        if shape == "day":
            return Period(None, None, moment.start, moment.end, "vague")
        if (
            moment.single_day
            or until["end"]
            or re.search(r"кон(?:ец|ц)|end of", text[moment.start : moment.end], re.IGNORECASE)
        ):
            return Period(None, _last_day(moment, year), start, moment.end, "until")
        by_month = until.group().strip().lower().startswith(("по", "through"))
        last = _last_day(moment, year) if by_month else _first_day(moment, year) - timedelta(1)
        if moment.vague and not by_month:
            return Period(None, None, start, moment.end, "vague")
        return Period(None, last, start, moment.end, "until")
    if since := _SINCE.search(before):
        start = moment.start - (len(before) - since.start())
        if moment.vague and not (moment.day == 1 and text[moment.start :].lower().startswith("начал")):
            return Period(None, None, start, moment.end, "vague")
        return Period(_first_day(moment, year), None, start, moment.end, "since")
    if moment.vague:
        return Period(None, None, moment.start, moment.end, "vague")
    if moment.single_day:
        value = _first_day(moment, year)
        return Period(value, value, moment.start, moment.end, "day")
    whole = _WHOLE.search(before)
    start = moment.start - (len(before) - whole.start()) if whole else moment.start
    return Period(_first_day(moment, year), _last_day(moment, year), start, moment.end, "whole")


_COUNT = re.compile(
    r"(?<![\w.,-])(?:(?P<n>\d{1,3})|(?P<w>[а-яёa-z]{1,12}))?[\s-]{0,3}(?P<unit>дн(?:я|ей|ями)|день|дня|недел[а-яё]+|нед\.|месяц[а-яё]*|мес\.|полгода|days?|weeks?|months?|календарн[а-яё]+ дн(?:ей|я))(?![а-яёa-z])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Duration:
    """text[start:end] read as a length of time."""

    count: int
    unit: str
    start: int
    end: int

    def end_from(self, first: date) -> date:
        """The last day of a stretch of this length that begins on `first`."""
        if self.unit == "month":
            index = first.year * 12 + first.month - 1 + self.count
            year, month = divmod(index, 12)
            return date(year, month + 1, min(first.day, _last(year, month + 1))) - timedelta(1)
        return first + timedelta(self.count * (7 if self.unit == "week" else 1) - 1)

    def fits(self, first: date, last: date) -> bool:
        """Whether the stretch is of this length, give or take two days a month or week-end days."""
        slack = {"month": 3 * self.count, "week": 2, "day": 1}[self.unit]
        return abs((self.end_from(first) - last).days) <= slack


def durations(text: str) -> list[Duration]:
    """Lengths of time: "4 недели", "два месяца", "месяц", "30 дней"."""
    counts = {word: int(number) for number, names in table("calendar")["count"].items() for word in names}
    result = []
    for found in _COUNT.finditer(text):
        unit_word = found["unit"].lower()
        unit = (
            "month"
            if unit_word.startswith(("мес", "month", "полгода"))
            else "week"
            if unit_word.startswith(("нед", "week"))
            else "day"
        )
        if unit_word == "полгода":
            result.append(Duration(6, "month", found.start("unit"), found.end()))
            continue
        word = (found["w"] or "").lower()
        start = (
            found.start("n") if found["n"] else found.start("w") if word in counts else found.start("unit")
        )
        if found["n"]:
            count = int(found["n"])
        elif word in counts:
            count = counts[word]
        elif unit_word in ("месяц", "неделя", "неделю", "month", "week") and word in (
            "на",
            "",
            "один",
            "ровно",
            "за",
        ):
            count = 1
        else:
            continue
        if 0 < count <= 400:
            result.append(Duration(count, unit, start, found.end()))
    return result
