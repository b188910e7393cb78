"""What the budget includes: VAT and the agency's commission."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import HINTED, LABELLED, SAID, Claim
from tools.brief_reading.context import of_another_time, taken_back

_VAT = r"(?:ндс|vat|эндэ[эе]с|энд[эе]эс|налог(?:ами|ов|и)(?!\s*(?:и|,)\s*ндс))\b"
_FEE = r"(?:(?<![а-яё])ак\b|ваш\w*\s+(?:процент\w*|комисси\w+|вознаграждени\w+)|your\s+(?:fee|commission)|(?<![a-z])ac\b|вознаграждени\w+\s+агентства|агентск\w+\s+(?:комисси\w+|вознаграждени\w+|процент\w*)|ваши(?=\s*\d{1,2}\s?%)|агентские(?=\s*(?:\d|сверх|внутри|включ|отдельно|не\s))|а/к|комисси\w+(?:\s+(?:агентства|ваша|наша))?|agency\s+(?:fee|commission)|commission)"
_OTHERS = r"(?:(?:(?:ндс|vat)(?:\s*\d{1,2}\s?%)?|ак\b|агентск\w+\s+\w+|комисси\w+(?:\s+агентства)?|налог\w*|сбор\w*|все\w*|всех|agency\s+(?:fee|commission)|taxes)\s*(?:и|,|/|\+|and|&|или)\s*){0,2}"
_ALL = r"(?:вс(?:ех|еми|е)\s+)?"
_RATE = r"(?:\d{1,2}(?:[.,]\d)?\s?%\s*)?"
_EXCL = r"(?:без(?:\s+уч[её]та)?|не\s+включа\w+|не\s+учитыва\w+|не\s+считая|кроме|плюс|\+|excl\w*\.?(?:\s+of)?|ex\.?|net\s+of|without|before|no|w/o|до(?=\s+ндс|\s+комисс|\s+вычета\s+ндс))"
_INCL = r"(?:с\s+уч[её]том|учитывая|включая|включает(?:\s+в\s+себя)?|вкл\w*\.?|в\s*т\.?\s*ч\.?|в\s+том\s+числе|вместе\s+с|incl\w*\.?(?:\s+of)?|including|with|inc\.?|вс[её]\s+включено\s*[(:—–-]?|all\s+in\s*[(:—–-]?|со?(?:\s+всеми)?)"
_AFTER_EXCL = re.compile(
    r"\s*"
    + _RATE
    + r"[-–—:(]*\s*(?:в\s+(?:эту\s+|указанную\s+|этот\s+)?(?:бюджет\w*|сумм\w+|стоимость|цифр\w+)\s+)?(?:сверху|сверх\b|отдельно|дополнительно|не\s+включ\w+|не\s+входит|не\s+уч\w+|excluded|(?:(?:is|are)\s+)?(?:not\s+incl\w*|excluded|on\s+top|extra|separate)|excl\b\.?|on\s+top|exclusive|плюсом|без(?=\s*(?:[.,;)]|$))|начисл\w+\s+сверху|оплачива\w+\s+отдельно|extra)",
    re.IGNORECASE,
)
_AFTER_INCL = re.compile(
    r"\s*(?:\d{1,2}(?:[.,]\d)?\s?%)?\s*[-–—:(]*\s*(?:уже\s+)?(?:в\s+(?:эту\s+|указанную\s+|этот\s+)?(?:бюджет\w*|стоимость|сумм\w+)\s+(?:уже\s+)?)?(?:в\s+том\s+числе|в\s+т\.?\s?ч\b|включ[её]н\w*|включительно|входит|внутри|уч[тл]\w+|included|inclusive|incl\b|вошл\w+|сидит\s+внутри|в\s+(?:рамках\s+)?бюджет\w*(?=\s*(?:[.,;)]|$))|в\s+сумме|заложен\w*|is\s+included)",
    re.IGNORECASE,
)
# "excl. VAT incl. commission": what is included is named next.
_OF_THE_NEXT = re.compile(r"\s*,?\s*incl\w*\.?\s+(?:of\s+)?(?:agency|commission|fee|ac\b|vat)", re.IGNORECASE)
_BOTH = re.compile(r"(?:с\s*/\s*без|с\s+ндс\s+или\s+без|без\s+или\s+с|с\s+или\s+без)", re.IGNORECASE)
_NOT_LIABLE = re.compile(r"не\s+облага|освобожд|усн\b|упрощ|неплательщик|не\s+плательщик", re.IGNORECASE)
_OFFER = re.compile(
    r"(?:\bкп\b|смет\w|прайс|предложени\w|цен[аыу]\b|цены|стоимост\w|тариф\w|счет\b|медиаплан\w|укажите|указать|указыва\w|просчит\w|чек\b|зарплат\w|оборот|выручк)",
    re.IGNORECASE,
)
_OF_BUDGET = re.compile(r"(?:бюджет|сумм\w|цифр\w|вс[её]\b|budget|total|лимит|amount)", re.IGNORECASE)


def _patterns(subject: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    flags = re.IGNORECASE
    return (
        re.compile(rf"(?<!\w){_EXCL}\s*{_RATE}{_OTHERS}{_RATE}{_ALL}{subject}", flags),
        re.compile(rf"(?<!\w){_INCL}\s*{_RATE}{_OTHERS}{_RATE}{_ALL}{subject}", flags),
        re.compile(subject, flags),
    )


_SUBJECTS = {"budget_vat": _patterns(_VAT), "budget_commission": _patterns(_FEE)}
_LABELS = {"budget_vat": "vat", "budget_commission": "commission"}


class BasisReader:
    """Claims for budget_vat and budget_commission: incl or excl; what is said both ways in one breath is no claim."""

    def __init__(self, note: AnnotatedText, budgets: list[Claim], rejected: list[tuple[int, int]]) -> None:
        self.note = note
        self.budgets = budgets
        self.rejected = rejected

    def claims(self) -> Iterator[Claim]:
        own = list(self.note.own())
        for index, passage in enumerate(own):
            previous = own[index - 1] if index and own[index - 1].message == passage.message else None
            for field, patterns in _SUBJECTS.items():
                start = passage.label_start if passage.label in ("budget", _LABELS[field]) else passage.start
                previous_end = own[index - 1].end if index else 0
                yield from self._of(
                    field,
                    patterns,
                    passage,
                    max(start, previous_end if start < passage.start else 0),
                    previous,
                )

    def _of(
        self,
        field: str,
        patterns: tuple[re.Pattern[str], ...],
        passage: Passage,
        start: int,
        previous: Passage | None,
    ) -> Iterator[Claim]:
        text, end = self.note.text, passage.end
        if _BOTH.search(text, start, passage.start):
            start = passage.start  # the heading asks "with or without?", the row answers
        if (
            _BOTH.search(text, start, end)
            or _NOT_LIABLE.search(text, start, end)
            or self.note.is_question(passage)
        ):
            return
        excl, incl, subject = patterns
        for found in subject.finditer(text, start, end):
            if taken_back(text, found.start()) and not re.search(
                r"не\s+$", text[max(0, found.start() - 4) : found.start()]
            ):
                continue
            value, span = None, (0, 0)
            for basis, before, after in (("excl", excl, _AFTER_EXCL), ("incl", incl, _AFTER_INCL)):
                lead = next(
                    (match for match in before.finditer(text, start, end) if match.end() == found.end()), None
                )
                tail = after.match(text, found.end(), end)
                if tail and not (value and _OF_THE_NEXT.match(text, found.end(), end)):
                    value, span = basis, (found.start(), tail.end())
                    break
                if lead and value is None:
                    value, span = basis, lead.span()
            if value is None and passage.label == _LABELS[field]:
                continue
            if value is not None:
                strength = self._strength(field, passage, span, previous)
                if strength and not self._denied(span[0]):
                    yield Claim(
                        field,
                        value,
                        *_trimmed(text, span),
                        strength,
                        passage.message,
                        bool(self.note.about("correction", passage.start, end)),
                    )
        if passage.label == _LABELS[field]:
            yield from self._row(field, passage)

    def _denied(self, start: int) -> bool:
        return bool(re.search(r"\b(?:а\s+)?не\s+$", self.note.text[max(0, start - 6) : start], re.IGNORECASE))

    def _row(self, field: str, passage: Passage) -> Iterator[Claim]:
        """A row of its own: "НДС: сверху", "НДС | включён"."""
        text = self.note.text[passage.start : passage.end].lower()
        rules = (
            (
                "excl",
                r"^\W*(?:\d+\s?%\W*)?(?:без\b|сверху|сверх\b|отдельно|не\s+включ|не\s+вход|не\s+уч|excl|начисляется|плюс|нет\b|on top)",
            ),
            (
                "incl",
                r"^\W*(?:\d+\s?%\W*)?(?:со?\W*$|с\s+ндс|с\s+ак\b|включ|вкл\b|входит|внутри|уч[тл]|да\b|incl|в\s+том\s+числе|с\s+уч)",
            ),
        )
        for value, rule in rules:
            if found := re.search(rule, text):
                if any(field == "budget_vat" and word in text for word in ("ндс", "vat")):
                    return
                lead = len(found.group()) - len(found.group().lstrip(" :-–—("))
                yield Claim(field, value, passage.start + lead, passage.end, LABELLED, passage.message)
                return

    def _strength(self, field: str, passage: Passage, span: tuple[int, int], previous: Passage | None) -> int:
        text = self.note.text
        if of_another_time(self.note, passage, *span):
            return 0
        mine = [claim for claim in self.budgets if passage.start <= claim.start < passage.end]
        left, right = self.note.clause(*span, passage)
        if any(left <= start < right for start, _ in self.rejected):
            return 0
        if not mine and any(passage.start <= start < passage.end for start, _ in self.rejected):
            return 0
        if passage.label == "budget" or passage.label == _LABELS[field] or mine:
            return LABELLED if passage.label in ("budget", _LABELS[field]) else SAID
        if _OFFER.search(text, passage.start, passage.end) and not _OF_BUDGET.search(text, left, right):
            return 0
        if _OF_BUDGET.search(text, passage.start, passage.end):
            return SAID
        if previous and any(previous.start <= claim.start < previous.end for claim in self.budgets):
            return SAID
        if previous and re.search(r"ндс|vat|комисс", text[previous.start : previous.end], re.IGNORECASE):
            return SAID
        return SAID if passage.end - passage.start < 50 else HINTED


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int]:
    start, end = span
    while start < end and text[start].isspace():
        start += 1
    return start, end
