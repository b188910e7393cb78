"""Stages as a function of facts: an ordered, declarative rule set, first match wins, walked once into a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from masterdeal.errors import Misconfigured


class Rule(Struct, frozen=True):
    """A stage and the facts it needs; all must be true."""

    stage: str
    needs: tuple[str, ...]


class Step(Struct, frozen=True):
    """One step of the ten-step Sales-Pipeline (specification 6.2)."""

    number: int
    name: str
    name_ru: str
    stage: str
    role: tuple[str, ...]
    fact: str | None = None


class RuleSet:
    """One version of the rules. `stage_of[mask]` and `rank_of[mask]` answer for every combination of facts;
    a rank is the stage's place on the ladder, and -1 for a stage that is not on it (cancelled)."""

    def __init__(self, table: Mapping[str, Any], facts: Sequence[str], steps: Sequence[Step]) -> None:
        self.name: str = table["name"]
        self.facts = tuple(facts)
        self.ladder: tuple[str, ...] = tuple(table["ladder"])
        self.terminal = frozenset(table["terminal"])
        self.rules = tuple(Rule(row["stage"], tuple(row["needs"])) for row in table["rule"])
        self.timers: dict[str, tuple[int, int]] = {}
        for timer, (source, target) in table["timers"].items():
            if source not in self.ladder or target not in self.ladder:
                raise Misconfigured(
                    f"{self.name}: timer {timer} is bound to a stage that is not on the ladder"
                )
            self.timers[timer] = (self.ladder.index(source), self.ladder.index(target))
        for rule in self.rules:
            unknown = set(rule.needs) - set(facts)
            if unknown:
                raise Misconfigured(f"{self.name}: stage {rule.stage} needs unknown facts {sorted(unknown)}")
        self.steps = tuple(steps)
        size = 1 << len(self.facts)
        self.stage_of: tuple[str, ...] = tuple(self._stage(mask) for mask in range(size))
        self.rank_of: tuple[int, ...] = tuple(
            self.ladder.index(stage) if stage in self.ladder else -1 for stage in self.stage_of
        )
        self.stages: tuple[str, ...] = (
            *self.ladder,
            *(r.stage for r in self.rules if r.stage not in self.ladder),
        )
        self._step_of: tuple[Step | None, ...] = tuple(self._step(mask) for mask in range(size))

    def bits(self, names: Sequence[str]) -> int:
        """The mask of some facts."""
        return sum(1 << self.facts.index(name) for name in names)

    def _stage(self, mask: int) -> str:
        for rule in self.rules:
            needed = self.bits(rule.needs)
            if mask & needed == needed:
                return rule.stage
        raise Misconfigured(f"{self.name}: no rule matches {mask:b}; the last rule must need nothing")

    def _step(self, mask: int) -> Step | None:
        stage = self.stage_of[mask]
        found = None
        for step in self.steps:
            if step.stage == stage and (step.fact is None or mask & self.bits([step.fact])):
                found = step
        return found

    def step_of(self, mask: int) -> Step | None:
        """The pipeline step of a combination of facts; a cancelled deal stands on none."""
        return self._step_of[mask]

    def next_steps(self, mask: int) -> list[tuple[str, tuple[str, ...]]]:
        """The stages above the present one, nearest first, each with the facts it still misses."""
        rank = self.rank_of[mask]
        if rank < 0:
            return []
        ahead = []
        for rule in self.rules:
            if rule.stage in self.ladder and self.ladder.index(rule.stage) > rank:
                missing = tuple(need for need in rule.needs if not mask & self.bits([need]))
                ahead.append((rule.stage, missing))
        return sorted(ahead, key=lambda item: self.ladder.index(item[0]))
