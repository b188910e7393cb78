"""The packaged tables of lead import: headings, legal forms, cities, limits and matching rules. The one reader of these files."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict

from tools.leads.matching import MatchRules


class ImportLimits(BaseModel):
    """The most that is accepted; see import.toml for what each limit guards against."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int
    unpacked_bytes: int
    rows: int
    columns: int
    cell_chars: int
    record_lines: int
    heading_within: int


class ImportRules(BaseModel):
    """How an import reads and refuses: limits, the country of bare phone numbers (ISO 3166), open mail providers."""

    model_config = ConfigDict(frozen=True)

    version: str
    limits: ImportLimits
    reject_wrong_inn: bool
    totals: tuple[str, ...] = ()
    summed: tuple[str, ...] = ()
    phone_region: str
    free_domains: frozenset[str]


class LegalForm(BaseModel):
    """One legal form: the short name a lead keeps and its spellings; `same_as` is the Russian form it corresponds to."""

    model_config = ConfigDict(frozen=True)

    short: str
    country: str
    spellings: tuple[str, ...]
    same_as: str | None = None


def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((files("tools") / "tables" / "leads" / name).read_text(encoding="utf-8"))


@cache
def import_rules() -> ImportRules:
    """The packaged import rules."""
    table = _table("import.toml")
    return ImportRules(
        version=table["version"],
        limits=ImportLimits(**table["limits"]),
        reject_wrong_inn=table["reject"]["wrong_inn"],
        totals=tuple(table["reject"]["totals"]),
        summed=tuple(table["reject"]["summed"]),
        phone_region=table["phone"]["region"],
        free_domains=frozenset(table["email"]["free_domains"]),
    )


@cache
def match_rules() -> MatchRules:
    """The packaged rules by which two rows are one lead."""
    return MatchRules.from_table(_table("matching.toml"))


@cache
def legal_forms() -> tuple[LegalForm, ...]:
    """The packaged legal forms."""
    return tuple(LegalForm(**row) for row in _table("legal_forms.toml")["form"])


@cache
def headings() -> dict[str, tuple[str, ...]]:
    """Aliases of each field, in the order in which the fields are tried."""
    return {field: tuple(aliases) for field, aliases in _table("headings.toml")["fields"].items()}


@cache
def city_spellings() -> dict[str, str]:
    """Each known spelling of a city and the name a lead keeps."""
    return {
        spelling: city
        for city, spellings in _table("cities.toml")["cities"].items()
        for spelling in spellings
    }
