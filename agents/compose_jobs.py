"""Answers about jobs done: a brief read, a plan made, an offer drafted, a text reviewed, a lead qualified, in bound
sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from agents.compose_errands import say_event, say_task
from agents.draft import Bound, Draft
from agents.made import Made
from agents.shown import kind_of_field
from agents.state import Result, Talk

MOST_RISKS: Final = 12
MOST_ACTIONS: Final = 10
LONGEST_PASSAGE: Final = 400


def say_jobs(draft: Draft, talk: Talk) -> None:
    """Every job in order; where the chain ended early, what is lacking."""
    steps = talk["slots"]["steps"]
    for result in talk["results"]:
        if result["error"] is not None:
            draft.say("job_failed", why=Bound(f"{result['tool']}/error", result["error"], "text", "tool"))
        else:
            _SAY[result["tool"]](draft, result)
    done = talk["results"]
    if len(done) < len(steps):
        step = steps[len(done)]
        if step.get("lacks"):
            draft.say(f"lacks_{step['lacks']}")
        elif done:
            draft.say("chain_ended")


def say_brief(draft: Draft, result: Result) -> None:
    """The fields with the words they were read from, what is missing, what to ask."""
    made = Made(result["value"])
    fields = made.value["fields"]
    draft.say("brief_head", draft=made.bind("draft_id", made.id))
    for name, found in fields.items():
        value = made.bind(
            f"fields/{name}",
            found["value"],
            kind_of_field(name, found.get("unit")),
            quote=found["quote"],
            start=found["start"],
            end=found["end"],
        )
        draft.say("brief_field", field=made.bind(f"fields/{name}/name", name, "field"), value=value)
    if not fields:
        draft.say("brief_empty")
    if made.value["missing"]:
        draft.say("brief_missing", fields=made.bind("missing", made.value["missing"], "fields"))
    for place, found in enumerate(made.value["contradictions"]):
        quotes = " / ".join(one["quote"] for one in found["quotes"])
        draft.say("brief_contradiction", quotes=made.bind(f"contradictions/{place}", quotes, "text"))
    for place, question in enumerate(made.value["questions"]):
        draft.say("brief_question", question=made.bind(f"questions/{place}", question))


def say_plan(draft: Draft, result: Result) -> None:
    """Lines and totals, or the certificate that there is no plan."""
    made = Made(result["value"])
    if made.value["plan"] is None:
        found = made.value["infeasible"]
        draft.say("plan_infeasible", why=made.bind("infeasible/why", found["why"]))
        return
    plan = made.value["plan"]
    draft.say(
        "plan_head",
        draft=made.bind("draft_id", made.id),
        gross=made.bind("plan/totals/gross", plan["totals"]["gross"], "money"),
        net=made.bind("plan/totals/net", plan["totals"]["net"], "money"),
        vat=made.bind("plan/totals/vat", plan["totals"]["vat"], "bare_money"),
    )
    say_plan_body(
        draft,
        plan,
        made.value["task"]["excluded_channels"],
        lambda path, value, kind="text": made.bind(
            path if path.startswith("task/") else f"plan/{path}", value, kind
        ),
    )


def say_plan_body(
    draft: Draft, plan: Mapping[str, Any], excluded: Sequence[str], bind: Callable[..., Bound]
) -> None:
    """The lines of a plan and what they come to; `bind(path, value, kind)` binds a value by its path within the plan."""
    for place, line in enumerate(plan["lines"]):
        path = f"lines/{place}"
        draft.say(
            "plan_line",
            title=bind(f"{path}/title", line["title"]),
            units=bind(f"{path}/units", line["units"], "number"),
            price=bind(f"{path}/price", line["price"], "money"),
            cost=bind(f"{path}/cost", line["cost"], "money"),
            start=bind(f"{path}/period_start", line["period_start"], "date"),
            end=bind(f"{path}/period_end", line["period_end"], "date"),
        )
    totals = plan["totals"]
    for name in ("reach", "impressions", "clicks"):
        if totals[name] is not None:
            draft.say(f"plan_{name}", count=bind(f"totals/{name}", totals[name], "number"))
    if excluded:
        draft.say("plan_without", channels=bind("task/excluded_channels", excluded, "channels"))
    if plan["unspent"] is not None:
        draft.say("plan_unspent", amount=bind("unspent", plan["unspent"], "money"))
    for place, note in enumerate(plan["assumptions"]):
        draft.say("plan_note", note=bind(f"assumptions/{place}", note))


def say_offer(draft: Draft, result: Result) -> None:
    """The draft offer, its total, until when it holds, who must approve it."""
    made = Made(result["value"])
    offer = made.value["offer"]
    draft.say(
        "offer_head",
        draft=made.bind("draft_id", made.id),
        gross=made.bind("offer/totals/gross", offer["totals"]["gross"], "money"),
        until=made.bind("offer/valid_until", offer["valid_until"], "date"),
        plan=made.bind("plan_draft", made.value["plan_draft"]),
    )
    if float(offer["discount"]):
        draft.say(
            "offer_discount",
            discount=made.bind("offer/discount", float(offer["discount"]), "share"),
            amount=made.bind("offer/totals/discount", offer["totals"]["discount"], "money"),
        )
    if offer["approval_role"]:
        draft.say("offer_role", role=made.bind("offer/approval_role", offer["approval_role"], "role"))
    draft.say("offer_waits")


def say_review(draft: Draft, result: Result) -> None:
    """The risks, worst first, each with its quote and norm."""
    made = Made(result["value"])
    risks = made.value["risks"]
    draft.say(
        "review_head",
        risks=made.bind("risks/count", len(risks), "number"),
        checked=made.bind("checked", made.value["checked"], "number"),
        day=made.bind("read_at", made.value["read_at"], "date"),
    )
    for place, risk in enumerate(risks[:MOST_RISKS]):
        path = f"risks/{place}"
        where = Bound(
            f"{made.id}/{path}/rule_id",
            risk["rule_id"],
            "text",
            "document" if risk["quote"] else "law",
            quote=risk["quote"] or None,
            start=risk["start"] if risk["quote"] else None,
            end=risk["end"] if risk["quote"] else None,
        )
        law = risk["law"]
        draft.say(
            "review_risk",
            rule=where,
            severity=made.bind(f"{path}/severity", risk["severity"], "severity"),
            why=made.bind(f"{path}/why", risk["why"]),
            law=Bound(f"{made.id}/{path}/law", f"{law['act']}, {law['article']}", "text", "law"),
        )
        if risk["suggestion"]:
            draft.say("review_suggestion", suggestion=made.bind(f"{path}/suggestion", risk["suggestion"]))
    if len(risks) > MOST_RISKS:
        draft.say("review_more", count=made.bind("risks/more", len(risks) - MOST_RISKS, "number"))


def say_qualification(draft: Draft, result: Result) -> None:
    """The verdict, each letter with its words, what would change it."""
    made = Made(result["value"])
    value = made.value
    draft.say("qualification_head", verdict=made.bind("verdict", value["verdict"], "verdict"))
    for letter, found in value["bant"].items():
        quoted = {"quote": found["quote"], "start": found["start"], "end": found["end"]}
        draft.say(
            "qualification_letter" if found["quote"] else "qualification_unknown",
            letter=made.bind(f"bant/{letter}/letter", letter, "letter"),
            state=made.bind(f"bant/{letter}/state", found["state"], "letter_state"),
            **(
                {"quote": made.bind(f"bant/{letter}/quote", found["quote"], "text", **quoted)}
                if found["quote"]
                else {}
            ),
        )
    if value["flip"]:
        draft.say("qualification_flip", fact=made.bind("flip/fact", value["flip"]["fact"]))
    if value["next_question"]:
        draft.say("brief_question", question=made.bind("next_question", value["next_question"]))


def say_knowledge(draft: Draft, result: Result) -> None:
    """What was found, each with its words and how to cite them."""
    hits = result["value"]["hits"]
    if not hits:
        draft.say("knowledge_nothing")
        return
    draft.say("knowledge_head", count=Bound("search_knowledge/hits/count", len(hits), "number", "tool"))
    for place, hit in enumerate(hits):
        path = f"knowledge/{hit['document_id']}/{place}"
        draft.say(
            "knowledge_hit",
            cited=Bound(f"{path}/cited", hit["cited"], "text", "law"),
            text=Bound(
                f"{path}/text",
                _shortened(hit["text"]),
                "text",
                "law",
                quote=hit["text"],
                start=hit["start"],
                end=hit["end"],
            ),
        )


def _shortened(text: str) -> str:
    """The first words of a passage on one line; the whole stands in the evidence."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_PASSAGE else line[:LONGEST_PASSAGE].rsplit(" ", 1)[0] + " …"


