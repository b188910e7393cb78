"""Sentences made ready for matching: where each word of the lexicon stands, and where contrasts and clauses end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tools.morphology import Token, readings, sentences, tokens
from tools.qualification.shapes import shapes
from tools.qualification.spelling import as_meant
from tools.qualification.tables import Cue, Lexicon, Reading
from tools.qualification.words import Term

_TURNS = frozenset(
    ["но", "однако", "зато", "теперь", "нынче", "сегодня", "затем", "потом", "but", "however", "now", "today"]
)
"""Contrasts after which the speaker takes back, or outdates, what was said before."""

_LONG = 900
"""Characters of the longest sentence that is read as one."""


@dataclass
class Sentence:
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
    turns: list[int] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    denials: list[int] = field(default_factory=list)
    harmless: set[int] = field(default_factory=set)

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
class Hit:
    """A cue, or a reading of a clause, and the tokens of a sentence in which it stands."""

    cue: Cue | Reading
    places: tuple[int, ...]


def prepared(
    text: str, start: int, end: int, words: list[Token], lexicon: Lexicon, this_year: int
) -> Sentence:
    """A sentence, or a question with its answer, with the place of every word the lexicon knows."""
    sentence = Sentence(start, end, words, question=text[start:end].rstrip(' )"»').endswith("?"))
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
        if _speaks(words, text, place, lexicon):
            atoms = frozenset()
        sentence.atoms.append(atoms)
        for atom in atoms:
            sentence.places[atom].append(place)
    for place in range(_head(words, sentence, lexicon)):
        sentence.places["<date>"] = [other for other in sentence.places["<date>"] if other != place]
    for place, token in enumerate(words):
        if (
            sentence.stands(lexicon.negators, place)
            or sentence.stands(lexicon.denying_nouns, place)
            or sentence.stands(lexicon.negators_en, place)
            or token.word.endswith("n't")
        ):
            # "Не более", "не только", "без НДС": nothing is denied.
            safe = place + 1 < len(words) and sentence.stands(lexicon.harmless_after, place + 1)
            sentence.denials.append(place)
            if safe:
                sentence.harmless.add(place)
        if token.word in {".", "?", "!", "…"}:
            sentence.stops.append(place)
        elif token.word == "," or token.word in {"(", ")", "—", "–", ":"}:
            sentence.commas.append(place)
        elif sentence.stands(lexicon.contrast, place) and _contrasts(words, place):
            sentence.walls.append(place)
            if token.word in _TURNS:
                sentence.turns.append(place)
    return sentence


def _speaks(words: Sequence[Token], text: str, place: int, lexicon: Lexicon) -> bool:
    """Whether a token at the beginning of a line, before a colon, only names who speaks ("Клиент: да", "Ольга: к маю")."""
    token = words[place]
    line = text.rfind("\n", 0, token.start) + 1
    if place + 1 == len(words) or words[place + 1].word != ":" or text[line : token.start].strip(" -—–•*>"):
        return False
    named = any(reading.proper == "Name" for reading in readings(token.word))
    return named or not lexicon.speakers.atoms.isdisjoint(lexicon.atoms.of(token.word))


def _head(words: Sequence[Token], sentence: Sentence, lexicon: Lexicon) -> int:
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


def _is_label(sentence: Sentence, lexicon: Lexicon) -> bool:
    return any(sentence.stands(term, 0) for term in lexicon.labels.values())


def _contrasts(words: Sequence[Token], place: int) -> bool:
    if words[place].word in {"но", "однако", "зато", "but", "however", ";"}:
        return True
    # "not yet" and "а" inside a clause contrast nothing; after a comma or a dash they do.
    return place == 0 or words[place - 1].word in {",", "-", "—", "–", ".", "("}


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """A sentence without an end cut after commas or spaces: what it costs to read one grows faster than its length."""
    while end - start > _LONG:
        mark = max(text.rfind(", ", start, start + _LONG), start)
        cut = mark + 2 if mark > start else max(text.rfind(" ", start, start + _LONG) + 1, 0) or start + _LONG
        cut = cut if cut > start else start + _LONG
        yield start, cut
        start = cut
    yield start, end


def units(text: str, lexicon: Lexicon, this_year: int) -> Iterator[Sentence]:
    """Sentences; a short question and the sentence after it are one unit, as its answer means nothing alone."""
    spans = [piece for span in sentences(text) for piece in _pieces(text, *span)]
    place = 0
    while place < len(spans):
        start, end = spans[place]
        words = as_meant(tokens(text[start:end], start), text, lexicon)
        sentence = prepared(text, start, end, words, lexicon, this_year)
        if sentence.question and len(words) <= 12 and place + 1 < len(spans):
            after_start, after_end = spans[place + 1]
            answer = as_meant(tokens(text[after_start:after_end], after_start), text, lexicon)
            if text[after_start:after_end].rstrip().endswith("?") is False:
                asked = [word for word in words if word.word != "?"]
                pair = prepared(text, start, after_end, [*asked, *answer], lexicon, this_year)
                pair.answer_from = len(asked)
                pair.question = False
                yield pair
                place += 2
                continue
        yield sentence
        place += 1
