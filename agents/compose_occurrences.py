"""What happened on some days, in bound sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from agents.draft import Bound, Draft


def say_occurrences(draft: Draft, value: Mapping[str, Any], what: str) -> None:
    """How much of each kind, then the latest, deal by deal. `what` says back which deals were meant."""
    days = {name: Bound(f"question/{name}", value[name], "date", "tool") for name in ("since", "until")}
    if not value["total"]:
        draft.say("occurred_none", what=what, **days)
        return
    total = Bound("portfolio_events/total", value["total"], "number", "tool")
    if value["since"] != value["until"]:
        draft.say("occurred", what=what, total=total, **days)
    else:
        draft.say("occurred_day", what=what, total=total, since=days["since"])
    for kind, count in value["by_kind"].items():
        draft.say(
            "occurred_kind",
            happened=Bound(f"portfolio_events/by_kind/{kind}/name", kind, "happened", "tool"),
            count=Bound(f"portfolio_events/by_kind/{kind}", count, "number", "tool"),
        )
    for row in value["latest"]:
        _say_row(draft, row)
    hidden = value["total"] - len(value["latest"])
    if hidden:
        draft.say("occurred_more", count=Bound("portfolio_events/earlier", hidden, "number", "tool"))


def _say_row(draft: Draft, row: Mapping[str, Any]) -> None:
    path, kind = f"deal/{row['master_deal_id']}", row["what"]
    at = f"{path}/happened/{kind}" + (f"/{row['timer']}" if row["timer"] else "")
    slots: dict[str, Bound | str] = {
        "time": Bound(f"{at}/time", row["at"], "time"),
        "deal": Bound(f"{path}/master_deal_id", row["master_deal_id"]),
        "happened": Bound(f"{at}/what", kind, "happened"),
    }
    if row["timer"]:
        slots["timer"] = Bound(f"{at}/timer", row["timer"], "timer")
    if row["title"]:
        slots["title"] = Bound(f"{path}/title", row["title"])
    draft.say(
        ("occurred_late" if row["timer"] else "occurred_deal") + ("" if row["title"] else "_untitled"),
        **slots,
    )
