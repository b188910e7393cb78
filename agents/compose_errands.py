"""Answers about errands: a task or an event that waits for a person, with what it would change."""

from __future__ import annotations

from agents.draft import Bound, Draft
from agents.made import Made
from agents.state import Result


def say_task(draft: Draft, result: Result) -> None:
    """What, for which deal, for whom, until when; then that it waits."""
    made = Made(result["value"])
    value = made.value
    head: dict[str, Bound | str] = {"draft": made.bind("draft_id", made.id)}
    if value["title"]:
        draft.say("task_head", title=made.bind("title", value["title"]), **head)
    else:
        draft.say("task_head_missing", gates=made.bind("missing", value["missing"], "gates"), **head)
    if value["deal"] is not None:
        _say_deal(draft, value["master_deal_id"], value["deal"]["title"], value["deal"]["aggregated_stage"])
    if value["assignee"]:
        assignee = made.bind("assignee", value["assignee"])
        draft.say("task_assignee" if value["known"] else "task_assignee_as_said", assignee=assignee)
    elif value["role"]:
        draft.say("task_role", role=made.bind("role", value["role"], "role"))
    else:
        draft.say("task_nobody")
    if value["due"]:
        due = made.bind("due", value["due"], "date")
        draft.say("task_due_past" if value["past"] else "task_due", due=due)
    else:
        draft.say("task_no_due")
    draft.say("task_waits")


def say_event(draft: Draft, result: Result) -> None:
    """Which event, when; what it would change; then that it waits."""
    made = Made(result["value"])
    value = made.value
    deal_id = value["master_deal_id"]
    draft.say(
        "event_head",
        draft=made.bind("draft_id", made.id),
        name=made.bind("type", value["type"], "event"),
        time=made.bind("time", value["time"], "time"),
    )
    _say_deal(draft, deal_id, value["title"], value["stage_before"])
    if value["hour_supposed"]:
        draft.say("event_hour_supposed")
    for name in ("amount", "total"):
        if name in value["data"]:
            draft.say("event_amount", amount=made.bind(f"data/{name}", value["data"][name], "bare_money"))
    if value["amount_left_out"]:
        draft.say("event_amount_left_out")
    if value["told_before"] is not None:
        draft.say(
            "event_told_before",
            gate=made.bind("gate", value["gate"], "gate"),
            event=Bound(
                f"deal/{deal_id}/gates/{value['gate']}/event_id", value["told_before"], "text", "event"
            ),
        )
    for place, moved in enumerate(value["gates"]):
        draft.say(
            "event_gate_opens" if moved["would"] else "event_gate_shuts",
            gate=made.bind(f"gates/{place}/gate", moved["gate"], "gate"),
        )
    if value["stage_after"] == value["stage_before"]:
        draft.say("event_stage_stays")
    else:
        draft.say("event_stage", stage=made.bind("stage_after", value["stage_after"], "stage"))
    for change in ("appear", "disappear"):
        for place, timer in enumerate(value[change]):
            draft.say(f"event_breach_{change}s", timer=made.bind(f"{change}/{place}", timer, "timer"))
    draft.say("event_waits")


def _say_deal(draft: Draft, deal_id: str, title: str | None, stage: str) -> None:
    path = f"deal/{deal_id}"
    slots: dict[str, Bound | str] = {
        "deal": Bound(f"{path}/master_deal_id", deal_id),
        "stage": Bound(f"{path}/aggregated_stage", stage, "stage"),
    }
    if title:
        draft.say("errand_deal", title=Bound(f"{path}/title", title), **slots)
    else:
        draft.say("errand_deal_untitled", **slots)
