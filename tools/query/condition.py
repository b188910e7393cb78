"""One condition on a deal, and whether a deal meets it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.anomaly import anomalies
from masterdeal.deal import Deal
from masterdeal.rulebook import Rulebook, timers
from tools.happening import Happening, moments, within
from tools.query.fields import MOMENTS, WORDS, Number, Word, number_of, words_of

TimerName = Literal["lead_to_brief", "brief_to_offer", "offer_to_contract", "contract_to_launch", "launch_to_close"]  # fmt: skip


class Condition(BaseModel):
    """A condition that a deal meets or not. Where a deal lacks the number that is asked for, it does not meet it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    field: Word | Number | Happening | Literal["open", "sla", "anomaly", "unknown"] = Field(
        description="stage, industry, client_type, manager, client, title, domain_stage, role (who must act next), awaits (the gate the deal waits for), reason (why it was cancelled): with any_of. "
        "budget, mediaplan, offer, contract, invoice (amounts), days_in_stage, age_days, cycle_days, days_late, days_left, nps (the client's score, 0 to 10): with bounds. "
        "created, closed, cancelled, ended, breached, G1..G7 or a stage that was entered: that it happened, with since/until on those days. "
        "open: neither closed nor cancelled. sla: any_of the states breached (overdue now), at_risk, running, met, met_late. "
        "anomaly: any_of its codes, or any. unknown: any_of the properties that are not known"
    )
    any_of: tuple[str, ...] = Field(default=(), description="One of these, exactly as deals carry them")
    at_least: Decimal | None = None
    above: Decimal | None = None
    at_most: Decimal | None = None
    below: Decimal | None = None
    since: date | None = Field(default=None, description="First day, in Moscow time")
    until: date | None = Field(default=None, description="Last day")
    timer: TimerName | None = Field(
        default=None, description="Only this SLA timer counts: with sla, breached, days_late, days_left"
    )
    negated: bool = Field(default=False, description="The deal must not meet it")


def condition(field: str, **bounds: Any) -> Condition:
    """A condition on a field that is named by a word; pydantic.ValidationError where there is no such field."""
    return Condition.model_validate({"field": field, **bounds})


def meets(deal: Deal, condition: Condition, book: Rulebook, clock: int) -> bool:
    """Whether a folded deal meets a condition at `clock`. Unknown is never no: a deal without the number neither lies
    within a bound nor outside it; one of which a word is not known is not one of those named."""
    if condition.field in WORDS:
        found = {word.casefold() for word in words_of(deal, condition.field, book)}
        return bool(found & {word.casefold() for word in condition.any_of}) is not condition.negated
    if condition.field in MOMENTS:
        return _happened(deal, condition, book, clock) is not condition.negated
    if condition.field == "open":
        return (deal.stage not in book.rules.terminal) is not condition.negated
    if condition.field == "sla":
        judged = [one for one in timers(deal, book, clock) if condition.timer in (None, one.name)]
        return any(one.state in condition.any_of for one in judged) is not condition.negated
    if condition.field == "anomaly":
        codes = {one.code for one in anomalies(deal, book)}
        return bool(codes & set(condition.any_of) if condition.any_of else codes) is not condition.negated
    if condition.field == "unknown":
        return all(deal.attributes.get(name) is None for name in condition.any_of) is not condition.negated
    number = number_of(deal, condition.field, book, clock, condition.timer)
    return number is not None and _bounded(number, condition) is not condition.negated


def _happened(deal: Deal, condition: Condition, book: Rulebook, clock: int) -> bool:
    what: Happening = condition.field  # type: ignore[assignment]
    found = moments(deal, what, book, clock, condition.timer)
    return any(within(moment, condition.since, condition.until) for moment in found)


def _bounded(number: Decimal, condition: Condition) -> bool:
    return (
        (condition.at_least is None or number >= condition.at_least)
        and (condition.above is None or number > condition.above)
        and (condition.at_most is None or number <= condition.at_most)
        and (condition.below is None or number < condition.below)
    )
