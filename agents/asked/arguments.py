"""What was read of a question, as the tool that answers it takes it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from agents.asked.measure import AGGREGATES, WHOSE, Grouping, Measure
from agents.asked.said import Said
from tools.query.condition import Condition

_ONE: Final = frozenset({"сделка", "сделку", "deal", "кампания", "какая", "лид"})
_WHO: Final = frozenset({"кто", "чей", "who", "whose"})
_CLIENT: Final = frozenset(
    {"клиент", "заказчик", "рекламодатель", "client", "clients", "customer", "customers", "advertiser"}
)
_SEVERAL: Final = 5
_LISTED: Final = 10
_WHOLE: Final = WHOSE | {"open", "created", "ended"}
# What a deal is the worse for.
_BAD: Final = frozenset({"sla", "breached", "cancelled", "days_late"})


def arguments(
    conditions: Sequence[Condition],
    measure: Measure,
    grouping: Grouping,
    span_of: str,
    top: int | None,
    said: Said,
) -> dict[str, Any]:
    """The arguments of `query_deals`. `span_of`: what the months of a grouping are counted by; `top`: how many are asked for."""
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
        args |= {} if grouping.least is None else {"group_min": grouping.least}
        if grouping.most or top:
            args |= {"ranked": True, "limit": top or _SEVERAL}
    elif measure.name == "list" or measure.order is not None:
        order = measure.order or _usual_order(conditions) or ((_amount_of(conditions), True) if top else None)
        one = measure.order is not None and any(word.text.casefold() in _ONE for word in said.words)
        args |= {"measure": "list", "limit": top or (1 if one else _SEVERAL if measure.order else _LISTED)}
        if order is not None:
            args |= {"order": order[0], "descending": order[1]}
        of_clients = any(one.field == "nps" for one in conditions)
        if of_clients or any(word.forms & _WHO for word in said.words):
            named = of_clients or any(word.forms & _CLIENT for word in said.words)
            args["naming"] = "client" if named else "manager"
    return args


def _descends(most: str | None, conditions: Sequence[Condition]) -> bool:
    """Whether a ranking begins with the largest; the worst have the most of what is bad, and the least of the rest."""
    bad = any(one.field in _BAD or one.any_of == ("cancelled",) for one in conditions)
    return most not in ({"up", "best"} if bad else {"up", "worst"})


def _amount_of(conditions: Sequence[Condition]) -> str:
    """What the largest deals are the largest by, where a question names no amount."""
    return next((one.field for one in conditions if one.field in ("budget", "contract", "offer")), "budget")


def _usual_order(conditions: Sequence[Condition]) -> tuple[str, bool] | None:
    """Late deals come with the latest first, those at risk with the next due first, those that stand with the longest."""
    for one in conditions:
        state = one.any_of[0] if one.field == "sla" and len(one.any_of) == 1 and not one.negated else None
        if one.field == "days_late" or state == "breached":
            return "days_late", True
        if one.field == "days_left" or state == "at_risk":
            return "days_left", False
        if one.field == "days_in_stage":
            return "days_in_stage", True
        if one.field == "nps":
            return "nps", False
    return None


def _ends(one: Condition) -> bool:
    return one.field == "stage" and set(one.any_of) <= {"closed", "cancelled"}


def _split(conditions: Sequence[Condition]) -> tuple[list[Condition], list[Condition]]:
    """The whole and the part of a share: whose deals are meant, and how they stand."""
    whole = [one for one in conditions if one.field in _WHOLE]
    if any(one.field == "sla" for one in conditions):
        # «какой процент идущих кампаний под угрозой»
        whole += [one for one in conditions if one.field == "stage"]
    part = [one for one in conditions if one not in whole]
    return (whole, part) if part else ([], whole)
