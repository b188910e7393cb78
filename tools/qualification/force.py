"""What takes the force out of a statement: denial, the past, the future, and the markers of the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tools.morphology import readings
from tools.qualification.sentence import Hit, Sentence
from tools.qualification.tables import Lexicon, Marker, Reading
from tools.qualification.words import Pattern, find

_NEGATION_REACH_EN = 4
_PREDICATES_OF_PAST = frozenset({"был", "была", "было", "были", "имелся", "имелась", "имелось", "имелись"})
_SO_THAT = frozenset({"чтобы", "чтоб"})
SELF = frozenset({"я", "сам", "сама", "лично", "i", "myself"})
_PAST_EN = frozenset({"had", "was", "were"})
_OPENING = 4
"""A marker among so many first words opens the sentence."""
_ASKING = frozenset(
    [
        "что",
        "чтобы",
        "какой",
        "какая",
        "какие",
        "какое",
        "какого",
        "сколько",
        "когда",
        "кто",
        "кого",
        "где",
        "куда",
        "откуда",
        "есть",
        "будет",
        "будут",
        "чей",
        "чья",
        "what",
        "when",
        "who",
        "how",
        "whether",
        "if",
        "that",
        "which",
    ]
)
_STANDING = frozenset({"паузе", "стопе", "холде", "заморозке", "hold"})
"""Nouns that are the predicate of a clause without a verb: "проект на паузе"."""
_VERBS = frozenset({"VERB", "INFN", "PRTS", "PRED"})


def marked(sentence: Sentence, marker: Marker, patterns: Sequence[Pattern]) -> list[tuple[int, int]]:
    """The stretches of a sentence that a marker reaches, as token ranges."""
    ranges: list[tuple[int, int, int, int]] = []
    for pattern in patterns:
        for places in find(pattern, sentence.places, ()):
            # What cancels a marker stands where it reaches; for an opening, in its own clause.
            own = sentence.clause(places[0]) if places[0] < _OPENING and marker.kind == "hearsay" else None
            if marker.scope == "clause":
                left, right = sentence.clause(places[0])
                after = sentence.clause(places[-1])[1]
                # "В прошлом году, по словам Анны, был ...": an opening time holds for what follows it up to the next contrast
                reach = (
                    left,
                    _joined_on(sentence, max(right, after)) if marker.kind == "past" else max(right, after),
                )
            elif own is not None:
                # "По слухам, деньги есть, а решает жена": an opening holds up to what takes it back.
                reach = (
                    -1,
                    next((turn for turn in sentence.turns if turn > places[0]), len(sentence.tokens)),
                )
            elif marker.scope == "after":
                reach = (places[0], _told_of(sentence, places[-1]))
            else:
                reach = _doubted(sentence, places) if marker.kind == "hearsay" else sentence.part(places[0])
            if sentence.answer_from is not None and places[-1] < sentence.answer_from:
                # "Maybe later? — Not before summer": the doubt was in the question.
                reach = (reach[0], min(reach[1], sentence.answer_from - 1))
            ranges.append((*reach, *(own or reach)))
    if not ranges:
        return []
    return [
        (left, right)
        for left, right, first, last in ranges
        if not any(
            first <= place <= last
            for pattern in marker.unless
            for hit in find(pattern, sentence.places, ())
            for place in hit
        )
    ]


def _joined_on(sentence: Sentence, right: int) -> int:
    """The end of the clauses that "и" joins to one: "в 2023 году был бюджет, и решал Орлов" is past as a whole."""
    words = sentence.tokens
    while right + 1 < len(words) and words[right].word == "," and words[right + 1].word in {"и", "and"}:
        right = sentence.clause(right + 1)[1]
    return right


def _told_of(sentence: Sentence, place: int) -> int:
    """Where what was not disclosed ends: with the clause, unless the next one asks or lists ("не сказали, сколько")."""
    end = sentence.part(place)[1]
    while (right := sentence.clause(place)[1]) < end:
        following = right + 1
        clause = [
            readings(sentence.tokens[other].word)[0].pos
            for other in range(following, min(sentence.clause(right)[1], end))
        ]
        asks = following < end and sentence.tokens[following].word in _ASKING
        stands = any(token.word in _STANDING for token in sentence.tokens[following:end])
        if not asks and (stands or _VERBS & set(clause)):
            return right
        place = right
    return end


def _doubted(sentence: Sentence, places: Sequence[int]) -> tuple[int, int]:
    """What a doubt inside a sentence reaches: its clause and what follows; the part before it where it stands alone."""
    left, right = sentence.part(places[0])
    own_left, own_right = sentence.clause(places[0])
    alone = own_right - own_left - 1 <= len(places) + 2
    # "Скорее на вырост: хотим ..." — what a colon opens is said, not guessed.
    right = next((edge for edge in range(places[-1] + 2, right) if sentence.tokens[edge].word == ":"), right)
    return (left if alone else own_left), right


def denied_by(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> Literal["plainly", "loosely"] | None:
    """Whether the words of a hit are denied: by "не" right before one of them, or by a word that only stands near."""
    if hit.cue.denies:
        return None
    left, right = sentence.part(hit.places[0])
    own = set(hit.places)
    for place in sentence.denials:
        if not left < place < right or place in own or place in sentence.harmless:
            continue
        word, following = sentence.tokens[place].word, place + 1
        if word == "без" and hit.cue.letter == "need":
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


def wished(sentence: Sentence, hit: Hit) -> bool:
    """Whether a hit stands in what is wished for: in "чтобы столики не пустовали" the denial is the wish."""
    left, right = sentence.clause(hit.places[0])
    return any(token.word in _SO_THAT for token in sentence.tokens[max(left, 0) : right])


def _was(sentence: Sentence, hit: Hit) -> bool:
    """A bare past ("бюджет был") unless a participle makes it a present result ("был утверждён")."""
    left, right = sentence.clause(hit.places[0])
    reach = set(range(max(left + 1, hit.places[0] - 2), min(right, hit.places[-1] + 3))) - (
        set(hit.places) if hit.cue.letter == "authority" else set()
    )
    words = [sentence.tokens[place].word for place in sorted(reach)]
    if _PREDICATES_OF_PAST & set(words):
        return not any(reading.pos == "PRTS" for word in words for reading in readings(word))
    if "had" in words:
        return "been" not in words
    return bool(_PAST_EN & set(words)) and not any(
        word.endswith("ed") or word in {"set", "given", "cut"} for word in words
    )


def _done(sentence: Sentence, hit: Hit) -> bool:
    """A launch told in the past has happened: "стартовали в октябре"."""
    if any(token.word in _SO_THAT for token in sentence.tokens):
        return False
    verbs = [readings(sentence.tokens[place].word)[0] for place in hit.places]
    wishes = {"хотеть", "планировать", "решить", "собираться", "просить"}
    return any(verb.pos == "VERB" and verb.tense == "past" and verb.lemma not in wishes for verb in verbs)


def _used_to_decide(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> bool:
    """Who decided is told in the imperfective past: "тогда решал Кузнецов" is no word about today."""
    return any(
        sentence.stands(lexicon.deciding, place)
        and (verb := readings(sentence.tokens[place].word)[0]).tense == "past"
        and verb.aspect == "impf"
        for place in hit.places
    )


def _nobody_else(sentence: Sentence, hit: Hit) -> bool:
    """Whether no one is named as who acts in the clause of a hit: "сто тысяч выделит" is the word of who was spoken to."""
    left, right = sentence.clause(hit.places[-1])
    return not any(
        reading.pos == "NOUN" and reading.case == "nomn" and place not in hit.places
        for place in range(left + 1, right)
        for reading in readings(sentence.tokens[place].word)[:1]
    )


def _will(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> bool:
    """A verb of the pattern stands in the future: the approval has not happened. "Подпишу сама" tells who, not when;
    "согласовывать не придётся" tells that nobody is asked."""
    if hit.cue.letter == "authority" and (
        hit.cue.denies or any(sentence.tokens[place].word in SELF for place in hit.places)
    ):
        return False
    for place in hit.places:
        found = readings(sentence.tokens[place].word)
        if sentence.stands(lexicon.promises, place) or (
            hit.cue.letter == "budget" and found[0].number == "sing" and _nobody_else(sentence, hit)
        ):
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


def weakness(
    sentence: Sentence,
    hit: Hit,
    lexicon: Lexicon,
    ranges: Sequence[tuple[Marker, list[tuple[int, int]]]],
) -> str | None:
    """Why a statement does not count, in Russian; None where it is plain."""
    for marker, reached in ranges:
        if marker.letters is not None and hit.cue.letter not in marker.letters:
            continue
        # Whom one talked to a month ago still is who he is.
        if marker.kind == "past" and isinstance(hit.cue, Reading) and hit.cue.agent:
            continue
        if marker.says is not None and hit.cue.says != marker.says:
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
    if hit.cue.says == "met" and hit.cue.letter == "authority" and _used_to_decide(sentence, hit, lexicon):
        return "было раньше"
    if hit.cue.says == "met" and hit.cue.letter in {"budget", "authority"} and _will(sentence, hit, lexicon):
        return "ещё не решено"
    return None
