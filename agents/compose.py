"""Answers about one deal, in bound sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal

from agents.draft import Bound, Draft
from agents.shown import MOSCOW

DAY_S: Final = 86_400
LATEST: Final = 12


def clock_of(timer: Mapping[str, Any]) -> Literal["seconds", "span"]:
    """How spans of a timer are written: days only where a day has 24 hours."""
    return "seconds" if timer.get("calendar") in (None, "elapsed") else "span"


class DealFacts:
    """A deal card whose values are handed out bound to their place."""

    def __init__(self, card: Mapping[str, Any], roles: Mapping[str, Sequence[str]]) -> None:
        self.card = card
        self.roles = roles
        self.path = f"deal/{card['master_deal_id']}"

    def bind(self, name: str, value: Any, show: Any = "text") -> Bound:
        """A value of the card under a path below the deal."""
        return Bound(f"{self.path}/{name}", value, show, subject=self.card["master_deal_id"])

    @property
    def deal(self) -> Bound:
        """The deal's id."""
        return self.bind("master_deal_id", self.card["master_deal_id"])

    @property
    def stage(self) -> Bound:
        """The aggregated stage."""
        return self.bind("aggregated_stage", self.card["aggregated_stage"], "stage")

    @property
    def timers(self) -> list[Mapping[str, Any]]:
        """The SLA timers."""
        timers: list[Mapping[str, Any]] = self.card["sla"]
        return timers


