"""What a campaign was to bring and what it brought: lines of the approved plan beside the reports on them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from masterdeal.event import Event

OFFER_APPROVED: Final = "crm.offer.approved"
PLAN_READY: Final = "media.mediaplan.ready"
KPI: Final = "mediapush.kpi.reported"
COUNTED: Final = ("impressions", "clicks", "views", "reach")

Paper = Callable[[str, str], Mapping[str, Any] | None]
"""The offer kept under an id and a version, or None."""


def kpi_rows(events: Sequence[Event], paper: Paper) -> list[tuple[Any, ...]]:
    """Rows of fact_kpi without the deal's own columns, in the order of the lines: those planned, and those only
    reported on. The newest approved offer with lines sets the plan, or else the newest plan with lines."""
    plan, lines = _plan(events, paper)
    reports = _reports(events)
    rows = []
    for line in [*lines, *sorted(set(reports) - set(lines), key=lambda name: (name is not None, name or ""))]:
        planned = lines.get(line)
        rows.append((line, *_planned(planned, plan), *_reported(reports.get(line, {}))))
    return rows


def _plan(events: Sequence[Event], paper: Paper) -> tuple[str | None, dict[str | None, Mapping[str, Any]]]:
    for type_ in (OFFER_APPROVED, PLAN_READY):
        for event in reversed(events):
            if event.type != type_:
                continue
            name = event.data.get("offer_id") or event.data.get("plan_id")
            lines = event.data.get("lines")
            if not isinstance(lines, list) and isinstance(name, str):
                kept = paper(name, str(event.data.get("version") or ""))
                lines = kept.get("lines") if kept else None
            if isinstance(lines, list):
                found: dict[str | None, Mapping[str, Any]] = {
                    str(row.get("number", row.get("line", place))): row
                    for place, row in enumerate(lines, 1)
                    if isinstance(row, dict)
                }
                if found:
                    return (name if isinstance(name, str) else event.id), found
    return None, {}


def _planned(line: Mapping[str, Any] | None, plan: str | None) -> tuple[Any, ...]:
    if line is None:
        return (None,) * 10
    amount, basis = _money(line.get("cost"))
    return (
        _text(line.get("channel")),
        plan,
        _text(line.get("period_start")),
        _text(line.get("period_end")),
        *(_count(line.get(name)) for name in COUNTED),
        amount,
        basis,
    )


def _reports(events: Iterable[Event]) -> dict[str | None, dict[str, Event]]:
    """By line, the report in force for each period: the last one by event time, source and id."""
    found: dict[str | None, dict[str, Event]] = {}
    for event in events:
        if event.type == KPI:
            line = event.data.get("line")
            found.setdefault(None if line is None else str(line), {})[event.data["period"]] = event
    return found


def _reported(by_period: Mapping[str, Event]) -> tuple[Any, ...]:
    if not by_period:
        return (None, None, 0, False, *(None,) * 7)
    periods = sorted(tuple(period.split("/")) for period in by_period)
    overlapping = any(later[0] <= earlier[1] for earlier, later in itertools.pairwise(periods))
    sums: list[int | None] = []
    for name in ("impressions", "clicks", "views", "conversions"):
        told = [event.data[name] for event in by_period.values() if event.data.get(name) is not None]
        sums.append(sum(told) if told else None)
    reach = [event.data["reach"] for event in by_period.values() if event.data.get("reach") is not None]
    costs = [_money(event.data.get("cost")) for event in by_period.values()]
    stated = [(amount, basis) for amount, basis in costs if amount is not None]
    bases = {basis for _, basis in stated}
    cost = sum((amount for amount, _ in stated), Decimal(0)) if len(bases) == 1 else None
    return (
        periods[0][0],
        max(period[1] for period in periods),
        len(by_period),
        overlapping,
        *sums,
        max(reach) if reach else None,
        cost,
        next(iter(bases)) if len(bases) == 1 else None,
    )


def _money(given: Any) -> tuple[Decimal | None, str | None]:
    """Amount and basis as one text; nothing where it is no money."""
    if not isinstance(given, dict):
        return None, None
    try:
        amount = Decimal(str(given.get("amount")))
    except InvalidOperation:
        return None, None
    if not amount.is_finite():
        return None, None
    basis = (given.get("currency", "RUB"), given.get("vat"), given.get("vat_rate"), given.get("commission"))
    return amount, " ".join(str(part) if part is not None else "-" for part in basis)


def _count(given: Any) -> int | None:
    return given if isinstance(given, int) and not isinstance(given, bool) else None


def _text(given: Any) -> str | None:
    return given if isinstance(given, str) else None
