"""Which deals are meant: one set of conditions for a number and for the list of deals behind it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote, urlencode

from msgspec import Struct
from msgspec.structs import asdict, replace

from masterdeal import instant
from masterdeal.marts.stale import SINCE, stale

DIMENSIONS: Final = ("industry", "client_type", "manager", "source")
STATE: Final = (
    "case when settled is not null then settled when :now > due_at then 'breached'"
    " when :now >= at_risk_at then 'at_risk' else 'running' end"
)
"""A timer's state at `:now`, from fact_sla."""

Selected = tuple[str, dict[str, Any]]
"""A condition on the rows of a table, and its values."""


class Scope(Struct, frozen=True, omit_defaults=True):
    """Conditions on deals; all must hold. Names are those of the parameters of /v1/deals. Periods are half-open, in
    microseconds; `unknown` names what must not be known; ages are seconds in the present stage."""

    stage: tuple[str, ...] = ()
    pipeline_stage: int | None = None
    industry: str | None = None
    client_type: str | None = None
    manager: str | None = None
    source: str | None = None
    currency: str | None = None
    budget_min: Decimal | None = None
    budget_max: Decimal | None = None
    budget_below: Decimal | None = None
    created_from: int | None = None
    created_to: int | None = None
    ended_from: int | None = None
    ended_to: int | None = None
    outcome: str | None = None
    reached: int | None = None
    furthest: int | None = None
    cycle_over: float | None = None
    cycle_working_over: float | None = None
    stale: bool | None = None
    due_from: int | None = None
    due_to: int | None = None
    stage_age_min: float | None = None
    stage_age_max: float | None = None
    timer: str | None = None
    sla: str | None = None
    breached: bool | None = None
    domain_stage: str | None = None
    deadline: str | None = None
    anomaly: str | None = None
    unknown: tuple[str, ...] = ()
    q: str | None = None
    mine: tuple[str, ...] | None = None
    """The names under which deals are the caller's own, where only those are asked for."""
    managers: tuple[str, ...] | None = None
    """The only managers whose deals may be seen; not a parameter, but what the caller's roles say."""

    def undated(self) -> Scope:
        """The same without a period."""
        return replace(self, created_from=None, created_to=None)

    def conditions(self, stage_column: str = "deal_stage") -> tuple[list[str], dict[str, Any]]:
        """Conditions on the columns that every fact repeats, and their values."""
        clauses: list[str] = []
        values: dict[str, Any] = {}
        for name, column, operator in _PLAIN:
            value = getattr(self, name)
            if value is not None:
                clauses.append(f"{column} {operator} :{name}")
                values[name] = _bound(name, value)
        if self.stage:
            names = [f"stage_{number}" for number in range(len(self.stage))]
            clauses.append(f"{stage_column} in ({', '.join(f':{name}' for name in names)})")
            values |= dict(zip(names, self.stage, strict=True))
        if self.managers is not None:
            names = [f"seen_{number}" for number in range(len(self.managers))]
            clauses.append(f"manager in ({', '.join(f':{name}' for name in names)})" if names else "1 = 0")
            values |= dict(zip(names, self.managers, strict=True))
        if self.mine is not None:
            names = [f"own_{number}" for number in range(len(self.mine))]
            clauses.append(f"manager in ({', '.join(f':{name}' for name in names)})" if names else "1 = 0")
            values |= dict(zip(names, self.mine, strict=True))
        clauses += [f"{_UNKNOWN[name]} is null" for name in self.unknown if name in _UNKNOWN]
        return clauses, values

    def deals(self, now: Any) -> tuple[str, dict[str, Any]]:
        """The condition on fact_deal that the whole scope makes, and its values; `now` is the clock."""
        clauses, values = self.conditions()
        values["now"] = now
        for name, condition in _OF_DEALS.items():
            value = getattr(self, name)
            if value is not None:
                clauses.append(condition)
                values[name] = _bound(name, value)
        if self.stale is not None:
            clauses.append(f"{'' if self.stale else 'not '}({stale()})")
        clauses += list(self._joined(values))
        return " and ".join(clauses) or "1 = 1", values

    def _joined(self, values: dict[str, Any]) -> Iterator[str]:
        """Conditions that look into other facts of the deal."""
        timer = ["1 = 1"]
        if self.timer is not None:
            timer.append("timer = :timer")
            values["timer"] = self.timer
        if self.sla == "pending":
            yield f"master_deal_id not in (select master_deal_id from fact_sla where {' and '.join(timer)})"
        elif self.sla is not None:
            timer.append(f"{STATE} = :sla")
            values["sla"] = self.sla
        if self.breached is not None:
            timer.append(f"{'' if self.breached else 'not '}(coalesce(ended_at, :now) > due_at)")
        open_between = [
            f"due_at {operator} :{name}"
            for name, operator in (("due_from", ">="), ("due_to", "<"))
            if getattr(self, name) is not None
        ]
        if open_between:
            timer += ["settled is null", *open_between]
            values |= {
                name: stamp(value)
                for name in ("due_from", "due_to")
                if (value := getattr(self, name)) is not None
            }
        if self.sla not in (None, "pending") or self.breached is not None or open_between:
            yield f"master_deal_id in (select master_deal_id from fact_sla where {' and '.join(timer)})"
        if self.domain_stage is not None:
            system, _, stage = self.domain_stage.partition(":")
            values |= {"system": system.strip(), "system_stage": stage.strip()}
            yield "master_deal_id in (select master_deal_id from fact_domain_stage where system = :system and stage = :system_stage)"
        if self.anomaly is not None:
            values["anomaly"] = self.anomaly
            yield "master_deal_id in (select master_deal_id from fact_anomaly where code = :anomaly)"
        if self.deadline is not None:
            name, _, state = self.deadline.partition(":")
            values |= {"deadline": name.strip()}
            wanted = DEADLINE_STATES.get(state.strip(), "1 = 1")
            yield f"master_deal_id in (select master_deal_id from fact_deadline where deadline = :deadline and {wanted})"

    def href(self, **more: Any) -> str:
        """Where the deals are listed, with some conditions replaced."""
        return "/v1/deals" + self.query(**more)

    def query(self, **more: Any) -> str:
        """The conditions as the query of an address."""
        scope = replace(self, **more) if more else self
        pairs = []
        for name, value in asdict(scope).items():
            if value is None or value == () or name == "managers":
                continue
            if name.endswith(("_from", "_to")):
                value = instant.iso(value)
            elif name == "mine":
                value = "true"
            elif isinstance(value, tuple):
                value = ",".join(value)
            elif isinstance(value, bool):
                value = str(value).lower()
            pairs.append((name, str(value)))
        return "?" + urlencode(pairs, quote_via=quote) if pairs else ""