def say_stage(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """Where the deal stands."""
    card = facts.card
    if "as_of" in slots:
        draft.say("as_of", moment=facts.bind("as_of", card["as_of"], "time"))
    since = (
        facts.bind("stages/-1/started_at", card["stages"][-1]["started_at"], "time")
        if card["stages"]
        else "—"
    )
    if card["title"]:
        draft.say(
            "stage", deal=facts.deal, title=facts.bind("title", card["title"]), stage=facts.stage, since=since
        )
    else:
        draft.say("stage_untitled", deal=facts.deal, stage=facts.stage, since=since)
    if card["pipeline_stage"]:
        draft.say("step", step=facts.bind("pipeline_stage", card["pipeline_stage"], "step"))


def say_missing(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """What the deal waits for."""
    say_stage(draft, facts, slots)
    if facts.card["aggregated_stage"] == "cancelled":
        draft.say("missing_cancelled")
    elif facts.card["missing"]:
        draft.say("missing", gates=facts.bind("missing", facts.card["missing"], "gates"))
    else:
        draft.say("missing_none")


def say_who(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """Who must act, and on what."""
    say_missing(draft, facts, slots)
    roles = facts.roles.get(facts.card["pipeline_stage"] or "", ())
    if roles:
        path = f"pipeline/{facts.card['pipeline_stage']}/role"
        draft.say("who", role=Bound(path, list(roles), "roles", "tool", subject=facts.card["master_deal_id"]))
    else:
        draft.say("who_none")
    if "when" in slots.get("features", ()):
        _say_open_timers(draft, facts)


def say_next(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """The next stages, who must act, and the clock."""
    say_who(draft, facts, slots)
    for place, ahead in enumerate(facts.card["next_stages"][:2]):
        draft.say(
            "next_stage",
            stage=facts.bind(f"next_stages/{place}/stage", ahead["stage"], "stage"),
            gates=facts.bind(f"next_stages/{place}/missing", ahead["missing"], "gates"),
        )
    _say_open_timers(draft, facts)


def _say_timer(draft: Draft, facts: DealFacts, timer: Mapping[str, Any]) -> None:
    path = f"sla/{timer['timer']}"
    name = facts.bind(f"{path}/timer", timer["timer"], "timer")
    state = facts.bind(f"{path}/state", timer["state"], "state")
    spans = clock_of(timer)
    if timer["state"] == "pending":
        draft.say("timer_pending", timer=name)
        return
    if timer["suspended_since"] and not timer["due_at"]:
        since = facts.bind(f"{path}/suspended_since", timer["suspended_since"], "time")
        left = facts.bind(f"{path}/remaining_s", timer["remaining_s"], spans)
        draft.say("timer_suspended", timer=name, state=state, since=since, left=left)
        return
    due = facts.bind(f"{path}/due_at", timer["due_at"], "time")
    if timer["state"] in ("met", "met_late"):
        stopped = facts.bind(f"{path}/stopped_at", timer["stopped_at"], "time")
        spent = facts.bind(f"{path}/elapsed_s", timer["elapsed_s"], spans)
        draft.say("timer_met", timer=name, state=state, due=due, stopped=stopped, spent=spent)
    elif timer["state"] == "cancelled":
        draft.say("timer_cancelled", timer=name)
        if timer["breached_at"]:
            draft.say("timer_breach_kept", due=due)
    elif timer["remaining_s"] >= 0:
        left = facts.bind(f"{path}/remaining_s", timer["remaining_s"], spans)
        draft.say("timer_left", timer=name, state=state, due=due, left=left)
    else:
        over = facts.bind(f"{path}/remaining_s", timer["remaining_s"], spans)
        draft.say("timer_over", timer=name, state=state, due=due, over=over)


def _say_open_timers(draft: Draft, facts: DealFacts) -> None:
    running = [timer for timer in facts.timers if timer["state"] in ("running", "at_risk", "breached")]
    for timer in running:
        _say_timer(draft, facts, timer)
    if not running:
        draft.say("no_open_timer")


def say_sla(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """The clock: one timer where it is named, the open ones where time left is asked for, else all that started."""
    say_stage(draft, facts, slots)
    if "timer" in slots:
        for timer in facts.timers:
            if timer["timer"] == slots["timer"]:
                _say_timer(draft, facts, timer)
        return
    if "remaining" in slots["features"]:
        _say_open_timers(draft, facts)
        return
    started = [timer for timer in facts.timers if timer["state"] != "pending"]
    if "breached" in slots["features"]:
        late = [timer for timer in started if timer["breached_at"]]
        # What is overdue now comes before what was late once.
        started = sorted(late, key=lambda timer: timer["state"] != "breached")
        if not any(timer["state"] == "breached" for timer in late):
            draft.say("not_late", deal=facts.deal)
            _say_open_timers(draft, facts)
            for timer in started:
                _say_timer(draft, facts, timer)
            return
    for timer in started:
        _say_timer(draft, facts, timer)
    if not any(timer["state"] in ("running", "at_risk", "breached") for timer in facts.timers):
        draft.say("no_open_timer")


def say_gate(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """One gate and the event that decides it."""
    say_stage(draft, facts, slots)
    gate_id = slots["gate"]
    gate = facts.card["gates"][gate_id]
    name = facts.bind(f"gates/{gate_id}", gate_id, "gate")
    if gate["event_id"] is None:
        status = facts.bind(f"gates/{gate_id}/status", False, "yes_no")
        draft.say("gate_unheard", gate=name, status=status)
        return
    path, deal_id = f"{gate['source']}/{gate['event_id']}", facts.card["master_deal_id"]
    draft.say(
        "gate_decided",
        gate=name,
        status=facts.bind(f"gates/{gate_id}/status", gate["status"], "yes_no"),
        time=Bound(f"{path}/time", gate["event_timestamp"], "time", "event", subject=deal_id),
        event=Bound(path, gate["event_id"], "text", "event", subject=deal_id),
    )
    if "how_long" in slots["features"]:
        gone = (_moment(facts.card["as_of"]) - _moment(gate["event_timestamp"])).total_seconds()
        draft.say("gate_since", spent=facts.bind(f"gates/{gate_id}/elapsed_s", gone, "seconds"))


def say_money(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """Budget and amounts."""
    say_stage(draft, facts, slots)
    say_budget(draft, facts)
    amounts = facts.card["amounts"]
    for what, amount in amounts.items():
        draft.say(
            "amount",
            what=facts.bind(f"amounts/{what}", what, "amount"),
            amount=facts.bind(f"amounts/{what}", amount, "money"),
        )
    if not amounts:
        draft.say("amount_none")


def say_budget(draft: Draft, facts: DealFacts) -> None:
    """The budget."""
    _say_attribute(draft, facts, "budget", facts.card["budget"], "money")


def say_parties(draft: Draft, facts: DealFacts) -> None:
    """Client, industry, manager."""
    _say_attribute(draft, facts, "client", (facts.card["client"] or {}).get("name"))
    if facts.card["client_type"] is not None:
        _say_attribute(draft, facts, "client_type", facts.card["client_type"])
    _say_attribute(draft, facts, "industry", facts.card["industry"])
    _say_attribute(draft, facts, "manager", facts.card["manager"])


def _say_attribute(draft: Draft, facts: DealFacts, name: str, value: Any, show: str = "text") -> None:
    if value is None:
        draft.say(f"{name}_none")
    else:
        draft.say(name, **{name: facts.bind(name, value, show)})


def say_duration(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """How long the deal has stood where it stands, and how long it took to end."""
    say_stage(draft, facts, slots)
    spans = facts.card["stages"]
    if not spans:
        return
    since = spans[-1]["started_at"]
    stood = (_moment(facts.card["as_of"]) - _moment(since)).total_seconds()
    draft.say(
        "entered",
        stage=facts.stage,
        since=facts.bind("stages/-1/started_at", since, "time"),
        spent=facts.bind("stages/-1/elapsed_s", stood, "seconds"),
    )
    if facts.card["aggregated_stage"] in ("closed", "cancelled"):
        days = (_moment(since) - _moment(spans[0]["started_at"])).total_seconds() / DAY_S
        draft.say("cycle_deal", stage=facts.stage, days=facts.bind("cycle_days", days, "days"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def say_stages(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """When each stage was entered, the one that is asked for alone where it was."""
    say_stage(draft, facts, slots)
    wanted = slots.get("stage") or _ENTERED_WITH.get(slots.get("gate", ""))
    spans = list(enumerate(facts.card["stages"]))
    meant = [row for row in spans if row[1]["stage"] == wanted] or spans
    for place, span in meant:
        draft.say(
            "stage_entered",
            stage=facts.bind(f"stages/{place}/stage", span["stage"], "stage"),
            since=facts.bind(f"stages/{place}/started_at", span["started_at"], "time"),
        )


# The stage that people mean who name its thing: «перешла в запуск».
_ENTERED_WITH: Final = {"G1": "briefed", "G2": "planning", "G3": "offer_ready", "G4": "contracting", "G5": "launching", "G7": "closing"}  # fmt: skip


def say_created(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """When the deal began."""
    if facts.card["stages"]:
        began = facts.bind("stages/0/started_at", facts.card["stages"][0]["started_at"], "time")
        draft.say("created_at", deal=facts.deal, since=began)
    say_stage(draft, facts, slots)


def say_domain(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """What the source systems say, beside what the gates say."""
    if "as_of" in slots:
        draft.say("as_of", moment=facts.bind("as_of", facts.card["as_of"], "time"))
    draft.say("computed", stage=facts.stage)
    for system, stage in facts.card["domain_stages"].items():
        draft.say(
            "domain",
            system=facts.bind(f"domain_stages/{system}/system", system),
            stage=facts.bind(f"domain_stages/{system}", stage),
        )
    if not facts.card["domain_stages"]:
        draft.say("domain_none")


def say_anomalies(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """What does not add up."""
    say_stage(draft, facts, slots)
    for place, anomaly in enumerate(facts.card["anomalies"]):
        draft.say(
            "anomaly",
            code=facts.bind(f"anomalies/{place}/code", anomaly["code"]),
            message=facts.bind(f"anomalies/{place}/message", anomaly["message"]),
        )
    if not facts.card["anomalies"]:
        draft.say("no_anomaly")


def say_deadlines(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """Dated promises, kept or not. Where there is none, none was met."""
    say_stage(draft, facts, slots)
    for place, deadline in enumerate(facts.card["deadlines"]):
        path = f"deadlines/{place}"
        slots_ = {
            "name": facts.bind(f"{path}/deadline", deadline["deadline"]),
            "due": facts.bind(f"{path}/due_at", deadline["due_at"], "time"),
        }
        if deadline["state"] in ("met", "met_late"):
            ended = facts.bind(f"{path}/stopped_at", deadline["stopped_at"], "time")
            draft.say(
                "deadline_met" if deadline["state"] == "met" else "deadline_late", ended=ended, **slots_
            )
        else:
            draft.say("deadline_open", **slots_)
    if not facts.card["deadlines"]:
        draft.say("deadline_none")
        _say_open_timers(draft, facts)


def say_card(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """All that matters about the deal."""
    say_missing(draft, facts, slots)
    say_parties(draft, facts)
    say_budget(draft, facts)
    _say_open_timers(draft, facts)
    for place, anomaly in enumerate(facts.card["anomalies"]):
        draft.say(
            "anomaly",
            code=facts.bind(f"anomalies/{place}/code", anomaly["code"]),
            message=facts.bind(f"anomalies/{place}/message", anomaly["message"]),
        )


def say_who_leads(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """The manager."""
    say_stage(draft, facts, slots)
    _say_attribute(draft, facts, "manager", facts.card["manager"])


def say_client(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """Client, industry and manager."""
    say_stage(draft, facts, slots)
    say_parties(draft, facts)


def say_status(draft: Draft, facts: DealFacts, slots: Mapping[str, Any]) -> None:
    """Stage, what is missing, the open timers."""
    say_missing(draft, facts, slots)
    if "as_of" not in slots:
        _say_open_timers(draft, facts)


def say_history(draft: Draft, value: Mapping[str, Any], slots: Mapping[str, Any]) -> None:
    """What came in, latest last: all of it, or what happened on the days that were named."""
    deal_id = value["master_deal_id"]
    came = [entry for entry in value["entries"] if entry["direction"] == "in"]
    deal = Bound(f"deal/{deal_id}/master_deal_id", deal_id)
    if "since" in slots and "until" in slots:
        first, last = date.fromisoformat(slots["since"]), date.fromisoformat(slots["until"])
        came = [entry for entry in came if first <= _moment(entry["time"]).astimezone(MOSCOW).date() <= last]
        path = f"deal/{deal_id}/timeline/in/{first}/{last}/count"
        days = {name: Bound(f"question/{name}", slots[name], "date", "tool") for name in ("since", "until")}
        draft.say("history_days", deal=deal, count=Bound(path, len(came), "number", "tool"), **days)
    else:
        count = Bound(f"deal/{deal_id}/timeline/in/count", len(came), "number", "tool")
        draft.say("history_head", deal=deal, count=count)
    hidden = len(came) - LATEST
    if hidden > 0:
        draft.say(
            "history_more", count=Bound(f"deal/{deal_id}/timeline/in/earlier", hidden, "number", "tool")
        )
    for entry in came[-LATEST:]:
        path = f"{entry['source']}/{entry['id']}"
        effect = entry["effect"]
        told: dict[str, Bound | str] = {
            "time": Bound(f"{path}/time", entry["time"], "time", "event", subject=deal_id),
            "type": Bound(f"{path}/type", entry["type"], "text", "event", subject=deal_id),
        }
        if effect.get("stage_to"):
            stage = Bound(f"{path}/effect/stage_to", effect["stage_to"], "stage", "event", subject=deal_id)
            draft.say("history_stage", stage=stage, **told)
        elif effect.get("gate"):
            draft.say(
                "history_gate",
                gate=Bound(f"{path}/effect/gate", effect["gate"], "gate", "event", subject=deal_id),
                **told,
            )
        else:
            draft.say("history_line", **told)


SAY_DEAL: Final[Mapping[str, Callable[[Draft, DealFacts, Mapping[str, Any]], None]]] = {
    "deal_stage": say_status,
    "deal_stages": say_stages,
    "deal_created": say_created,
    "deal_missing": say_missing,
    "deal_next": say_next,
    "deal_who": say_who,
    "deal_sla": say_sla,
    "deal_gate": say_gate,
    "deal_amount": say_money,
    "deal_budget": say_money,
    "deal_client": say_client,
    "deal_manager": say_who_leads,
    "deal_duration": say_duration,
    "deal_domain": say_domain,
    "deal_anomalies": say_anomalies,
    "deal_deadlines": say_deadlines,
    "deal_card": say_card,
}
