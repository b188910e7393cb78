"""Answers about the arithmetic of SLA timers: why a deal is late, and what another limit would mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Literal

from agents.compose import clock_of
from agents.draft import Bound, Draft

# More days than these are told by kind, so that a month of working days stays readable.
MOST_DAYS: Final = 6
EVERY_HOUR: Final = "elapsed"
# The days of more timers than these are left to their sums.
MOST_BY_DAY: Final = 2
MOST_MOVED: Final = 12


def meant(timers: Sequence[Mapping[str, Any]], slots: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The timers a question is about: the one it names, else those that are late now, else that were ever late, else
    those that run, else all that have begun."""
    begun = [timer for timer in timers if timer["started_at"] is not None]
    if "timer" in slots:
        return [timer for timer in timers if timer["timer"] == slots["timer"]]
    for kept in (
        [timer for timer in begun if timer["state"] == "breached"],
        [timer for timer in begun if timer["breached_at"] is not None],
        [timer for timer in begun if timer["state"] in ("running", "at_risk")],
    ):
        if kept:
            return kept
    return begun


def say_why(draft: Draft, value: Mapping[str, Any], slots: Mapping[str, Any]) -> None:
    """Each timer that is meant: its limit, what was counted and what was left out, and by how much it is late."""
    deal_id = value["master_deal_id"]
    deal = Bound(f"deal/{deal_id}/master_deal_id", deal_id)
    timers = meant(value["timers"], slots)
    asked_late = "breached" in slots["features"]
    if asked_late and not any(timer["breached_at"] for timer in timers):
        draft.say("why_not_late", deal=deal)
    for timer in timers:
        _Reckoning(draft, deal, timer).say(by_day=len(timers) <= MOST_BY_DAY)


