"""Values that somebody proposes for a brief: taken is what our own readers make of a quote that stands in the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tools.brief_reading.answer import Brief, BriefField
from tools.brief_reading.lexicon import phrases
from tools.brief_reading.passages import annotate
from tools.morphology import sentences

Reason = Literal[
    "malformed",
    "no_such_field",
    "known_already",
    "quote_not_in_text",
    "not_the_clients_word",
    "value_not_in_quote",
    "not_a_budget",
]
Read = Callable[[str, date], Brief]

HEADINGS: Final[Mapping[str, str]] = {
    "client": "Клиент",
    "product": "Продукт",
    "category": "Категория",
    "goal": "Цель кампании",
    "age_from": "Возраст",
    "age_to": "Возраст",
    "sex": "Пол",
    "geo": "География",
    "period_start": "Период",
    "period_end": "Период",
    "kpi": "KPI",
    "channels": "Каналы",
    "excluded_channels": "Исключить каналы",
    "landing_page": "Посадочная страница",
    "contacts": "Контакт",
}
"""The heading under which our readers are asked for a field. Money has none: a quote must say itself that it is a budget."""

MONEY: Final = ("budget_min", "budget_max", "budget_vat", "budget_commission")
LONGEST: Final = 300


class Proposal(BaseModel):
    """One value with the words it rests on."""

    model_config = ConfigDict(extra="ignore")

    field: str
    quote: str = Field(min_length=2, max_length=LONGEST)
    value: Any = None


def accepted(
    text: str, brief: Brief, proposals: Sequence[Any], today: date, read: Read
) -> tuple[Brief, dict[Reason, int]]:
    """The brief with the proposals that stand, each marked by the source `model`, and how many were left out and why.

    What the rules have read is never replaced. A value is the one our readers find in the quote, under the field's own
    heading; a value that was told beside it must be the same.
    """
    fields = dict(brief.fields)
    dropped: Counter[Reason] = Counter()
    for raw in proposals:
        try:
            proposal = Proposal.model_validate(raw)
        except ValidationError:
            dropped["malformed"] += 1
            continue
        found = _judged(text, brief, fields, proposal, today, read)
        if isinstance(found, str):
            dropped[found] += 1
        else:
            fields[proposal.field] = found
    missing = tuple(name for name in brief.missing if not _answered(name, fields))
    questions = tuple(q for q in brief.questions if q.reason != "missing" or q.field in missing)
    return brief.model_copy(update={"fields": fields, "missing": missing, "questions": questions}), dict(
        dropped
    )


def _answered(name: str, fields: Mapping[str, BriefField]) -> bool:
    groups = (("budget_min", "budget_max"), ("age_from", "age_to", "sex"))
    if name == "budget_vat" and name in fields:
        return bool(fields[name].value != "unknown")
    return any(one in fields for group in groups if name in group for one in group) or name in fields


def _judged(
    text: str, brief: Brief, fields: Mapping[str, BriefField], proposal: Proposal, today: date, read: Read
) -> BriefField | Reason:
    name = proposal.field
    if name not in HEADINGS and name not in MONEY:
        return "no_such_field"
    if name in fields and not (name == "budget_vat" and fields[name].value == "unknown"):
        return "known_already"
    words = proposal.quote.split()
    span = re.search(r"(?<!\w)" + r"\s+".join(map(re.escape, words)) + r"(?!\w)", text) if words else None
    if span is None:
        return "quote_not_in_text"
    start, end = span.span()
    if any(one.start < end and start < one.end for one in brief.ignored):
        return "not_the_clients_word"
    quote = text[start:end]
    asked = quote if name in MONEY else f"{HEADINGS[name]}: {quote}"
    own = read(asked, today).fields.get(name)
    if (
        own is None
        or own.value == "unknown"
        or (proposal.value is not None and not _same(own.value, proposal.value))
    ):
        return "value_not_in_quote"
    if name in MONEY and not _of_the_campaign(text, span.span(), name, own.value, today, read):
        return "not_a_budget"
    return own.model_copy(
        update={
            "quote": quote,
            "start": start,
            "end": end,
            "source": "model",
            "items": tuple(
                one.model_copy(update={"quote": quote, "start": start, "end": end}) for one in own.items
            ),
        }
    )


def _of_the_campaign(
    text: str, span: tuple[int, int], name: str, value: Any, today: date, read: Read
) -> bool:
    """Whether the quote holds a word for money to spend, and its whole sentence says the same: a sum alone is any sum."""
    quote = text[span[0] : span[1]]
    named = annotate(quote).mentions(phrases("budget", "trigger"))
    if not any(found.key == "budget" for found in named):
        return False
    around = next(
        (text[a:b] for a, b in sentences(text) if a <= span[0] and span[1] <= b), text[span[0] : span[1]]
    )
    whole = read(around, today).fields.get(name)
    return whole is not None and bool(whole.value == value)


def _same(own: Any, told: Any) -> bool:
    """Whether what was told is what our reader found: numbers by value, lists by their elements, words without case."""
    if isinstance(own, list | tuple):
        told_parts = told if isinstance(told, list | tuple) else [told]
        return len(own) == len(told_parts) and all(
            any(_same(mine, theirs) for theirs in told_parts) for mine in own
        )
    if isinstance(own, Mapping):
        return isinstance(told, Mapping) and all(
            _same(own[key], told.get(key)) for key in own if key != "unit"
        )
    if isinstance(own, Decimal | int):
        try:
            return Decimal(str(told).replace(" ", "").replace("\xa0", "")) == own
        except InvalidOperation:
            return False
    return " ".join(str(own).casefold().split()) == " ".join(str(told).casefold().split())
