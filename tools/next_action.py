"""What to do next: what is late, what is missing, which gate comes next, who must act; ranked by points that are shown."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

from masterdeal import sla
from tools.deals import Which, deal_card, each_deal
from tools.workbench import Workbench

LONGEST_LIST: Final = 50
_ENDED: Final = ("closed", "cancelled")


@cache
def priorities() -> Mapping[str, Any]:
    """The dated table of weights."""
    path = files("tools") / "tables" / "action" / "priority.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))


def deal_health(card: Mapping[str, Any], roles: Mapping[str, tuple[str, ...]]) -> dict[str, Any]:
    """How a deal stands: late and threatened timers, missing gates, the next stage, who must act, and the points of its
    urgency with their arithmetic. A deal that has ended asks for nothing."""
    ended = card["aggregated_stage"] in _ENDED
    open_timers = [] if ended else [timer for timer in card["sla"] if timer["state"] in sla.OPEN]
    parts = [] if ended else [part for timer in open_timers if (part := _of_timer(timer))]
    if not ended:
        parts += _of_rest(card)
    ahead = card["next_stages"][0] if card["next_stages"] else None
    dues = sorted(timer["due_at"] for timer in open_timers if timer["due_at"])
    return {
        "master_deal_id": card["master_deal_id"],
        "title": card["title"],
        "manager": card["manager"],
        "aggregated_stage": card["aggregated_stage"],
        "pipeline_stage": card["pipeline_stage"],
        "late": [timer for timer in open_timers if timer["state"] == "breached"],
        "at_risk": [timer for timer in open_timers if timer["state"] == "at_risk"],
        "missing": [] if ended else list(card["missing"]),
        "next_stage": ahead["stage"] if ahead and not ended else None,
        "who": [] if ended else list(roles.get(card["pipeline_stage"] or "", ())),
        "due_at": dues[0] if dues else None,
        "points": round(sum(part["points"] for part in parts), 1),
        "arithmetic": parts,
        "weights": priorities()["version"],
    }


def _of_timer(timer: Mapping[str, Any]) -> dict[str, Any] | None:
    weights = priorities()
    limit, left = timer["limit_s"], timer["remaining_s"]
    if not limit or left is None:
        return None
    state = timer["state"]
    if state == "breached":
        row = weights["breached"]
        times = min(max(-left, 0) / limit, row["most_limits"])
        points = row["points"] + row["per_limit_overdue"] * times
        share = times
    else:
        share = min(max(1 - left / limit, 0), 1)
        points = weights[state]["points"] * share
    return {
        "what": state,
        "timer": timer["timer"],
        "share": round(share, 2),
        "points": round(points, 1),
    }


def _of_rest(card: Mapping[str, Any]) -> list[dict[str, Any]]:
    weights = priorities()
    missed = sum(deadline["state"] == "breached" for deadline in card["deadlines"])
    odd = min(len(card["anomalies"]), weights["anomaly"]["most"])
    parts = []
    if missed:
        points = weights["deadline_missed"]["points"] * missed
        parts.append({"what": "deadline_missed", "count": missed, "points": points})
    if odd:
        parts.append(
            {"what": "anomaly", "count": len(card["anomalies"]), "points": weights["anomaly"]["points"] * odd}
        )
    return parts


def next_actions(
    bench: Workbench,
    master_deal_id: str | None = None,
    manager: str | None = None,
    role: str | None = None,
    limit: int = 5,
) -> dict[str, Any]:
    """What to do next, most urgent first: of one deal, over all deals on which a clock presses (of one manager, if
    named), or over all open deals on which one role must act. Each with what is late, which gates are missing, who
    must act, and the points that rank it."""
    view = bench.view
    roles = {step.name: step.role for step in view.book.rules.steps}
    if master_deal_id is not None:
        cards: list[Mapping[str, Any]] = [deal_card(view, master_deal_id)]
    elif role is not None:
        cards = list(each_deal(view, Which(role=role, manager=manager)))
    else:
        found: dict[str, Mapping[str, Any]] = {}
        for state in ("breached", "at_risk"):
            for card in each_deal(view, Which(sla=state, manager=manager)):
                found[card["master_deal_id"]] = card
        cards = list(found.values())
    ranked = sorted(
        (deal_health(card, roles) for card in cards),
        key=lambda one: (-one["points"], one["due_at"] or "9", one["master_deal_id"]),
    )
    return {
        "kind": "actions",
        "role": role,
        "total": len(ranked),
        "actions": ranked[: min(limit, LONGEST_LIST)],
        "as_of": cards[0]["as_of"] if cards else None,
    }
