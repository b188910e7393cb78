"""The United Stage Dashboard: what the marts say about many deals at one moment, each number with its deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, Literal

from msgspec import Struct

from masterdeal import instant, reference
from masterdeal.hours import Calendar
from masterdeal.marts.bottleneck import bottleneck
from masterdeal.marts.clocked import worked
from masterdeal.marts.groups import Cut, cut_by
from masterdeal.marts.questions import STATES, Counted, Questions
from masterdeal.marts.scope import Scope, stamp
from masterdeal.marts.warehouse import Warehouse
from masterdeal.rulebook import Rulebook

GroupBy = Literal["industry", "budget", "client_type", "stage", "manager", "source"]
DAY: Final = 86_400.0


class Order(Struct, frozen=True):
    """What is asked of the dashboard. `counted` says which time is meant: of the calendar or of working hours."""

    scope: Scope
    group_by: GroupBy | None = None
    counted: Counted = "elapsed"


@cache
def settings() -> Mapping[str, Any]:
    """What the dashboard cuts by: bands, edges, the length of the trend."""
    return reference.table("marts/dashboard.toml")


def board(marts: Warehouse, order: Order, book: Rulebook, working: Calendar, now: int) -> dict[str, Any]:
    """Everything the dashboard shows of the deals in scope at the clock time `now`. Durations are seconds; sums are
    apart by basis; every number has the address of its deals."""
    return _Board(marts, order, book, working, now).drawn()


class _Board:
    def __init__(self, marts: Warehouse, order: Order, book: Rulebook, working: Calendar, now: int) -> None:
        self.order, self.book, self.now = order, book, now
        self.marts = marts
        clock = {"now": stamp(now), "worked": worked(working, now)}
        self.ask = Questions(marts.dialect, order.scope, order.counted, clock)
        self.ask_any_time = Questions(marts.dialect, order.scope.undated(), order.counted, clock)
        self.cut = cut_by(order.group_by, settings()["band"])

    def drawn(self) -> dict[str, Any]:
        ask, cut = self.ask, self.cut
        cycle, edges = settings()["cycle"]["longer_than"], settings()["ageing"]["edges"]
        asked = {
            "stages": ask.stages(),
            "sums": ask.sums(),
            "won": ask.sums("outcome", "contract"),
            "timers": ask.timers(),
            "outcomes": ask.outcomes(longer=cycle),
            "funnel": ask.funnel(),
            "ageing": ask.ageing(edges),
            "domain_stages": ask.domain_stages(),
            "deadlines": ask.deadlines(),
            "anomalies": ask.anomalies(),
            "span": ask.span(),
        }
        if cut is not None:
            asked |= {
                "by_stages": ask.stages(cut.expression),
                "by_sums": ask.sums(cut.expression),
                "by_timers": ask.timers(cut.on("deal_stage")),
                "by_outcomes": ask.outcomes(cut.expression),
            }
        found = dict(zip(asked, self.marts.ask_all(list(asked.values())), strict=True))
        rows = {name: answer.dicts() for name, answer in found.items()}
        timers = self._timers(rows["timers"], rows["outcomes"][0]["deals"])
        return {
            "deals": rows["outcomes"][0]["deals"],
            "href": self._href(),
            "stages": self._stages(rows["stages"], rows["sums"]),
            "sums": _added(rows["sums"]),
            "sla": timers,
            "bottleneck": bottleneck(timers, self.order.counted),
            "funnel": self._funnel(rows["funnel"]),
            "outcome": self._outcome(rows["outcomes"][0], rows["won"], cycle),
            "ageing": self._ageing(rows["ageing"], edges),
            "flow": self._flow(rows["span"][0]),
            "trend": self._trend(),
            "domain_stages": [
                row | {"href": self._href(domain_stage=f"{row['system']}:{row['stage']}")}
                for row in rows["domain_stages"]
            ],
            "deadlines": self._deadlines(rows["deadlines"]),
            "anomalies": [row | {"href": self._href(anomaly=row["code"])} for row in rows["anomalies"]],
            "groups": self._groups(cut, rows) if cut is not None else [],
        }

    def _href(self, **more: Any) -> str:
        return self.order.scope.href(**more)

    def _within(self, stage: str) -> dict[str, Any]:
        return {"stage": (stage,)}

    def _stages(
        self, counts: Sequence[dict[str, Any]], sums: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        found = {row["stage"]: row for row in counts}
        names = {step.stage: step.name_ru for step in reversed(self.book.rules.steps)}
        drawn = []
        for stage in self.book.rules.stages:
            row = found.get(stage)
            drawn.append(
                {
                    "stage": stage,
                    "name_ru": names.get(stage),
                    "deals": row["deals"] if row else 0,
                    "href": self._href(**self._within(stage)),
                    "sums": _sums(one for one in sums if one["value"] == stage),
                    "age_s": _spread(row, row["deals"])
                    if row and stage not in self.book.rules.terminal
                    else None,
                }
            )
        return drawn

    def _timers(self, rows: Sequence[dict[str, Any]], deals: int) -> list[dict[str, Any]]:
        found = {row["timer"]: row for row in rows}
        drawn = []
        for timer in self.book.rules.timers:
            limit = self.book.sla.limit(timer, self.now)
            row = found.get(timer)
            started = row["started"] if row else 0
            states = {state: (row[column] if row else 0) for state, column in STATES.items()}
            drawn.append(
                {
                    "timer": timer,
                    "limit_s": limit.duration / instant.SECOND,
                    "limit": limit.said,
                    "calendar": limit.calendar.name,
                    "started": started,
                    "states": {"pending": deals - started, **states},
                    "state_hrefs": {
                        state: self._href(timer=timer, sla=state) for state in ("pending", *states)
                    },
                    "to_target_s": _spread(row, states["met"] + states["met_late"]),
                    "running_mean_s": _rounded(row["open_mean"]) if row else None,
                    "breached": row["breached"] if row else 0,
                    "breach_share": _share(row["breached"], started) if row else None,
                    "breached_href": self._href(timer=timer, breached=True),
                    "overrun_s": _rounded(row["overrun"]) if row else 0.0,
                }
            )
        return drawn

    def _funnel(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """How many deals reached a stage or a later one; conversions are shares of the stage before and of the first."""
        drawn: list[dict[str, Any]] = []
        for rank, stage in enumerate(self.book.rules.ladder):
            reached = sum(
                row["deals"] for row in rows if row["reached"] is not None and row["reached"] >= rank
            )
            lost = sum(row["lost"] for row in rows if row["reached"] == rank)
            before, first = (drawn[-1]["deals"], drawn[0]["deals"]) if drawn else (None, None)
            drawn.append(
                {
                    "stage": stage,
                    "deals": reached,
                    "lost_here": lost,
                    "of_previous": _share(reached, before),
                    "of_first": _share(reached, first),
                    "href": self._href(reached=rank),
                }
            )
        return drawn

    def _outcome(
        self, row: Mapping[str, Any], won: Sequence[dict[str, Any]], longer: Sequence[int]
    ) -> dict[str, Any]:
        return {
            "open": row["open_deals"] or 0,
            "won": row["won"] or 0,
            "lost": row["lost"] or 0,
            "undated": row["undated"] or 0,
            "win_rate": _share(row["won"] or 0, (row["won"] or 0) + (row["lost"] or 0)),
            "won_sums": _sums(won),
            "cycle_s": _spread(row, row["cycles"]),
            "cycle_longer_than_days": {str(days): row[f"longer_{days}"] or 0 for days in longer},
            "hrefs": {name: self._href(outcome=name) for name in ("open", "won", "lost")},
        }

    def _ageing(self, rows: Sequence[dict[str, Any]], edges: Sequence[int]) -> list[dict[str, Any]]:
        found = {row["bucket"]: row["deals"] for row in rows}
        drawn = []
        for place, low in enumerate([0, *edges]):
            high = edges[place] if place < len(edges) else None
            bounds = {"outcome": "open", "stage_age_max": None if high is None else high * DAY}
            if low:
                bounds["stage_age_min"] = low * DAY
            drawn.append(
                {
                    "from_days": low,
                    "to_days": high,
                    "deals": found.get(place, 0),
                    "href": self._href(**bounds),
                }
            )
        return drawn

    def _flow(self, span: Mapping[str, Any]) -> dict[str, Any]:
        """Over the period asked for, or else over all that the deals know; as fine as the number of points allows."""
        scope = self.order.scope
        first = scope.created_from if scope.created_from is not None else _moment(span["first"])
        last = scope.created_to if scope.created_to is not None else _later(span["last"], self.now)
        if first is None or last is None or last <= first:
            return {"unit": None, "points": []}
        days = (last - first) / instant.DAY
        points = settings()["trend"]["points"]
        unit = next((name for name, length in _UNITS.items() if days / length <= points), "year")
        asked = self.ask_any_time.flow(unit, stamp(first), stamp(last))
        by_day: dict[Any, dict[str, int]] = {}
        for answer in self.marts.ask_all(asked):
            for what, day, number in answer.rows:
                by_day.setdefault(_day(day), {})[what] = number
        return {
            "unit": unit,
            "from": instant.iso(first),
            "to": instant.iso(last),
            "points": [
                {
                    "from": day,
                    **{what: counts.get(what, 0) for what in ("created", "won", "lost", "breached")},
                }
                for day, counts in sorted(by_day.items())
            ],
        }

    def _trend(self) -> dict[str, Any]:
        """The period asked for (or the last days before the clock) beside the one of equal length before it."""
        scope = self.order.scope
        last = scope.created_to if scope.created_to is not None else self.now
        length = settings()["trend"]["days"] * instant.DAY
        first = scope.created_from if scope.created_from is not None else last - length
        length = max(last - first, 1)
        return {
            "now": self._period(first, last),
            "before": self._period(first - length, first),
        }

    def _period(self, first: int, last: int) -> dict[str, Any]:
        first = max(first, instant.FIRST)
        deals, timers = self.marts.ask_all(self.ask_any_time.period(stamp(first), stamp(last)))
        row = deals.dicts()[0]
        window = {"created_from": None, "created_to": None}
        ended = window | {"ended_from": first, "ended_to": last}
        found = {one["timer"]: one for one in timers.dicts()}
        won, lost = row["won"] or 0, row["lost"] or 0
        settled = sum(one["settled"] for one in found.values())
        return {
            "from": instant.iso(first),
            "to": instant.iso(last),
            "created": row["created"] or 0,
            "won": won,
            "lost": lost,
            "win_rate": _share(won, won + lost),
            "late_share": _share(sum(one["late"] for one in found.values()), settled),
            "sla": {
                timer: {
                    "settled": found[timer]["settled"] if timer in found else 0,
                    "mean_s": _rounded(found[timer]["mean"]) if timer in found else None,
                    "late": found[timer]["late"] if timer in found else 0,
                }
                for timer in self.book.rules.timers
            },
            "hrefs": {
                "created": self._href(created_from=first, created_to=last),
                "won": self._href(outcome="won", **ended),
                "lost": self._href(outcome="lost", **ended),
            },
        }

    def _deadlines(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        drawn: dict[str, dict[str, Any]] = {}
        for row in rows:
            name = row["deadline"]
            one = drawn.setdefault(
                name,
                {
                    "deadline": name,
                    "with_deadline": 0,
                    "in_time": 0,
                    "late": 0,
                    "overdue": 0,
                    "open": 0,
                    "hrefs": {},
                },
            )
            one[row["state"]] = row["deals"]
            one["with_deadline"] += row["deals"]
            one["hrefs"][row["state"]] = self._href(deadline=f"{name}:{row['state']}")
        return list(drawn.values())

    def _groups(self, cut: Cut, rows: Mapping[str, Sequence[dict[str, Any]]]) -> list[dict[str, Any]]:
        drawn = []
        for row in sorted(rows["by_outcomes"], key=lambda row: cut.order(row["value"], row["deals"])):
            value = row["value"]
            mine = {name: [one for one in rows[name] if one["value"] == value] for name in _BY_GROUP}
            timers = mine["by_timers"]
            started = sum(one["started"] for one in timers)
            href = self._href(**cut.conditions(value))
            drawn.append(
                {
                    "value": value,
                    "name": cut.name(value),
                    "deals": row["deals"],
                    "href": href,
                    "open": row["open_deals"],
                    "won": row["won"],
                    "lost": row["lost"],
                    "win_rate": _share(row["won"], row["won"] + row["lost"]),
                    "cycle_s": _spread(row, row["cycles"]),
                    "stages": {one["stage"]: one["deals"] for one in mine["by_stages"]},
                    "sums": _sums(mine["by_sums"]),
                    "breach_share": _share(sum(one["breached"] for one in timers), started),
                    "overrun_s": _rounded(sum(one["overrun"] for one in timers)),
                    "sla": {
                        one["timer"]: {
                            "started": one["started"],
                            "states": {state: one[column] for state, column in STATES.items()},
                            "to_target_s": _spread(one, one["met"] + one["met_late"]),
                            "breached": one["breached"],
                            "breach_share": _share(one["breached"], one["started"]),
                            "overrun_s": _rounded(one["overrun"]),
                            "breached_href": self._href(
                                **cut.conditions(value), timer=one["timer"], breached=True
                            ),
                        }
                        for one in timers
                    },
                }
            )
        return drawn


_BY_GROUP: Final = ("by_stages", "by_sums", "by_timers")
_UNITS: Final = {"day": 1, "week": 7, "month": 30.4, "quarter": 91.3}


def _spread(row: Mapping[str, Any] | None, count: int) -> dict[str, Any]:
    """Count, mean, p50, p90 and maximum; a percentile is the value at rank ceil(share * count)."""
    if row is None or not count:
        return {"count": 0, "mean": None, "p50": None, "p90": None, "max": None}
    p50, p90 = row["ranks"]
    return {
        "count": count,
        "mean": _rounded(row["mean"]),
        "p50": _rounded(p50),
        "p90": _rounded(p90),
        "max": _rounded(row["longest"]),
    }


def _rounded(value: Any) -> float | None:
    return None if value is None else round(float(value), 3)


def _share(part: int | None, whole: int | None) -> dict[str, Any] | None:
    """A share with its arithmetic; None of nothing."""
    return (
        {"value": round(part / whole, 6), "part": part, "whole": whole}
        if part is not None and whole
        else None
    )


def _sums(rows: Any) -> list[dict[str, Any]]:
    return [
        {
            "amount": _plain(row["amount"]),
            "currency": row["currency"],
            "vat": row["vat"],
            "vat_rate": row["vat_rate"],
            "commission": row["commission"],
            "deals": row["deals"],
        }
        for row in rows
    ]


def _plain(amount: Decimal) -> str:
    text = format(Decimal(amount), "f")
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part.ljust(2, '0')}" if part else whole


def _added(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The sums of all stages, still apart by basis."""
    total: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        basis = (row["currency"], row["vat"], row["vat_rate"], row["commission"])
        one = total.setdefault(basis, row | {"amount": Decimal(0), "deals": 0})
        one["amount"] += Decimal(row["amount"])
        one["deals"] += row["deals"]
    return _sums(total.values())


def _moment(found: Any) -> int | None:
    if found is None:
        return None
    return instant.of_datetime(found.replace(tzinfo=instant.EPOCH.tzinfo))


def _later(found: Any, now: int) -> int | None:
    """Up to the last thing that happened, the moment itself included; not beyond the clock."""
    last = _moment(found)
    return None if last is None else min(last + 1, max(now, 0) + 1)


def _day(found: Any) -> str:
    day = found.date() if isinstance(found, datetime) else found
    return str(day)
