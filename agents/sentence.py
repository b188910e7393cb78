"""A model's sentence held against the facts it refers to. What is not carried by a fact does not leave the house.

The model writes references in the place of values. A literal it writes all the same is taken for a reference where a
fact is written exactly so; everything else that is a figure, a date, a stage, a state or a name refuses the sentence.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from agents.check import literals, own_words
from agents.draft import templates
from agents.facts import Fact, Facts, level_of
from agents.spoken import Word, words_of
from agents.understand import timers_named
from tools.morphology import grammemes, is_known, lemmas, readings

REF: Final = re.compile(r"\{\{\s*([^{}\s]{1,120})\s*\}\}")
_END: Final = re.compile(r"(?<=[.!?…])\s+|\n+")
_MARKUP: Final = re.compile(r"\]\(|<[a-zA-Z/!]|https?:|www\.|!\[|[`|\\]|\S@\S", re.IGNORECASE)
_QUOTED_REF: Final = re.compile('[«“"]\\s*\u2042\\s*[»”"]')
_SPACE: Final = "[ \u00a0\u202f]"
# Where a name of a stage is said as one: in quotes, or behind the word.
_AS_STAGE: Final = '(?:(?<=[«“"])|(?<=стадия )|(?<=стадии )|(?<=стадию )|(?<=этап )|(?<=этапе )|(?<=stage ))'
# A name of a stage that is a plain noun, said of a deal: «на стадии договор», «уже в медиапланировании».
_STAGE_SAID: Final = re.compile(
    r"\b(?:(?:стади|этап)\w*(?:\s+\w+)?[\s:«—–-]+|во?\s+(?!догов))"
    r"((?:черновик|медиаплан|планирован|договор|контрактован|запуск|закрыти)\w*)",
    re.IGNORECASE,
)
_NAMES: Final = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn", "Trad"})
_LATIN: Final = re.compile(r"[A-Za-z]{2,}")
_NEAR: Final = 2


@dataclass(frozen=True)
class Judged:
    """A sentence as it may be said, with the references in it; or why it may not."""

    text: str
    refs: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(files("agents.words").joinpath("claims.toml").read_text(encoding="utf-8"))


@cache
def _set(section: str) -> frozenset[str]:
    return frozenset(_table()[section]["words"])


def sentences(text: str, open_ended: bool = False) -> list[str]:
    """The sentences of a text; a line break ends one too. Open-ended, the last part is what has not ended yet, and may
    be empty."""
    parts = _END.split(text)
    last = parts.pop() if open_ended else ""
    found = [part for part in parts if part.strip()]
    return [*found, last] if open_ended else found


class Gate:
    """Judges the sentences of one answer in their order: what the last ones were about is remembered."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._about: dict[str, str] = {}
        self._forms = list(_forms(facts))
        self._own = frozenset(sentence.strip() for sentence in sentences(facts.outline()))

    def judge(self, sentence: str) -> Judged:
        """The sentence with every value bound, or what in it is carried by nothing."""
        if sentence.strip() in self._own and not REF.search(sentence):
            # A sentence of the draft that holds no value: true as it stands, and the draft says it in any case.
            return Judged(sentence.strip())
        if _MARKUP.search(REF.sub(" ", sentence)):
            return Judged(sentence, refused=("markup",))
        unknown = tuple(ref for ref in REF.findall(sentence) if ref not in self._facts.by_ref)
        if unknown:
            return Judged(sentence, refused=unknown)
        text = self._lifted(sentence.strip())
        refs = tuple(REF.findall(text))
        facts = [self._facts.by_ref[ref] for ref in refs]
        free = _QUOTED_REF.sub(" \u2042 ", REF.sub(" \u2042 ", text))
        about = dict(self._about)
        refused = tuple(self._misplaced(facts, free, about))
        if sentence.strip() not in self._own:
            # What the draft says in its own words is true as it stands, wherever it stands with its own deal.
            refused += (
                *_literal(free, self._facts.lang),
                *_unclaimed(free, facts),
                *_misnamed(text, facts),
                *_named_alone(facts),
            )
        if refused:
            return Judged(text, refs, tuple(dict.fromkeys(refused)))
        self._about = about
        return Judged(text, refs)

    def _lifted(self, text: str) -> str:
        """The text with literals that are written exactly as a fact is turned into references to it."""
        for pattern, candidates in self._forms:
            place = 0
            while found := pattern.search(text, place):
                if any(ref.start() <= found.start() < ref.end() for ref in REF.finditer(text)):
                    place = found.end()
                    continue
                fact = self._meant(text[: found.start()], candidates)
                ref = f"{{{{{fact.ref}}}}}"
                text = text[: found.start()] + ref + text[found.end() :]
                place = found.start() + len(ref)
        return text

    def _meant(self, before: str, candidates: Sequence[Fact]) -> Fact:
        """Of the facts that are written so, the one of the thing that was named last, and of the role said last."""
        said = [self._facts.by_ref[ref] for ref in REF.findall(before)]
        role = _role(words_of(REF.split(before)[-1]))

        def fits(fact: Fact) -> tuple[int, int]:
            near = sum(
                next(
                    (
                        one.names
                        for one in reversed(said)
                        if one.names and level_of(one.names) == level_of(group)
                    ),
                    None,
                )
                == group
                for group in fact.groups
            )
            return (int(role is not None and bool(role[1] & _parts(fact))), near)

        return max(candidates, key=fits)

    def _misplaced(self, facts: Sequence[Fact], free: str, about: dict[str, str]) -> Iterator[str]:
        """Facts that stand with the name of something else, or with none where there are several."""
        named_later = [fact.names for fact in facts if fact.names]
        timers = timers_named(words_of(free))
        yield from _mistitled(facts)
        for place, fact in enumerate(facts):
            if fact.names is not None:
                about[level_of(fact.names)] = fact.names
            for group in fact.groups:
                level = level_of(group)
                if len(self._facts.levels[level]) < 2:
                    continue
                meant = about.get(level) if _named_before(facts[: place + 1], level) else None
                if meant is None:
                    later = {name for name in named_later if level_of(name) == level}
                    meant = later.pop() if len(later) == 1 else about.get(level) if not later else None
                if meant != group:
                    yield fact.shown
            of_timer = {group.rsplit("/", 1)[1] for group in fact.groups if "/sla/" in group}
            if timers and of_timer and not of_timer & timers:
                yield fact.shown
        if timers and not any("/sla/" in group for fact in facts for group in fact.groups):
            yield ", ".join(sorted(timers))


