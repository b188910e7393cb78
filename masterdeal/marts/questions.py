"""The questions of the dashboard as SQL, one text for every engine. `:now` is the clock, `:worked` the working time
up to it as a running total (masterdeal.marts.clocked)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from masterdeal.marts.dialect import Dialect
from masterdeal.marts.scope import STATE, Scope

Counted = Literal["elapsed", "working"]
SHARES: Final = (0.5, 0.9)
FOR_COUNT: Final = "sum(case when {} then 1 else 0 end)"


def _passed(start: str, end: str) -> str:
    return f"date_diff('microsecond', {start}, {end}) / 1000000.0"


AGE: Final = {
    "elapsed": _passed("stage_since_at", ":now"),
    "working": "(:worked - stage_since_working_s)",
}
SPENT: Final = {"elapsed": "spent_s", "working": "spent_working_s"}
# A timer that has ended or stands still has run what its row says.
RUN: Final = {
    "elapsed": f"coalesce(spent_s, {_passed('started_at', ':now')} - suspended_s)",
    "working": "coalesce(spent_working_s, :worked - started_working_s - suspended_working_s)",
}
OVERRUN: Final = {
    "elapsed": f"greatest(0.0, {RUN['elapsed']} - until_due_s)",
    "working": f"greatest(0.0, {RUN['working']} - until_due_working_s)",
}
CYCLE: Final = {"elapsed": "cycle_s", "working": "cycle_working_s"}


class Question(NamedTuple):
    """A query and its values."""

    sql: str
    values: dict[str, Any]


class Questions:
    """The questions about one scope, with time counted one way."""

    def __init__(self, dialect: Dialect, scope: Scope, counted: Counted, clock: dict[str, Any]) -> None:
        self._dialect = dialect
        self._counted = counted
        clauses, values = scope.conditions()
        self._where = " and ".join(clauses) or "1 = 1"
        self._values = values | clock

    def _asked(self, sql: str, **more: Any) -> Question:
        return Question(sql.replace("#where#", self._where), self._values | more)

    def _ranks(self, expression: str) -> str:
        return self._dialect.ranks(expression, SHARES)

    def stages(self, by: str | None = None) -> Question:
        """Deals per stage (and `by`), and their age in it."""
        key = f"{by} as value, " if by else ""
        age = AGE[self._counted]
        ages = "" if by else f", avg({age}) as mean, max({age}) as longest, {self._ranks(age)} as ranks"
        group = "1, 2" if by else "1"
        return self._asked(
            f"select {key}deal_stage as stage, count(*) as deals{ages} from fact_deal where #where# group by {group}"
        )

    def sums(self, by: str = "deal_stage", amount: str = "budget") -> Question:
        """Sums of budgets or contracts by `by`, apart by basis."""
        won = "outcome = 'won' and " if amount == "contract" else ""
        return self._asked(
            f"select {by} as value, {amount}_currency as currency, {amount}_vat as vat, {amount}_vat_rate as vat_rate,"
            f" {amount}_commission as commission, sum({amount}_amount) as amount, count(*) as deals from fact_deal"
            f" where {won}{amount}_amount is not null and #where# group by 1, 2, 3, 4, 5 order by 2, 3, 4, 5"
        )

    def timers(self, by: str | None = None) -> Question:
        """Timers by state and by whether they were breached, with the sums of the time they ran and overran."""
        key = f"{by} as value, " if by else ""
        run = RUN[self._counted]
        late = "coalesce(coalesce(ended_at, :now) > due_at, false)"
        return self._asked(
            f"select {key}timer, {STATE} as state, {late} as late, count(*) as timers, sum({run}) as spent,"
            f" max({run}) as longest, sum(case when {late} then {OVERRUN[self._counted]} else 0.0 end) as overrun"
            f" from fact_sla where #where# group by {'1, 2, 3, 4' if by else '1, 2, 3'}"
        )

    def attention(self, by: str | None = None) -> Question:
        """Deals (not timers) with a timer that is breached or at risk now, or that was ever late."""
        key = f"{by} as value, " if by else ""
        late = "coalesce(ended_at, :now) > due_at"
        which = {"breached": f"{STATE} = 'breached'", "at_risk": f"{STATE} = 'at_risk'", "late": late}
        columns = ", ".join(
            f"count(distinct case when {condition} then master_deal_id else null end) as {name}"
            for name, condition in which.items()
        )
        return self._asked(f"select {key}{columns} from fact_sla where #where#{' group by 1' if by else ''}")

    def timer_ranks(self, by: str | None = None) -> Question:
        """Percentiles of the time to the target."""
        key = f"{by} as value, " if by else ""
        return self._asked(
            f"select {key}timer, {self._ranks(SPENT[self._counted])} as ranks from fact_sla"
            f" where settled in ('met', 'met_late') and #where# group by {'1, 2' if by else '1'}"
        )

    def outcomes(self, by: str | None = None, longer: Sequence[int] = ()) -> Question:
        """Open, won and lost deals, and the cycle of those that ended."""
        key = f"{by} as value, " if by else ""
        cycle = CYCLE[self._counted]
        more = "".join(
            ", " + FOR_COUNT.format(f"{cycle} > {days * 86400.0}") + f" as longer_{days}" for days in longer
        )
        return self._asked(
            f"select {key}count(*) as deals, {FOR_COUNT.format(OPEN)} as open_deals, {FOR_COUNT.format(WON)} as won,"
            f" {FOR_COUNT.format(LOST)} as lost, {FOR_COUNT.format('created_at is null')} as undated,"
            f" count({cycle}) as cycles, avg({cycle}) as mean, max({cycle}) as longest, {self._ranks(cycle)} as ranks{more}"
            f" from fact_deal where #where#{' group by 1' if by else ''}"
        )

    def funnel(self) -> Question:
        """How many deals came how far."""
        return self._asked(
            "select furthest_rank as reached, count(*) as deals, sum(case when outcome = 'lost' then 1 else 0 end) as lost"
            " from fact_deal where #where# group by 1 order by 1"
        )

    def ageing(self, edges: Sequence[int]) -> Question:
        """Open deals by the time they have been in their stage; the bucket is that of the first edge above."""
        age = AGE["elapsed"]
        cases = " ".join(f"when {age} < {edge * 86400.0} then {place}" for place, edge in enumerate(edges))
        return self._asked(
            f"select case {cases} else {len(edges)} end as bucket, count(*) as deals from fact_deal"
            " where outcome = 'open' and #where# group by 1 order by 1"
        )

    def span(self) -> Question:
        """The first and the last moment that the deals know."""
        return self._asked(
            "select min(created_at) as first, max(last_event_at) as last from fact_deal where #where#"
        )

    def flow(self, first: Any, last: Any) -> list[Question]:
        """Deals created, won and lost, and due times passed, per day in Moscow."""

        def counted(what: str, column: str, table: str, condition: str = "1 = 1") -> Question:
            return self._asked(
                f"select '{what}' as what, cast({column} + interval 3 hour as date) as day, count(*) as number"
                f" from {table} where {condition} and {column} >= :first and {column} < :last and #where# group by 2",
                first=first,
                last=last,
            )

        return [
            counted("created", "created_at", "fact_deal"),
            counted("won", "ended_at", "fact_deal", WON),
            counted("lost", "ended_at", "fact_deal", LOST),
            counted("breached", "due_at", "fact_sla", "coalesce(ended_at, :now) > due_at"),
        ]

    def period(self, first: Any, last: Any) -> list[Question]:
        """What happened in a period: deals created, won, lost; timers that reached their target, and how."""
        window = {"first": first, "last": last}
        created, ended = (f"{column} >= :first and {column} < :last" for column in ("created_at", "ended_at"))
        counts = {"created": created, "won": f"{WON} and {ended}", "lost": f"{LOST} and {ended}"}
        columns = ", ".join(f"{FOR_COUNT.format(condition)} as {name}" for name, condition in counts.items())
        late = FOR_COUNT.format("settled = 'met_late'")
        return [
            self._asked(f"select {columns} from fact_deal where #where#", **window),
            self._asked(
                f"select timer, count(*) as reached, avg({SPENT[self._counted]}) as mean, {late} as late"
                f" from fact_sla where settled in ('met', 'met_late') and {ended} and #where# group by 1",
                **window,
            ),
        ]

    def domain_stages(self) -> Question:
        """Deals by the present stages of the source systems."""
        return self._asked(
            "select system, stage, count(*) as deals from fact_domain_stage where #where# group by 1, 2 order by 1, 3 desc, 2"
        )

    def deadlines(self) -> Question:
        """Deals by deadline, and what became of it."""
        return self._asked(
            "select deadline, case when outcome is not null then outcome when :now > due_at then 'overdue' else 'open' end"
            " as state, count(*) as deals from fact_deadline where #where# group by 1, 2 order by 1, 2"
        )

    def anomalies(self) -> Question:
        """Deals by anomaly."""
        return self._asked(
            "select code, count(distinct master_deal_id) as deals from fact_anomaly where #where# group by 1 order by 2 desc, 1"
        )


OPEN: Final = "outcome = 'open'"
WON: Final = "outcome = 'won'"
LOST: Final = "outcome = 'lost'"
