"""From text to statements: what a sentence says about each letter, and how much force it has. Pure.

A statement is met or unmet only when the text says so plainly. Denied statements turn over; hearsay, conditions, questions,
the past, our own proposals and what was not disclosed leave it weak: on record, and the letter unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tools.qualification.answers import answered, answered_values, before_the_question
from tools.qualification.aside import beside_the_point
from tools.qualification.clauses import read_clauses
from tools.qualification.force import denied_by, marked, weakness, wished
from tools.qualification.sentence import Hit, Sentence, units
from tools.qualification.tables import Letter, Lexicon, Marker, Says
from tools.qualification.words import find

_BANT: frozenset[str] = frozenset({"budget", "authority", "need", "timing"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What text[start:end] says about a letter. `weak_because` names what takes its force; None: it says so plainly."""

    letter: Letter
    says: Says
    start: int
    end: int
    weak_because: str | None = None


def _hits(sentence: Sentence, lexicon: Lexicon) -> list[Hit]:
    standing = frozenset(sentence.places)
    found: list[Hit] = []
    for number in sorted({number for atom in standing for number in lexicon.cues_by_atom.get(atom, ())}):
        cue = lexicon.cues[number]
        for companion in cue.companions:
            # Most cues end here: their rarest word stands in the sentence, the others do not.
            if companion.isdisjoint(standing):
                break
        else:
            places = find(cue.pattern, sentence.places, sentence.walls)
            found += [
                Hit(cue, each) for each in places if not _denies_another_clause(sentence, each, lexicon)
            ]
    return found


def _denies_another_clause(sentence: Sentence, places: Sequence[int], lexicon: Lexicon) -> bool:
    """Whether a "не" of the pattern belongs to other words: "не было, сейчас выделили" does not say "не выделили"."""
    return any(
        sentence.stands(lexicon.negators, place)
        and any(place < comma < following for comma in sentence.commas)
        for place, following in pairwise(places)
    )


def _outweighed(hit: Hit, others: Sequence[Hit]) -> bool:
    """Whether a longer pattern, or an unmet one of equal length, covers part of the same words."""
    rank = {"unmet": 2, "met": 1, "weak": 0}
    for other in others:
        if other.cue.letter != hit.cue.letter or other.cue.says == hit.cue.says:
            continue
        if not set(other.places) & set(hit.places):
            continue
        if (len(other.places), rank[other.cue.says]) > (len(hit.places), rank[hit.cue.says]):
            return True
        # "Запуск уехал на второй квартал": whatever the date, it was put off.
        if (
            hit.cue.letter == "timing"
            and (hit.cue.says, other.cue.says) == ("met", "unmet")
            and not other.cue.denies
        ):
            return True
    return False


def _labelled(sentence: Sentence, lexicon: Lexicon) -> Iterator[tuple[int, Letter, Says | None]]:
    """Template lines: where a label stands, its letter, and what is said after the colon or dash; None: nothing plain."""
    words = sentence.tokens
    marks: list[tuple[int, list[str]]] = []
    for place in range(len(words) - 1):
        before = words[place - 1].word if place else "."
        if words[place + 1].word in {":", "=", "—", "–", "-"} and before in {
            ".",
            ":",
            ",",
            ";",
            "|",
            "/",
            "-",
            "—",
            "•",
            "*",
            ")",
            "(",
        }:
            names = [name for name, term in lexicon.labels.items() if sentence.stands(term, place)]
            if names:
                marks.append((place, names))
    for number, (place, names) in enumerate(marks):
        stop = marks[number + 1][0] if number + 1 < len(marks) else len(words)
        content = [other for other in range(place + 2, stop) if words[other].word not in {".", ",", ";"}]
        for name in names:
            yield place, name, _label_says(sentence, name, content, lexicon)  # type: ignore[misc]


def _label_says(sentence: Sentence, letter: str, content: Sequence[int], lexicon: Lexicon) -> Says | None:
    if not content:
        return None
    if any(sentence.stands(lexicon.answers["unknown"], place) for place in content):
        return "weak"
    if sentence.stands(lexicon.answers["none"], content[0]) and len(content) <= 3:
        return "unmet"
    if letter == "timing":
        return "met" if any(place in sentence.places.get("<date>", ()) for place in content) else None
    if letter == "budget":
        return "met" if any(place in sentence.places.get("<money>", ()) for place in content) else None
    if letter == "prioritization":
        return None
    if letter == "authority" and sentence.stands(lexicon.above, content[0]):
        return "unmet"
    if any(
        sentence.stands(lexicon.negators, place) or sentence.stands(lexicon.denying_nouns, place)
        for place in content
    ):
        return None
    return "met"


