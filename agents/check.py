"""Nothing unsupported leaves the house: every figure, date, stage, identifier and name of a text is looked for
in what the tools answered."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Final

from agents.shown import MOSCOW, names
from agents.state import Result

# Members of a tool result that say which stage a deal is or was in; a stage ahead is not one it is in.
_STAGE_MEMBERS: Final = frozenset({"aggregated_stage", "stage", "stage_from", "stage_to", "from", "to"})
_MARK: Final = re.compile(r"\[(?:e\d+(?:, )?)+\]")
_STAGES: Final = (
    "draft", "briefed", "planning", "offer_ready", "contracting", "launching", "running", "closing", "closed", "cancelled",
)  # fmt: skip
_RU_MONTH: Final = "январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр"
_EN_MONTH: Final = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTHS: Final = (
    "янв|jan", "фев|feb", "мар|mar", "апр|apr", "мая|май|may", "июн|jun", "июл|jul", "авг|aug", "сен|sep", "окт|oct", "ноя|nov", "дек|dec",
)  # fmt: skip
_ISO: Final = re.compile(
    r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|UTC|MSK|[+-]\d\d:?\d\d)?)?"
)
_DOTTED: Final = re.compile(r"\b\d{1,2}\.\d{1,2}\.\d{4}(?: \d\d:\d\d)?\b")
_WORDED: Final = re.compile(
    rf"\b(\d{{1,2}})\s+((?:{_RU_MONTH}|{_EN_MONTH})\w*)(?:\s+(\d{{4}}))?|\b((?:{_EN_MONTH})\w*)\s+(\d{{1,2}})(?:,?\s+(\d{{4}}))?",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[^\W_][\w:/#-]*[^\W_]|[^\W_]")
_NUMBER: Final = re.compile(
    r"[-−]?\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?|[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[-−]?\d+(?:[.,]\d+)?"
)
_QUOTED: Final = re.compile(r"[«“\"]([^«»“”\"\n]{2,200})[»”\"]")
_CAPITALISED: Final = re.compile(
    r"(?<![.!?:\n«\"“]\s)(?<!^)(?<![\w-])[A-ZА-ЯЁ][\w-]{2,}(?:\s+[A-ZА-ЯЁ][\w-]+)*", re.MULTILINE
)


@dataclass(frozen=True)
class Literal:
    """Something in a text that must be supported."""

    kind: str
    text: str


class Support:
    """What tool results contain: numbers, instants and days, and all their text."""

    def __init__(self, results: Iterable[Result], asked: str = "") -> None:
        self.numbers: dict[Decimal, str] = {}
        self.days: dict[tuple[int, int, int], str] = {}
        self.moments: dict[str, str] = {}
        self.words: dict[str, str] = {}
        self.stages: dict[str, str] = {}
        self._texts: list[tuple[str, str]] = []
        for result in results:
            path = f"{result['tool']}#{result['id']}"
            if result["error"] is None:
                self._add(result["value"], path)
                self._add(result["args"], f"{path}/terms")
        for literal in literals(asked):
            # The names in a question may be repeated. Its figures, dates and stages may be premises that are wrong.
            if literal.kind in ("word", "quoted", "name"):
                self.words.setdefault(literal.text.casefold(), "question")

    def _add(self, value: Any, path: str) -> None:
        if isinstance(value, Mapping):
            for name, item in value.items():
                below = f"{path}/{name}"
                self._text(str(name), below)
                if path.endswith("/by_stage") and item:
                    self.stages.setdefault(str(name), below)
                if name in _STAGE_MEMBERS and isinstance(item, str) and "/next_stages/" not in path:
                    self.stages.setdefault(item, below)
                self._add(item, below)
        elif isinstance(value, str):
            self._text(value, path)
        elif isinstance(value, bool) or value is None:
            return
        elif isinstance(value, int | float):
            self._number(Decimal(str(value)), path)
        elif isinstance(value, Sequence):
            self._number(Decimal(len(value)), f"{path}/count")
            for place, item in enumerate(value):
                self._add(item, f"{path}/{place}")

    def _number(self, value: Decimal, path: str) -> None:
        self.numbers.setdefault(abs(value).normalize(), path)

    def _text(self, value: str, path: str) -> None:
        self._texts.append((value.casefold(), path))
        self.words.setdefault(value.casefold(), path)
        for moment in _ISO.findall(value):
            self._moment(moment, path)
        rest = _ISO.sub(" ", value)
        for match in _NUMBER.finditer(rest):
            exact = _decimal(match.group())
            if exact is not None:
                self._number(exact, path)
        for match in _WORD.finditer(rest):
            self.words.setdefault(match.group().casefold(), path)

    def _moment(self, text: str, path: str) -> None:
        try:
            moment = datetime.fromisoformat(text.replace(" ", "T", 1))
        except ValueError:
            return
        local = moment.astimezone(MOSCOW) if moment.tzinfo else moment
        self.days.setdefault((local.year, local.month, local.day), path)
        self.moments.setdefault(local.strftime("%Y-%m-%d %H:%M"), path)

    def find(self, literal: Literal) -> str | None:
        """Where a literal stands, or None."""
        text = literal.text.casefold()
        if literal.kind == "date":
            return self._find_date(literal.text)
        if literal.kind == "number":
            exact = _decimal(literal.text)
            return None if exact is None else self.numbers.get(abs(exact).normalize())
        if literal.kind == "share":
            return self._find_share(literal.text)
        if literal.kind == "stage":
            return self.stages.get(literal.text)
        if literal.kind == "word":
            return self.words.get(text)
        if literal.kind in ("quoted", "name"):
            return next((path for known, path in self._texts if text in known), None) or self.words.get(text)
        return None

    def _find_date(self, text: str) -> str | None:
        parsed = _date(text)
        if parsed is None:
            return None
        year, month, day, clock = parsed
        if clock is not None and year is not None:
            return self.moments.get(f"{year:04d}-{month:02d}-{day:02d} {clock}")
        if year is not None:
            return self.days.get((year, month, day))
        return next((path for (_, m, d), path in self.days.items() if (m, d) == (month, day)), None)

    def _find_share(self, text: str) -> str | None:
        exact = _decimal(text)
        if exact is None:
            return None
        digits = -int(exact.as_tuple().exponent)
        for known, path in self.numbers.items():
            if known == exact.normalize() or (known <= 1 and round(known * 100, max(digits, 0)) == exact):
                return path
        return None


def _decimal(text: str) -> Decimal | None:
    plain = re.sub(r"[\s\u00a0\u202f]", "", text).replace("−", "-")
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        return Decimal(plain.replace(",", "."))
    except InvalidOperation:
        return None


def _date(text: str) -> tuple[int | None, int, int, str | None] | None:
    """Year (if said), month, day and clock time (if said) of a written date; None if it is no date."""
    if _ISO.fullmatch(text):
        clock = re.search(r"[T ](\d\d:\d\d)", text)
        return int(text[:4]), int(text[5:7]), int(text[8:10]), clock.group(1) if clock else None
    dotted = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?: (\d\d:\d\d))?", text)
    if dotted:
        return int(dotted[3]), int(dotted[2]), int(dotted[1]), dotted[4]
    worded = _WORDED.fullmatch(text)
    if worded is None:
        return None
    day, name, year = (worded[1], worded[2], worded[3]) if worded[1] else (worded[5], worded[4], worded[6])
    for number, stems in enumerate(_MONTHS, 1):
        if any(name.casefold().startswith(stem) for stem in stems.split("|")):
            return (int(year) if year else None), number, int(day), None
    return None


def literals(text: str) -> Iterator[Literal]:
    """Everything in a text that must be supported: dates, shares, numbers, identifiers, stages, quoted and proper names."""
    rest = _MARK.sub(" ", text)
    for pattern in (_ISO, _DOTTED, _WORDED):
        for match in pattern.finditer(rest):
            yield Literal("date", match.group())
        rest = pattern.sub(lambda match: " " * len(match.group()), rest)
    for match in _QUOTED.finditer(rest):
        yield Literal("quoted", match.group(1))
    unquoted = _QUOTED.sub(lambda match: " " * len(match.group()), rest)
    for match in _WORD.finditer(unquoted):
        word = match.group()
        if any(char.isdigit() for char in word) and any(char.isalpha() for char in word):
            yield Literal("word", word)
    plain = _WORD.sub(
        lambda match: (
            " " * len(match.group()) if any(char.isalpha() for char in match.group()) else match.group()
        ),
        unquoted,
    )
    for match in _NUMBER.finditer(plain):
        following = plain[match.end() : match.end() + 2].lstrip("\u202f\u00a0 ")
        yield Literal("share" if following.startswith("%") else "number", match.group())
    yield from _stages(unquoted)
    for match in _CAPITALISED.finditer(unquoted):
        if match.group().casefold() not in own_words():
            yield Literal("name", match.group())


def _stages(text: str) -> Iterator[Literal]:
    lowered = text.casefold()
    for stage in _STAGES:
        for spoken in {stage, stage.replace("_", " ")}:
            if re.search(rf"(?<![\w-]){re.escape(spoken)}(?![\w-])", lowered):
                yield Literal("stage", stage)
                break


@cache
def own_words() -> frozenset[str]:
    """Words of the product itself that need no source."""
    words = {"sla", "crm", "kpi", "nps", "icp", "bant", "мск", "msk", "utc", "кп", "ндс", "vat", "окк"}
    for lang in ("ru", "en"):
        for section in ("timer", "role", "step", "gate", "dimension"):
            for called in names(lang)[section].values():
                words.update(word.casefold() for word in _WORD.findall(called))
    return frozenset(words)


def unsupported(text: str, results: Iterable[Result], asked: str = "") -> list[Literal]:
    """The literals of a text that no tool result contains."""
    support = Support(results, asked)
    return [literal for literal in literals(text) if support.find(literal) is None]
