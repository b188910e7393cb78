"""Figures over many deals: how many, how much, how long. Amounts of different bases are never added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

from masterdeal import instant, sla
from masterdeal.anomaly import anomalies
from masterdeal.deal import Deal
from masterdeal.rulebook import Rulebook, timers

LONGER_THAN: Final = (30, 60, 90)


class _Sums:
    """Sums of money kept apart by currency, VAT and commission basis."""

    def __init__(self) -> None:
        self._sums: dict[tuple[Any, ...], Decimal] = {}
        self._counts: Counter[tuple[Any, ...]] = Counter()

    def add(self, money: dict[str, Any] | None) -> None:
        if money is None:
            return
        basis = (
            money.get("currency", "RUB"),
            money.get("vat"),
            money.get("vat_rate"),
            money.get("commission"),
        )
        self._sums[basis] = self._sums.get(basis, Decimal(0)) + Decimal(money["amount"])
        self._counts[basis] += 1

    def shown(self) -> list[dict[str, Any]]:
        return [
            {
                "amount": format(amount, "f"),
                "currency": basis[0],
                "vat": basis[1],
                "vat_rate": basis[2],
                "commission": basis[3],
                "deals": self._counts[basis],
            }
            for basis, amount in sorted(self._sums.items(), key=lambda item: str(item[0]))
        ]


def spread(values: Sequence[float]) -> dict[str, Any]:
    """Count, mean, median, p50 and p90 of some values; a percentile is the value at rank ceil(share * count),
    the median the mean of the two middle values where the count is even."""
    if not values:
        return {"count": 0, "mean": None, "median": None, "p90": None, "min": None, "max": None}
    ordered = sorted(values)
    count = len(ordered)
    middle = (ordered[(count - 1) // 2] + ordered[count // 2]) / 2
    p90 = ordered[max(0, -(-count * 9 // 10) - 1)]
    return {
        "count": count,
        "mean": sum(ordered) / count,
        "median": middle,
        "p90": p90,
        "min": ordered[0],
        "max": ordered[-1],
    }


def cycle_days(deal: Deal, book: Rulebook) -> float | None:
    """Days from the deal's creation to its closing or cancellation; None while it is open or has no origin."""
    if deal.origin is None or deal.stage not in book.rules.terminal:
        return None
    return (deal.stages[-1][1] - deal.origin) / instant.DAY


def figures(deals: Iterable[Deal], book: Rulebook, clock: int) -> dict[str, Any]:
    """The portfolio's figures at `clock`: counts by stage, step, industry, client type, manager and domain
    stage; sums; win rate (closed among closed and cancelled); cycle in days; SLA per timer; deadlines; anomalies."""
    counts: dict[str, Counter[str]] = {
        name: Counter()
        for name in (
            "stage",
            "pipeline_stage",
            "industry",
            "client_type",
            "manager",
            "domain_stage",
            "anomaly",
        )
    }
    budgets, won = _Sums(), _Sums()
    cycles: list[float] = []
    by_timer: dict[str, Counter[str]] = {name: Counter() for name in book.rules.timers}
    breached: Counter[str] = Counter()
    spent: dict[str, list[float]] = {name: [] for name in book.rules.timers}
    deadlines: dict[str, Counter[str]] = {}
    total = 0
    for deal in deals:
        total += 1
        _count(deal, book, counts)
        budgets.add(deal.attributes.get("budget"))
        if deal.stage == book.rules.ladder[-1]:
            won.add(deal.amounts.get("contract"))
        cycle = cycle_days(deal, book)
        if cycle is not None:
            cycles.append(cycle)
        for timer in timers(deal, book, clock):
            by_timer[timer.name][timer.state] += 1
            if timer.breached is not None:
                breached[timer.name] += 1
            if timer.state in (sla.MET, sla.MET_LATE):
                spent[timer.name].append(sla.elapsed(timer, clock) / instant.HOUR)
        _deadlines(deal, book, clock, deadlines)
    closed, cancelled = counts["stage"]["closed"], counts["stage"]["cancelled"]
    return {
        "as_of": instant.iso(clock),
        "deals": total,
        **{f"by_{name}": dict(counter.most_common()) for name, counter in counts.items()},
        "won": closed,
        "lost": cancelled,
        "win_rate": closed / (closed + cancelled) if closed + cancelled else None,
        "budget": budgets.shown(),
        "won_amount": won.shown(),
        "cycle_days": spread(cycles),
        "cycle_longer_than_days": {str(days): sum(cycle > days for cycle in cycles) for days in LONGER_THAN},
        "sla": {
            name: {
                "states": dict(by_timer[name]),
                "started": sum(by_timer[name].values()) - by_timer[name][sla.PENDING],
                "breached": breached[name],
                "hours_to_target": spread(spent[name]),
            }
            for name in book.rules.timers
        },
        "deadlines": {name: dict(counter) for name, counter in deadlines.items()},
    }


def _count(deal: Deal, book: Rulebook, counts: dict[str, Counter[str]]) -> None:
    counts["stage"][deal.stage] += 1
    step = book.rules.step_of(deal.mask)
    if step is not None:
        counts["pipeline_stage"][step.name] += 1
    for name in ("industry", "client_type", "manager"):
        value = deal.attributes.get(name)
        if value is not None:
            counts[name][value] += 1
    for system, (stage, _) in deal.domain_stages.items():
        counts["domain_stage"][f"{system}: {stage}"] += 1
    for anomaly in anomalies(deal, book):
        counts["anomaly"][anomaly.code] += 1


def _deadlines(deal: Deal, book: Rulebook, clock: int, tally: dict[str, Counter[str]]) -> None:
    """Per deadline: how many deals have it, how many ended, how many of these after it. None is never `met`."""
    ended = deal.stages[-1][1] if deal.stage in book.rules.terminal else None
    for name, text in deal.deadlines.items():
        due = instant.parse(text)
        counter = tally.setdefault(name, Counter())
        counter["with_deadline"] += 1
        if ended is not None:
            counter["ended"] += 1
            counter["ended_late" if ended > due else "ended_in_time"] += 1
        else:
            counter["open_overdue" if clock > due else "open"] += 1
