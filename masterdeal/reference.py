"""Reads the dated, versioned files of the core. The only module of the core that opens a file."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Any

from masterdeal import sla
from masterdeal.calendars.production import production
from masterdeal.catalogue import Catalogue
from masterdeal.errors import Misconfigured
from masterdeal.hours import Calendar, Elapsed, WorkingTime
from masterdeal.rulebook import Rulebook
from masterdeal.ruleset import RuleSet, Step


def table(name: str) -> dict[str, Any]:
    """A packaged TOML file of the core."""
    return tomllib.loads(files("masterdeal").joinpath(name).read_text(encoding="utf-8"))


def rule_sets() -> list[str]:
    """The names of the packaged rule sets."""
    folder = files("masterdeal").joinpath("rules")
    return sorted(
        entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml")
    )


def read_rulebook(
    rules: str = "stream-1",
    sla_table: dict[str, Any] | None = None,
    calendars: dict[str, Calendar] | None = None,
) -> Rulebook:
    """The rulebook from the packaged files, with another rule set or SLA table where one is given."""
    if rules not in rule_sets():
        raise Misconfigured(f"rule set {rules!r} is not one of {', '.join(rule_sets())}")
    catalogue = Catalogue(table("catalogue.toml"))
    steps = [
        Step(row["number"], row["name"], row["name_ru"], row["stage"], tuple(row["role"]), row.get("fact"))
        for row in table("pipeline.toml")["step"]
    ]
    rule_set = RuleSet(table(f"rules/{rules}.toml"), catalogue.facts, steps)
    config = sla.read_config(
        sla_table or table("sla.toml"), calendars or read_calendars(), tuple(rule_set.timers)
    )
    claims = {
        (row["system"].casefold(), row["stage"].casefold()): tuple(row["agrees"])
        for row in table("domain_stages.toml")["claim"]
    }
    return Rulebook(catalogue, rule_set, config, claims)


def read_calendars() -> dict[str, Calendar]:
    """The calendars an SLA version can name."""
    calendars: tuple[Calendar, ...] = (Elapsed(), WorkingTime(production(table("calendars/ru.toml"))))
    return {calendar.name: calendar for calendar in calendars}