def _weighed(
    sentence: Sentence, hit: Hit, lexicon: Lexicon, ranges: Sequence[tuple[Marker, list[tuple[int, int]]]]
) -> tuple[Says, str | None, bool]:
    """What a hit says once answers, questions and denials are counted; why that is weak; whether a denial turned it over."""
    says: Says = hit.cue.says
    because = weakness(sentence, hit, lexicon, ranges)
    if sentence.answer_from is not None:
        says = answered(sentence, hit, lexicon) or says
    elif (
        sentence.question
        and says != "weak"
        and not before_the_question(sentence, hit)
        # "Сколько стоит сделать, чтобы о нас знали?" asks the price and says what for.
        and not wished(sentence, hit)
    ):
        because = because or "вопрос, а не утверждение"
    if says == "weak":
        return says, because or "сказано неопределённо", False
    denied = denied_by(sentence, hit, lexicon)
    if not denied or (hit.cue.letter == "need" and says == "met" and wished(sentence, hit)):
        return says, because, False
    if says == "unmet" or (denied == "loosely" and hit.cue.letter not in {"budget", "authority"}):
        because = because or "сказано неопределённо"
    return "unmet", because, True


def _read(sentence: Sentence, lexicon: Lexicon) -> Iterator[Statement]:
    spotted: dict[int, set[int]] = defaultdict(set)
    for atom in sentence.places:
        for number, place in lexicon.markers_by_atom.get(atom, ()):
            spotted[number].add(place)
    ranges = []
    for number in sorted(spotted):
        marker = lexicon.markers[number]
        reached = marked(sentence, marker, [marker.words[place] for place in sorted(spotted[number])])
        if reached:
            ranges.append((marker, reached))
    hits = _hits(sentence, lexicon)
    labels = list(_labelled(sentence, lexicon))
    # The name of a field says nothing, what stands after it does: "ЛПР: уточняется".
    named = {(letter, (place,)) for place, letter, _ in labels}
    hits = [hit for hit in hits if (hit.cue.letter, hit.places) not in named]
    kept = [
        hit for hit in hits if not _outweighed(hit, hits) and not beside_the_point(sentence, hit, lexicon)
    ]
    spoken: dict[Letter, list[Statement]] = defaultdict(list)
    after_turn: dict[Letter, Says] = {}
    turned: set[Letter] = set()

    def take(hit: Hit) -> None:
        letter = hit.cue.letter
        says, because, denied = _weighed(sentence, hit, lexicon, ranges)
        if denied and not because and letter in {"need", "timing"}:
            turned.add(letter)
            return
        if not because and sentence.turns and hit.places[0] > sentence.turns[-1]:
            after_turn[letter] = says if after_turn.get(letter, says) == says else "unmet"
        spoken[letter].append(
            Statement(letter, "weak" if because else says, sentence.start, sentence.end, because)
        )

    held = list(read_clauses(sentence, lexicon, _BANT, holds=True))
    for one in held:
        # What was put off is put off, whatever day stands beside it.
        clause = sentence.clause(one.places[0])
        kept = [
            hit
            for hit in kept
            if hit.cue.letter != one.cue.letter or sentence.clause(hit.places[0]) != clause
        ]
    for hit in [*kept, *held]:
        take(hit)
    told = turned | {letter for letter, found in spoken.items() if any(item.says != "weak" for item in found)}
    last_turn = sentence.turns[-1] if sentence.turns else len(sentence.tokens)
    for hit in list(read_clauses(sentence, lexicon, _BANT)):
        if hit.cue.letter not in told or (hit.places[0] > last_turn and hit.cue.letter not in after_turn):
            take(hit)
    for letter in turned:
        # "Не заинтересованы, но запускают к декабрю": what is denied yields to what is said plainly in the same breath.
        if not any(item.says == "met" for item in spoken[letter]):
            spoken[letter].append(Statement(letter, "unmet", sentence.start, sentence.end))
    for _, letter, label_says in labels:
        if label_says is None:
            continue
        weak = "сказано неопределённо" if label_says == "weak" else None
        whole = next((marker.why for marker, reached in ranges if reached), None)
        if not any(item.says == "unmet" for item in spoken[letter]):
            because = weak or (whole if label_says == "met" else None)
            spoken[letter].append(
                Statement(letter, "weak" if because else label_says, sentence.start, sentence.end, because)
            )
    for value_of, place in answered_values(sentence, lexicon):
        if not any(item.says != "weak" for item in spoken[value_of]) and not any(
            left <= place <= right for _, reached in ranges for left, right in reached
        ):
            spoken[value_of].append(Statement(value_of, "met", sentence.start, sentence.end))
    for letter, found in spoken.items():
        # Plain words beat weak ones in the same sentence; what follows the last "но" or "теперь" beats what went before.
        plain = [item for item in found if item.says != "weak"]
        if plain:
            turn = after_turn.get(letter)
            if turn not in (None, "weak"):
                plain = [item for item in plain if item.says == turn]
            yield next((item for item in plain if item.says == "unmet"), plain[0])
        elif found:
            yield found[0]


@lru_cache(maxsize=8192)
def statements(text: str, lexicon: Lexicon, this_year: int) -> tuple[Statement, ...]:
    """All statements of a text, in its order; years before `this_year` are the past. Lists of leads say the same short
    things again and again ("перезвонить", "просит КП"), and a lead is read anew whenever it is shown: texts are kept."""
    return tuple(found for sentence in units(text, lexicon, this_year) for found in _read(sentence, lexicon))
