"""A task that a person asked for and approved, as a task tracker is to show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, Final

from masterdeal import instant
from masterdeal.sla import MOSCOW
from masterdeal.trackers.ticket import ERRAND, OWNER, Ticket, TrackerConfig

# Under what an approved task is kept.
APPROVED: Final = "approved-task"
_END_OF_DAY: Final = time(23, 59)


def compose_errand(
    paper: Mapping[str, Any],
    task_id: str,
    key: str,
    deal_title: str | None,
    config: TrackerConfig,
    now: int,
) -> Ticket:
    """The ticket of an approved task, in Russian. `paper` is what was approved: title, and assignee, role, due day and
    deal where they were said; what was not said is left open. A day is due at its end in Moscow."""
    approved = instant.parse(paper["approved_at"])
    names = next((row for row in reversed(config.versions) if row.since <= approved), None)
    person, role, day = paper.get("assignee"), paper.get("role"), paper.get("due")
    deal_id = paper.get("master_deal_id")
    assignee = priority = None
    if names is not None:
        accounts = names.assignee.get(OWNER, {})
        assignee = names.person.get(person) if person else accounts.get(role or "*", accounts.get("*"))
        priority = names.priority.get(OWNER)
    lines = [f"Сделка: {deal_id}" + (f" «{deal_title}»" if deal_title else "")] if deal_id else []
    lines += [f"Кому: {whom}" for whom in (person or role,) if whom]
    lines += [f"Срок: {day}"] if day else []
    if config.link is not None and deal_id:
        lines.append(config.link.replace("{master_deal_id}", deal_id))
    lines.append(f"Одобрено: {paper['approved_by']}, {paper['approved_at']}")
    lines.append(f"MasterDeal {task_id}")
    return Ticket(
        key,
        task_id,
        deal_id or "",
        ERRAND,
        None,
        role or "",
        OWNER,
        0,
        "open",
        f"{paper['title']} [{task_id}]",
        "\n".join(lines),
        _end_of(day),
        now,
        assignee,
        priority,
        None,
        None,
    )


def _end_of(day: str | None) -> int | None:
    try:
        return (
            None
            if day is None
            else instant.of_datetime(datetime.combine(date.fromisoformat(day), _END_OF_DAY, MOSCOW))
        )
    except ValueError:
        return None  # words instead of a day: they stand in the text
