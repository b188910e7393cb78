"""Qualification of a lead from texts and fields: BANT, CHAMP, profile fit, verdict, and what to ask next. Pure.

Unknown is never no: a letter is met or unmet only by a quote that says so plainly; everything else leaves it unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools.qualification.icp import Company, IcpFit, fit_to_profile, tier_of
from tools.qualification.statements import Statement, statements
from tools.qualification.tables import Letter, Lexicon, lexicon, read_table
from tools.qualification.verdict import (
    BANT,
    CHAMP,
    Flip,
    LetterFact,
    State,
    Verdict,
    VerdictRule,
    decide,
    flip,
    verdict_rule,
)

SourceKind = Literal["call", "mail", "document", "field", "note"]
_ENTRY = re.compile(
    r"^[\s\-•*\[(]*(?:(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})|(?P<d2>\d{1,2})[./](?P<m2>\d{1,2})(?:[./](?P<y2>\d{2,4}))?)(?!\d|\s*(?:млн|тыс|%))",
    re.MULTILINE,
)
_QUOTED_LINE = re.compile(r"^\s*>", re.MULTILINE)
PERSON = "person"


class Source(BaseModel):
    """One text about the lead: call notes, a mail, a brief; or one field of its record."""

    model_config = ConfigDict(frozen=True)

    id: str
    text: str
    kind: SourceKind = "note"
    said_on: date | None = Field(
        default=None, description="The day it was said; texts without one follow the order given"
    )


class Quote(BaseModel):
    """A verbatim sentence and what it says of a letter: text[start:end] of the source is `quote`."""

    model_config = ConfigDict(frozen=True)

    quote: str
    start: int
    end: int
    source: str
    says: Literal["met", "unmet", "weak"]
    said_on: date | None = None
    weak_because: str | None = Field(default=None, description="Why it does not count, in Russian")


class LetterFinding(BaseModel):
    """What is known of one letter. `quote` is the shortest passage that holds all that decides it: without it, unknown."""

    model_config = ConfigDict(frozen=True)

    state: State
    level: int = Field(
        ge=0,
        le=3,
        description="0 nothing, 1 inferred or not plain, 2 stated, 3 confirmed by a document or a second source",
    )
    score: float = Field(description="Points of the letter's weight in the verdict rule")
    quote: str | None = None
    start: int | None = None
    end: int | None = None
    source: str | None = Field(default=None, description="Id of the text; `person` where a person said so")
    quotes: tuple[Quote, ...] = Field(
        default=(), description="Every sentence about the letter, in order of time"
    )


class LetterContradiction(BaseModel):
    """Two statements about one letter that disagree; the later one holds. `resolved`: they differ in source or day."""

    model_config = ConfigDict(frozen=True)

    letter: str
    earlier: Quote
    later: Quote
    resolved: bool


class Qualification(BaseModel):
    """The result: letters with quotes, verdict by rule, the fact that would change it, the next question."""

    model_config = ConfigDict(frozen=True)

    bant: dict[str, LetterFinding]
    champ: dict[str, LetterFinding]
    bant_score: float = Field(description="0..100")
    champ_score: float = Field(description="0..100")
    icp: IcpFit
    tier: int | None = Field(description="ABM tier 1..3 by fit and signal; None where the fit is not known")
    verdict: Verdict
    why: str
    flip: Flip | None = Field(
        description="The one fact that would change the verdict; None where no single one can"
    )
    contradictions: tuple[LetterContradiction, ...]
    next_question: str | None
    nurturing: str | None
    rule: str
    rules_version: str


@dataclass(frozen=True, slots=True)
class _Said:
    statement: Statement
    source: Source
    order: tuple[int, int, int]
    said_on: date | None


def _entries(text: str, today: date) -> list[tuple[int, date]]:
    """Dated entries of a text of notes: where each begins, and its day. A day without a year is the last such day."""
    found = []
    for entry in _ENTRY.finditer(text):
        parts = entry.groupdict()
        day, month = int(parts["d"] or parts["d2"]), int(parts["m"] or parts["m2"])
        year = int(parts["y"] or parts["y2"] or today.year)
        try:
            on = date(year + 2000 if year < 100 else year, month, day)
            if not (parts["y"] or parts["y2"]) and on > today:
                on = on.replace(year=on.year - 1)
        except ValueError:
            continue
        found.append((entry.start(), on))
    return found


def _said(sources: Sequence[Source], words: Lexicon, today: date) -> dict[Letter, list[_Said]]:
    by_letter: dict[Letter, list[_Said]] = {}
    for number, source in enumerate(sources):
        entries = _entries(source.text, today)
        for statement in statements(source.text, words, today.year):
            day = next((on for start, on in reversed(entries) if start <= statement.start), source.said_on)
            # In a mail thread the quoted lines were written before the answer above them.
            line = source.text.rfind("\n", 0, statement.start) + 1
            answer = 0 if _QUOTED_LINE.match(source.text[line : statement.end]) else 1
            by_letter.setdefault(statement.letter, []).append(
                _Said(statement, source, (number, answer, statement.start), day)
            )
    for letter, said in by_letter.items():
        if all(item.said_on for item in said):
            said.sort(key=lambda item: (item.said_on or date.min, item.order))
        else:
            said.sort(key=lambda item: item.order)
        by_letter[letter] = said
    return by_letter


def _quote(item: _Said) -> Quote:
    found = item.statement
    return Quote(
        quote=item.source.text[found.start : found.end],
        start=found.start,
        end=found.end,
        source=item.source.id,
        says=found.says,
        said_on=item.said_on,
        weak_because=found.weak_because,
    )


def _passage(said: Sequence[_Said], source: Source) -> tuple[int, int]:
    here = [item.statement for item in said if item.source.id == source.id]
    return min(item.start for item in here), max(item.end for item in here)


def _finding(said: Sequence[_Said], weight: float) -> LetterFinding:
    plain = [item for item in said if item.statement.says != "weak"]
    if not plain:
        if not said:
            return LetterFinding(state="unknown", level=0, score=0)
        start, end = _passage(said, said[-1].source)
        return LetterFinding(
            state="unknown", level=1, score=round(weight / 3, 1), quote=said[-1].source.text[start:end], start=start,
            end=end, source=said[-1].source.id, quotes=tuple(_quote(item) for item in said),
        )  # fmt: skip
    last = plain[-1]
    state: State = "met" if last.statement.says == "met" else "unmet"
    agreeing = [item for item in plain if item.statement.says == last.statement.says]
    confirmed = (
        any(item.source.kind == "document" for item in agreeing)
        or len({item.source.id for item in agreeing}) > 1
    )
    level = 3 if confirmed else 2
    start, end = _passage(plain, last.source)
    return LetterFinding(
        state=state, level=level, score=round(weight * level / 3, 1) if state == "met" else 0.0,
        quote=last.source.text[start:end], start=start, end=end, source=last.source.id,
        quotes=tuple(_quote(item) for item in said),
    )  # fmt: skip


def _contradictions(letter: str, said: Sequence[_Said]) -> list[LetterContradiction]:
    plain = [item for item in said if item.statement.says != "weak"]
    if not plain:
        return []
    last = plain[-1]
    against = [item for item in plain if item.statement.says != last.statement.says]
    return [
        LetterContradiction(
            letter=letter,
            earlier=_quote(item),
            later=_quote(last),
            resolved=item.source.id != last.source.id or (item.said_on != last.said_on),
        )
        for item in against
    ]


def _merged(said: Mapping[Letter, Sequence[_Said]], *letters: Letter) -> list[_Said]:
    items = [item for letter in letters for item in said.get(letter, ())]
    if items and all(item.said_on for item in items):
        return sorted(items, key=lambda item: (item.said_on or date.min, item.order))
    return sorted(items, key=lambda item: item.order)


def qualify(
    sources: Sequence[Source],
    today: date,
    company: Company | None = None,
    rule: VerdictRule | None = None,
    lang: Literal["ru", "en"] = "ru",
) -> Qualification:
    """Qualify a lead by what its sources say.

    Sources stand in order of time where they carry no date; later words hold over earlier ones, and both are shown.
    `company` feeds the profile fit only: no letter is ever inferred from it.
    """
    rule, words = rule or verdict_rule(), lexicon()
    said = _said(sources, words, today)
    weights = rule.weights
    bant = {name: _finding(said.get(name, ()), weights["bant"][name]) for name in BANT}  # type: ignore[call-overload]
    champ_said: dict[str, Sequence[_Said]] = {
        "challenges": said.get("challenges", ()),
        "authority": said.get("authority", ()),
        "money": said.get("budget", ()),
        "prioritization": _merged(said, "prioritization", "timing"),
    }
    champ = {name: _finding(champ_said[name], weights["champ"][name]) for name in CHAMP}
    contradictions = [item for name in BANT for item in _contradictions(name, said.get(name, ()))]  # type: ignore[call-overload]
    profile = fit_to_profile(company or Company())
    version = f"{rule.id} {rule.version}, words {words.version}, profile {profile.rules}"
    return _concluded(bant, champ, contradictions, profile, rule, version, lang)


def corrected(
    found: Qualification, states: Mapping[str, State], lang: Literal["ru", "en"] = "ru"
) -> Qualification:
    """The same qualification where a person knows better of some letters; everything that follows from them is drawn
    anew by the rule it was made by. `states` names letters as `bant.budget` or `champ.challenges`. A person's word
    counts as stated (level 2), has no quote, and settles what the sources contradict each other in. What BANT and CHAMP
    read from the same sentences (authority; budget and money) changes together unless both are named."""
    rule = verdict_rule(found.rule)
    twins = {"bant.authority": "champ.authority", "bant.budget": "champ.money"}
    told = {twins[name]: state for name, state in states.items() if name in twins} | dict(states)
    letters = {"bant": dict(found.bant), "champ": dict(found.champ)}
    for name, state in told.items():
        method, letter = name.split(".", 1)
        weight = rule.weights[method][letter]  # type: ignore[index]
        level = 0 if state == "unknown" else 2
        letters[method][letter] = LetterFinding(
            state=state,
            level=level,
            score=round(weight * level / 3, 1) if state == "met" else 0.0,
            source=None if state == "unknown" else PERSON,
            quotes=letters[method][letter].quotes,
        )
    settled = [
        item.model_copy(update={"resolved": True}) if f"bant.{item.letter}" in told else item
        for item in found.contradictions
    ]
    return _concluded(letters["bant"], letters["champ"], settled, found.icp, rule, found.rules_version, lang)


def _concluded(
    bant: dict[str, LetterFinding],
    champ: dict[str, LetterFinding],
    contradictions: Sequence[LetterContradiction],
    profile: IcpFit,
    rule: VerdictRule,
    rules_version: str,
    lang: Literal["ru", "en"],
) -> Qualification:
    """What follows from the letters by the rule."""
    unresolved = {item.letter for item in contradictions if not item.resolved}
    facts = {
        name: LetterFact(state=found.state, level=found.level, contradicted=name in unresolved)
        for name, found in bant.items()
    }
    verdict, turn = decide(facts, rule), flip(facts, rule, lang)
    signal = sum(found.score for found in bant.values())
    texts = read_table("questions.toml")
    asked = next(
        (name for name in rule.ask_order if facts[name].state == "unknown" or facts[name].contradicted), None
    )
    denied = next((name for name in rule.ask_order if facts[name].state == "unmet"), None)
    states = ", ".join(
        f"{texts['letters'][name][f'name_{lang}']}: {texts[f'states_{lang}'][facts[name].state]}"
        for name in BANT
    )
    return Qualification(
        bant=bant,
        champ=champ,
        bant_score=round(signal, 1),
        champ_score=round(sum(found.score for found in champ.values()), 1),
        icp=profile,
        tier=tier_of(profile.score, signal),
        verdict=verdict,
        why=texts["sentences"][f"why_{lang}"].format(
            verdict=texts[f"verdicts_{lang}"][verdict].capitalize(),
            rule=rule.title_en if lang == "en" else rule.title_ru,
            letters=states,
        ),
        flip=turn,
        contradictions=tuple(contradictions),
        next_question=texts["letters"][asked][f"ask_{lang}"] if asked else None,
        nurturing=texts["letters"][denied or asked][f"nurture_{lang}"]
        if verdict != "qualified" and (denied or asked)
        else None,
        rule=rule.id,
        rules_version=rules_version,
    )
