"""Brief analysis: what a client's text says of the campaign, each value with its quote, and what must still be asked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from masterdeal.errors import TooLarge
from tools.brief_reading.annotated import AnnotatedText
from tools.brief_reading.answer import Brief, BriefField, Contradiction, Correction, Item, Question, Quote
from tools.brief_reading.audience import AudienceReader
from tools.brief_reading.basis import BasisReader
from tools.brief_reading.category import CategoryReader
from tools.brief_reading.channels import ChannelReader
from tools.brief_reading.claim import SAID, Claim
from tools.brief_reading.client import ClientReader
from tools.brief_reading.contact import ContactReader, read_contacts
from tools.brief_reading.contradiction import check_age, check_budget, check_period
from tools.brief_reading.geography import GeographyReader
from tools.brief_reading.goal import GoalReader
from tools.brief_reading.kpi import KpiReader
from tools.brief_reading.lexicon import table
from tools.brief_reading.money import BudgetReader, Sum
from tools.brief_reading.numbers import quantities
from tools.brief_reading.passages import annotate
from tools.brief_reading.period import PeriodReader
from tools.brief_reading.product import ProductReader
from tools.brief_reading.quantity import Quantity
from tools.brief_reading.settle import (
    Outcome,
    settle_all,
    settle_channels,
    settle_places,
    settle_scalar,
    settle_standing,
    settle_targets,
)

__all__ = [
    "MANDATORY",
    "MAX_CHARS",
    "Brief",
    "BriefField",
    "Contradiction",
    "Correction",
    "Item",
    "Question",
    "Quote",
    "read_brief",
]

MANDATORY = (
    "client", "product", "category", "goal", "age_from", "age_to", "sex", "geo", "period_start", "period_end",
    "budget_min", "budget_max", "budget_vat", "budget_commission", "kpi", "landing_page", "contacts",
)  # fmt: skip
"""Fields a first plan cannot do without. An open budget or age needs one bound only; sex or age names the audience."""

MAX_CHARS = 300_000
"""Characters of a brief: about 150 pages. Longer texts are data, not briefs."""

_SCALARS = (
    "client",
    "product",
    "category",
    "goal",
    "sex",
    "period_start",
    "period_end",
    "budget_vat",
    "budget_commission",
    "landing_page",
)
_LISTS = ("geo", "kpi", "channels", "excluded_channels", "contacts")


def read_brief(text: str, today: date) -> Brief:
    """Read a brief as it was on `today`, the day against which "до 15.03" and "в марте" are resolved.

    Deterministic: rules, word lists and dictionary forms only. Every value is taken from the text at its quote; of
    several, the later message of a thread wins, and what one message says two ways is named as a contradiction.
    Raises TooLarge for a text of more than MAX_CHARS characters.
    """
    if len(text) > MAX_CHARS:
        raise TooLarge(
            f"a brief of {len(text)} characters, the limit is {MAX_CHARS}", chars=len(text), limit=MAX_CHARS
        )
    note = annotate(text)
    contacts = ContactReader(note)
    period = PeriodReader(note, today)
    outcome = Outcome()
    figures = quantities(text, note.tokens, [*contacts.taken, *period.taken])
    budget = BudgetReader(note, figures)

    _settle_subject(outcome, note, contacts)
    _settle_period(outcome, period)
    budgets = list(budget.claims())
    settle_scalar(outcome, "budget", budgets, "budget", ("budget_min", "budget_max"), _same_sum)
    bases = list(BasisReader(note, budgets, budget.rejected).claims())
    for name in ("budget_vat", "budget_commission"):
        settle_scalar(outcome, name, _of(bases, name), name, (name,))
    _settle_audience(outcome, note, [*contacts.taken, *period.taken], figures)
    settle_channels(outcome, ChannelReader(note, contacts.taken).claims())
    settle_targets(outcome, KpiReader(note, figures).claims())

    check_period(outcome, list(period.lengths()))
    check_age(outcome)
    check_budget(outcome, budget.shares, note)
    return _brief(note, outcome, period, budget)


def _of(claims: Iterable[Claim], name: str) -> list[Claim]:
    return [claim for claim in claims if claim.field == name]


def _settle_subject(outcome: Outcome, note: AnnotatedText, contacts: ContactReader) -> None:
    clients = list(ClientReader(note, contacts.mail_domains, contacts.link_domains).claims())
    named = [(claim.start, claim.end) for claim in clients]
    products = list(ProductReader(note).claims())
    categories = list(CategoryReader(note, named).claims(products))
    found = read_contacts(contacts)
    settle_standing(outcome, "client", clients, "client", _same_name)
    settle_standing(outcome, "product", products, None, _same_name)
    settle_standing(outcome, "category", categories, None, _same_name)
    settle_standing(outcome, "goal", GoalReader(note).claims(), None, _same_name)
    settle_standing(outcome, "landing_page", _of(found, "landing_page"), "landing_page", _same_name)
    settle_all(outcome, "contacts", _of(found, "contacts"))
    settle_places(outcome, GeographyReader(note, named + contacts.taken).claims())


def _settle_period(outcome: Outcome, reader: PeriodReader) -> None:
    claims = list(reader.claims())
    fields = ("period_start", "period_end")

    def same(left: Claim, right: Claim) -> bool:
        if left.value == right.value:
            return True
        for wide, narrow in ((left, right), (right, left)):
            whole = reader.by_place.get((wide.start, wide.end))
            if (
                whole
                and whole.shape == "whole"
                and whole.first
                and whole.last
                and whole.first <= narrow.value <= whole.last
            ):
                return True
        return False

    flights = re.search(r"флайт\w*|волн[аы]\b|этап\w*|flights|waves", reader.note.text, re.IGNORECASE)
    ranges = {
        (claim.start, claim.end) for claim in claims if claim.note == "range" and claim.strength >= SAID
    }
    for name in fields:
        mine = _narrow_first(_of(claims, name), reader)
        if flights and len(ranges) > 1 and len({claim.message.order for claim in mine}) == 1:
            several = [claim for claim in mine if (claim.start, claim.end) in ranges]
            pick = (
                min(several, key=lambda c: c.value)
                if name == "period_start"
                else max(several, key=lambda c: c.value)
            )
            outcome.values[name] = [pick]
            continue
        settle_scalar(outcome, name, mine, "period", fields, same)
    start = outcome.one("period_start")
    if start and not outcome.one("period_end"):
        for passage, length, strength in reader.lengths():
            if strength >= SAID:
                outcome.values["period_end"] = [
                    Claim(
                        "period_end",
                        length.end_from(start.value),
                        length.start,
                        length.end,
                        strength,
                        passage.message,
                        note="length",
                    )
                ]
                break


def _narrow_first(claims: list[Claim], reader: PeriodReader) -> list[Claim]:
    """A whole month or quarter gives way to exact dates inside it that are said as firmly in the same message."""
    kept = []
    for claim in claims:
        whole = reader.by_place.get((claim.start, claim.end))
        if claim.note == "whole" and whole and whole.first and whole.last:
            finer = [
                other
                for other in claims
                if other.note != "whole" and other.message == claim.message and other.strength >= SAID
                and whole.first <= other.value <= whole.last
            ]  # fmt: skip
            if finer:
                continue
        kept.append(claim)
    return kept


def _settle_audience(
    outcome: Outcome, note: AnnotatedText, taken: list[tuple[int, int]], figures: list[Quantity]
) -> None:
    claims = list(AudienceReader(note, taken, figures).claims())
    settle_scalar(
        outcome, "age", _segments(note, _of(claims, "age")), "age", ("age_from", "age_to"), _same_age
    )
    settle_scalar(outcome, "sex", _of(claims, "sex"), "sex", ("sex",))


def _segments(note: AnnotatedText, claims: list[Claim]) -> list[Claim]:
    """Several segments of one audience in one passage make one span of ages."""
    result: list[Claim] = []
    for claim in sorted(claims, key=lambda found: found.start):
        last = result[-1] if result else None
        if (
            last
            and note.passage_at(last.start) is note.passage_at(claim.start)
            and last.strength == claim.strength
            and not claim.corrects
        ):
            lows = [age for age in (last.value[0], claim.value[0]) if age is not None]
            highs = [last.value[1], claim.value[1]]
            high = None if None in highs else max(age for age in highs if age is not None)
            result[-1] = Claim(
                "age", (min(lows, default=None), high), last.start, claim.end, last.strength, last.message
            )
            continue
        result.append(claim)
    return result


def _same_age(left: Claim, right: Claim) -> bool:
    return all(None in pair or pair[0] == pair[1] for pair in zip(left.value, right.value, strict=True))


def _same_sum(left: Claim, right: Claim) -> bool:
    one, two = left.value, right.value
    if one.currency != two.currency or one.monthly != two.monthly:
        return bool(one.monthly != two.monthly)
    if one.high is not None and two.high is not None:
        return bool(one.high == two.high)
    return bool((one.low or one.high) == (two.low or two.high))


def _same_name(left: Claim, right: Claim) -> bool:
    one, two = (
        re.sub(r"[^\w]+", " ", str(claim.value).casefold().replace("ё", "е")).strip()
        for claim in (left, right)
    )
    return one in two or two in one


def _whole(number: Decimal) -> Decimal:
    return Decimal(int(number)) if number == number.to_integral_value() else number.normalize()


def _brief(note: AnnotatedText, outcome: Outcome, period: PeriodReader, budget: BudgetReader) -> Brief:
    fields = _fields(note, outcome)
    missing = _missing(fields)
    contradictions = tuple(
        Contradiction(
            name=clash.name, fields=clash.fields, quotes=tuple(_quote(note, *span) for span in clash.spans)
        )
        for clash in outcome.clashes
    )
    corrections = tuple(
        Correction(
            field="budget_max"
            if change.field == "budget"
            else "age_from"
            if change.field == "age"
            else change.field,
            before=_quote(note, change.before.start, change.before.end),
            after=_quote(note, change.after.start, change.after.end),
        )
        for change in outcome.changes
    )
    return Brief(
        fields=fields,
        missing=missing,
        questions=tuple(_questions(fields, missing, contradictions, period, budget)),
        contradictions=contradictions,
        corrections=corrections,
        ignored=tuple(_quote(note, start, end) for start, end in note.dropped),
    )


def _quote(note: AnnotatedText, start: int, end: int) -> Quote:
    return Quote(quote=note.text[start:end], start=start, end=end)


def _field(note: AnnotatedText, claim: Claim, value: Any, unit: str | None = None) -> BriefField:
    return BriefField(
        value=value, quote=note.text[claim.start : claim.end], start=claim.start, end=claim.end,
        source=claim.message.source, unit=unit,
    )  # fmt: skip


def _fields(note: AnnotatedText, outcome: Outcome) -> dict[str, BriefField]:
    fields: dict[str, BriefField] = {}
    for name in _SCALARS:
        if claim := outcome.one(name):
            fields[name] = _field(note, claim, claim.value)
    if age := outcome.one("age"):
        for name, years in zip(("age_from", "age_to"), age.value, strict=True):
            if years is not None:
                fields[name] = _field(note, age, years)
    if claim := outcome.one("budget"):
        total: Sum = claim.value
        unit = f"{total.currency}/month" if total.monthly else total.currency
        for name, bound in (("budget_min", total.low), ("budget_max", total.high)):
            if bound is not None:
                fields[name] = _field(note, claim, _whole(bound), unit)
        if "budget_vat" not in fields:
            fields["budget_vat"] = _field(note, claim, "unknown")
    else:
        fields.pop("budget_vat", None)
        fields.pop("budget_commission", None)
    for name in _LISTS:
        claims = outcome.values.get(name, [])
        if claims:
            items = tuple(
                Item(
                    value=_plain(claim.value),
                    quote=note.text[claim.start : claim.end],
                    start=claim.start,
                    end=claim.end,
                )
                for claim in claims
            )
            fields[name] = _field(note, claims[0], [item.value for item in items]).model_copy(
                update={"items": items}
            )
    return fields


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _whole(part) if isinstance(part, Decimal) else part for key, part in value.items()}
    return value


def _missing(fields: dict[str, BriefField]) -> tuple[str, ...]:
    absent = [name for name in MANDATORY if name not in fields]
    for group in (("budget_min", "budget_max"), ("age_from", "age_to", "sex")):
        if any(name in fields for name in group):
            absent = [name for name in absent if name not in group]
    if "budget_vat" in fields and fields["budget_vat"].value == "unknown":
        absent.insert(0, "budget_vat")
    return tuple(sorted(absent, key=MANDATORY.index))


def _questions(
    fields: dict[str, BriefField],
    missing: tuple[str, ...],
    contradictions: tuple[Contradiction, ...],
    period: PeriodReader,
    budget: BudgetReader,
) -> Iterable[Question]:
    texts = table("questions")
    for contradiction in contradictions:
        yield Question(
            field=contradiction.fields[0],
            reason="contradiction",
            **texts["contradiction"][contradiction.name],
        )
    for name in missing:
        if (name == "budget_min" and "budget_max" in missing) or (
            name in ("age_to", "sex") and "age_from" in missing
        ):
            continue
        yield Question(field=name, reason="missing", **texts["missing"][name])
    targets = fields["kpi"].value if "kpi" in fields else []
    ambiguous = [("kpi", target["metric"]) for target in targets if target["metric"] in ("reach", "leads")]
    total = fields.get("budget_max") or fields.get("budget_min")
    unit = (total.unit if total else None) or ""
    if unit.endswith("/month"):
        ambiguous.append(("budget_max", "budget_month"))
    if unit and not unit.startswith("RUB"):
        ambiguous.append(("budget_max", "budget_currency"))
    if budget.unscaled and "budget_max" not in fields:
        ambiguous.append(("budget_max", "budget_scale"))
    if period.vague and ("period_start" in missing or "period_end" in missing):
        ambiguous.append(("period_start", "period_vague"))
    for name, key in ambiguous:
        yield Question(field=name, reason="ambiguous", **texts["ambiguous"][key])