def _mistitled(facts: Sequence[Fact]) -> Iterator[str]:
    """Titles beside the id of another deal: in front of one's own id, or behind it, but of no other's."""
    ids = [
        (place, fact.names)
        for place, fact in enumerate(facts)
        if fact.names and _leaf(fact) == "master_deal_id"
    ]
    for place, fact in enumerate(facts):
        if _leaf(fact) == "title" and ids:
            before = [names for at, names in ids if at < place]
            nearest = before[-1] if before else ids[0][1]
            if nearest != fact.names:
                yield fact.shown


def _named_alone(facts: Sequence[Fact]) -> Iterator[str]:
    """Names of lines, groups and timers with nothing said of them: «на стадии closed» where that is a line's name."""
    for fact in facts:
        if fact.names is None or level_of(fact.names) == "deal":
            continue
        if not any(one.names is None and fact.names in one.groups for one in facts):
            yield fact.shown


def _leaf(fact: Fact) -> str:
    return fact.bound.path.rsplit("/", 1)[-1]


def _named_before(facts: Sequence[Fact], level: str) -> bool:
    return any(fact.names is not None and level_of(fact.names) == level for fact in facts)


def _forms(facts: Facts) -> Iterator[tuple[re.Pattern[str], list[Fact]]]:
    """How facts may be written without a reference, longest first, with the facts that are written so."""
    written: dict[str, list[Fact]] = {}
    named: dict[str, list[Fact]] = {}
    for fact in facts.by_ref.values():
        shown, kind = fact.shown, fact.bound.show
        forms = [shown]
        if kind == "time":
            forms += [shown.rsplit(" ", 1)[0], shown.split(" ", 1)[0]]
        elif kind in ("stage", "step"):
            # Names of stages are plain words (договор, запуск): alone they mean the thing, not the stage.
            forms = [str(fact.bound.value)]
            named.setdefault(shown, []).append(fact)
        elif kind in ("change", "day_kind", "calendar", "event", "happened"):
            forms = []  # plain words too; a model refers to them, or says nothing of them
        elif kind == "gate":
            forms.append(shown.partition(" (")[0])
        elif kind == "gates":
            forms += [", ".join(part.partition(" (")[0] for part in shown.split(", "))]
        elif kind == "money":
            forms.append(re.sub(rf"(?<=[₽$€A-Z]){_SPACE}.*$", "", shown))
        for form in forms:
            if form:
                found = written.setdefault(re.sub(_SPACE, " ", form), [])
                if fact not in found:
                    found.append(fact)
    for form in sorted(named, key=len, reverse=True):
        yield re.compile(rf"{_AS_STAGE}{re.escape(form)}(?!\w)"), named[form]
    for form in sorted(written, key=len, reverse=True):
        loose = re.escape(form).replace(r"\ ", f"{_SPACE}?" if form[0].isdigit() else f"{_SPACE}+")
        yield re.compile(rf"(?<![\w.,:-]){loose}(?![\w%₽$€]|[.,:-]\w|{_SPACE}?[%₽$€])"), written[form]


