"""What the product knows by itself: the contract playbook, the rules of advertising law, the sample rate card."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from tools.knowledge.citation import Citation
from tools.knowledge.passage import Kind, Passage, Source
from tools.knowledge.source import digest_of, source_id
from tools.rate_card import Rate
from tools.reference import load_reference
from tools.rules import Rule, advertising_law, playbook

_PLACE: Final = re.compile(r"(?:ч\. (?P<part>[\d.-]+))?(?: ?п\. (?P<item>[\d.-]+))?")


@cache
def packaged() -> tuple[tuple[Source, tuple[Passage, ...]], ...]:
    """The packaged sources with their passages."""
    return (
        _source("playbook", "playbook", "Плейбук договора", map(_rule, playbook().rules)),
        _source("playbook", "advertising-law", "Правила рекламы", map(_rule, advertising_law().rules)),
        _source("product", "rate-card", "Прайс (образец)", _rates()),
    )


def _source(
    kind: Kind, name: str, title: str, told: Iterable[tuple[Citation, str, str]]
) -> tuple[Source, tuple[Passage, ...]]:
    passages = []
    at = 0
    for citation, heading, text in told:
        passages.append(Passage(citation=citation, heading=heading, text=text, start=at, end=at + len(text)))
        at += len(text) + 1
    source = Source(
        document_id=source_id(kind, f"packaged/{name}"),
        kind=kind,
        name=name,
        title=title,
        digest=digest_of("\n".join(f"{passage.heading}\n{passage.text}" for passage in passages)),
        packaged=True,
        chars=at,
        passages=len(passages),
    )
    return source, tuple(passages)


def _rule(rule: Rule) -> tuple[Citation, str, str]:
    """One version of a rule, cited by its act and article."""
    until = "" if rule.valid_to is None else f" по {rule.valid_to:%d.%m.%Y}"
    text = f"{rule.requirement} {rule.why} {rule.suggestion} Действует с {rule.valid_from:%d.%m.%Y}{until}."
    if rule.status == "needs_legal_review":
        text += " Правило ждёт подтверждения юриста."
    named = _PLACE.fullmatch(rule.part or "")
    place = Citation(
        act=rule.act,
        article=rule.article,
        part=named["part"] if named else None,
        item=named["item"] if named else None,
        rule=rule.id,
    )
    return place, f"{rule.id}. {rule.title}", " ".join(text.split())


def _rates() -> Iterator[tuple[Citation, str, str]]:
    reference = load_reference()
    for rate in reference.rates:
        channel = reference.channels.get(rate.channel)
        heading = f"{channel.title} ({channel.title_en})" if channel else rate.channel
        yield Citation(act="Прайс (образец)", clause=rate.id), heading, _rate(rate)


def _rate(rate: Rate) -> str:
    price = (
        "цена не указана"
        if rate.price is None
        else f"цена {rate.price} руб. без НДС"
        if rate.vat == "excl"
        else f"цена {rate.price} руб. с НДС"
    )
    parts = [f"{rate.title}: модель {rate.model}, единица {rate.unit}, {price}, с {rate.valid_from:%d.%m.%Y}"]
    if rate.min_units:
        parts.append(f"не меньше {rate.min_units} ед.")
    if rate.min_cost:
        parts.append(f"не меньше {rate.min_cost} руб.")
    return ", ".join(parts) + f". Источник: {rate.source}"
