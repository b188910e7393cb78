"""From text to statements: what a sentence says about each letter, and how much force it has. Pure.

A statement is met or unmet only when the text says so plainly. Denied statements turn over; hearsay, conditions, questions,
the past, our own proposals and what was not disclosed leave it weak: on record, and the letter unknown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from tools.morphology import Token, readings, sentences, tokens
from tools.qualification_tables import Cue, Letter, Lexicon, Marker, Says
from tools.qualification_words import Pattern, Term, find, shapes

_NEGATION_REACH_EN = 4
_PREDICATES_OF_PAST = frozenset({"был", "была", "было", "были", "имелся", "имелась", "имелось", "имелись"})
_SO_THAT = frozenset({"чтобы", "чтоб"})
_SELF = frozenset({"я", "сам", "сама", "лично", "i", "myself"})
_PAST_EN = frozenset({"had", "was", "were"})


@dataclass(frozen=True, slots=True)
class Statement:
    """What text[start:end] says about a letter. `weak_because` names what takes its force; None: it says so plainly."""

    letter: Letter
    says: Says
    start: int
    end: int
    weak_because: str | None = None


@dataclass
class _Sentence:
    """One sentence, or a question with its answer, prepared for matching."""

    start: int
    end: int
    tokens: list[Token]
    question: bool
    answer_from: int | None = None
    atoms: list[frozenset[str]] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    walls: list[int] = field(default_factory=list)
    commas: list[int] = field(default_factory=list)

    def stands(self, term: Term, place: int) -> bool:
        return not term.atoms.isdisjoint(self.atoms[place])

    def part(self, place: int) -> tuple[int, int]:
        """The part of the sentence between contrasts that holds a token."""
        return self._between(self.walls, place)

    def clause(self, place: int) -> tuple[int, int]:
        """The clause between commas that holds a token."""
        return self._between(sorted({*self.walls, *self.commas}), place)

    def _between(self, edges: Sequence[int], place: int) -> tuple[int, int]:
        left = max((edge for edge in edges if edge <= place), default=-1)
        right = min((edge for edge in edges if edge > place), default=len(self.tokens))
        return left, right


@dataclass(frozen=True, slots=True)
class _Hit:
    cue: Cue
    places: tuple[int, ...]


def _prepare(
    text: str, start: int, end: int, words: list[Token], lexicon: Lexicon, this_year: int
) -> _Sentence:
    sentence = _Sentence(start, end, words, question=text[start:end].rstrip(' )"»').endswith("?"))
    for place, (token, found) in enumerate(
        zip(words, shapes(words, text, this_year, lexicon.shape_words), strict=True)
    ):
        atoms = lexicon.atoms.of(token.word) | found
        # "Нет, бюджет утверждён" answers something; it denies nothing.
        if (
            token.word in {"нет", "no"}
            and place + 1 < len(words)
            and words[place + 1].word == ","
            and place == 0
        ):
            atoms -= {token.word}
        sentence.atoms.append(atoms)
        for atom in atoms:
            sentence.places[atom].append(place)
    for place in range(_head(words, sentence, lexicon)):
        sentence.places["<date>"] = [other for other in sentence.places["<date>"] if other != place]
    for place, token in enumerate(words):
        if token.word == "," or token.word in {"(", ")", "—", "–", ":"}:
            sentence.commas.append(place)
        elif sentence.stands(lexicon.contrast, place) and _contrasts(words, place):
            sentence.walls.append(place)
    return sentence


def _head(words: Sequence[Token], sentence: _Sentence, lexicon: Lexicon) -> int:
    """How many tokens head an entry of notes ("Nov 14:", "12 ноября, звонок:"); their date is that of the talk."""
    for place in range(min(6, len(words))):
        if words[place].word == ":":
            return (
                place
                if any(other < place for other in sentence.places.get("<date>", ()))
                and not _is_label(sentence, lexicon)
                else 0
            )
    return 0


def _is_label(sentence: _Sentence, lexicon: Lexicon) -> bool:
    return any(sentence.stands(term, 0) for term in lexicon.labels.values())


def _contrasts(words: Sequence[Token], place: int) -> bool:
    if words[place].word in {"но", "однако", "зато", "but", "however", ";"}:
        return True
    # "not yet" and "а" inside a clause contrast nothing; after a comma or a dash they do.
    return place == 0 or words[place - 1].word in {",", "-", "—", "–", ".", "("}


def _marks(sentence: _Sentence, marker: Marker, patterns: Sequence[Pattern]) -> list[tuple[int, int]]:
    """The stretches of a sentence that a marker reaches, as token ranges."""
    ranges = []
    for pattern in patterns:
        for places in find(pattern, sentence.places, ()):
            if marker.scope == "clause":
                left, right = sentence.clause(places[0])
                after = sentence.clause(places[-1])[1]
                # "В прошлом году, по словам Анны, был ...": an opening time holds for what follows it up to the next contrast
                ranges.append((left, max(right, after)))
            else:
                left, right = sentence.part(places[0])
                ranges.append((places[0] if marker.scope == "after" else left, right))
    if not ranges:
        return []
    return [
        (left, right)
        for left, right in ranges
        if not any(
            left <= place <= right
            for pattern in marker.unless
            for hit in find(pattern, sentence.places, ())
            for place in hit
        )
    ]


def _hits(sentence: _Sentence, lexicon: Lexicon) -> list[_Hit]:
    tried = {number for atom in sentence.places for number in lexicon.cues_by_atom.get(atom, ())}
    return [
        _Hit(lexicon.cues[number], places)
        for number in sorted(tried)
        for places in find(lexicon.cues[number].pattern, sentence.places, sentence.walls)
        if not _denies_another_clause(sentence, places, lexicon)
    ]


def _denies_another_clause(sentence: _Sentence, places: Sequence[int], lexicon: Lexicon) -> bool:
    """Whether a "не" of the pattern belongs to other words: "не было, сейчас выделили" does not say "не выделили"."""
    return any(
        sentence.stands(lexicon.negators, place)
        and any(place < comma < following for comma in sentence.commas)
        for place, following in pairwise(places)
    )


def _outweighed(hit: _Hit, others: Sequence[_Hit]) -> bool:
    """Whether a longer pattern, or an unmet one of equal length, covers part of the same words."""
    rank = {"unmet": 2, "met": 1, "weak": 0}
    for other in others:
        if other.cue.letter != hit.cue.letter or other.cue.says == hit.cue.says:
            continue
        if not set(other.places) & set(hit.places):
            continue
        if (len(other.places), rank[other.cue.says]) > (len(hit.places), rank[hit.cue.says]):
            return True
    return False


def _denied(sentence: _Sentence, hit: _Hit, lexicon: Lexicon) -> Literal["plainly", "loosely"] | None:
    """Whether the words of a hit are denied: by "не" right before one of them, or by a word that only stands near."""
    if hit.cue.denies:
        return None
    left, right = sentence.part(hit.places[0])
    own = set(hit.places)
    for place in range(left + 1, right):
        word = sentence.tokens[place].word
        following = place + 1
        if place in own or (
            following < len(sentence.tokens) and sentence.stands(lexicon.harmless_after, following)
        ):
            continue
        next_own = min((other for other in hit.places if other > place), default=None)
        if sentence.stands(lexicon.negators, place) and next_own is not None:
            between = range(place + 1, next_own)
            if all(sentence.stands(lexicon.bridges, other) for other in between) and len(between) < 4:
                return "plainly"
        if sentence.stands(lexicon.denying_nouns, place):
            # "Нет, бюджет утверждён" answers; "бюджета пока нет" denies.
            if (
                following < len(sentence.tokens)
                and sentence.tokens[following].word == ","
                and place == left + 1
            ):
                continue
            if min(abs(place - other) for other in hit.places) <= 3 and sentence.clause(
                place
            ) == sentence.clause(hit.places[-1]):
                return "loosely"
        if (sentence.stands(lexicon.negators_en, place) or word.endswith("n't")) and next_own is not None:
            if word == "no" and following < len(sentence.tokens) and sentence.tokens[following].word == ",":
                continue
            if next_own - place <= _NEGATION_REACH_EN and not any(
                place < comma < next_own for comma in sentence.commas
            ):
                return "loosely"
    return None


def _was(sentence: _Sentence, hit: _Hit) -> bool:
    """A bare past ("бюджет был") unless a participle makes it a present result ("был утверждён")."""
    left, right = sentence.clause(hit.places[0])
    reach = range(max(left + 1, hit.places[0] - 2), min(right, hit.places[-1] + 3))
    words = [sentence.tokens[place].word for place in reach]
    if _PREDICATES_OF_PAST & set(words):
        return not any(reading.pos == "PRTS" for word in words for reading in readings(word))
    if "had" in words:
        return "been" not in words
    return bool(_PAST_EN & set(words)) and not any(
        word.endswith("ed") or word in {"set", "given", "cut"} for word in words
    )


def _done(sentence: _Sentence, hit: _Hit) -> bool:
    """A launch told in the past has happened: "стартовали в октябре"."""
    if any(token.word in _SO_THAT for token in sentence.tokens):
        return False
    verbs = [readings(sentence.tokens[place].word)[0] for place in hit.places]
    wishes = {"хотеть", "планировать", "решить", "собираться", "просить"}
    return any(verb.pos == "VERB" and verb.tense == "past" and verb.lemma not in wishes for verb in verbs)


def _will(sentence: _Sentence, hit: _Hit, lexicon: Lexicon) -> bool:
    """A verb of the pattern stands in the future: the approval has not happened. "Подпишу сама" tells who, not when."""
    if hit.cue.letter == "authority" and any(sentence.tokens[place].word in _SELF for place in hit.places):
        return False
    for place in hit.places:
        found = readings(sentence.tokens[place].word)
        if sentence.stands(lexicon.promises, place):
            continue
        if found[0].tense == "futr" and found[0].aspect == "perf":
            return True
        if (
            place
            and sentence.tokens[place - 1].word in {"будут", "будет", "будем", "will", "'ll"}
            and found[0].pos in {"INFN", None}
        ):
            return True
    return False


def _weakness(
    sentence: _Sentence,
    hit: _Hit,
    lexicon: Lexicon,
    ranges: Sequence[tuple[Marker, list[tuple[int, int]]]],
) -> str | None:
    for marker, reached in ranges:
        if marker.letters is not None and hit.cue.letter not in marker.letters:
            continue
        if marker.kind == "question" and sentence.answer_from is not None:
            continue
        if (
            marker.kind in {"undisclosed", "past"}
            and hit.cue.letter in {"need", "challenges"}
            and marker.kind == "undisclosed"
        ):
            continue
        # A time holds for the verb, which ends a pattern; other markers for whatever they touch.
        touched = hit.places[-1:] if marker.kind == "past" else hit.places
        if any(left <= place <= right for left, right in reached for place in touched):
            return marker.why
    if (
        hit.cue.says == "met"
        and hit.cue.letter in {"budget", "authority", "timing", "need"}
        and _was(sentence, hit)
    ):
        return "было раньше"
    if hit.cue.says == "met" and hit.cue.letter == "timing" and _done(sentence, hit):
        return "было раньше"
    if hit.cue.says == "met" and hit.cue.letter in {"budget", "authority"} and _will(sentence, hit, lexicon):
        return "ещё не решено"
    return None


def _answered(sentence: _Sentence, hit: _Hit, lexicon: Lexicon) -> Says | None:
    """What an answer makes of a pattern in its question; None: the pattern stands in the answer and speaks for itself."""
    assert sentence.answer_from is not None
    if hit.places[-1] >= sentence.answer_from:
        return None
    first = range(sentence.answer_from, min(sentence.answer_from + 4, len(sentence.tokens)))
    for place in first[:3]:
        after = sentence.tokens[place + 1].word if place + 1 < len(sentence.tokens) else "."
        # "Пока нет." answers; "Нет ответа" does not.
        if sentence.stands(lexicon.answers["no"], place) and after in {".", ",", "!", ";", "—", "–", "-"}:
            return "unmet" if hit.cue.says == "met" else "weak"
    if any(sentence.stands(lexicon.answers["yes"], place) for place in first):
        return hit.cue.says
    return "weak"


def _labelled(sentence: _Sentence, lexicon: Lexicon) -> Iterator[tuple[Letter, Says]]:
    """Template lines: a label, a colon or a dash, and what stands after it."""
    words = sentence.tokens
    marks: list[tuple[int, list[str]]] = []
    for place in range(len(words) - 1):
        before = words[place - 1].word if place else "."
        if words[place + 1].word in {":", "=", "—", "–", "-"} and before in {
            ".",
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
            says = _label_says(sentence, name, content, lexicon)
            if says:
                yield name, says  # type: ignore[misc]


def _label_says(sentence: _Sentence, letter: str, content: Sequence[int], lexicon: Lexicon) -> Says | None:
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
    if any(
        sentence.stands(lexicon.negators, place) or sentence.stands(lexicon.denying_nouns, place)
        for place in content
    ):
        return None
    return "met"


def _read(sentence: _Sentence, lexicon: Lexicon) -> Iterator[Statement]:
    spotted: dict[int, set[int]] = defaultdict(set)
    for atom in sentence.places:
        for number, place in lexicon.markers_by_atom.get(atom, ()):
            spotted[number].add(place)
    ranges = []
    for number in sorted(spotted):
        marker = lexicon.markers[number]
        reached = _marks(sentence, marker, [marker.words[place] for place in sorted(spotted[number])])
        if reached:
            ranges.append((marker, reached))
    hits = _hits(sentence, lexicon)
    kept = [hit for hit in hits if not _outweighed(hit, hits)]
    spoken: dict[Letter, list[Statement]] = defaultdict(list)
    turned: set[Letter] = set()
    for hit in kept:
        says: Says = hit.cue.says
        because = _weakness(sentence, hit, lexicon, ranges)
        if sentence.answer_from is not None:
            says = _answered(sentence, hit, lexicon) or says
        elif sentence.question and says != "weak":
            because = because or "вопрос, а не утверждение"
        if says == "weak":
            because = because or "сказано неопределённо"
        elif denied := _denied(sentence, hit, lexicon):
            if says == "unmet" or (denied == "loosely" and hit.cue.letter not in {"budget", "authority"}):
                because = because or "сказано неопределённо"
            says = "unmet"
            if not because and hit.cue.letter in {"need", "timing"}:
                turned.add(hit.cue.letter)
                continue
        spoken[hit.cue.letter].append(
            Statement(hit.cue.letter, "weak" if because else says, sentence.start, sentence.end, because)
        )
    for letter in turned:
        # "Не заинтересованы, но запускают к декабрю": what is denied yields to what is said plainly in the same breath.
        if not any(item.says == "met" for item in spoken[letter]):
            spoken[letter].append(Statement(letter, "unmet", sentence.start, sentence.end))
    for letter, label_says in _labelled(sentence, lexicon):
        weak = "сказано неопределённо" if label_says == "weak" else None
        whole = next((marker.why for marker, reached in ranges if reached), None)
        if not any(item.says == "unmet" for item in spoken[letter]):
            because = weak or (whole if label_says == "met" else None)
            spoken[letter].append(
                Statement(letter, "weak" if because else label_says, sentence.start, sentence.end, because)
            )
    for found in spoken.values():
        # Plain words beat weak ones in the same sentence; of plain ones the last stands.
        plain = [item for item in found if item.says != "weak"]
        if plain:
            yield next((item for item in plain if item.says == "unmet"), plain[0])
        elif found:
            yield found[0]


def _units(text: str, lexicon: Lexicon, this_year: int) -> Iterator[_Sentence]:
    """Sentences; a short question and the sentence after it are one unit, as its answer means nothing alone."""
    spans = list(sentences(text))
    place = 0
    while place < len(spans):
        start, end = spans[place]
        words = tokens(text[start:end], start)
        sentence = _prepare(text, start, end, words, lexicon, this_year)
        if sentence.question and len(words) <= 12 and place + 1 < len(spans):
            after_start, after_end = spans[place + 1]
            answer = tokens(text[after_start:after_end], after_start)
            if text[after_start:after_end].rstrip().endswith("?") is False:
                asked = [word for word in words if word.word != "?"]
                pair = _prepare(text, start, after_end, [*asked, *answer], lexicon, this_year)
                pair.answer_from = len(asked)
                pair.question = False
                yield pair
                place += 2
                continue
        yield sentence
        place += 1


def statements(text: str, lexicon: Lexicon, this_year: int) -> list[Statement]:
    """All statements of a text, in its order; years before `this_year` are the past."""
    return [found for sentence in _units(text, lexicon, this_year) for found in _read(sentence, lexicon)]
