"""Reads the dated, versioned files of the core. The only module of the core that opens a file."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Sequence
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

from masterdeal import sla
from masterdeal.calendars.production import production
from masterdeal.catalogue import Catalogue
from masterdeal.connectors.contract import Connector, read_connector
from masterdeal.errors import Misconfigured
from masterdeal.escalation import Ladder, read_ladders
from masterdeal.hours import Calendar, Elapsed, WorkingTime
from masterdeal.rulebook import Rulebook
from masterdeal.ruleset import RuleSet, Step

JUDGED_BY: Final = ("catalogue.toml", "pipeline.toml", "domain_stages.toml", "calendars/ru.toml")
# One more whenever the fold makes another deal of the same events.
FOLD: Final = 1


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
    limits = sla_table or table("sla.toml")
    config = sla.read_config(limits, calendars or read_calendars(), tuple(rule_set.timers))
    claims = {
        (row["system"].casefold(), row["stage"].casefold()): tuple(row["agrees"])
        for row in table("domain_stages.toml")["claim"]
    }
    return Rulebook(catalogue, rule_set, config, claims, _edition(rules, limits))


def read_escalation(timers: Sequence[str]) -> tuple[Ladder, ...]:
    """The escalation ladders from the packaged file, oldest first."""
    return read_ladders(table("escalation.toml"), Elapsed(), timers)


def read_connectors(catalogue: Catalogue, own: Sequence[dict[str, Any]] = ()) -> dict[str, Connector]:
    """The connectors by system: the packaged ones, and those an installation has of its own, which take the place of a
    packaged one of the same system."""
    folder = files("masterdeal").joinpath("connectors")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".toml"))
    read = [
        read_connector(given, catalogue) for given in (*(table(f"connectors/{name}") for name in names), *own)
    ]
    return {connector.system: connector for connector in read}


def _edition(rules: str, limits: dict[str, Any]) -> str:
    """A name that changes with any of the files a deal is judged by, with the holidays and with the fold itself."""
    judged_by = [table(name) for name in (*JUDGED_BY, f"rules/{rules}.toml")]
    said = repr((FOLD, judged_by, limits, version("holidays")))
    return f"{rules}/{hashlib.blake2b(said.encode(), digest_size=8).hexdigest()}"


def read_calendars() -> dict[str, Calendar]:
    """The calendars an SLA version can name."""
    calendars: tuple[Calendar, ...] = (Elapsed(), WorkingTime(production(table("calendars/ru.toml"))))
    return {calendar.name: calendar for calendar in calendars}