DEADLINE_STATES: Final = {
    "in_time": "outcome = 'in_time'",
    "late": "outcome = 'late'",
    "overdue": "outcome is null and :now > due_at",
    "open": "outcome is null and :now <= due_at",
}
_PLAIN: Final = (
    *((name, name, "=") for name in DIMENSIONS),
    ("currency", "budget_currency", "="),
    ("budget_min", "budget_amount", ">="),
    ("budget_max", "budget_amount", "<="),
    ("budget_below", "budget_amount", "<"),
    ("created_from", "created_at", ">="),
    ("created_to", "created_at", "<"),
)
_UNKNOWN: Final = {
    **{name: name for name in DIMENSIONS},
    "budget": "budget_amount",
    "created": "created_at",
    "client": "client_key",
}
UNKNOWN: Final = tuple(_UNKNOWN)
_OF_DEALS: Final = {
    "pipeline_stage": "pipeline_step = :pipeline_stage",
    "ended_from": "ended_at >= :ended_from",
    "ended_to": "ended_at < :ended_to",
    "outcome": "outcome = :outcome",
    "reached": "furthest_rank >= :reached",
    "furthest": "furthest_rank = :furthest",
    "cycle_over": "cycle_s > :cycle_over",
    "cycle_working_over": "cycle_working_s > :cycle_working_over",
    "stage_age_min": f"{SINCE} >= :stage_age_min",
    "stage_age_max": f"{SINCE} < :stage_age_max",
    "q": "position(lower(:q) in lower(concat_ws(' ', master_deal_id, title, client, client_inn, manager))) > 0",
}


def _bound(name: str, value: Any) -> Any:
    return stamp(value) if name.endswith(("_from", "_to")) else value


def stamp(moment: int) -> Any:
    """An instant as the engines take it: UTC without a zone."""
    return instant.to_datetime(moment).replace(tzinfo=None)