def _literal(free: str, lang: str) -> Iterator[str]:
    """Figures, dates, names and stages in a model's own words."""
    for found in re.finditer(r"\S*\d\S*|[%₽$€№]", free):
        yield found.group()
    for literal in literals(free):
        if literal.kind in ("quoted", "name", "stage", "word", "date"):
            yield literal.text
    yield from (found.group(1) for found in _STAGE_SAID.finditer(free))
    words = words_of(free)
    for word in words:
        if word.forms & _set("literal"):
            yield word.text
    first = next((word for word in words if word.text[0].isalpha()), None)
    if first is not None and first.text[0].isupper() and free.lstrip().startswith(first.text):
        plain = first.text.casefold()
        if plain not in own_words() and _may_be_a_name(first.text, plain, lang):
            yield first.text
    if lang == "ru":
        for latin in _LATIN.findall(free):
            if latin.casefold() not in own_words():
                yield latin


def _may_be_a_name(text: str, plain: str, lang: str) -> bool:
    """Whether a word that begins a sentence may be somebody's: nouns are held to those of our own sentences."""
    if _LATIN.fullmatch(text):
        return lang == "ru" or plain not in _own("en")
    if not is_known(plain) or grammemes(plain) & _NAMES:
        return True
    return readings(plain)[0].pos == "NOUN" and not lemmas(plain) & _own("ru")


@cache
def _own(lang: str) -> frozenset[str]:
    """The words of our own sentences in a language, in dictionary form, and those that mean something in a question."""
    said = " ".join([*templates("en" if lang == "en" else "ru").values()])
    table = tomllib.loads(files("agents.words").joinpath("vocabulary.toml").read_text(encoding="utf-8"))
    meant = [
        word
        for section in table.values()
        if isinstance(section, dict)
        for row in section.values()
        for word in row
    ]
    return frozenset(
        form for word in words_of(said + " " + re.sub(r"[|]", " ", " ".join(meant))) for form in word.forms
    )


def _unclaimed(free: str, facts: Sequence[Fact]) -> Iterator[str]:
    """Words that claim a state which no fact of the sentence carries, or turn one round."""
    words = words_of(free)
    for place, word in enumerate(words):
        for claim in _table()["claim"]:
            if not word.forms & set(claim["words"]):
                continue
            before = words[max(0, place - _NEAR) : place]
            negated = any(one.forms & _set("negation") for one in before)
            if not any(_carries(fact, claim, negated) for fact in facts):
                yield word.text
    for found in re.finditer(r"([\w']+)\s+\u2042", free):
        if words_of(found.group(1)) and words_of(found.group(1))[0].forms & _set("negation"):
            yield found.group(1)


def _carries(fact: Fact, claim: Mapping[str, Any], negated: bool) -> bool:
    value = fact.bound.value
    if isinstance(value, bool):
        return True in claim["values"] and value is not negated
    if negated:
        return False
    path = fact.bound.path
    return (isinstance(value, str) and value in claim["values"]) or any(
        path.endswith("/" + part) or f"/{part}/" in path for part in claim["paths"]
    )


def _misnamed(text: str, facts: Sequence[Fact]) -> Iterator[str]:
    """References that stand where a word promises something else."""
    pieces = REF.split(text)[::2]
    for piece, fact in zip(pieces, facts, strict=False):
        role = _role(words_of(piece))
        if role is not None and not role[1] & _parts(fact):
            yield f"{role[0]} {fact.shown}"


def _role(words: Sequence[Word]) -> tuple[str, frozenset[str]] | None:
    """The last word that says what comes next, and what may come."""
    for word in reversed(words):
        for row in _table()["role"].values():
            if word.forms & set(row["words"]):
                return word.text, frozenset(row["parts"])
    return None


def _parts(fact: Fact) -> frozenset[str]:
    return frozenset({*fact.bound.path.replace("?", "/").split("/"), fact.bound.show})
