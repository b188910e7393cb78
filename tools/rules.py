"""Legal rules as dated, sourced records, and the reading of the law at a date.

One rule may have several versions, each with its own time of force; `on(date)` gives those in force. The records are
TOML pages under tools/tables/law and tools/tables/playbook; a rule carries the cases that prove it.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Sequence
from datetime import date
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from masterdeal.errors import Misconfigured

Kind = Literal["present", "absent", "adverse", "forbidden"]
Severity = Literal["high", "medium", "low", "info"]
Side = Literal["seller", "client"]
Status = Literal["active", "needs_legal_review"]
Scope = Literal["sentence", "clause", "text"]
Reading = Literal["signing", "performance", "any"]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SideSeverity(_Record):
    """How heavy a finding is for each side of the deal."""

    seller: Severity
    client: Severity


class Trigger(_Record):
    """When a rule speaks. Phrases are written in the language of tools/phrase.py; `<word>` stands for a group of terms."""

    kind: Kind
    scope: Scope = Field(
        default="clause", description="Where the conditions must meet: one sentence, one clause or the text"
    )
    any: tuple[str, ...] = Field(default=(), description="At least one of these phrases stands in the place")
    all: tuple[tuple[str, ...], ...] = Field(
        default=(), description="Of each group at least one phrase stands there too"
    )
    none: tuple[str, ...] = Field(default=(), description="None of these phrases stands there")
    then: tuple[str, ...] = Field(
        default=(), description="One of these stands after the first of `any` in the place"
    )
    about: tuple[str, ...] = Field(default=(), description="At least one stands anywhere in the text")
    unless: tuple[str, ...] = Field(default=(), description="None stands anywhere in the text")
    categories: tuple[str, ...] = Field(
        default=(), description="What is advertised is one of these; empty: anything"
    )
    channels: tuple[str, ...] = Field(
        default=(), description="It is placed in one of these channels or groups; empty: anywhere"
    )
    facts: tuple[str, ...] = Field(
        default=(), description="Facts of the placement: `erid`, `not erid`, `daily_users > 100000`"
    )
    severity: SideSeverity | None = Field(default=None, description="Instead of the rule's own")
    why: str | None = None
    suggestion: str | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Trigger:
        if not (
            self.any or self.all or self.kind == "absent" or self.facts or self.channels or self.categories
        ):
            raise ValueError("a trigger must say when it speaks")
        return self


class Case(_Record):
    """A text that makes the rule speak, or a near miss that must not."""

    text: str
    fires: bool
    kind: Kind | None = None
    on: date | None = None
    category: str | None = None
    channels: tuple[str, ...] = ()
    facts: dict[str, bool | int | str] = {}
    side: Side = "seller"
    whole: bool = Field(default=False, description="The text is a whole contract, so absence may be claimed")


class Rule(_Record):
    """One version of one rule of law or of the contract playbook."""

    id: str
    title: str
    act: str
    article: str
    part: str | None = None
    valid_from: date
    valid_to: date | None = Field(default=None, description="Last day in force; None: still in force")
    source: str = Field(description="Keys of the sources it was taken from")
    status: Status
    read_at: Reading = Field(
        default="any", description="Which dates count: signing, performance, or any of them"
    )
    topic: tuple[str, ...] = Field(
        default=(), description="Phrases that assign a contract clause to this check"
    )
    requirement: str
    severity: SideSeverity
    why: str
    suggestion: str
    sanction: str | None = None
    trigger: tuple[Trigger, ...] = ()
    case: tuple[Case, ...] = ()

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def looked_for(self) -> tuple[str, ...]:
        """Every phrase that speaks for the presence of what the rule is about."""
        said = [*self.topic]
        for trigger in self.trigger:
            said += [*trigger.any, *(phrase for group in trigger.all for phrase in group)]
            if trigger.kind == "absent":
                said += trigger.none
        return tuple(dict.fromkeys(said))


class Law(_Record):
    """The norm behind a finding, as it stood on the date it was read at."""

    act: str
    article: str
    part: str | None
    effective_from: date | None = Field(
        description="None: an article of the knowledge base that no dated rule records"
    )
    effective_to: date | None
    status: Status


class Finding(_Record):
    """One legal risk or one confirmed clause, with the exact words it rests on."""

    rule_id: str
    title: str
    kind: Kind = Field(
        description="present: covered; absent: looked for and not found; adverse: unfavourable; forbidden: unlawful"
    )
    severity: Severity = Field(description="Weight for the side we are on; info: no risk")
    quote: str = Field(description="Verbatim text[start:end]; empty where something is absent")
    start: int
    end: int
    clause: str | None = Field(default=None, description="Number of the contract clause, as printed")
    why: str
    law: Law
    suggestion: str
    read_at: date = Field(description="The date the law was read at")
    found_by: Literal["rules", "model"] = Field(
        default="rules", description="model: proposed by a language model; its quote was found in the text"
    )


class RuleSet(BaseModel):
    """Rules that are used together, and the groups of terms their phrases may name."""

    model_config = ConfigDict(frozen=True)

    rules: tuple[Rule, ...]

    @property
    def edition(self) -> str:
        """Changes with any word of any rule."""
        return hashlib.blake2b(self.model_dump_json().encode(), digest_size=4).hexdigest()

    def on(self, day: date) -> RuleSet:
        """The versions in force on a day."""
        return RuleSet(rules=tuple(rule for rule in self.rules if rule.in_force(day)))

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.id == rule_id)


def norm(rule: Rule) -> Law:
    """The rule's norm as a finding cites it."""
    return Law(
        act=rule.act,
        article=rule.article,
        part=rule.part,
        effective_from=rule.valid_from,
        effective_to=rule.valid_to,
        status=rule.status,
    )