def say_actions(draft: Draft, value: Mapping[str, Any]) -> None:
    """Deals by urgency, each with what is late, what is missing and who must act."""
    total = Bound("next_actions/total", value["total"], "count_deals", "tool")
    if value["role"] is None:
        draft.say("actions_head", total=total)
    else:
        role = Bound("next_actions/role", value["role"], "role", "tool")
        draft.say("actions_head_role" if value["actions"] else "actions_none_role", total=total, role=role)
    for action in value["actions"][:MOST_ACTIONS]:
        path = f"deal/{action['master_deal_id']}"
        slots: dict[str, Bound | str] = {
            "deal": Bound(f"{path}/master_deal_id", action["master_deal_id"]),
            "stage": Bound(f"{path}/aggregated_stage", action["aggregated_stage"], "stage"),
            "points": Bound(f"{path}/health/points", action["points"], "number", "tool"),
        }
        draft.say("action_head", **slots)
        for timer in [*action["late"], *action["at_risk"]]:
            at = f"{path}/sla/{timer['timer']}"
            draft.say(
                "action_timer",
                timer=Bound(f"{at}/timer", timer["timer"], "timer"),
                state=Bound(f"{at}/state", timer["state"], "state"),
                due=Bound(f"{at}/due_at", timer["due_at"], "time"),
            )
        if action["missing"] and action["who"]:
            draft.say(
                "action_do",
                gates=Bound(f"{path}/missing", action["missing"], "gates"),
                role=Bound(f"pipeline/{action['pipeline_stage']}/role", action["who"], "roles", "tool"),
            )
    if not value["actions"] and value["role"] is None:
        draft.say("actions_none")


_SAY: Final[Mapping[str, Callable[[Draft, Result], None]]] = {
    "search_knowledge": say_knowledge,
    "brief_analysis": say_brief,
    "media_plan": say_plan,
    "offer_draft": say_offer,
    "legal_review": say_review,
    "lead_qualification": say_qualification,
    "task_draft": say_task,
    "event_draft": say_event,
}
