"""Does a rule's trigger speak in this text, placed so? Only interprets; what is looked for stands in the rule."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from masterdeal.errors import Misconfigured
from tools import phrase
from tools.phrase import Match
from tools.rules import Trigger
from tools.word_index import WordIndex

_FACT = re.compile(r"(not )?([a-z_]+)(?: (>=|<=|>|<|=) (\S+))?")


@dataclass(frozen=True)
class Placement:
    """What is advertised, where, and what else is known of it. None: not known, which is not the same as nowhere."""

    categories: frozenset[str] | None = None
    channels: frozenset[str] | None = None
    facts: Mapping[str, bool | int | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """text[start:end] made the trigger speak; an empty stretch for something absent."""

    start: int
    end: int
    place: int


def _holds(fact: str, facts: Mapping[str, bool | int | str]) -> bool:
    written = _FACT.fullmatch(fact)
    if written is None:
        raise Misconfigured(f"condition «{fact}» cannot be read", condition=fact)
    negated, name, sign, bound = written.groups()
    value = facts.get(name)
    if sign is None:
        return bool(value) is not bool(negated)
    if value is None:
        return False
    if sign == "=":
        return str(value) == bound
    if not isinstance(value, int):
        return False
    limit = int(bound)
    return {">": value > limit, ">=": value >= limit, "<": value < limit, "<=": value <= limit}[sign]


def applies(trigger: Trigger, placement: Placement) -> bool | None:
    """Whether the trigger concerns such a placement; None when category or channel would have to be known."""
    for wanted, given in ((trigger.categories, placement.categories), (trigger.channels, placement.channels)):
        if wanted and given is not None and not given & set(wanted):
            return False
    if not all(_holds(fact, placement.facts) for fact in trigger.facts):
        return False
    if (trigger.categories and placement.categories is None) or (
        trigger.channels and placement.channels is None
    ):
        return None
    return True


def _by_unit(
    phrases: Iterable[str],
    index: WordIndex,
    trigger: Trigger,
    clause_of: Mapping[int, int] | None,
    even_negated: bool = False,
) -> dict[int, list[Match]]:
    found: dict[int, list[Match]] = {}
    sentence_of = index.sentence_of
    for match in phrase.find(phrases, index, even_negated):
        unit = sentence_of[match.first]
        if trigger.scope == "text":
            unit = 0
        elif trigger.scope == "clause" and clause_of is not None:
            unit = clause_of[unit]
        found.setdefault(unit, []).append(match)
    return found


def hits(trigger: Trigger, index: WordIndex, clause_of: Mapping[int, int] | None = None) -> list[Hit]:
    """Where the trigger's words speak; whether the placement is right is asked of `applies`.

    `clause_of` gives the clause of each sentence; without it the clause is the sentence.
    """
    if trigger.about and not phrase.find(trigger.about, index):
        return []
    if trigger.unless and phrase.find(trigger.unless, index):
        return []
    excluded = _by_unit(trigger.none, index, trigger, clause_of)
    if not trigger.any and not trigger.all:
        return [] if excluded else [Hit(0, 0, 0)]
    groups = [_by_unit(trigger.any, index, trigger, clause_of)] if trigger.any else []
    groups += [_by_unit(group, index, trigger, clause_of, even_negated=True) for group in trigger.all]
    units = set.intersection(*(set(group) for group in groups)) - set(excluded)
    if trigger.then:
        later = _by_unit(trigger.then, index, trigger, clause_of)
        units = {unit for unit in units if unit in later and groups[0][unit][0].first < later[unit][0].first}
    found = []
    for unit in sorted(units):
        firsts = [group[unit][0] for group in groups]
        if trigger.scope == "text":
            firsts = firsts[:1]
        start = min(index.words[match.first].start for match in firsts)
        end = max(index.words[match.last].end for match in firsts)
        found.append(Hit(start, end, min(match.first for match in firsts)))
    return found
