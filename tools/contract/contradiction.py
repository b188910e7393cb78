"""What a contract says twice and differently: the same fact with two values."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict

from tools import phrase
from tools.contract.clauses import Clause, clause_at
from tools.phrase import Match
from tools.rules import Finding, RuleSet, Side, moment, norm
from tools.word_index import WordIndex


class StatedFact(BaseModel):
    """A fact a contract may state only once: the phrases that state it, each with one number or date."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule_id: str
    name: str
    any: tuple[str, ...]
    none: tuple[str, ...] = ()


@cache
def stated_facts() -> tuple[StatedFact, ...]:
    page = resources.files("tools") / "tables" / "playbook" / "stated_facts.toml"
    return tuple(StatedFact.model_validate(row) for row in tomllib.loads(page.read_text("utf-8"))["fact"])


def _value(match: Match, index: WordIndex) -> str | None:
    """The last number or date within the match."""
    for place in range(match.last, match.first - 1, -1):
        word = index.words[place]
        if "@дата" in word.forms:
            return index.text[word.start : word.end]
        if word.number is not None:
            return format(word.number.normalize(), "f").replace(".", ",")
    return None


def within(
    index: WordIndex, clauses: tuple[Clause, ...], book: RuleSet, on: date, days: Sequence[date], side: Side
) -> list[Finding]:
    """One finding for every place that contradicts the first statement of the same fact."""
    found: list[Finding] = []
    for fact in stated_facts():
        version = next((rule for rule in book.versions(fact.rule_id) if moment(rule, on, days)), None)
        if version is None:
            continue
        excluded = {index.words[match.first].sentence for match in phrase.find(fact.none, index)}
        stated: dict[str, Match] = {}
        for match in phrase.find(fact.any, index):
            value = _value(match, index)
            if value is not None and index.words[match.first].sentence not in excluded:
                stated.setdefault(value, match)
        first, *others = stated.items() if stated else [("", Match(0, 0))]
        for value, match in others:
            start, end = index.sentences[index.words[match.first].sentence]
            number = clauses[clause_at(clauses, index.words[first[1].first].start)].number
            found.append(
                Finding(
                    rule_id=version.id,
                    title=f"Противоречие: {fact.name}",
                    kind="adverse",
                    severity="high" if getattr(version.severity, side) == "high" else "medium",
                    quote=index.text[start:end],
                    start=start,
                    end=end,
                    clause=clauses[clause_at(clauses, start)].number,
                    why=f"Документ противоречит сам себе: {fact.name} — {value}, а раньше"
                    + (f" (п. {number})" if number else "")
                    + f" — {first[0]}.",
                    law=norm(version),
                    suggestion="Оставьте одно значение и сошлитесь на него в остальных местах.",
                    read_at=on,
                )
            )
    return found
