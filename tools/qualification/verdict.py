"""From letters to a verdict by a rule that is configuration, and the one fact that would change it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masterdeal.errors import Misconfigured, NotFound
from tools.qualification.tables import read_table

State = Literal["met", "unmet", "unknown"]
Verdict = Literal["qualified", "not_qualified", "undecided"]
BANT = ("budget", "authority", "need", "timing")
CHAMP = ("challenges", "authority", "money", "prioritization")
_SHIPPED = ("default", "dynamics365")


class VerdictRule(BaseModel):
    """When a lead is qualified; see tables/qualification/verdicts for the rules that ship."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    version: str
    source: str
    title_ru: str
    title_en: str
    counted_level: int = Field(ge=1, le=3)
    qualified_at: int = Field(ge=1, le=4)
    otherwise: Literal["undecided", "not_qualified"]
    contradiction_blocks: bool
    ask_order: tuple[Literal["budget", "authority", "need", "timing"], ...]
    weights: dict[Literal["bant", "champ"], dict[str, float]]


class LetterFact(BaseModel):
    """What a verdict needs to know of one letter."""

    model_config = ConfigDict(frozen=True)

    state: State
    level: int = Field(ge=0, le=3)
    contradicted: bool = False


class Flip(BaseModel):
    """The one fact that would change the verdict."""

    model_config = ConfigDict(frozen=True)

    letter: str
    current: Literal["met", "unmet", "unknown", "contradicted"] = Field(
        description="What is known of the letter now"
    )
    needed: State = Field(description="What would have to become known")
    verdict: Verdict = Field(description="The verdict then")
    fact: str = Field(description="The same in a sentence")


@cache
def verdict_rule(name: str = "default") -> VerdictRule:
    """A shipped verdict rule: default or dynamics365; `NotFound` for another name."""
    if name not in _SHIPPED:
        raise NotFound("Нет такого правила квалификации.", name=name, known=_SHIPPED)
    try:
        return VerdictRule.model_validate(read_table(f"verdicts/{name}.toml"))
    except ValidationError as error:
        raise Misconfigured("The verdict rule cannot be used.", name=name, detail=str(error)) from None


def decide(letters: Mapping[str, LetterFact], rule: VerdictRule) -> Verdict:
    """The verdict on the four BANT letters."""
    met = [
        name for name in BANT if letters[name].state == "met" and letters[name].level >= rule.counted_level
    ]
    open_contradiction = any(letters[name].contradicted for name in BANT)
    unknown = sum(letters[name].state == "unknown" for name in BANT)
    weakly_met = sum(
        letters[name].state == "met" and letters[name].level < rule.counted_level for name in BANT
    )
    if len(met) >= rule.qualified_at:
        return "undecided" if rule.contradiction_blocks and open_contradiction else "qualified"
    if rule.otherwise == "not_qualified":
        return "not_qualified"
    return "undecided" if len(met) + unknown + weakly_met >= rule.qualified_at else "not_qualified"


def flip(
    letters: Mapping[str, LetterFact], rule: VerdictRule, lang: Literal["ru", "en"] = "ru"
) -> Flip | None:
    """The first single change, in the order in which the rule asks, that changes the verdict; None if no one fact can.

    What is unknown is asked before what is denied, and a lead is not talked out of what it has unless nothing else flips it.
    """
    now = decide(letters, rule)
    options: list[tuple[int, int, str, State, Verdict]] = []
    for place, name in enumerate(rule.ask_order):
        fact = letters[name]
        for needed in ("met", "unmet", "unknown"):
            if needed == fact.state and not fact.contradicted:
                continue
            level = 0 if needed == "unknown" else max(rule.counted_level, fact.level)
            then = decide({**letters, name: LetterFact(state=needed, level=level)}, rule)
            if then != now:
                better = {"not_qualified": 0, "undecided": 1, "qualified": 2}
                worse = better[then] < better[now]
                effort = {"unknown": 0, "unmet": 1, "met": 2}[fact.state] - (1 if fact.contradicted else 0)
                options.append((10 * worse + effort + 5 * (needed == "unknown"), place, name, needed, then))
    if not options:
        return None
    _, _, letter, needed, then = min(options)
    fact = letters[letter]
    current: Literal["met", "unmet", "unknown", "contradicted"] = (
        "contradicted" if fact.contradicted else fact.state
    )
    words = read_table("questions.toml")
    states = words[f"states_{lang}"]
    sentence = words["sentences"][f"flip_{lang}"].format(
        letter=words["letters"][letter][f"name_{lang}"],
        needed=states[needed],
        current=states[current],
        verdict=words[f"verdicts_{lang}"][then],
    )
    return Flip(letter=letter, current=current, needed=needed, verdict=then, fact=sentence)
