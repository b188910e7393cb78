"""What a condition, a figure or a grouping may be about, and where a deal carries it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, Literal, get_args

from masterdeal import instant, sla
from masterdeal.deal import Deal
from masterdeal.portfolio import cycle_days
from masterdeal.rulebook import Rulebook, timers
from masterdeal.story import MOSCOW
from masterdeal.view import missing_gates
from tools.happening import Happening, moments

Word = Literal[
    "stage",
    "industry",
    "client_type",
    "manager",
    "client",
    "title",
    "domain_stage",
    "role",
    "awaits",
    "reason",
]
Money = Literal["budget", "mediaplan", "offer", "contract", "invoice"]
Days = Literal["days_in_stage", "age_days", "cycle_days", "days_late", "days_left"]
Span = Literal["month", "quarter", "year"]
Score = Literal["nps"]
Number = Literal[Money, Days, Score]
WORDS: Final[frozenset[str]] = frozenset(get_args(Word))
MONEY: Final[frozenset[str]] = frozenset(get_args(Money))
DAYS: Final[frozenset[str]] = frozenset(get_args(Days))
SCORES: Final[frozenset[str]] = frozenset(get_args(Score))
MOMENTS: Final[frozenset[str]] = frozenset(get_args(Happening))


def words_of(deal: Deal, field: str, book: Rulebook) -> list[str]:
    """The deal's words under a field; none where nothing is known. A stage of a source system counts with and without
    the system's name; a deal that has ended waits for no role."""
    if field == "stage":
        return [deal.stage]
    if field == "client":
        name = (deal.attributes.get("client") or {}).get("name")
        return [name] if name else []
    if field == "domain_stage":
        found = deal.domain_stages.items()
        return [said for system, (stage, _) in found for said in (stage, f"{system}: {stage}")]
    if field == "role":
        waits = deal.stage not in book.rules.terminal
        return list(getattr(book.rules.step_of(deal.mask), "role", ())) if waits else []
    if field == "awaits":
        return missing_gates(deal.mask, book) if deal.stage not in book.rules.terminal else []
    value = deal.attributes.get(field)
    return [] if value is None else [value]


def money_of(deal: Deal, field: str) -> Mapping[str, Any] | None:
    """The deal's budget, or the amount of its media plan, offer, contract or invoice."""
    money: Mapping[str, Any] | None = (
        deal.attributes.get("budget") if field == "budget" else deal.amounts.get(field)
    )
    return money


def days_of(deal: Deal, field: str, book: Rulebook, clock: int, timer: str | None = None) -> float | None:
    """Days of 24 hours: in the present stage, since creation, from creation to the end (deals that have ended), past the due time of
    the SLA that is latest now, or up to the nearest due time that is still ahead. None where there is no such span."""
    if field == "cycle_days":
        return cycle_days(deal, book)
    if deal.stage in book.rules.terminal:
        return None
    if field == "days_in_stage":
        return (clock - deal.stages[-1][1]) / instant.DAY if deal.stages else None
    if field == "age_days":
        return None if deal.origin is None else (clock - deal.origin) / instant.DAY
    open_ = [one for one in timers(deal, book, clock) if timer in (None, one.name) and one.due is not None]
    if field == "days_late":
        late = [clock - one.due for one in open_ if one.state == sla.BREACHED and one.due is not None]
        return max(late) / instant.DAY if late else None
    ahead = [
        one.due - clock for one in open_ if one.state in (sla.RUNNING, sla.AT_RISK) and one.due is not None
    ]
    return min(ahead) / instant.DAY if ahead else None


def number_of(deal: Deal, field: str, book: Rulebook, clock: int, timer: str | None = None) -> Decimal | None:
    """An amount, a score or a count of days to compare with a bound."""
    if field in SCORES:
        score = deal.attributes.get(field)
        return None if score is None else Decimal(score)
    if field in MONEY:
        money = money_of(deal, field)
        return None if money is None else Decimal(money["amount"])
    days = days_of(deal, field, book, clock, timer)
    return None if days is None else Decimal(str(days))


def spans_of(deal: Deal, span: Span, happening: Happening, book: Rulebook, clock: int) -> Iterable[str]:
    """The months (2026-11), quarters (2026-Q4) or years (2026), in Moscow time, in which it happened to the deal."""
    for moment in moments(deal, happening, book, clock):
        day = instant.to_datetime(moment).astimezone(MOSCOW).date()
        if span == "month":
            yield f"{day.year}-{day.month:02d}"
        elif span == "quarter":
            yield f"{day.year}-Q{(day.month + 2) // 3}"
        else:
            yield str(day.year)