class _Reckoning:
    """One timer with its arithmetic, whose values are handed out bound to their place."""

    def __init__(self, draft: Draft, deal: Bound, timer: Mapping[str, Any]) -> None:
        self._draft = draft
        self._deal = deal
        self._timer = timer
        self._path = f"deal/{deal.value}/sla/{timer['timer']}"
        self._spans = clock_of(timer)

    def _bind(self, name: str, value: Any, show: Any = "text") -> Bound:
        return Bound(f"{self._path}/{name}", value, show)

    def say(self, by_day: bool) -> None:
        """The sentences of the timer, with its days or without."""
        timer, name = self._timer, self._bind("timer", self._timer["timer"], "timer")
        state = self._bind("state", timer["state"], "state")
        self._draft.say("why_head", deal=self._deal, timer=name, state=state)
        if timer["limit"] is None:
            self._draft.say("timer_pending", timer=name)
            return
        limit = self._bind("limit_s", timer["limit_s"], self._spans)
        self._draft.say(
            "why_limit",
            limit=limit,
            calendar=self._bind("calendar", timer["calendar"], "calendar"),
            started=self._bind("started_at", timer["started_at"], "time"),
        )
        if by_day:
            self._days()
        self._left_out()
        self._draft.say(
            "why_total",
            spent=self._bind("elapsed_s", timer["elapsed_s"], self._spans),
            limit=limit,
            until=self._bind("counted_until", timer["counted_until"], "time"),
        )
        self._end()

    def _days(self) -> None:
        rows = list(enumerate(self._timer["counted"]))
        if len(rows) > MOST_DAYS:
            self._kinds(rows)
            return
        for place, row in rows:
            path = f"counted/{place}"
            slots: dict[str, Bound | str] = {
                "first": self._bind(f"{path}/first", row["first"], "date"),
                "spent": self._bind(f"{path}/counted_s", row["counted_s"], "span"),
            }
            if row["days"] > 1:
                slots["last"] = self._bind(f"{path}/last", row["last"], "date")
            if row["kind"] != EVERY_HOUR:
                slots["kind"] = self._bind(f"{path}/kind", row["kind"], "day_kind")
            sentence = "why_days" if "last" in slots else "why_day"
            self._draft.say(sentence + ("_of" if "kind" in slots else ""), **slots)

    def _kinds(self, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
        """The days summed up by what kind of day they are."""
        kinds: dict[str, tuple[int, float]] = {}
        for _, row in rows:
            days, spent = kinds.get(row["kind"], (0, 0.0))
            kinds[row["kind"]] = (days + row["days"], spent + row["counted_s"])
        for kind, (days, spent) in kinds.items():
            path = f"counted_by_kind/{kind}"
            self._draft.say(
                "why_kind",
                kind=self._bind(f"{path}/kind", kind, "day_kind"),
                days=self._bind(f"{path}/days", days, "number"),
                spent=self._bind(f"{path}/counted_s", spent, "span"),
            )

    def _left_out(self) -> None:
        for place, row in enumerate(self._timer["left_out"]):
            path = f"left_out/{place}"
            slots: dict[str, Bound | str] = {
                "since": self._bind(f"{path}/from", row["from"], "time"),
                "reason": self._bind(f"{path}/reason", row["reason"] or "—"),
                "spent": self._bind(f"{path}/left_out_s", row["left_out_s"], self._spans),
                "event": Bound(
                    f"{row['source']}/{row['event_id']}",
                    row["event_id"],
                    "text",
                    "event",
                    subject=self._deal.value,
                ),
            }
            if row["to"] is None:
                self._draft.say("why_stands", **slots)
            else:
                self._draft.say("why_left_out", until=self._bind(f"{path}/to", row["to"], "time"), **slots)

    def _end(self) -> None:
        timer = self._timer
        if timer["late_s"] is not None:
            slots: dict[str, Bound | str] = {
                "due": self._bind("breached_at", timer["breached_at"], "time"),
                "late": self._bind("late_s", timer["late_s"], self._spans),
            }
            if timer["stopped_at"] is None:
                self._draft.say("why_late", **slots)
            else:
                self._draft.say(
                    "why_was_late", stopped=self._bind("stopped_at", timer["stopped_at"], "time"), **slots
                )
        elif timer["remaining_s"] is not None:
            left = self._bind("remaining_s", timer["remaining_s"], self._spans)
            if timer["due_at"] is None:
                self._draft.say("why_left_standing", left=left)
            else:
                self._draft.say("why_left", left=left, due=self._bind("due_at", timer["due_at"], "time"))
        elif timer["stopped_at"] is not None:
            self._draft.say("why_in_time", stopped=self._bind("stopped_at", timer["stopped_at"], "time"))


def say_what_if(draft: Draft, value: Mapping[str, Any], limits: Mapping[str, str]) -> None:
    """Breaches as they are and as they would be under other limits, and the deals that would move."""
    base = "portfolio_what_if?" + "&".join(f"{timer}={limit}" for timer, limit in sorted(limits.items()))

    def bind(name: str, value: Any, show: Any = "number", kind: Literal["deal", "tool"] = "tool") -> Bound:
        return Bound(f"{base}/{name}", value, show, kind)

    if not value["deals"]:
        draft.say("what_if_nothing")
        return
    for timer, limit in limits.items():
        found = value["timers"][timer]
        path = f"timers/{timer}"
        draft.say(
            "what_if",
            timer=bind(f"{path}/timer", timer, "timer"),
            limit=bind(f"{path}/limit", limit, "limit"),
            would=bind(f"{path}/would_be", found["would_be"]),
            breached=bind(f"{path}/breached", found["breached"]),
            deals=bind("deals", value["deals"], "count_deals"),
        )
        for change in ("appear", "disappear"):
            if found[change]:
                draft.say(f"what_if_{change}", count=bind(f"{path}/{change}", found[change]))
        if not found["appear"] and not found["disappear"]:
            draft.say("what_if_same")
    for place, row in enumerate(value["moved"][:MOST_MOVED]):
        path = f"deal/{row['master_deal_id']}"
        slots: dict[str, Bound | str] = {
            "deal": Bound(f"{path}/master_deal_id", row["master_deal_id"]),
            "stage": Bound(f"{path}/aggregated_stage", row["aggregated_stage"], "stage"),
            "timer": Bound(
                f"{base}/moved/{place}/timer", row["timer"], "timer", "tool", subject=row["master_deal_id"]
            ),
            "change": Bound(
                f"{base}/moved/{place}/change", row["change"], "change", "tool", subject=row["master_deal_id"]
            ),
        }
        if row["title"]:
            draft.say("what_if_deal", title=Bound(f"{path}/title", row["title"]), **slots)
        else:
            draft.say("what_if_deal_untitled", **slots)
    if len(value["moved"]) > MOST_MOVED:
        draft.say("what_if_more", count=bind("moved/more", len(value["moved"]) - MOST_MOVED))
    draft.say("what_if_nothing_changed")
