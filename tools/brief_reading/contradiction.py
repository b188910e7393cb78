"""Values that do not fit each other: ends before starts, parts that miss the total, results the budget cannot buy."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tools.brief_reading.annotated import AnnotatedText, Passage
from tools.brief_reading.claim import SAID, Claim
from tools.brief_reading.dates import Duration
from tools.brief_reading.money import Share, Sum
from tools.brief_reading.settle import Outcome

_PRICED = {
    "cpl": ("leads",),
    "cpa": ("conversions", "leads", "orders", "registrations"),
    "cpc": ("clicks", "visits"),
    "cpm": ("impressions",),
    "cpi": ("installs",),
    "cpo": ("orders",),
    "cpv": ("views",),
    "cac": ("orders",),
}
_SLACK = Decimal("1.05")
_REST = ("остал", "остат", "резерв", "the rest", "remaining")


def check_period(outcome: Outcome, lengths: Sequence[tuple[Passage, Duration, int]]) -> None:
    """The end before the start; a stated length that does not fit the dates."""
    start, end = outcome.one("period_start"), outcome.one("period_end")
    if start is None or end is None:
        return
    if end.value < start.value:
        outcome.clash(
            "period_reversed", ("period_start", "period_end"), (start.start, start.end), (end.start, end.end)
        )
        return
    for passage, length, strength in lengths:
        same_thread = passage.message in (start.message, end.message)
        if (
            strength >= SAID
            and same_thread
            and not length.fits(start.value, end.value)
            and start.note not in ("length",)
            and end.note != "length"
        ):
            outcome.clash(
                "period_length",
                ("period_start", "period_end"),
                (start.start, start.end),
                (length.start, length.end),
            )


def check_age(outcome: Outcome) -> None:
    age = outcome.one("age")
    if age and None not in age.value and age.value[0] > age.value[1]:
        outcome.clash("age", ("age_from", "age_to"), (age.start, age.end), (age.start, age.end))


def check_budget(outcome: Outcome, shares: Sequence[Share], note: AnnotatedText) -> None:
    """A range upside down; parts that do not make the total; targets that cost more than there is."""
    budget = outcome.one("budget")
    if budget is None:
        return
    value: Sum = budget.value
    span = (budget.start, budget.end)
    if value.low is not None and value.high is not None and value.low > value.high:
        outcome.clash("budget_reversed", ("budget_min", "budget_max"), span, span)
    mine = [share for share in shares if share.total_start == budget.start]
    total = value.high or value.low
    if len(mine) >= 2 and total and not value.monthly:
        parts = sum((share.amount for share in mine), Decimal(0))
        tail = note.text[budget.start : max(share.end for share in mine) + 60].lower()
        if parts > total or (parts < total and not any(word in tail for word in _REST)):
            outcome.clash("budget_split", ("budget_max",), span, (mine[0].start, mine[-1].end))
    if total and value.currency == "RUB" and not value.monthly:
        _affordable(outcome, budget, total)


def _affordable(outcome: Outcome, budget: Claim, total: Decimal) -> None:
    targets = {claim.value["metric"]: claim for claim in outcome.values.get("kpi", [])}
    for price, counted in _PRICED.items():
        if price not in targets or targets[price].value["unit"] != "RUB":
            continue
        for metric in counted:
            if metric in targets:
                cost = targets[price].value["value"] * targets[metric].value["value"]
                if metric == "impressions":
                    cost /= 1000
                if cost > total * _SLACK:
                    claim = targets[metric]
                    outcome.clash(
                        "budget_kpi",
                        ("budget_max", "kpi"),
                        (budget.start, budget.end),
                        (claim.start, claim.end),
                    )
                return
