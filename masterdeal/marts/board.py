"""The United Stage Dashboard: what the marts say about many deals at one moment, each number with its deals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from typing import Any, Final, Literal

from msgspec import Struct

from masterdeal import instant, reference
from masterdeal.hours import Calendar
from masterdeal.marts.bottleneck import bottleneck
from masterdeal.marts.clocked import worked
from masterdeal.marts.flow import bounds_of, points, unit_of
from masterdeal.marts.groups import Cut, cut_by
from masterdeal.marts.questions import Counted, Questions
from masterdeal.marts.scope import Scope, stamp
from masterdeal.marts.sums import added, sums
from masterdeal.marts.tally import rounded, share, spread, tally
from masterdeal.marts.warehouse import Warehouse
from masterdeal.rulebook import Rulebook
from masterdeal.sla import MOSCOW

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
            "attention": ask.attention(),
            "ranks": ask.timer_ranks(),
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
                "by_timers": ask.timers(cut.expression),
                "by_attention": ask.attention(cut.expression),
                "by_ranks": ask.timer_ranks(cut.expression),
                "by_outcomes": ask.outcomes(cut.expression),
            }
        found = dict(zip(asked, self.marts.ask_all(list(asked.values())), strict=True))
        rows = {name: answer.dicts() for name, answer in found.items()}
        timers = self._timers(rows["timers"], rows["ranks"], rows["outcomes"][0]["deals"])
        return {
            "deals": rows["outcomes"][0]["deals"],
            "href": self._href(),
            "stages": self._stages(rows["stages"], rows["sums"]),
            "sums": added(rows["sums"]),
            "sla": timers,
            "attention": self._attention(rows["attention"]),
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

    def _stages(
        self, counts: Sequence[dict[str, Any]], budgets: Sequence[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        found = {row["stage"]: row for row in counts}
        names = {step.stage: step.name_ru for step in reversed(self.book.rules.steps)}
        drawn = []
        for stage in self.book.rules.stages:
            row = found.get(stage)
            ageing = row is not None and stage not in self.book.rules.terminal
            drawn.append(
                {
                    "stage": stage,
                    "name_ru": names.get(stage),
                    "deals": row["deals"] if row else 0,
                    "href": self._href(stage=(stage,)),
                    "sums": sums(one for one in budgets if one["value"] == stage),
                    "age_s": spread(row["deals"], row["mean"], row["ranks"], row["longest"])
                    if row and ageing
                    else None,
                }
            )
        return drawn

    def _timers(
        self, rows: Sequence[dict[str, Any]], ranks: Sequence[dict[str, Any]], deals: int
    ) -> list[dict[str, Any]]:
        ranked = {row["timer"]: row["ranks"] for row in ranks}
        drawn = []
        for timer in self.book.rules.timers:
            limit = self.book.sla.limit(timer, self.now)
            found = tally((row for row in rows if row["timer"] == timer), ranked.get(timer))
            found["states"] = {"pending": deals - found["started"], **found["states"]}
            drawn.append(
                {
                    "timer": timer,
                    "limit_s": limit.duration / instant.SECOND,
                    "limit": limit.said,
                    "calendar": limit.calendar.name,
                    **found,
                    "state_hrefs": {state: self._href(timer=timer, sla=state) for state in found["states"]},
                    "breached_href": self._href(timer=timer, breached=True),
                }
            )
        return drawn

    def _attention(self, rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
        """Deals with a timer that is breached or at risk now, or that was ever late. A deal counts once."""
        row = rows[0] if rows else {}
        conditions: dict[str, dict[str, Any]] = {
            "breached": {"sla": "breached"},
            "at_risk": {"sla": "at_risk"},
            "late": {"breached": True},
        }
        return {
            name: {"deals": row.get(name) or 0, "href": self._href(**condition)}
            for name, condition in conditions.items()
        }

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
                    "lost_href": self._href(furthest=rank, outcome="lost"),
                    "of_previous": share(reached, before),
                    "of_first": share(reached, first),
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
            "win_rate": share(row["won"] or 0, (row["won"] or 0) + (row["lost"] or 0)),
            "won_sums": sums(won),
            "cycle_s": spread(row["cycles"], row["mean"], row["ranks"], row["longest"]),
            "cycle_longer_than_days": {str(days): row[f"longer_{days}"] or 0 for days in longer},
            "cycle_hrefs": {
                str(days): self._href(**{_CYCLE_OVER[self.order.counted]: days * DAY}) for days in longer
            },
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
        unit = unit_of((last - first) / instant.DAY, settings()["trend"]["points"])
        answers = self.marts.ask_all(self.ask_any_time.flow(stamp(first), stamp(last)))
        return {
            "unit": unit,
            "from": instant.iso(first),
            "to": instant.iso(last),
            "points": [
                point | {"hrefs": self._flow_hrefs(point["from"], unit, first, last)}
                for point in points([row for answer in answers for row in answer.rows], unit)
            ],
        }

    def _flow_hrefs(self, day: str, unit: str, first: int, last: int) -> dict[str, str]:
        """Where the deals of one point are listed: of the unit that begins on `day`, as far as the flow goes."""
        begins, ends = bounds_of(date.fromisoformat(day), unit)
        start, end = (instant.of_datetime(datetime.combine(one, time(), MOSCOW)) for one in (begins, ends))
        start, end = max(start, first), min(end, last)
        anytime = {"created_from": None, "created_to": None}
        return {
            "created": self._href(created_from=start, created_to=end),
            "won": self._href(outcome="won", ended_from=start, ended_to=end, **anytime),
            "lost": self._href(outcome="lost", ended_from=start, ended_to=end, **anytime),
        }

    def _trend(self) -> dict[str, Any]:
        """The period asked for (or the last days before the clock) beside the one of equal length before it."""
        scope = self.order.scope
        last = scope.created_to if scope.created_to is not None else self.now
        length = settings()["trend"]["days"] * instant.DAY
        first = scope.created_from if scope.created_from is not None else max(last - length, instant.FIRST)
        length = max(last - first, 1)
        return {
            "now": self._period(first, last),
            "before": self._period(max(first - length, instant.FIRST), first),
        }

    def _period(self, first: int, last: int) -> dict[str, Any]:
        deals, timers = self.marts.ask_all(self.ask_any_time.period(stamp(first), stamp(last)))
        row = deals.dicts()[0]
        window = {"created_from": None, "created_to": None}
        ended = window | {"ended_from": first, "ended_to": last}
        found = {one["timer"]: one for one in timers.dicts()}
        won, lost = row["won"] or 0, row["lost"] or 0
        settled = sum(one["reached"] for one in found.values())
        return {
            "from": instant.iso(first),
            "to": instant.iso(last),
            "created": row["created"] or 0,
            "won": won,
            "lost": lost,
            "win_rate": share(won, won + lost),
            "late_share": share(sum(one["late"] for one in found.values()), settled),
            "sla": {
                timer: {
                    "settled": found[timer]["reached"] if timer in found else 0,
                    "mean_s": rounded(found[timer]["mean"]) if timer in found else None,
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
            ranked = {one["timer"]: one["ranks"] for one in mine["by_ranks"]}
            late = sum(one["late"] for one in mine["by_attention"])
            here = cut.conditions(value)
            sla = {
                timer: tally(found, ranked.get(timer))
                | {"breached_href": self._href(**here, timer=timer, breached=True)}
                for timer in self.book.rules.timers
                if (found := [one for one in mine["by_timers"] if one["timer"] == timer])
            }
            drawn.append(
                {
                    "value": value,
                    "name": cut.name(value),
                    "deals": row["deals"],
                    "href": self._href(**here),
                    "hrefs": {
                        "won": self._href(**here, outcome="won"),
                        "late": self._href(**here, breached=True),
                    },
                    "late_deals": late,
                    "open": row["open_deals"],
                    "won": row["won"],
                    "lost": row["lost"],
                    "win_rate": share(row["won"], row["won"] + row["lost"]),
                    "cycle_s": spread(row["cycles"], row["mean"], row["ranks"], row["longest"]),
                    "stages": {one["stage"]: one["deals"] for one in mine["by_stages"]},
                    "sums": sums(mine["by_sums"]),
                    "breach_share": share(
                        sum(one["breached"] for one in sla.values()),
                        sum(one["started"] for one in sla.values()),
                    ),
                    "overrun_s": rounded(sum(one["overrun_s"] for one in sla.values())),
                    "sla": sla,
                }
            )
        return drawn


_BY_GROUP: Final = ("by_stages", "by_sums", "by_timers", "by_ranks", "by_attention")
_CYCLE_OVER: Final = {"elapsed": "cycle_over", "working": "cycle_working_over"}


def _moment(found: Any) -> int | None:
    if found is None:
        return None
    return instant.of_datetime(found.replace(tzinfo=instant.EPOCH.tzinfo))


def _later(found: Any, now: int) -> int | None:
    """Up to the last thing that happened, the moment itself included; not beyond the clock."""
    last = _moment(found)
    return None if last is None else min(last + 1, max(now, 0) + 1)
