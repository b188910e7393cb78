"""What must hold before anything is counted: fields, days, and channels the law and the rate card leave open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from tools.mediaplan.certificate import Infeasible, Relaxation
from tools.mediaplan.scenario import CEILINGS
from tools.mediaplan.supply import Refusal
from tools.mediaplan.task import PlanTask
from tools.reference import Reference

LONGEST_DAYS = 1100


def unanswerable(task: PlanTask, reference: Reference, lang: str) -> Infeasible | None:
    """Tasks about which nothing can be counted: fields missing, or days that are no period."""
    missing = task.missing
    floors = [kpi for kpi in task.kpi if reference.kpi_names.get(kpi.metric.strip().lower()) not in CEILINGS]
    if missing == ("budget_max",) and floors:
        missing = ()
    if missing:
        return Infeasible(
            constraint="missing",
            by=str(len(missing)),
            relaxation=None,
            why=reference.say("missing", lang, fields=", ".join(missing)),
            missing=missing,
        )
    assert task.period_start is not None
    assert task.period_end is not None
    days = (task.period_end - task.period_start).days + 1
    if 0 < days <= LONGEST_DAYS:
        return None
    over = 1 - days if days <= 0 else days - LONGEST_DAYS
    nearest = (
        task.period_start if days <= 0 else date.fromordinal(task.period_start.toordinal() + LONGEST_DAYS - 1)
    )
    return Infeasible(
        constraint="period",
        by=str(over),
        relaxation=Relaxation(
            constraint="period_end",
            **{"from": task.period_end.isoformat(), "to": nearest.isoformat()},
            unit="date",
        ),
        why=reference.say("period", lang, start=task.period_start, end=task.period_end),
    )


def blocked(
    task: PlanTask,
    offered: Sequence[object],
    refused: tuple[Refusal, ...],
    reference: Reference,
    lang: str,
) -> Infeasible | None:
    """A channel the task requires is refused, or none is left at all."""
    required = {pin.channel for pin in task.pinned} | {c for c, s in task.share_min.items() if s > 0}
    held = [refusal for refusal in refused if refusal.channel in required]
    if not held and offered:
        return None
    culprit = (held or list(refused))[0]
    refused = (culprit, *(one for one in refused if one != culprit))
    relaxation = None
    if culprit.last_day is not None and task.period_end is not None:
        relaxation = Relaxation(
            constraint="period_end",
            **{"from": task.period_end.isoformat(), "to": culprit.last_day.isoformat()},
            unit="date",
        )
    elif any(ban.rule_id == culprit.rule_id and ban.override for ban in reference.bans):
        relaxation = Relaxation(constraint="legal_overrides", **{"to": culprit.rule_id or ""}, unit="rule")
    elif culprit.reason == "excluded":
        relaxation = Relaxation(
            constraint="excluded_channels", **{"from": culprit.channel, "to": ""}, unit="channel"
        )
    elif culprit.reason == "no_price":
        relaxation = Relaxation(constraint="rate_card", **{"to": culprit.channel}, unit="channel")
    if held:
        why = reference.say("required_channel", lang, channel=culprit.channel, reason=culprit.why)
        return Infeasible(
            constraint=f"channel.{culprit.channel}",
            by=str(len(held)),
            relaxation=relaxation,
            why=why,
            refused=refused,
        )
    reasons = "; ".join(f"{refusal.channel}: {refusal.why}" for refusal in refused)
    return Infeasible(
        constraint="channels",
        by=str(len(refused)),
        relaxation=relaxation,
        why=reference.say("channels", lang, reasons=reasons),
        refused=refused,
    )
