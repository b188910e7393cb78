"""An advertisement against the rules of advertising law, read at the dates of its placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import Malformed
from tools import adlaw_subject, rules_trigger
from tools.legal_text import readable
from tools.rules import Finding, Rule, RuleSet, Side, Trigger, advertising_law, moment, norm
from tools.rules_trigger import Hit, Placement
from tools.word_index import WordIndex, index_words

AdState = Literal["found", "clear", "not_in_force", "not_applicable", "unknown"]


class AdChecked(BaseModel):
    """One rule the advertisement was held against, and what came of it."""

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    looked_for: tuple[str, ...]
    state: AdState = Field(
        description="unknown: category or channel would have to be known to answer; never read it as clear"
    )


class AdReview(BaseModel):
    """What an advertisement was taken for, what was found in it and what was looked for."""

    model_config = ConfigDict(frozen=True)

    findings: tuple[Finding, ...]
    checked: tuple[AdChecked, ...]
    categories: tuple[str, ...] = Field(description="What is advertised, as named and as the words show")
    channels: tuple[str, ...] | None = Field(description="Channels and their legal groups; None: not named")
    unknown_channels: tuple[str, ...] = Field(
        description="Names of channels nobody knows: rules of channels were not applied to them"
    )


def _quoted(text: str, hit: Hit) -> tuple[str, int, int]:
    return text[hit.start : hit.end], hit.start, hit.end


def _finding(rule: Rule, trigger: Trigger, text: str, hit: Hit, side: Side, day: date) -> Finding:
    quote, start, end = _quoted(text, hit)
    severity = trigger.severity or rule.severity
    return Finding(
        rule_id=rule.id,
        title=rule.title,
        kind=trigger.kind,
        severity=getattr(severity, side),
        quote=quote,
        start=start,
        end=end,
        why=trigger.why or rule.why,
        law=norm(rule),
        suggestion=trigger.suggestion or rule.suggestion,
        read_at=day,
    )


def _hits(trigger: Trigger, index: WordIndex, placement: Placement) -> tuple[list[Hit], bool]:
    """Hits, and whether the answer hangs on something not known."""
    concerned = rules_trigger.applies(trigger, placement)
    if concerned is False:
        return [], False
    found = [Hit(0, 0, 0)] if _only_placement(trigger) else rules_trigger.hits(trigger, index)
    return (found, False) if concerned else ([], bool(found))


def _only_placement(trigger: Trigger) -> bool:
    return not (trigger.any or trigger.all or trigger.none or trigger.about or trigger.unless)


def check(
    text: str,
    *,
    on: date,
    category: str | None = None,
    channels: Sequence[str] | None = None,
    dates: Sequence[date] = (),
    facts: Mapping[str, bool | int | str] | None = None,
    side: Side = "seller",
    rules: RuleSet | None = None,
) -> AdReview:
    """Hold an advertising text against the law as it stands on the dates of placement (`on`, when none are given).

    `facts` are what is known beside the text: `erid`, `advertiser` (name or INN shown), `label`, `consent`, `automatic`,
    `caller_label`, `daily_users`, `subscribers`, `rkn_registered`, `foreign_agent`, `specialist_media`, `listed_site`.
    """
    readable(text)
    index = index_words(text)
    if not index.words:
        raise Malformed("The advertisement has no words", chars=len(text))
    placement, unknown_channels = adlaw_subject.place(text, index, category, channels, facts or {})
    findings: list[Finding] = []
    checked: dict[str, AdChecked] = {}
    for rule in (rules or advertising_law()).rules:
        day = moment(rule, on, dates)
        found: dict[tuple[str, int, int], Finding] = {}
        unclear, concerned = False, False
        for trigger in rule.trigger if day else ():
            assert day is not None
            concerned = concerned or rules_trigger.applies(trigger, placement) is not False
            hits, hangs = _hits(trigger, index, placement)
            unclear = unclear or hangs
            for hit in hits:
                found.setdefault(
                    (trigger.kind, hit.start, hit.end), _finding(rule, trigger, text, hit, side, day)
                )
        findings += found.values()
        state: AdState = (
            "not_in_force" if day is None
            else "found" if found
            else "unknown" if unclear
            else "clear" if concerned
            else "not_applicable"
        )  # fmt: skip
        checked[rule.id] = AdChecked(
            rule_id=rule.id, title=rule.title, looked_for=rule.looked_for, state=state
        )
    return AdReview(
        findings=tuple(sorted(findings, key=lambda finding: (finding.start, finding.rule_id))),
        checked=tuple(checked.values()),
        categories=tuple(sorted(placement.categories or ())),
        channels=None if placement.channels is None else tuple(sorted(placement.channels)),
        unknown_channels=unknown_channels,
    )
