"""Kept papers as open matters, for the question which of them a change of law touches."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import Malformed, TooLarge
from tools.contract.dates import named_days, performance
from tools.contract.review import reads_as
from tools.law_change import OpenMatter
from tools.legal_text import readable
from tools.word_index import index_words

Aside = Literal["not_a_contract", "no_dates_of_performance", "performed", "unreadable"]


class SetAside(BaseModel):
    """A paper that was not held against the change, and why; without dates nobody can say that it is not touched."""

    model_config = ConfigDict(frozen=True)

    matter_id: str
    reason: Aside = Field(
        description="no_dates_of_performance: a person must look; performed: all of it was before the day asked about"
    )


def contract_matter(matter_id: str, text: str, today: date) -> OpenMatter | SetAside:
    """A contract's text as a matter. Signed on the first single day it names, performed on the days it names for that."""
    try:
        readable(text)
    except (Malformed, TooLarge):
        return SetAside(matter_id=matter_id, reason="unreadable")
    if reads_as(text) != "contract":
        return SetAside(matter_id=matter_id, reason="not_a_contract")
    days = performance(index_words(text))
    if not days:
        return SetAside(matter_id=matter_id, reason="no_dates_of_performance")
    if days[-1] < today:
        return SetAside(matter_id=matter_id, reason="performed")
    single = (first for first, last, *_ in named_days(text) if first == last)
    return OpenMatter(
        id=matter_id,
        kind="contract",
        text=text,
        signed_on=min(next(single, days[0]), days[0]),
        service_from=days[0],
        service_to=days[-1],
    )


def plan_matter(
    matter_id: str,
    *,
    made_on: date,
    period: tuple[date, date] | None,
    product: str | None,
    category: str | None,
    channels: Sequence[str],
    today: date,
) -> OpenMatter | SetAside:
    """A media plan or an offer as a matter: what is advertised, where and when."""
    if period is None:
        return SetAside(matter_id=matter_id, reason="no_dates_of_performance")
    if period[1] < today:
        return SetAside(matter_id=matter_id, reason="performed")
    return OpenMatter(
        id=matter_id,
        kind="plan",
        text=product or "реклама",
        signed_on=made_on,
        service_from=period[0],
        service_to=period[1],
        category=category,
        channels=tuple(dict.fromkeys(channels)),
    )
