"""Whom a plan speaks to: how many people the task's geography, age and sex hold."""

from __future__ import annotations

from decimal import Decimal

from tools.mediaplan.task import PlanTask
from tools.reference import Reference

YOUNGEST = 12  # audience research of the Russian internet counts people from 12


def audience(task: PlanTask, reference: Reference, lang: str) -> tuple[int | None, tuple[str, ...]]:
    """People in the target, None when a named territory is not in the tables; and what was assumed."""
    if task.universe is not None:
        return task.universe, ()
    assumed: list[str] = []
    names = task.geo
    if not names:
        assumed.append(reference.say("assume_geo", lang))
        names = ("russia",)
    found = {name: reference.geography(name) for name in names}
    unknown = [name for name, row in found.items() if row is None]
    if unknown:
        return None, (*assumed, reference.say("unknown_geo", lang, names=", ".join(unknown)))
    rows = {row.key: row for row in found.values() if row is not None}
    if "russia" in rows:
        rows = {"russia": rows["russia"]}
    people = sum(row.people for row in rows.values() if row.within not in rows)
    if task.age_from is None and task.age_to is None:
        assumed.append(reference.say("assume_age", lang))
    share = _share(task, reference)
    return max(1, int(people * share)), tuple(assumed)


def _share(task: PlanTask, reference: Reference) -> Decimal:
    oldest = task.age_to if task.age_to is not None else 100
    youngest = task.age_from if task.age_from is not None else min(YOUNGEST, oldest)
    share = Decimal(0)
    for band in reference.ages:
        years = min(oldest, band.age_to) - max(youngest, band.age_from) + 1
        if years <= 0:
            continue
        part = band.share * years / (band.age_to - band.age_from + 1)
        share += part * {"female": band.women, "male": 1 - band.women, None: Decimal(1)}[task.sex]
    return share
