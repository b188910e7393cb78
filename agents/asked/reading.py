"""From a question about many deals to what is asked of them; only a question whose every word is taken up is understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from agents.asked.bounds import day_bounds, money_bounds
from agents.asked.measure import AGGREGATES, WHOSE, Grouping, Measure, grouping_said, measure_said, order_said
from agents.asked.named import SYSTEMS, conditions_named
from agents.asked.said import Said
from agents.asked.states import stages_said, states_said, take_nouns, waits_said
from agents.asked.when import happenings, stretches
from agents.sums_said import latest_said, top_said
from agents.understand import timers_said
from tools.query.condition import Condition, condition

# Conditions that only deals which have not ended can meet.
_OF_OPEN: Final = frozenset({"days_in_stage", "days_late", "days_left", "age_days"})
_ONE: Final = frozenset({"сделка", "сделку", "deal", "кампания", "какая", "лид"})
_OF_DAYS: Final = frozenset({"день", "время", "сутки", "days", "time", "long"})
_SEVERAL: Final = 5
_LISTED: Final = 10
_WHOLE: Final = WHOSE | {"open", "created", "ended"}


@dataclass
class Asked:
    """A question about many deals, as the tool that answers it takes it; `rest` are words that were not understood. `said_measure`: a
    figure, a grouping or an order was asked for; `said_list`: the deals themselves."""

    conditions: list[Condition] = field(default_factory=list)
    args: dict[str, Any] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)
    said_measure: bool = False
    said_list: bool = False

    @property
    def understood(self) -> bool:
        """Whether every word was taken up."""
        return not self.rest


# A stretch of days or a bound that belongs to nothing known.
_UNKNOWN: Final = ("?",)


def read_asked(question: str, today: date, values: Mapping[str, Iterable[str]]) -> Asked:
    """What a question about many deals asks."""
    said = Said(question)
    top = top_said(question) or latest_said(question)
    if top is not None:
        said.take_span(*top[1])
    usual = next(iter(values.get("amounts", ())), "budget")
    # A word that is both is our own stage, unless a system is named.
    stages = [] if any(word.forms & SYSTEMS for word in said.words) else stages_said(said)
    named = conditions_named(said, values)
    stages = stages or stages_said(said)
    sums = money_bounds(said, usual)
    days = stretches(said, today)
    spans = day_bounds(said)
    if sums is None or spans is None or days is None:
        return Asked(rest=list(_UNKNOWN))
    grouping = grouping_said(said, [one for _, one in named], top=top is not None)
    measure = measure_said(said, usual, bounded=bool(sums) or top is not None)
    if measure.order is None and measure.name not in AGGREGATES and grouping.by is None:
        measure = replace(measure, order=order_said(said, usual))
        if top is not None and measure.order is None and (amounts := said.find("amount")):
            named_amount = next((name for _, _, name in amounts if name != "any"), usual)
            measure = replace(measure, order=(named_amount, True))
    if spans:
        said.find("days")
    waits = waits_said(said)
    states = states_said(said)
    happened = happenings(said, days, [row for row in states if row[1].field == "sla"], today)
    if happened is None:
        return Asked(rest=list(_UNKNOWN))
    states = [row for row in states if row[1].field != "sla"]
    placed = sorted(
        [*named, *stages, *sums, *spans, *states, *happened.conditions, *waits], key=lambda row: row[0]
    )
    if measure.order is not None and measure.order[0] == "recent":
        measure = replace(measure, order=(happened.grouped or "created", True))
    if happened.apart and grouping.by is None:
        grouping = Grouping("stage")
    elif grouping.compared and grouping.by is None and days and happened.grouped:
        grouping = Grouping("month")
    measure, conditions = _of_what(
        said, measure, grouping, [one for _, one in placed], usual, bounded=bool(sums)
    )
    if any(one.field in _OF_OPEN for one in conditions) and not any(
        one.field == "stage" for one in conditions
    ):
        conditions.append(condition("open"))
    conditions = list(dict.fromkeys(conditions))
    take_nouns(said, conditions, grouping.by)
    args = _args(conditions, measure, grouping, happened.grouped or "created", top[0] if top else None, said)
    rest = [word.text for word in said.rest()]
    if (
        measure.name == "list"
        and conditions
        and all(one.field == "sla" and one.timer for one in conditions)
        and timers_said(said.words)
    ):
        rest = rest or list(_UNKNOWN)  # «просрочки договор → запуск» asks for the figures of the timer
    told = measure.name != "list" or grouping.by is not None or measure.order is not None
    return Asked(conditions, args, rest, told, measure.listed)


def _of_what(
    said: Said,
    measure: Measure,
    grouping: Grouping,
    conditions: list[Condition],
    usual: str,
    *,
    bounded: bool,
) -> tuple[Measure, list[Condition]]:
    """Which number a figure is of: an amount, or days."""
    late = [
        one for one in conditions if one.field == "sla" and one.any_of == ("breached",) and not one.negated
    ]
    if measure.name in AGGREGATES and measure.of is None:
        found = said.find("days")
        spent = [at for at, word in enumerate(said.words) if at not in said.taken and word.forms & _OF_DAYS]
        said.take(spent)
        if spent and not found and any(one.field == "stage" for one in conditions):
            return replace(measure, of="days_in_stage"), conditions
        if spent and not found:
            return replace(measure, of="cycle_days"), conditions
        if not found and late and measure.name != "sum":
            # «средняя просрочка»
            return replace(measure, of="days_late"), [one for one in conditions if one not in late]
        return replace(measure, of=found[0][2] if found else usual), conditions
    if measure.name == "list" and grouping.by is not None and (amounts := said.find("amount")):
        # «топ-5 клиентов по бюджету»
        named = next((name for _, _, name in amounts if name != "any"), usual)
        return Measure("sum", named), conditions
    if bounded:
        said.find("amount")
    return measure, conditions


def _args(
    conditions: Sequence[Condition],
    measure: Measure,
    grouping: Grouping,
    span_of: str,
    top: int | None,
    said: Said,
) -> dict[str, Any]:
    args: dict[str, Any] = {"measure": measure.name, "conditions": list(conditions)}
    if measure.name == "share":
        args["whole"], args["conditions"] = _split(conditions)
    elif measure.name == "win_rate":
        args["conditions"] = [one for one in conditions if not _ends(one)]
    elif measure.name in AGGREGATES:
        args["of"] = measure.of
    if grouping.by is not None:
        if measure.name == "list":
            args["measure"] = "count"
        args |= {"by": grouping.by, "span_of": span_of, "descending": _descends(grouping.most, conditions)}
        if grouping.most or top:
            args |= {"ranked": True, "limit": top or _SEVERAL}
    elif measure.name == "list" or measure.order is not None:
        order = measure.order or _usual_order(conditions) or ((said_usual(conditions), True) if top else None)
        one = measure.order is not None and any(word.text.casefold() in _ONE for word in said.words)
        args |= {"measure": "list", "limit": top or (1 if one else _SEVERAL if measure.order else _LISTED)}
        if order is not None:
            args |= {"order": order[0], "descending": order[1]}
    return args


# What a deal is the worse for.
_BAD: Final = frozenset({"sla", "breached", "cancelled", "days_late"})


def _descends(most: str | None, conditions: Sequence[Condition]) -> bool:
    """Whether a ranking begins with the largest; the worst have the most of what is bad, and the least of the rest."""
    bad = any(one.field in _BAD or one.any_of == ("cancelled",) for one in conditions)
    return most not in ({"up", "best"} if bad else {"up", "worst"})


def said_usual(conditions: Sequence[Condition]) -> str:
    """What the largest deals are the largest by, where a question names no amount."""
    return next((one.field for one in conditions if one.field in ("budget", "contract", "offer")), "budget")


def _usual_order(conditions: Sequence[Condition]) -> tuple[str, bool] | None:
    """Late deals come with the latest first, those at risk with the next due first."""
    for one in conditions:
        if one.field == "days_late" or (
            one.field == "sla" and one.any_of == ("breached",) and not one.negated
        ):
            return "days_late", True
        if one.field == "days_left" or (
            one.field == "sla" and one.any_of == ("at_risk",) and not one.negated
        ):
            return "days_left", False
        if one.field == "days_in_stage":
            return "days_in_stage", True
    return None


def _ends(one: Condition) -> bool:
    return one.field == "stage" and set(one.any_of) <= {"closed", "cancelled"}


def _split(conditions: Sequence[Condition]) -> tuple[list[Condition], list[Condition]]:
    """The whole and the part of a share: whose deals are meant, and how they stand."""
    whole = [one for one in conditions if one.field in _WHOLE]
    part = [one for one in conditions if one not in whole]
    return (whole, part) if part else ([], whole)
