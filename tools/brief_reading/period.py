"""When the campaign runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import GUESSED, HINTED, LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time, taken_back, within_clause
from tools.brief_reading.dates import Duration, Period, durations, periods
from tools.brief_reading.lexicon import phrases

_OWN = ("period", "period_start", "period_end", "duration")
_CARRIERS = (None, "budget", "goal", "product", "channels", "geo", "kpi", "client")
_STANDS_ALONE = re.compile(
    r"(?:на|в|весь|за|период|нужно|надо|только|по|с|до|примерно)?[\s,.:;()!–—-]*", re.IGNORECASE
)
_SEASON = re.compile(
    r"(?:(?:с|весь|всю|всё|все|to|до|по)\s+)?(?:весн|лет[оа]|летом|осен|зим|spring|summer|autumn|winter)",
    re.IGNORECASE,
)
_START_NOUN = re.compile(
    r"\b(?:старт\w*|стартан\w+|starts?|launch(?:es)?|начал[оа]|начин\w+|начать|начн\w+)\b", re.IGNORECASE
)
_PLAN_FOR = re.compile(
    r"\b(?:медиаплан\w*|план\w*|кампани\w+|рк|размещени\w+|реклам\w+)\s+на\s+(?:весь\s+|всё\s+)?$",
    re.IGNORECASE,
)
_PLAN_BY = re.compile(
    r"\b(?:план|медиаплан|кп|смет[ау]|расч[её]т|предложени[ея])\s*[:—–-]?\s*$", re.IGNORECASE
)
_FROM = re.compile(r"\b(?:from|starting|начиная\s+с)\s+$", re.IGNORECASE)
_TIGHT_REPLY = re.compile(
    r"\b(?:кп|ответ\w*|прислать|пришлите|присылайте|жд[уеё]м?|дедлайн|заявк\w+|предложени\w+|план\b|медиаплан\w*|созвон\w*|встреч\w+)",
    re.IGNORECASE,
)


class PeriodReader:
    """Claims for period_start and period_end, and the durations said of the campaign."""

    def __init__(self, note: AnnotatedText, today: date) -> None:
        self.note = note
        self.found = periods(note.text, today)
        self.durations = durations(note.text)
        self.vague: list[tuple[int, int]] = []
        self.by_place = {(period.start, period.end): period for period in self.found}

    @property
    def taken(self) -> list[tuple[int, int]]:
        """Stretches whose digits are dates, not quantities."""
        return [(period.start, period.end) for period in self.found] + [
            (length.start, length.end) for length in self.durations
        ]

    def _mentions(self, key: str, start: int, end: int) -> bool:
        listed = phrases("calendar", "period")
        return any(found.key == key for found in self.note.mentions(listed, start, end))

    def _side(self, left: int, at: int, right: int) -> str | None:
        """start or end: the word of beginning or finishing that stands nearest before the date, else after it."""
        found = [
            m for m in self.note.mentions(phrases("calendar", "period"), left, right) if m.key != "trigger"
        ]
        before = [mention for mention in found if mention.end <= at]
        return before[-1].key if before else found[0].key if found else None

    def _strength(self, passage: Passage, start: int, end: int) -> int | None:
        if passage.label in _OWN:
            return (
                None
                if taken_back(self.note.text, start) or of_another_time(self.note, passage, start, end)
                else LABELLED
            )
        if passage.label not in _CARRIERS:
            return None
        if self.note.is_question(passage):
            dated = re.search(r"\b20\d\d\b", self.note.text[start:end])
            return HINTED if dated and self._mentions("trigger", passage.start, passage.end) else None
        if taken_back(self.note.text, start) or of_another_time(self.note, passage, start, end):
            return None
        if _PLAN_BY.search(self.note.text, passage.start, start) and self._until(start, end):
            return None  # "план до 30.11" is when the plan is due
        if _PLAN_FOR.search(self.note.text, passage.start, start):
            return SAID
        if passage.label in ("goal", "kpi") and re.search(
            r"\b(?:за|в)\s+$", self.note.text[passage.start : start]
        ):
            return SAID  # "150 заявок за первый квартал"
        if any(0 <= start - length.end <= 8 for length in self.durations):
            return SAID  # "3 months from Feb 1"
        left, right = self.note.clause(start, end, passage)
        if self.note.about("reply", left, right) and not self._start_near(left, start):
            return None
        if within_clause(self.note, passage, start, end, "price", "hypothetical"):
            return None
        if self._mentions("trigger", passage.start, passage.end) or passage.label == "budget":
            if _TIGHT_REPLY.search(self.note.text, passage.start, start) and not self._mentions(
                "trigger", left, right
            ):
                # A plan is due on a day; "план на 3 млн, с 1 по 28 февраля" says what it is a plan of.
                return HINTED if self._exact_range(start, end) else None
            return SAID
        if (
            passage.end - passage.start < 60
            and passage.label is None
            and re.search(r"\b(?:в|на|с|весь|in)\s+$", self.note.text[:start])
        ):
            return HINTED
        if passage.label is None and self._exact_range(start, end):
            return HINTED  # two exact ends, and nothing says that they are of something else
        rest = self.note.text[left:start] + self.note.text[end:right]
        if _STANDS_ALONE.fullmatch(rest.strip()) and left > passage.start - 1:
            return HINTED
        return None

    def _exact_range(self, start: int, end: int) -> bool:
        found = self.by_place.get((start, end))
        return found is not None and found.shape == "range" and bool(found.first and found.last)

    def _until(self, start: int, end: int) -> bool:
        found = self.by_place.get((start, end))
        return found is not None and found.shape == "until"

    def _start_near(self, left: int, start: int) -> bool:
        return bool(_START_NOUN.search(self.note.text, left, start)) and not _TIGHT_REPLY.search(
            self.note.text, left, start
        )

    def claims(self) -> Iterator[Claim]:
        for passage in self.note.own():
            for period in self.found:
                if not (passage.start <= period.start and period.end <= passage.end):
                    continue
                strength = self._strength(passage, period.start, period.end)
                if strength is not None:
                    yield from self._of(passage, period, strength)

    def _of(self, passage: Passage, period: Period, strength: int) -> Iterator[Claim]:
        left, right = self.note.clause(period.start, period.end, passage)
        first, last = period.first, period.last
        side = self._side(left, period.start, right)
        if (
            side is None
            and period.shape == "day"
            and passage.label not in ("period", "period_start", "period_end")
        ):
            side = self._side(passage.start, period.start, period.start)
        opening = passage.label == "period_start" or (
            (passage.label not in ("period", "period_end") or period.shape == "day") and side == "start"
        )
        closing = passage.label == "period_end" or (
            passage.label not in ("period", "period_start") and side == "end"
        )
        if _SEASON.match(self.note.text, period.start) and strength < LABELLED:
            strength = GUESSED  # "весенняя кампания" names a campaign as often as it dates one
        if period.shape == "vague":
            self.vague.append((period.start, period.end))
        if period.shape == "day":
            if opening or (not closing and _FROM.search(self.note.text, left, period.start)):
                last = None
            elif closing:
                first = None
            elif passage.label != "period":
                return
        if period.shape == "whole":
            noun = _START_NOUN.search(self.note.text, left, period.start)
            if passage.label == "period_start" or noun:
                self.vague.append((period.start, period.end))
                return
            if passage.label == "period_end":
                first = None
            if first and last and (last - first).days > 300 and strength < LABELLED:
                if not re.search(r"\d", self.note.text[period.start : period.end]):
                    return  # "в этом году" tells the time of talking, not of the campaign
                strength = HINTED
        corrects = bool(self.note.about("correction", passage.start, passage.end))
        for name, value in (("period_start", first), ("period_end", last)):
            if value is not None:
                yield Claim(
                    name, value, period.start, period.end, strength, passage.message, corrects, period.shape
                )

    def lengths(self) -> Iterator[tuple[Passage, Duration, int]]:
        """Durations said of the campaign, with how firmly."""
        for passage in self.note.own():
            for length in self.durations:
                if not (passage.start <= length.start and length.end <= passage.end):
                    continue
                if re.search(
                    r"\bза\s+$", self.note.text[max(0, length.start - 4) : length.start], re.IGNORECASE
                ):
                    continue
                if passage.label in _OWN:
                    yield passage, length, LABELLED
                elif passage.label in _CARRIERS and not of_another_time(
                    self.note, passage, length.start, length.end
                ):
                    left, right = self.note.clause(length.start, length.end, passage)
                    if (
                        self.note.about("reply", left, right)
                        or self.note.about("price", left, right)
                        or self.note.is_question(passage)
                    ):
                        continue
                    if re.match(
                        r"\s*(?:до|после|before|назад)\b", self.note.text[length.end :], re.IGNORECASE
                    ):
                        continue
                    if any(0 <= period.start - length.end <= 8 for period in self.found):
                        yield passage, length, SAID  # "3 months from Feb 1"
                        continue
                    dated = any(left - 40 <= period.start <= right + 40 for period in self.found)
                    if self._mentions("trigger", left, right) or (
                        dated and self._mentions("trigger", passage.start, passage.end)
                    ):
                        yield passage, length, SAID
