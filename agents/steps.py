"""A request of several steps, by rules: which jobs it asks for, on what, and with which changes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from agents.errands import event_asked, task_asked
from agents.skills import asked_for
from agents.spoken import Word, words_of
from agents.state import Memory
from agents.understand import Reading
from tools.brief import read_brief
from tools.brief_reading.numbers import quantities
from tools.knowledge.citation import references
from tools.morphology import tokens

JOBS: Final = ("knowledge", "brief", "plan", "offer", "legal", "qualification", "task", "event")
# Jobs that are asked for alone: «поставь задачу подготовить КП» asks for a task, not for an offer.
ERRANDS: Final = ("task", "event")
_TOOL: Final = {
    "knowledge": "search_knowledge",
    "brief": "brief_analysis",
    "plan": "media_plan",
    "offer": "offer_draft",
    "legal": "legal_review",
    "qualification": "lead_qualification",
    "task": "task_draft",
    "event": "event_draft",
}
SKILL_OF: Final = {tool: skill for skill, tool in _TOOL.items()}
_CHANGES: Final = (
    "budget_vat", "channels", "excluded_channels", "period_start", "period_end", "geo", "age_from", "age_to", "sex", "goal",
)  # fmt: skip
_DRAFT: Final = re.compile(r"\b(?:brief|plan|offer)-\d+\b", re.IGNORECASE)
_DOCUMENT: Final = re.compile(r"\bDOC-[0-9a-f]{4,64}\b")
_DISCOUNT: Final = re.compile(
    r"скидк\w*\D{0,12}(\d+(?:[.,]\d+)?)\s*%|(\d+(?:[.,]\d+)?)\s*%\s*(?:discount|off)", re.IGNORECASE
)
_SMALLEST_BUDGET: Final = Decimal(10_000)

Step = dict[str, Any]


def errand_of(
    question: str, reading: Reading, deal_id: str | None, managers: Iterable[str], today: date
) -> list[Step]:
    """The errand a message asks for: a task or an event to be drafted; empty where it asks for none. `deal_id` is the
    deal that is spoken of where the message names none."""
    asked = [name for name in asked_for(words_of(question)) if name in ERRANDS]
    if not asked or _how_is_it_done(question):
        return []
    strange = not reading.slots.get("deals") and reading.slots.get("strangers")
    meant = None if strange else next(iter(reading.slots.get("deals", [])), deal_id)
    if strange:
        return [_lacking(asked[0], "known_deal")]
    if asked[0] == "task":
        args = task_asked(question, reading, meant, managers, today)
        if "title" not in args and meant is None:
            return [_lacking("task", "title")]
        return [{"skill": "task", "tool": _TOOL["task"], "args": args}]
    if meant is None:
        return [_lacking("event", "deal")]
    found = event_asked(question, meant, today, _amount(question))
    if found is None:
        return [_lacking("event", "event")]
    return [{"skill": "event", "tool": _TOOL["event"], "args": found}]


def _how_is_it_done(question: str) -> bool:
    """«Как поставить задачу?» asks how, not for one."""
    first = next(iter(words_of(question)), None)
    return first is not None and bool(first.forms & {"как", "how", "можно", "кто", "who", "когда", "when"})


def steps_of(question: str, reading: Reading, memory: Memory, text_id: str | None, today: date) -> list[Step]:
    """The jobs a message asks for, in order; empty where it asks for none. A job that lacks its material stays in the
    list with `lacks`, so that the answer can ask for it."""
    words = words_of(question)
    asked = [name for name in asked_for(words) if name in JOBS and name not in ERRANDS]
    changes = changes_of(question, today) if "plan" in asked or _latest(memory, "plan") else {}
    named = _DRAFT.search(question)
    document = _DOCUMENT.search(question)
    text = text_id or (document.group() if document else None)
    at_hand = named.group().lower() if named else None
    if not asked and _changes_a_plan(reading, changes, memory, text_id):
        asked = ["plan"]
    if not asked and not text and references(question):
        asked = ["knowledge"]  # a norm by its number, and nothing else to be done
    if "knowledge" in asked and not text:
        # «Что говорит закон о рекламе кредитов» asks for the norm; nothing is there to be reviewed.
        asked = ["knowledge"]
    if (
        reading.slots.get("deals")
        and not text
        and asked
        and asked != ["plan"]
        and not _latest(memory, "plan")
    ):
        # «Согласовано ли КП по D-1» is a question about a deal, whatever verbs stand in it.
        return []
    steps: list[Step] = []
    for name in asked:
        if name == "knowledge":
            kind = _source_meant(words)
            args = {"query": question[:2000], **({"kind": kind} if kind else {})}
            steps.append({"skill": name, "tool": _TOOL[name], "args": args})
        elif name in ("brief", "legal", "qualification"):
            source = text or _last_text(memory)
            steps.append(
                {"skill": name, "tool": _TOOL[name], "args": {"text_id": source}}
                if source
                else _lacking(name, "text")
            )
        elif name == "plan":
            steps.append(_plan(steps, changes, memory, text, at_hand))
        elif name == "offer":
            steps.append(_offer(steps, question, memory, at_hand))
    return steps


# Which source a question names, where it names one alone: «что говорит закон», "what does the playbook say".
_SOURCES: Final = {
    "norm": frozenset({"закон", "статья", "норма", "штраф", "коап", "law", "article", "norm", "rule", "statute", "fine", "penalty"}),
    "playbook": frozenset({"плейбук", "регламент", "playbook"}),
}  # fmt: skip


def _source_meant(words: Sequence[Word]) -> str | None:
    named = [kind for kind, said in _SOURCES.items() if any(word.forms & said for word in words)]
    return named[0] if len(named) == 1 else None


def changes_of(question: str, today: date) -> dict[str, Any]:
    """What a request changes of a plan: the fields a brief would be read from, and an amount that stands alone."""
    fields = read_brief(question, today).fields
    changes: dict[str, Any] = {name: fields[name].value for name in _CHANGES if name in fields}
    if changes.get("budget_vat") == "unknown":
        del changes["budget_vat"]
    budget = fields["budget_max"].value if "budget_max" in fields else _amount(question)
    if budget is not None:
        changes["budget_max"] = str(budget)
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in changes.items()}


def _amount(question: str) -> Decimal | None:
    sums = [
        found.high
        for found in quantities(question, tokens(question))
        if found.high is not None and not found.percent and (found.scaled or found.currency == "RUB")
    ]
    return sums[0] if len(sums) == 1 and sums[0] >= _SMALLEST_BUDGET else None


def _changes_a_plan(reading: Reading, changes: dict[str, Any], memory: Memory, text_id: str | None) -> bool:
    """«А теперь без OLV»: a change alone goes on with the plan there is."""
    asks = reading.features & {
        "count",
        "list",
        "sum",
        "when",
        "who",
        "missing",
        "deals",
        "win_rate",
        "breached",
    }
    return bool(
        changes and _latest(memory, "plan") and not asks and not text_id and not reading.slots.get("deals")
    )


def _plan(
    before: list[Step], changes: dict[str, Any], memory: Memory, text: str | None, named: str | None
) -> Step:
    base: dict[str, Any] = {}
    if any(step["skill"] == "brief" for step in before):
        base = {"draft_id": {"made": "brief"}}
    elif named and not named.startswith("offer"):
        base = {"draft_id": named}
    elif text:
        base = {"text_id": text}
    elif latest := _latest(memory, "plan") or _latest(memory, "brief"):
        base = {"draft_id": latest}
    elif source := _last_text(memory):
        base = {"text_id": source}
    elif not changes:
        return _lacking("plan", "text")
    return {"skill": "plan", "tool": "media_plan", "args": {**base, **changes}}


def _offer(before: list[Step], question: str, memory: Memory, named: str | None) -> Step:
    discount = _DISCOUNT.search(question)
    more: dict[str, Any] = {}
    if discount:
        more["discount"] = float((discount[1] or discount[2]).replace(",", ".")) / 100
    if any(step["skill"] == "plan" for step in before):
        return {"skill": "offer", "tool": "offer_draft", "args": {"draft_id": {"made": "plan"}, **more}}
    plan = named if named and named.startswith("plan") else _latest(memory, "plan")
    if plan is None:
        return _lacking("offer", "plan")
    return {"skill": "offer", "tool": "offer_draft", "args": {"draft_id": plan, **more}}


def _lacking(skill: str, what: str) -> Step:
    return {"skill": skill, "tool": None, "args": {}, "lacks": what}


def _latest(memory: Memory, kind: str) -> str | None:
    found = [id_ for id_, draft in memory.get("drafts", {}).items() if draft["kind"] == kind]
    return found[-1] if found else None


def _last_text(memory: Memory) -> str | None:
    return next(reversed(memory.get("texts", {})), None)
