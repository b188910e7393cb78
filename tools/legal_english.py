"""What legal findings say, in English: the words of the rules, from `words_en.toml` beside them.

The only module that reads those pages. Acts, articles and quotes stay as they are printed.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict, Field

from tools.rules import Finding, advertising_law, playbook

_COVERED = "The text covers this point; see the quote."
_PAGES = ("law", "playbook")


class RuleWords(BaseModel):
    """The English of one rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    why: str
    suggestion: str
    also: dict[str, str] = Field(
        default_factory=dict,
        description="Russian sentence or title of a trigger or of another version: its English",
    )


@cache
def rule_words() -> dict[str, RuleWords]:
    """English by rule id."""
    tables = files("tools") / "tables"
    return {
        rule_id: RuleWords.model_validate(words)
        for folder in _PAGES
        for rule_id, words in tomllib.loads((tables / folder / "words_en.toml").read_text("utf-8")).items()
    }


@cache
def _general() -> frozenset[tuple[str, str]]:
    """What the rules themselves say, by id; a trigger may say something else."""
    rules = (*advertising_law().rules, *playbook().rules)
    return frozenset((rule.id, said) for rule in rules for said in (rule.why, rule.suggestion))


def in_english(finding: Finding) -> Finding:
    """The finding in English. A sentence without English, one that a model wrote and one that carries figures of the
    text stay as they are: nothing is lost."""
    words = rule_words().get(finding.rule_id)
    if words is None or finding.found_by == "model":
        return finding
    why = words.also.get(finding.why, finding.why)
    if (finding.rule_id, finding.why) in _general() and finding.why not in words.also:
        why = words.why
    elif why == finding.why and finding.kind == "present":
        why = _COVERED
    suggestion = finding.suggestion
    if suggestion is not None and suggestion in words.also:
        suggestion = words.also[suggestion]
    elif (finding.rule_id, suggestion) in _general():
        suggestion = words.suggestion
    title = words.also.get(finding.title, words.title)
    return finding.model_copy(update={"title": title, "why": why, "suggestion": suggestion})
