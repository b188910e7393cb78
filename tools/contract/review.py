"""A contract held against the playbook: every clause assigned to checks or to none, absence only with what was looked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import Malformed
from tools import phrase, rules_trigger
from tools.contract import contradiction, crosscheck
from tools.contract.clauses import Clause, clause_at, cut
from tools.contract.crosscheck import AgreedDeal
from tools.contract.dates import performance as dates_of_performance
from tools.legal_text import readable
from tools.rules import (
    Finding,
    Rule,
    RuleSet,
    Severity,
    Side,
    Trigger,
    advertising_law,
    document_signs,
    moment,
    norm,
    playbook,
)
from tools.rules_trigger import Hit, Placement
from tools.word_index import WordIndex, index_words

State = Literal[
    "forbidden", "adverse", "absent", "present", "not_found", "not_applicable", "not_claimed", "not_in_force"
]

_WEIGHT: Mapping[Severity, int] = {"high": 3, "medium": 2, "low": 1, "info": 0}
_ORDER: Sequence[State] = (
    "forbidden",
    "adverse",
    "absent",
    "present",
    "not_found",
    "not_applicable",
    "not_claimed",
    "not_in_force",
)


class Checked(BaseModel):
    """One rule the contract was held against: what was looked for, where it was found, what came of it."""

    model_config = ConfigDict(frozen=True)

    rule_id: str
    title: str
    looked_for: tuple[str, ...] = Field(
        description="Every phrase that was looked for, in the language of the rules"
    )
    state: State = Field(
        description="not_claimed: an excerpt cannot show that a clause is missing; never read it as absent"
    )
    clauses: tuple[int, ...] = Field(description="Places in `clauses` assigned to this check")


class AssignedClause(BaseModel):
    """A clause and the checks it was assigned to; no checks: it was read and concerns none."""

    model_config = ConfigDict(frozen=True)

    number: str | None
    start: int
    end: int
    checks: tuple[str, ...]


class Review(BaseModel):
    """What a contract was found to risk for one side, and proof that all of it was read."""

    model_config = ConfigDict(frozen=True)

    side: Side
    findings: tuple[Finding, ...]
    checked: tuple[Checked, ...]
    clauses: tuple[AssignedClause, ...]
    coverage: float = Field(description="Share of characters in clauses assigned to a check, 0..1")
    whole: bool = Field(description="Judged as a whole contract; for an excerpt absence is not claimed")
    read_at: tuple[date, ...] = Field(
        description="Dates the law was read at: signing first, then performance"
    )

    @property
    def risks(self) -> tuple[Finding, ...]:
        """Findings that are risks for the side: everything but confirmed clauses."""
        return tuple(finding for finding in self.findings if finding.kind != "present")


def reads_as(text: str) -> Literal["contract", "advertisement", "either"]:
    """What a text of unknown kind reads as, by signs weighed against each other; `either` when they balance."""
    index, clauses = index_words(text), cut(text)
    if _is_whole(index, clauses):
        return "contract"
    signs = document_signs()
    weights = {"strong": 2, "weak": 1, "advertising": -1}
    score = sum(
        weight
        for kind, weight in weights.items()
        for sign in signs[kind]
        if phrase.find([sign], index, even_negated=True)
    )
    score += 2 * any(clause.number for clause in clauses) - text.count("!")
    return "contract" if score >= 3 else "advertisement" if score <= 0 else "either"


def _is_whole(index: WordIndex, clauses: Sequence[Clause]) -> bool:
    sections = {clause.top for clause in clauses if clause.top}
    return len(sections) >= 3 or (len(clauses) >= 3 and bool(phrase.find(document_signs()["whole"], index)))


def _sentence_span(hit: Hit, index: WordIndex) -> tuple[int, int]:
    """The whole sentences a hit stands in, so that the quote can be read by itself, closing marks and all."""
    first = index.words[hit.place].sentence
    last = first
    while last + 1 < len(index.sentences) and index.sentences[last + 1][0] < hit.end:
        last += 1
    end = max(hit.end, index.sentences[last][1])
    while end < len(index.text) and index.text[end] in "»”)%":
        end += 1
    return min(hit.start, index.sentences[first][0]), end


class _Reader:
    """One contract being read: its words, clauses and what has been assigned so far."""

    def __init__(self, text: str, side: Side, whole: bool | None) -> None:
        self.text = text
        self.side: Side = side
        self.clauses = cut(text)
        self.index = index_words(text, frozenset(clause.start for clause in self.clauses))
        if not self.index.words:
            raise Malformed("The document has no words", reason="no_words")
        self.clause_of = {
            number: clause_at(self.clauses, start) for number, (start, _) in enumerate(self.index.sentences)
        }
        self.whole = _is_whole(self.index, self.clauses) if whole is None else whole
        self.assigned: dict[int, dict[str, None]] = {}

    def assign(self, rule_id: str, places: Iterable[int]) -> None:
        for place in places:
            clause = self.clause_of[self.index.words[place].sentence]
            self.assigned.setdefault(clause, {})[rule_id] = None

    def _after_number(self, clause: Clause) -> int:
        """Where the words of a numbered clause begin: its number is stated beside the quote, not in it."""
        assert clause.number is not None
        at = self.text.find(clause.number, clause.start, clause.end) + len(clause.number)
        while at < clause.end and self.text[at] in ".) \t\u00a0":
            at += 1
        return at

    def finding(self, rule: Rule, day: date, trigger: Trigger | None, hit: Hit | None) -> Finding:
        start, end = _sentence_span(hit, self.index) if hit and hit.end > hit.start else (0, 0)
        clause = self.clauses[clause_at(self.clauses, start)]
        if end and clause.number:
            start = max(start, min(self._after_number(clause), hit.start if hit else start))
        severity = getattr((trigger and trigger.severity) or rule.severity, self.side)
        favourable = trigger is None or (severity == "info" and trigger.kind != "absent")
        return Finding(
            rule_id=rule.id,
            title=rule.title,
            kind="present" if favourable or trigger is None else trigger.kind,
            severity="info" if favourable else severity,
            quote=self.text[start:end],
            start=start,
            end=end,
            clause=clause.number if end else None,
            why=(trigger and trigger.why) or (rule.why if trigger else rule.requirement),
            law=norm(rule),
            suggestion=(trigger and trigger.suggestion) or rule.suggestion,
            read_at=day,
        )

    def risks(self, rule: Rule, day: date) -> list[Finding]:
        found = []
        for trigger in rule.trigger:
            if (
                trigger.kind in ("absent", "present")
                or rules_trigger.applies(trigger, Placement()) is not True
            ):
                continue
            hits = rules_trigger.hits(trigger, self.index, self.clause_of)
            self.assign(rule.id, (hit.place for hit in hits))
            found += [self.finding(rule, day, trigger, hit) for hit in hits]
        return found

    def absences(self, rule: Rule, day: date) -> tuple[list[Finding], State]:
        """Absence is claimed of a whole contract only, and only where the check concerns it."""
        triggers = [trigger for trigger in rule.trigger if trigger.kind == "absent"]
        if not triggers:
            return [], "not_found"
        if not self.whole:
            return [], "not_claimed"
        found, concerned = [], False
        for trigger in triggers:
            full = trigger if trigger.none else trigger.model_copy(update={"none": rule.topic})
            concerned = concerned or not trigger.about or bool(phrase.find(trigger.about, self.index))
            found += [
                self.finding(rule, day, trigger, hit if trigger.any else None)
                for hit in rules_trigger.hits(full, self.index, self.clause_of)
            ]
        found = [finding for finding in found if finding.severity != "info"]
        return found[:1], "absent" if found else "not_found" if concerned else "not_applicable"

    def hold_against(self, rule: Rule, day: date) -> tuple[list[Finding], State]:
        topic = phrase.find(rule.topic, self.index, even_negated=True)
        self.assign(rule.id, (match.first for match in topic))
        risks = self.risks(rule, day)
        absent, state = self.absences(rule, day)
        if absent and not any(finding.kind != "present" for finding in risks):
            return absent, "absent"
        if risks:
            kinds = {finding.kind for finding in risks}
            return (
                risks,
                "forbidden" if "forbidden" in kinds else "adverse" if "adverse" in kinds else "present",
            )
        if topic:
            first = topic[0]
            hit = Hit(self.index.words[first.first].start, self.index.words[first.last].end, first.first)
            return [self.finding(rule, day, None, hit)], "present"
        return absent, state


def _distinct(findings: Iterable[Finding]) -> list[Finding]:
    """One finding per rule, version and quoted sentence, the heaviest; risks of a rule silence its confirmation."""
    best: dict[tuple[str, str, int, int], Finding] = {}
    for finding in findings:
        key = (finding.rule_id, finding.title, finding.start, finding.end)
        if key not in best or _WEIGHT[finding.severity] > _WEIGHT[best[key].severity]:
            best[key] = finding
    risky = {finding.rule_id for finding in best.values() if finding.kind != "present"}
    kept = [finding for finding in best.values() if finding.kind != "present" or finding.rule_id not in risky]
    return sorted(kept, key=lambda finding: (finding.start, -_WEIGHT[finding.severity], finding.rule_id))


def review(
    text: str,
    *,
    on: date,
    side: Side = "seller",
    performance: Sequence[date] = (),
    deal: AgreedDeal | None = None,
    whole: bool | None = None,
    rules: RuleSet | None = None,
) -> Review:
    """Review a contract for one side, with the law as it stands on the day of signing `on` and on the days of performance.

    Days of performance not given are read from the text. `deal` is what was agreed outside the text, for cross-checks.
    `whole` says whether it is a complete contract; None: judged by its form. Raises Malformed or TooLarge for a text
    that cannot be judged.
    """
    readable(text)
    reader = _Reader(text, side, whole)
    days = tuple(performance) or dates_of_performance(reader.index)
    book = rules or RuleSet(
        rules=(*playbook().rules, *(rule for rule in advertising_law().rules if rule.topic))
    )
    findings: list[Finding] = []
    states: dict[str, list[State]] = {}
    for rule in book.rules:
        day = moment(rule, on, days)
        state: State = "not_in_force" if day is None else "not_found"
        if day is not None and (rule.topic or rule.trigger):
            found, state = reader.hold_against(rule, day)
            findings += found
        states.setdefault(rule.id, []).append(state)
    if rules is None:
        crossed = crosscheck.against(text, reader.index, reader.clauses, book, on, side, deal, days)
        crossed += contradiction.within(reader.index, reader.clauses, book, on, days, side)
        for rule_id, place in crosscheck.stated(text):
            reader.assigned.setdefault(clause_at(reader.clauses, place), {})[rule_id] = None
        for finding in crossed:
            states.setdefault(finding.rule_id, []).append("adverse")
            reader.assigned.setdefault(clause_at(reader.clauses, finding.start), {})[finding.rule_id] = None
        findings += crossed
    return Review(
        side=side,
        findings=tuple(_distinct(findings)),
        checked=_checked(book, states, reader),
        clauses=tuple(
            AssignedClause(
                number=clause.number,
                start=clause.start,
                end=clause.end,
                checks=tuple(reader.assigned.get(place, ())),
            )
            for place, clause in enumerate(reader.clauses)
        ),
        coverage=round(
            sum(
                clause.end - clause.start
                for place, clause in enumerate(reader.clauses)
                if reader.assigned.get(place)
            )
            / len(text),
            4,
        ),
        whole=reader.whole,
        read_at=(on, *days),
    )


def _checked(book: RuleSet, states: Mapping[str, list[State]], reader: _Reader) -> tuple[Checked, ...]:
    """One row per rule id; of several versions the weightiest outcome, and everything any of them looked for."""
    titles: dict[str, str] = {}
    looked_for: dict[str, dict[str, None]] = {}
    for rule in book.rules:
        titles.setdefault(rule.id, rule.title)
        looked_for.setdefault(rule.id, {}).update(dict.fromkeys(rule.looked_for))
    places: dict[str, list[int]] = {}
    for place, checks in sorted(reader.assigned.items()):
        for rule_id in checks:
            places.setdefault(rule_id, []).append(place)
    return tuple(
        Checked(
            rule_id=rule_id,
            title=titles[rule_id],
            looked_for=tuple(looked_for[rule_id]),
            state=min(states[rule_id], key=_ORDER.index),
            clauses=tuple(places.get(rule_id, ())),
        )
        for rule_id in titles
    )
