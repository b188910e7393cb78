"""From a question about many deals to what is asked of them; only a question whose every word is taken up is understood."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from agents.asked.arguments import arguments
from agents.asked.day_bounds import day_bounds
from agents.asked.measure import AGGREGATES, Grouping, Measure, grouping_said, measure_said, order_said
from agents.asked.money_bounds import money_bounds
from agents.asked.named import SYSTEMS, conditions_named
from agents.asked.said import Placed, Said
from agents.asked.score_bounds import score_bounds
from agents.asked.states import stages_said, states_said, take_nouns, waits_said
from agents.asked.when import happenings, stretches
from agents.period_said import Said as Period
from agents.sums_said import latest_said, top_said
from agents.understand import timers_said
from tools.query.condition import Condition, condition
from tools.query.fields import MONEY

# Conditions that only deals which have not ended can meet.
_OF_OPEN: Final = frozenset({"days_in_stage", "days_late", "days_left", "age_days"})
_OF_DAYS: Final = frozenset({"день", "время", "сутки", "days", "time", "long"})
_ENDED: Final = frozenset({"closed", "cancelled"})
_GATES: Final = frozenset(f"G{number}" for number in range(1, 8))
# A stretch of days or a bound that belongs to nothing known, or terms that no deal can meet together.
_UNKNOWN: Final = ("?",)


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


@dataclass
class _Terms:
    """The conditions of a question with their places, and what its reading leaves for the measure: whether an amount was bounded, what
    happened first, whether won and lost deals stand side by side."""

    placed: list[Placed]
    bounded: bool
    happened: str | None = None
    apart: bool = False


def read_asked(question: str, today: date, values: Mapping[str, Iterable[str]]) -> Asked:
    """What a question about many deals asks. Terms that may hold any word (names, stages, bounds, days) are read first, then what is
    asked, then the terms that are made of its plain words."""
    said = Said(question)
    usual = next(iter(values.get("amounts", ())), "budget")
    top = top_said(question) or latest_said(question)
    if top is not None:
        said.take_span(*top[1])
    named = _stages_and_names(said, values)
    scores = score_bounds(said)
    sums, days, spans = money_bounds(said, usual), stretches(said, today), day_bounds(said)
    if (
        spans is None
        or days is None
        or (timers_said(said.words) and any(one.field == "cycle_days" for _, one in spans))
    ):
        return Asked(rest=list(_UNKNOWN))
    grouping = grouping_said(said, [one for _, one in [*named, *scores]], top=top is not None)
    measure = measure_said(said, usual, bounded=bool(sums), top=top is not None and grouping.by is None)
    if measure.order is None and measure.name not in AGGREGATES and grouping.by is None:
        measure = replace(measure, order=order_said(said, usual, top=top is not None))
    if spans:
        said.find("days")
    terms = _terms(
        said, [*named, *sums, *spans, *scores], days, today, grouping, measure.of, bounded=bool(sums)
    )
    if terms is None:
        return Asked(rest=list(_UNKNOWN))
    if terms.apart and grouping.by is None and measure.name != "list":
        grouping = replace(grouping, by="stage")
    elif grouping.compared and grouping.by is None and days and terms.happened:
        grouping = replace(grouping, by="month")
    measure, conditions = _of_what(said, measure, grouping, terms, usual)
    take_nouns(said, conditions, grouping.by, measure.of)
    args = arguments(
        conditions, measure, grouping, terms.happened or "created", top[0] if top else None, said
    )
    rest = [word.text for word in said.rest()]
    carried = values.get("amounts")
    if carried is not None and any(one.field in MONEY and one.field not in carried for one in conditions):
        rest = rest or list(_UNKNOWN)  # no deal carries such an amount: none would meet the bound
    scored = measure.of == "nps" or any(one.field == "nps" for one in conditions)
    if scored and days and not any(one.since or one.until for one in conditions):
        rest = rest or list(_UNKNOWN)  # on which days a score was given is not asked for by its deals
    if grouping.by == "reason" and not any(_is_of_cancelled(one) for one in conditions):
        rest = rest or list(_UNKNOWN)  # events tell only why deals were cancelled
    waits = any(one.field in _GATES and one.negated for one in conditions)
    if waits and any(one.field == "cycle_days" for one in conditions):
        rest = rest or list(_UNKNOWN)  # «нет медиаплана больше трёх дней»: since when is not told
    if not rest and (_at_odds(conditions) or _of_a_timer(said, measure, conditions)):
        rest = list(_UNKNOWN)
    told = measure.name != "list" or grouping.by is not None or measure.order is not None
    return Asked(conditions, args, rest, told, measure.listed)


def _stages_and_names(said: Said, values: Mapping[str, Iterable[str]]) -> list[Placed]:
    """A word that is both a stage of ours and one of a system is ours, unless a system is named."""
    systems = any(word.forms & SYSTEMS for word in said.words)
    stages = [] if systems else stages_said(said)
    named = conditions_named(said, values)
    return [*named, *stages, *(stages_said(said) if systems else [])]


def _terms(
    said: Said,
    read: Sequence[Placed],
    days: Sequence[tuple[int, Period]],
    today: date,
    grouping: Grouping,
    of: str | None,
    *,
    bounded: bool,
) -> _Terms | None:
    """All conditions: those that are read already, and how the deals stand and what happened to them. None where days belong to nothing."""
    waits, states = waits_said(said), states_said(said)
    if grouping.most == "worst" and not states and (by_sla := said.find("sla")):
        states = [(by_sla[0][0], condition("sla", any_of=("breached",)))]  # «кто хуже всех по SLA»
    late = [row for row in states if row[1].field == "sla"]
    happened = happenings(said, days, late, today, of)
    if happened is None:
        return None
    rest = [row for row in states if row not in late]
    placed = sorted([*read, *rest, *happened.conditions, *waits], key=lambda row: row[0])
    return _Terms(placed, bounded, happened.grouped, happened.apart)


def _of_what(
    said: Said, measure: Measure, grouping: Grouping, terms: _Terms, usual: str
) -> tuple[Measure, list[Condition]]:
    """Which number a figure is of, an amount or days, and the conditions that are left beside it."""
    conditions = list(dict.fromkeys(one for _, one in terms.placed))
    if condition("open") in conditions and any(word.forms & {"работа"} for word in said.words):
        # «в работе (не закрыты и не отменены)»
        conditions = [one for one in conditions if one != condition("stage", any_of=("running",))]
    if any(one.field in _OF_OPEN for one in conditions) and not any(
        one.field == "stage" for one in conditions
    ):
        conditions.append(condition("open"))
    if measure.name in AGGREGATES and measure.of is None:
        return _of_days(said, measure, conditions, usual)
    if measure.name == "list" and grouping.by is not None and (amounts := said.find("amount")):
        # «топ-5 клиентов по бюджету»
        return Measure("sum", next((name for _, _, name in amounts if name != "any"), usual)), conditions
    if terms.bounded:
        said.find("amount")
    if measure.order is not None and measure.order[0] == "recent":
        measure = replace(measure, order=(terms.happened or "created", True))
    elif measure.order is not None and measure.order[0] == "days_in_stage" and _has_ended(conditions):
        measure = replace(measure, order=("cycle_days", measure.order[1]))  # «самые долгие закрытые сделки»
    return measure, conditions


def _of_days(
    said: Said, measure: Measure, conditions: list[Condition], usual: str
) -> tuple[Measure, list[Condition]]:
    found = said.find("days")
    spent = [at for at, word in enumerate(said.words) if at not in said.taken and word.forms & _OF_DAYS]
    said.take(spent)
    if spent and not found:
        staying = any(one.field == "stage" for one in conditions) and not _has_ended(conditions)
        return replace(measure, of="days_in_stage" if staying else "cycle_days"), conditions
    late = [
        one for one in conditions if one.field == "sla" and one.any_of == ("breached",) and not one.negated
    ]
    if not found and late and measure.name != "sum":
        # «средняя просрочка»
        return replace(measure, of="days_late"), [one for one in conditions if one not in late]
    return replace(measure, of=found[0][2] if found else usual), conditions


def _has_ended(conditions: Sequence[Condition]) -> bool:
    return any(
        one.field in _ENDED or (one.field == "stage" and set(one.any_of) <= _ENDED) for one in conditions
    )


def _is_of_cancelled(one: Condition) -> bool:
    return not one.negated and (one.field == "cancelled" or one.any_of == ("cancelled",))


def _at_odds(conditions: Sequence[Condition]) -> bool:
    """Whether two stages are asked for at once: «отменили на этапе КП» tells of a stage that was left."""
    stages = [set(one.any_of) for one in conditions if one.field == "stage" and not one.negated]
    return len(stages) > 1 and not set.intersection(*stages)


def _of_a_timer(said: Said, measure: Measure, conditions: Sequence[Condition]) -> bool:
    """«Просрочки договор → запуск» asks for the figures of the timer, not for deals."""
    timed = bool(conditions) and all(one.field == "sla" and one.timer for one in conditions)
    return measure.name == "list" and not measure.listed and timed and bool(timers_said(said.words))
