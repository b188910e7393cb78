"""The rows of the dimensions: stages in their hierarchy, days with the production calendar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from masterdeal import reference
from masterdeal.calendars.production import WORKED, days_of, production
from masterdeal.calendars.stretch import midnight
from masterdeal.hours import WorkingTime
from masterdeal.instant import SECOND
from masterdeal.marts.model import Row, Rows, marts
from masterdeal.rulebook import Rulebook


def dimensions(book: Rulebook) -> Rows:
    """All rows of dim_stage and dim_date."""
    return {"dim_stage": list(stage_rows(book)), "dim_date": list(date_rows(*marts().years))}


def stage_rows(book: Rulebook) -> Iterator[Row]:
    """The hierarchy of stages: steps of the pipeline, aggregated stages, gates, stages of the domains."""
    rules = book.rules
    first_step: dict[str, Any] = {}
    for step in rules.steps:
        first_step.setdefault(step.stage, step)
        roles = " ".join(step.role)
        yield (
            f"step:{step.number}",
            None,
            "pipeline_step",
            step.number,
            step.name,
            step.name_ru,
            step.stage if step.stage in rules.stages else None,
            step.number,
            None,
            roles,
            None,
        )
    for rank, stage in enumerate(rules.stages):
        top = first_step.get(stage)
        yield (
            f"stage:{stage}",
            f"step:{top.number}" if top else None,
            "aggregated_stage",
            rank,
            stage,
            top.name_ru if top else None,
            stage,
            top.number if top else None,
            None,
            None,
            None,
        )
    for fact, gate in book.catalogue.gates.items():
        needing = [rule.stage for rule in rules.rules if fact in rule.needs]
        first = min(needing, key=rules.stages.index) if needing else None
        yield _below(f"gate:{gate}", "gate", int(gate.removeprefix("G")), fact, first, None, None, first_step)
    for number, claim in enumerate(reference.table("domain_stages.toml")["claim"], 1):
        system, name, agrees = claim["system"], claim["stage"], claim["agrees"]
        known = [stage for stage in agrees if stage in rules.stages]
        yield _below(
            f"domain:{system}:{name}",
            "domain_stage",
            number,
            name,
            known[0] if known else None,
            system,
            " ".join(agrees),
            first_step,
        )


def _below(
    node: str,
    level: str,
    ordinal: int,
    name: str,
    stage: str | None,
    system: str | None,
    agrees: str | None,
    first_step: Mapping[str, Any],
) -> Row:
    top = first_step.get(stage) if stage else None
    return (
        node,
        f"stage:{stage}" if stage else None,
        level,
        ordinal,
        name,
        None,
        stage,
        top.number if top else None,
        system,
        None,
        agrees,
    )


@cache
def date_rows(first: int, last: int) -> tuple[Row, ...]:
    """Every day of some years."""
    return tuple(_days(first, last))


def _days(first: int, last: int) -> Iterator[Row]:
    table = production(reference.table("calendars/ru.toml"))
    working, zone = WorkingTime(table), ZoneInfo(table.timezone)
    for year in range(first, last + 1):
        for known in days_of(table, year):
            day = known.day
            begin, end = midnight(day, zone), midnight(day + timedelta(days=1), zone)
            iso = day.isocalendar()
            spent = working.elapsed(begin, end) / SECOND if known.kind in WORKED else 0.0
            yield (
                day,
                day.year,
                (day.month + 2) // 3,
                day.month,
                iso.year,
                iso.week,
                iso.weekday,
                known.kind,
                spent,
            )