def moment(rule: Rule, signing: date, performance: Sequence[date]) -> date | None:
    """The first date the rule is to be read at and is in force on; None when there is none.

    A rule read at performance falls back on the signing date while no date of performance is known.
    """
    days = {
        "signing": [signing],
        "performance": list(performance) or [signing],
        "any": [signing, *performance],
    }[rule.read_at]
    return next((day for day in days if rule.in_force(day)), None)


def with_terms(phrases: Sequence[str], page: str) -> tuple[str, ...]:
    """Phrases of advertising law with the groups of terms they name written out."""
    terms = _terms(_pages(resources.files("tools") / "tables" / "law"))
    return tuple(written for phrase in phrases for written in _spread(phrase, terms, page))


def _expand(value: Any, terms: dict[str, list[str]], page: str) -> Any:
    if isinstance(value, list):
        return [item for part in value for item in _spread(part, terms, page)]
    return value


def _spread(part: Any, terms: dict[str, list[str]], page: str) -> list[Any]:
    """A phrase with its named groups of terms written out; words join one place, longer terms make phrases of their own."""
    if isinstance(part, list):
        return [_expand(part, terms, page)]
    if not isinstance(part, str) or "<" not in part.replace("#<", "##"):
        return [part]
    name = next((named for named in terms if f"<{named}>" in part), None)
    if name is None:
        raise Misconfigured(f"phrase «{part}» names an unknown group of terms", page=page, phrase=part)
    words = [term for term in terms[name] if " " not in term]
    phrases = [term for term in terms[name] if " " in term]
    chosen = (["|".join(words)] if words else []) + phrases
    return [phrase for term in chosen for phrase in _spread(part.replace(f"<{name}>", term, 1), terms, page)]


_PHRASES = ("any", "none", "then", "about", "unless", "all")


def _rules_of(page: Traversable, terms: dict[str, list[str]]) -> Iterable[Rule]:
    for record in tomllib.loads(page.read_text("utf-8")).get("rule", []):
        record["topic"] = _expand(record.get("topic", []), terms, page.name)
        for trigger in record.get("trigger", []):
            for place in _PHRASES:
                if place in trigger:
                    trigger[place] = _expand(trigger[place], terms, page.name)
        try:
            yield Rule.model_validate(record)
        except ValidationError as error:
            raise Misconfigured(f"{page.name}: rule {record.get('id')}: {error}", page=page.name) from error


def _pages(folder: Traversable) -> list[Traversable]:
    return sorted(
        (page for page in folder.iterdir() if page.name.endswith(".toml")), key=lambda page: page.name
    )


def _terms(pages: Iterable[Traversable]) -> dict[str, list[str]]:
    terms: dict[str, list[str]] = {}
    for page in pages:
        table = tomllib.loads(page.read_text("utf-8"))
        terms |= table.get("terms", {})
        if "translation" in table:
            terms["английское слово"] = list(table["translation"])
    return terms


def read(folder: Traversable) -> RuleSet:
    """The rules of every TOML page in a folder; `[terms]` of terms.toml are the groups of words phrases may name."""
    pages = _pages(folder)
    terms = _terms(pages)
    return RuleSet(rules=tuple(rule for page in pages for rule in _rules_of(page, terms)))


@cache
def advertising_law() -> RuleSet:
    """The packaged rules of advertising, marking, telecom and personal-data law."""
    return read(resources.files("tools") / "tables" / "law")


@cache
def playbook() -> RuleSet:
    """The packaged contract playbook, K01..K48, and the cross-checks with the deal."""
    return read(resources.files("tools") / "tables" / "playbook")


@cache
def document_signs() -> dict[str, tuple[str, ...]]:
    """Phrases that tell a contract from an advertisement, and a whole contract from an excerpt."""
    page = resources.files("tools") / "tables" / "playbook" / "document_signs.toml"
    return {kind: tuple(signs) for kind, signs in tomllib.loads(page.read_text("utf-8"))["signs"].items()}
