"""The clause model: a sentence cut into clauses, the concepts that stand in each, and what they say of a letter together.

The patterns of cues_*.toml know phrases; a clause is read by concepts alone, in any order of words, where no phrase is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tools.morphology import readings
from tools.qualification.sentence import Hit, Sentence
from tools.qualification.tables import Lexicon, Reading
from tools.qualification.words import Term

_PREDICATES = frozenset({"VERB", "INFN", "PRTS", "PRED", "ADJS"})
_VERBLESS = frozenset({"нет", "есть", "нету", "is", "are", "has", "have", "was", "will", "be", "do", "does"})
_JOINS = frozenset({"и", "а", "да", "and", "or", "или"})
_PURPOSE = frozenset({"чтобы", "чтоб"})
_WHOLE = frozenset({"нет", "нету", "ничего", "nothing", "никаких", "никакой", "никакая", "никакого"})
_TOWARDS = frozenset({"с", "со", "от", "на", "у", "до", "к", "with", "from"})
_REACH_EN = 4
_CHOICES = 64


@dataclass(frozen=True, slots=True)
class Clause:
    """The tokens left..right (right excluded) that one predicate holds together, with what is aside of it."""

    left: int
    right: int


def _says_something(sentence: Sentence, left: int, right: int) -> bool:
    return any(
        token.word in _VERBLESS or token.word.endswith("n't") or readings(token.word)[0].pos in _PREDICATES
        for token in sentence.tokens[left:right]
    )


def clauses(sentence: Sentence) -> list[Clause]:
    """The clauses of a sentence, in order. A contrast, a question's end and a joined second predicate begin one; a piece
    between commas that says nothing of its own belongs to the clause before it ("денег, увы, нет"; "дали сумму, миллион")."""
    hard = {*sentence.walls, *(stop for stop in sentence.stops if stop + 1 < len(sentence.tokens))}
    if sentence.answer_from is not None:
        hard.add(sentence.answer_from)
    soft = {*sentence.commas, *(place for place, token in enumerate(sentence.tokens) if token.word in _JOINS)}
    found: list[Clause] = []
    left, begun = 0, False
    for place in range(1, len(sentence.tokens) + 1):
        if place == len(sentence.tokens) or place in hard:
            found.append(Clause(left, place))
            left, begun = place, False
        elif place in soft and sentence.tokens[min(place + 1, len(sentence.tokens) - 1)].word not in _PURPOSE:
            begun = begun or _says_something(sentence, left, place)
            following = min((edge for edge in {*soft, *hard} if edge > place), default=len(sentence.tokens))
            told = sentence.tokens[place].word == ":"
            if begun and (told or _says_something(sentence, place, following)):
                found.append(Clause(left, place))
                left, begun = place, False
    return found


def _placed(sentence: Sentence, term: Term, clause: Clause) -> list[int]:
    """Where a concept stands in a clause; a denial that denies nothing ("не более", "без НДС") stands for nothing."""
    return sorted(
        {
            place
            for atom in term.atoms & sentence.places.keys()
            for place in sentence.places[atom]
            if clause.left <= place < clause.right and place not in sentence.harmless
        }
    )


def _choices(options: Sequence[Sequence[int]], reading: Reading) -> Iterator[tuple[int, ...]]:
    """One place for each concept, no two the same, neighbours near each other; in the order of the concepts."""
    chains: list[tuple[int, ...]] = [()]
    for places in options:
        chains = [
            (*chain, place)
            for chain in chains
            for place in places
            if place not in chain and not (reading.ordered and chain and place < chain[-1])
        ][:_CHOICES]
    for chain in chains:
        if all(right - left <= reading.within + 1 for left, right in pairwise(sorted(chain))):
            yield chain


def _governs(sentence: Sentence, place: int, others: Sequence[int], lexicon: Lexicon) -> bool:
    """Whether a denial denies one of the others: "нет" and "ничего" their whole clause, "не" what follows it."""
    if sentence.tokens[place].word in _WHOLE or sentence.stands(lexicon.denying_nouns, place):
        return True
    following = min((other for other in others if other > place), default=None)
    if sentence.stands(lexicon.negators, place) and place + 1 < len(sentence.tokens):
        if sentence.stands(lexicon.light, place + 1):
            return True
        return following is not None and all(
            sentence.stands(lexicon.bridges, other) for other in range(place + 1, following)
        )
    return following is not None and following - place <= _REACH_EN


def _in_question(sentence: Sentence, places: Sequence[int]) -> bool:
    return sentence.answer_from is not None and max(places) < sentence.answer_from


def _acts(sentence: Sentence, place: int) -> bool:
    """Whether a person is who acts, or who was spoken to: "владелец хочет", "говорил с владельцем"; not "охват владельцев"."""
    before = sentence.tokens[place - 1].word if place else ""
    cases = {reading.case for reading in readings(sentence.tokens[place].word)}
    return before in _TOWARDS or bool(cases & {"nomn", None})


def read_clauses(
    sentence: Sentence, lexicon: Lexicon, silent: frozenset[str], holds: bool = False
) -> Iterator[Hit]:
    """What the clauses of a sentence say by their concepts about the letters of `silent`; of readings that hold against
    phrases, or of the others."""
    standing = sentence.places.keys()
    spotted = {number for atom in standing for number in lexicon.readings_by_atom.get(atom, ())}
    likely = [
        reading
        for reading in (lexicon.readings[number] for number in sorted(spotted))
        if reading.letter in silent
        and reading.holds == holds
        and (not reading.asked or sentence.answer_from is not None)
        and not any(term.atoms.isdisjoint(standing) for term in reading.has)
    ]
    if not likely:
        return
    for clause in clauses(sentence):
        for reading in likely:
            if (hit := _read_in(sentence, clause, reading, lexicon)) is not None:
                yield hit


def _read_in(sentence: Sentence, clause: Clause, reading: Reading, lexicon: Lexicon) -> Hit | None:
    options = [_placed(sentence, term, clause) for term in reading.has]
    if not all(options) or any(_placed(sentence, term, clause) for term in reading.lacks):
        return None
    fitting = [
        tuple(sorted(chain))
        for chain in _choices(options, reading)
        if not (reading.denies and not _governs(sentence, chain[0], chain[1:], lexicon))
        and not (reading.asked and not _in_question(sentence, chain))
        and not (reading.agent and not _acts(sentence, chain[0]))
    ]
    if not fitting:
        return None
    return Hit(reading, min(fitting, key=lambda places: (places[-1] - places[0], places)))
