"""Whom the campaign addresses: age and sex."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time
from tools.brief_reading.lexicon import phrases
from tools.brief_reading.quantity import Quantity, within
from tools.brief_reading.spans import covered, merged

_NUM = r"(?P<{}>[1-9]\d?)"
_SEX_MARK = r"(?:\b(?:м\s*/\s*ж|ж\s*/\s*м|мж|жм|m\s*/\s*f|f\s*/\s*m|m/w|w/m|all|все|жен\.?|муж\.?|[мжmfw](?=\s?\d)|ж\s*\+\s*м|м\s*\+\s*ж))"
_RANGE = re.compile(
    r"(?<![\d.,№/])(?:от\s+|с\s+|between\s+|aged\s+|from\s+)?"
    + _NUM.format("a")
    + r"(?:-?х|-?ти)?(?:\s*(?:лет|года?))?\s*(?:[-–—−]|до|to|и до|и|and)\s*"
    + _NUM.format("b")
    + r"(?![\d%.,]*\d|\s?%|\s*(?:млн|тыс|руб|₽|к\b|сек|мин|недел|дн|месяц|час|раз|шт|кв|м²|км))(?:-?ти)?(?P<years>\s*(?:лет|года?|г\.|years|y\.?o\.?|yo\b))?",
    re.IGNORECASE,
)
# "25 40 лет": in speech put to text no sign parts the two, and only the years make them ages.
_SPOKEN = re.compile(
    r"(?<![\d.,№/])(?<!\d )"
    + _NUM.format("a")
    + r"\s"
    + _NUM.format("b")
    + r"(?P<years>\s(?:лет|года?|years)\b)",
    re.IGNORECASE,
)
_PLUS = re.compile(
    r"(?<![\d.,])" + _NUM.format("a") + r"\s?\+(?P<years>\s*(?:лет|года?|years)?)", re.IGNORECASE
)
_OLDER = re.compile(
    r"\b(?:старше|от|older than|over|с|more than|не младше)\s+"
    + _NUM.format("a")
    + r"(?:-?ти)?(?P<years>\s*(?:лет|года?|years))?(?:\s+и\s+(?:старше|более|выше))?",
    re.IGNORECASE,
)
_YOUNGER = re.compile(
    r"\b(?:младше|моложе|до|under|younger than|не старше)\s+"
    + _NUM.format("b")
    + r"(?:-?ти)?(?P<years>\s*(?:лет|года?|years))",
    re.IGNORECASE,
)
_RATING = re.compile(
    r"(?:маркировк|ограничени|рейтинг|плашк|знак|дисклеймер|rating|контент|ролик\w*\s+с)", re.IGNORECASE
)
_FACING = re.compile(_SEX_MARK + r"[\s,:–—-]*(?:в\s+возрасте\s+)?$", re.IGNORECASE)
_BOTH_MARK = re.compile(
    r"(?<![а-яёa-z])(?:муж(?:чин\w*)?\.?\s*(?:/|\+|и|,|&)\s*жен(?:щин\w*)?\b\.?|жен(?:щин\w*)?\.?\s*(?:/|\+|и|,|&)\s*муж(?:чин\w*)?\b\.?|м\s*(?:/|\+|и|,)\s*ж|ж\s*(?:/|\+|и|,)\s*м|мж|жм|m\s*(?:/|&|\+)\s*[fw]|[fw]\s*(?:/|&|\+)\s*m)(?![а-яёa-z])",
    re.IGNORECASE,
)
_LISTED_AFTER = re.compile(r"\s*(?:$|\n|[,;](?!\s*\d))")
_PEOPLE = re.compile(
    r"\b(?:все\s+(?:жител\w+|взросл\w+|люди|пол)|оба\s+пола|all\s+adults|everyone|adults)\b", re.IGNORECASE
)


class AudienceReader:
    """Claims for age (both ends together) and for sex."""

    def __init__(self, note: AnnotatedText, taken: list[tuple[int, int]], figures: list[Quantity]) -> None:
        self.note = note
        self.figures = figures
        self.taken = merged(taken)

    def claims(self) -> Iterator[Claim]:
        for passage in self.note.own():
            if passage.label in (
                "budget",
                "contacts",
                "landing_page",
                "excluded_channels",
                "channels",
                "period",
                "vat",
                "commission",
                "client",
            ):
                continue
            yield from self._ages(passage)
            yield from self._worded(passage)
            yield from self._sexes(passage)

    def _listed(self, section: str, key: str, start: int, end: int) -> bool:
        return any(found.key == key for found in self.note.mentions(phrases("audience", section), start, end))

    def _ages(self, passage: Passage) -> Iterator[Claim]:
        used: list[tuple[int, int]] = []
        text = self.note.text
        start = (
            passage.label_start if passage.table and passage.label in ("age", "audience") else passage.start
        )
        for shape in (_RANGE, _SPOKEN, _PLUS, _OLDER, _YOUNGER):
            for found in shape.finditer(text, start, passage.end):
                if covered(self.taken, *found.span()) or any(
                    left < found.end() and found.start() < right for left, right in used
                ):
                    continue
                low = int(found["a"]) if "a" in found.groupdict() else None
                high = int(found["b"]) if "b" in found.groupdict() else None
                strength = self._age_strength(passage, found, low, high)
                if strength is None:
                    continue
                used.append(found.span())
                end = found.end()
                corrects = bool(self.note.about("correction", passage.start, passage.end))
                yield Claim("age", (low, high), found.start(), end, strength, passage.message, corrects)

    def _worded(self, passage: Passage) -> Iterator[Claim]:
        """Ages in words: "от тридцати до пятидесяти лет", "лет тридцать сорок пять"."""
        yield from self._spoken_pairs(passage)
        for figure in within(self.figures, passage.start, passage.end):
            if not (passage.start <= figure.start and figure.end <= passage.end):
                continue
            text = self.note.text
            years = re.compile(r"\s*(?:лет|года?)\b|(?<=плюс)\b").match(text, figure.end)
            faced = self._faced(passage, figure)
            if not years and faced:
                years = re.compile("").match(text, figure.end)
            if not years or re.search(r"\d", self.note.text[figure.start : figure.end]) or figure.scaled:
                continue
            low, high = (int(bound) if bound is not None else None for bound in (figure.low, figure.high))
            left, right = self.note.clause(figure.start, figure.end, passage)
            known = (
                faced or passage.label in ("age", "audience") or self._listed("age", "subject", left, right)
            )
            if (
                known
                and figure.bound in ("range", "min", "max", "move")
                and all(n is None or 10 <= n <= 99 for n in (low, high))
            ):
                strength = LABELLED if passage.label in ("age", "audience") else SAID
                yield Claim("age", (low, high), figure.start, years.end(), strength, passage.message)

    def _faced(self, passage: Passage, figure: Quantity) -> bool:
        """Whether a range of years in words stands right after whom it is of: "женщины, двадцать пять – сорок пять"."""
        near = max(passage.start, figure.start - 24), figure.start
        met = [
            *self.note.mentions(phrases("audience", "sex"), *near),
            *(
                found
                for found in self.note.mentions(phrases("audience", "age"), *near)
                if found.key == "subject" and not self.note.text[found.end : figure.start].strip(" ,:—–-")
            ),
        ]
        return figure.bound == "range" and figure.bare and bool(met)

    def _spoken_pairs(self, passage: Passage) -> Iterator[Claim]:
        """Two ages said one after the other with no word between, as people speak."""
        text = self.note.text
        for first, second in pairwise(within(self.figures, passage.start, passage.end)):
            if not (passage.start <= first.start and second.end <= passage.end):
                continue
            words = text[first.start : second.end]
            low, high = first.low, second.high
            if (
                text[first.end : second.start].strip(" -–—")
                or re.search(r"\d", words)
                or not (first.bare and second.bare)
                or low is None
                or high is None
                or not 10 <= low < high <= 99
            ):
                continue
            years = re.search(
                r"\bлет\s+$", text[max(passage.start, first.start - 8) : first.start]
            ) or re.match(r"\s*(?:лет|года?)\b", text[second.end :])
            left, right = self.note.clause(first.start, second.end, passage)
            met = self.note.mentions(
                phrases("audience", "sex"), max(passage.start, first.start - 14), first.start
            )
            if met and not text[met[-1].end : first.start].strip():
                yield Claim("age", (int(low), int(high)), first.start, second.end, SAID, passage.message)
                continue
            if years and (
                passage.label in ("age", "audience") or self._listed("age", "subject", left, right)
            ):
                yield Claim("age", (int(low), int(high)), first.start, second.end, SAID, passage.message)

    def _age_strength(
        self, passage: Passage, found: re.Match[str], low: int | None, high: int | None
    ) -> int | None:
        text = self.note.text
        start, end = found.span()
        if not all(number is None or 10 <= number <= 99 for number in (low, high)):
            return None
        left, right = self.note.clause(start, end, passage)
        if _RATING.search(text, left, right) or of_another_time(self.note, passage, start, end):
            return None
        other = [m for m in self.note.mentions(phrases("audience", "age"), left, right) if m.key == "other"]
        if any(self._of_others(m.start, m.end, start, end) for m in other) and not _FACING.search(
            text, left, start
        ):
            return None
        if passage.label == "age":
            return LABELLED
        years = bool(found["years"] and found["years"].strip())
        marked = bool(_FACING.search(text, passage.start, start))
        bare_bound = low is None or high is None
        subject = self._listed("age", "subject", left, right) or self._sexed(left, right)
        if passage.label == "audience":
            return (
                LABELLED
                if years
                or marked
                or subject
                or not bare_bound
                or "+" in found.group()
                or re.match(r"старше|older|over", found.group(), re.IGNORECASE)
                else None
            )
        if self.note.is_question(passage):
            return None
        if marked:
            return SAID
        if (
            subject
            and (years or not bare_bound or "+" in found.group())
            and not re.match(
                r"\s*(?:млн|тыс|руб|%|₽|апрел|ма[йя]|июн|июл|март|феврал|январ|декабр|ноябр|октябр|сентябр|август)",
                text[end:],
                re.IGNORECASE,
            )
        ):
            return SAID
        if (
            years
            and self._listed("age", "subject", passage.start, passage.end)
            and not (bare_bound and found.group().lower().startswith(("от", "до", "с ")))
        ):
            return SAID
        alone = not text[left:start].strip() and not text[end:right].strip(" .!?")
        if (
            alone
            and not bare_bound
            and left > passage.start
            and self._listed("age", "subject", passage.start, left)
        ):
            return SAID
        if (
            alone
            and left == passage.start
            and not bare_bound
            and low
            and high
            and high - low >= 5
            and low >= 12
            and passage.label is None
            and not years
        ):
            return HINTED if _LISTED_AFTER.match(text, end, passage.end + 1) else None
        return (
            HINTED
            if (years and not bare_bound) or (alone and not bare_bound and left > passage.start)
            else None
        )

    def _of_others(self, left: int, right: int, start: int, end: int) -> bool:
        """Whether the word at text[left:right] gives the years at text[start:end] to children, to experience, to a term."""
        if right <= start:
            return start - right < 22
        return 0 <= left - end < 12 and not re.match(
            r"дет|реб|малыш|child|kid", self.note.text[left:right], re.IGNORECASE
        )

    def _sexed(self, start: int, end: int) -> bool:
        return any(
            found.key in ("female", "male") or "пол" in self.note.text[found.start : found.end].lower()
            for found in self.note.mentions(phrases("audience", "sex"), start, end)
        )

    def _sexes(self, passage: Passage) -> Iterator[Claim]:
        text = self.note.text
        if self.note.is_question(passage) and passage.label not in ("audience", "sex"):
            return
        corrects = bool(self.note.about("correction", passage.start, passage.end))
        labelled = passage.label in ("audience", "sex", "age")
        both = _BOTH_MARK.search(text, passage.start, passage.end)
        if both and (
            labelled
            or re.search(r"\d", text[both.end() : both.end() + 12])
            or re.search(r"\d\d[\s,;]*$", text[max(passage.start, both.start() - 12) : both.start()])
        ):
            yield Claim(
                "sex",
                "all",
                both.start(),
                both.end(),
                LABELLED if labelled else SAID,
                passage.message,
                corrects,
            )
            return
        found = [
            m
            for m in self.note.mentions(phrases("audience", "sex"), passage.start, passage.end)
            if not of_another_time(self.note, passage, m.start, m.end)
            and self._is_sex(passage, m.key, m.start, m.end)
        ]
        people = [m for m in found if m.key in ("female", "male")]
        kinds = {m.key for m in people}
        strength = LABELLED if labelled else SAID
        if kinds == {"female", "male"}:
            first, last = min(people, key=lambda m: m.start), max(people, key=lambda m: m.end)
            yield Claim("sex", "all", first.start, last.end, strength, passage.message, corrects)
        elif people:
            yield Claim(
                "sex", people[0].key, people[0].start, people[0].end, strength, passage.message, corrects
            )
        elif passage.label in ("audience", "sex"):
            everyone = next((m for m in found if m.key == "all"), None)
            if everyone:
                yield Claim("sex", "all", everyone.start, everyone.end, LABELLED, passage.message, corrects)
        elif anyone := next(
            (
                m
                for m in found
                if m.key == "all"
                and (
                    re.search(r"пол|gender|sex", text[m.start : m.end], re.IGNORECASE)
                    or re.search(r"\d\d\s*,\s*$", text[max(passage.start, m.start - 6) : m.start])
                )
            ),
            None,
        ):
            yield Claim("sex", "all", anyone.start, anyone.end, SAID, passage.message, corrects)
        elif (said := _PEOPLE.search(text, passage.start, passage.end)) and self._listed(
            "age", "subject", passage.start, passage.end
        ):
            yield Claim("sex", "all", said.start(), said.end(), SAID, passage.message, corrects)

    def _is_sex(self, passage: Passage, key: str, start: int, end: int) -> bool:
        text = self.note.text
        written = text[start:end].lower()
        if key == "all":
            if passage.label == "sex":
                return True
            return written != "все" or bool(
                re.match(
                    r"\s*(?:,|;|\d|$|\.|\)|пол|взросл|люди|жител|старше)",
                    text[end : min(passage.end, end + 12)],
                    re.IGNORECASE,
                )
            )
        if len(written) == 1:
            return bool(re.match(r"[\s,:–—-]*\d", text[end : end + 5])) or (
                passage.label in ("audience", "sex", "age") and not re.match(r"\w", text[end : end + 1])
            )
        if re.search(r"(?:муж|жен)$", written) and not re.match(
            r"[\s.,]*(?:\d|,|\.|/|$)", text[end : end + 4]
        ):
            return False
        if passage.label in ("audience", "sex", "age"):
            return True
        if re.search(r"женск|мужск", written):
            return bool(re.match(r"\s*(?:аудитори|пол|ца)", text[end : end + 12], re.IGNORECASE))
        left, right = self.note.clause(start, end, passage)
        aged = re.search(r"\d\d|\bплюс\b|\bлет\b", text[start : min(right, end + 40)]) or re.search(
            r"\d\d\s*лет", text[left:start]
        )
        spoken = any(
            end <= figure.start <= end + 24
            and (
                self._faced(passage, figure)
                or (figure.start <= end + 2 and figure.bare and figure.low and 12 <= figure.low <= 80)
            )
            for figure in within(self.figures, end, end + 25)
        )
        told = self._listed("age", "subject", left, right) and re.search(
            r"(?:\bца\b|аудитори|таргет|\bдля\b|audience|target|ориентир|в основном|преимущественно|покупа|целимся)",
            text[left:right],
            re.IGNORECASE,
        )
        told = told or (
            self._listed("age", "subject", passage.start, passage.end)
            and re.search(
                r"аудитори|\bца\b|audience|поровну", text[passage.start : passage.end], re.IGNORECASE
            )
            and re.search(r"\d\d\s?[-–—+]", text[passage.start : passage.end])
        )
        if passage.label in ("product", "category") and not (aged or spoken):
            return False
        return bool(aged or spoken or told)
