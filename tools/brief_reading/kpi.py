"""Target figures: a metric, its value and its unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time, taken_back
from tools.brief_reading.lexicon import Mention, Phrases, longest, table
from tools.brief_reading.quantity import Quantity, within

_NOW = re.compile(
    r"\b(?:сейчас|на\s+данный\s+момент|сегодня|текущ\w+|currently|бенч\w*|benchmark\w*|рыночн\w+|в\s+среднем\s+по\s+рынку|обычно)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"[\s:=—–~≈-]*(?:,(?=\s*(?:примерно|около|порядка|где-то|хотя|минимум|не\s|штук)))?\s*(?:(?:на\s+)?(?:уровне|уровень|не\s+менее|не\s+более|не\s+выше|не\s+ниже|не\s+дороже|не\s+хуже|минимум|максимум|до|от|около|порядка|примерно|в|на|около|целевой|целевая|должен\s+быть|должна\s+быть|"
    r"хотим|хотя\s+бы|план|плановый|at\s+least|no\s+(?:higher|more|less|lower)\s+than|not\s+(?:higher|more|less|lower)\s+than|(?:less|more|lower)\s+than|min\.?|max\.?|of|under|below|above|over|up\s+to|target|в\s+пределах|в\s+размере|"
    r"больше|меньше|выше|ниже|<|>|≤|≥|<=|>=|цель|составит|составить|ожидаем|ждем|ждём|нужен|нужно|кампании|аудитории|ца|ролика|рекламы|за\s+период|в\s+месяц|в\s+заявку|из\s+визита\s+в\s+заявку|уникальн\w*|общий|1\+|3\+|квалифицированн\w*|не|более|менее|уник\w*|в\s+неделю|штук\w*|шт\.?|было|были|будет|чтоб\w*|по|за|at|не\s+меньше|не\s+больше|где-то|is|are|равен|равна|держим|держать|сохранить|удержать|не\s+хуже|нужны|нужна|ставим|d\d{1,2}|\||\([^)\n\d]{1,40}\)|(?:на|в|для|по)\s+[а-яё-]+(?:\s+[а-яё-]+)?(?=\s*[:=—–]|\s+-\s)|(?:на\s+)?(?:тест|расч[её]т|замер|консультац|пробн|осмотр|урок|приём|прием)[а-яё-]*(?:\s+[а-яё]+)?(?=\s*,))(?:,(?=\s*(?:примерно|около|порядка|где-то|хотя|минимум)))?[\s:=—–-]*){0,4}\s*",
    re.IGNORECASE,
)
_AFTER_NUMBER = re.compile(
    r"\s*(?:\+|шт\.?|целев\w+|уникальн\w+|новы\w+|качествен\w+|квалифицированн\w+|горяч\w+|тёпл\w+|тепл\w+|рекламн\w+|qualified|unique|new|в\s+месяц|полн\w+|подтвержд\w+|оплаченн\w+|первы\w+|органическ\w+|of|чел\w*\.?|человек\w*)*\s*",
    re.IGNORECASE,
)


_PRICE_OF = {"leads": "cpl", "orders": "cpo", "clicks": "cpc", "installs": "cpi", "conversions": "cpa"}


_PER_RESULT = re.compile(
    r"\s*(?:/|за|per)\s*(?:один\s+|1\s+|каждый\s+)?(?P<metric>лид|заявку|звонок|обращение|клик|переход|заказ|покупку|установку|lead|click|order|install)\b",
    re.IGNORECASE,
)
_MAY_COST = re.compile(
    r"\s*[—–:-]?\s*(?:нужен|нужна|нужны|хотим|стоит|стоят|должен\s+(?:стоить|быть)|должна\s+(?:стоить|быть)|обходит\w+|выходит|costs?|should\s+cost)"
    r"\s*(?:не\s+(?:дороже|больше|выше|более)|максимум|в\s+пределах|до|around|under|up\s+to)?\s*",
    re.IGNORECASE,
)
_CEILING = re.compile(
    r"(?:дороже|дешевле|до|не\s+(?:более|выше|больше)|максимум|цен\w+|стоимост\w+|потолок|under|below|up\s+to|max\w*)\s*[:—–-]?\s*$",
    re.IGNORECASE,
)


@cache
def metric_phrases() -> Phrases:
    """Names of metrics, keyed by metric."""
    return Phrases({name: row["names"] for name, row in table("kpi")["metric"].items()})


def unit_of(metric: str) -> str:
    """people, count, RUB, %, times: what a figure of this metric counts."""
    return str(table("kpi")["metric"][metric]["unit"])


def _fits(metric: str, quantity: Quantity) -> bool:
    unit = unit_of(metric)
    if metric in ("roas", "roi"):
        return True
    if unit == "%":
        return quantity.percent or (
            quantity.bare and metric == "ctr" and (quantity.high or quantity.low or 0) < 30
        )
    if unit == "RUB":
        return not quantity.percent
    if unit == "times":
        return quantity.bare and (quantity.low or quantity.high or Decimal(0)) <= 50
    return quantity.currency is None and (not quantity.percent or metric == "reach")


class KpiReader:
    """Claims of one {metric, value, unit} each."""

    def __init__(self, note: AnnotatedText, found: list[Quantity]) -> None:
        self.note = note
        self.found = found

    def claims(self) -> Iterator[Claim]:
        for passage in self.note.own():
            if passage.label in ("contacts", "landing_page", "excluded_channels", "period", "client"):
                continue
            if self.note.is_question(passage) and passage.label != "kpi":
                continue
            start = passage.label_start if passage.label == "kpi" and passage.table else passage.start
            mentions = longest(self.note.mentions(metric_phrases(), start, passage.end))
            numbers = [
                q for q in within(self.found, passage.start, passage.end + 1) if q.end <= passage.end + 1
            ]
            yield from self._priced_after(passage, numbers)
            used: set[int] = set()
            for quantity in numbers:
                mention = self._metric_of(quantity, mentions, used)
                if mention is None:
                    continue
                left, _ = self.note.clause(quantity.start, quantity.end, passage)
                counted = unit_of(mention.key) == "count"
                if counted and re.search(r"\bпри\s+$", self.note.text[: mention.start][-5:], re.IGNORECASE):
                    continue
                if of_another_time(self.note, passage, quantity.number_start, quantity.end) or taken_back(
                    self.note.text, quantity.start
                ):
                    continue
                if re.match(
                    r"[^,.;]{0,25}\b(?:в\s+год|per\s+year|ежегодно)\b",
                    self.note.text[quantity.end : quantity.end + 45],
                    re.IGNORECASE,
                ):
                    continue
                if (
                    mention.key in ("impressions", "reach")
                    and not quantity.percent
                    and (quantity.high or quantity.low or 0) < 1000
                ):
                    continue  # "на первых десяти показах" counts shows of another kind
                if _NOW.search(self.note.text, left, quantity.start) or self.note.about(
                    "hypothetical", left, quantity.end
                ):
                    continue
                used.add(mention.first)
                yield self._claim(passage, quantity, mention, self._priced(mention, quantity))

    def _priced_after(self, passage: Passage, numbers: list[Quantity]) -> Iterator[Claim]:
        """A price said after its sum: "не дороже 2000 рублей за лид"."""
        text = self.note.text
        for quantity in numbers:
            found = _PER_RESULT.match(text, quantity.end, passage.end)
            value = quantity.high if quantity.high is not None else quantity.low
            if (
                not found
                or value is None
                or quantity.percent
                or not (
                    quantity.bound == "max"  # "900 рублей максимум за звонок"
                    or _CEILING.search(text[passage.start : quantity.number_start])
                )
            ):
                continue
            if of_another_time(self.note, passage, quantity.number_start, quantity.end) or _NOW.search(
                text, passage.start, quantity.start
            ):
                continue
            key = next(
                m.key for m in self.note.mentions(metric_phrases(), found.start("metric"), found.end())
            )
            if key in _PRICE_OF:
                item = {"metric": _PRICE_OF[key], "value": value, "unit": quantity.currency or "RUB"}
                strength = LABELLED if passage.label == "kpi" else SAID
                yield Claim("kpi", item, quantity.start, found.end(), strength, passage.message)

    def _priced(self, mention: Mention, quantity: Quantity) -> str | None:
        """ "лиды по 1500" names a price of a lead, not a number of them."""
        between = self.note.text[mention.end : quantity.start]
        if not between.strip(" ,") and re.match(
            r"не\s+дороже|дешевле", self.note.text[quantity.start :], re.IGNORECASE
        ):
            return _PRICE_OF.get(mention.key)  # "400 лидов не дороже 1600"
        if quantity.currency and quantity.bound == "max" and not between.strip(" ,:—–-"):
            return _PRICE_OF.get(mention.key)  # "целевой лид до 6 000 ₽"
        if quantity.currency and _MAY_COST.fullmatch(between):
            return _PRICE_OF.get(mention.key)  # "лид нужен до 2500 р."
        return (
            _PRICE_OF.get(mention.key)
            if re.fullmatch(
                r"\s*(?:(?:по|за|at)|,?\s*(?:по|at|с|with)\s+(?:an?\s+)?(?:цене|стоимости|ценой|стоимостью|price|cost)(?:\s+(?:of|до|не\s+(?:более|выше|дороже|больше)|около|в))?)\s*",
                between,
                re.IGNORECASE,
            )
            else None
        )

    def _metric_of(self, quantity: Quantity, mentions: list[Mention], used: set[int]) -> Mention | None:
        text = self.note.text
        after = [
            m
            for m in mentions
            if m.start >= quantity.end
            and _AFTER_NUMBER.fullmatch(text[quantity.end : m.start])
            and unit_of(m.key) in ("people", "count")
        ]
        before = [
            m
            for m in mentions
            if m.end <= quantity.start
            and (m.first not in used or self._priced(m, quantity))
            and (_BETWEEN.fullmatch(text[m.end : quantity.start]) or self._priced(m, quantity))
        ]
        for mention in before[-1:]:
            if self._priced(mention, quantity) and not quantity.percent:
                return mention
        follows = bool(after) and _fits(after[0].key, quantity)
        loose = bool(before) and before[-1].key in (
            "visits",
            "orders",
            "reach",
        )  # "заказы: 300 лидов" counts leads
        if (
            before
            and _fits(before[-1].key, quantity)
            and not (follows and loose and after[0].key != before[-1].key)
        ):
            return before[-1]
        if after and _fits(after[0].key, quantity):
            return after[0]
        people = re.match(
            r"\s*(?:млн\s+)?(?:человек|чел\b|пользовател\w+|уник\w*|people|users)",
            text[quantity.end : quantity.end + 20],
            re.IGNORECASE,
        )
        if people:
            near = [
                m
                for m in mentions
                if m.key == "reach" and m.end <= quantity.start and quantity.start - m.end < 40
            ]
            if near:
                return near[-1]
        return None

    def _claim(self, passage: Passage, quantity: Quantity, mention: Mention, priced: str | None) -> Claim:
        start, end = min(mention.start, quantity.start), max(mention.end, quantity.end)
        low, high = quantity.low, quantity.high
        metric = priced or mention.key
        at_most = unit_of(metric) == "RUB" or metric in ("drr",)
        value = (
            (high if at_most else low)
            if quantity.bound == "range" or quantity.bound == "move"
            else (low if low is not None else high)
        )
        unit = unit_of(metric)
        if unit == "RUB" and quantity.currency:
            unit = quantity.currency
        if metric in ("roas", "roi") and not quantity.percent:
            unit = "x"
        if metric == "reach" and quantity.percent:
            unit = "%"
        item: dict[str, Any] = {"metric": metric, "value": value, "unit": unit}
        corrects = bool(self.note.about("correction", passage.start, passage.end))
        return Claim(
            "kpi", item, start, end, LABELLED if passage.label == "kpi" else SAID, passage.message, corrects
        )
