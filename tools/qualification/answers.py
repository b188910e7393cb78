"""Questions with their answers: what an answer makes of a pattern in the question, and answers that are nothing but a value."""

from __future__ import annotations

from collections.abc import Iterator

from tools.morphology import readings
from tools.qualification.sentence import Hit, Sentence
from tools.qualification.tables import Letter, Lexicon, Says
from tools.qualification.words import word_forms

_ASKS = frozenset(
    [
        "что",
        "чё",
        "че",
        "как",
        "какой",
        "какая",
        "какие",
        "когда",
        "сколько",
        "где",
        "кто",
        "почему",
        "зачем",
        "what",
        "how",
        "when",
        "where",
        "who",
        "why",
    ]
)
_SUGGESTS = frozenset({"может", "можно", "давайте", "maybe", "can", "could"})
"""Words that open a suggestion, as in "денег нет, может, по бартеру?" — what stands before is stated."""
_WITHIN = 12
"""The value stands among so many first words of the answer."""
_VALUES: tuple[tuple[Letter, str], ...] = (("budget", "<money>"), ("timing", "<date>"))


def answered_values(sentence: Sentence, lexicon: Lexicon) -> Iterator[tuple[Letter, int]]:
    """The letters that a bare value answers, with its place: "А по деньгам? — Тысяч сорок." A question about the past
    or about the next talk is none of these, nor is an answer that denies or names no value."""
    if sentence.answer_from is None:
        return
    asked = range(sentence.answer_from)
    if any(sentence.stands(lexicon.asked["other"], place) for place in asked) or any(
        readings(sentence.tokens[place].word)[0].tense == "past" for place in asked
    ):
        return
    said = range(sentence.answer_from, min(sentence.answer_from + _WITHIN, len(sentence.tokens)))
    for letter, shape in _VALUES:
        if not any(sentence.stands(lexicon.asked[letter], place) for place in asked):
            continue
        place = next((place for place in said if shape in sentence.atoms[place]), None)
        if place is None and letter == "budget":
            place = next((place for place in said if _bare_sum(sentence, place, lexicon)), None)
        if place is None or any(
            sentence.stands(term, before)
            for term in (lexicon.negators, lexicon.negators_en, lexicon.denying_nouns)
            for before in range(sentence.answer_from, place + 1)
        ):
            continue
        yield letter, place


def _bare_sum(sentence: Sentence, place: int, lexicon: Lexicon) -> bool:
    """Whether a round number without a unit stands here, and counts nothing else: "ну, пятьсот"; not "пятьсот показов"."""
    words = lexicon.shape_words
    word = sentence.tokens[place].word
    following = (
        word_forms(sentence.tokens[place + 1].word) if place + 1 < len(sentence.tokens) else frozenset[str]()
    )
    if "<date>" in sentence.atoms[place] or following & (words.counted | words.periods | words.months):
        return False
    return bool(word_forms(word) & words.bare_sums) or (
        word.isdigit() and len(word) in {2, 3} and word[-1] == "0"
    )


def answered(sentence: Sentence, hit: Hit, lexicon: Lexicon) -> Says | None:
    """What an answer makes of a pattern in its question; None: the pattern stands in the answer and speaks for itself."""
    assert sentence.answer_from is not None
    if hit.places[-1] >= sentence.answer_from or before_the_question(sentence, hit):
        return None
    first = range(sentence.answer_from, min(sentence.answer_from + 4, len(sentence.tokens)))
    for place in first[:3]:
        after = sentence.tokens[place + 1].word if place + 1 < len(sentence.tokens) else "."
        # "Пока нет." answers; "Нет ответа" does not.
        if sentence.stands(lexicon.answers["no"], place) and after in {".", ",", "!", ";", "—", "–", "-"}:
            return "unmet" if hit.cue.says == "met" else "weak"
    if any(sentence.stands(lexicon.answers["yes"], place) for place in first):
        return hit.cue.says
    echo = _echoed(sentence, hit, first)
    if echo is not None:
        denied = echo and sentence.tokens[echo - 1].word in {"не", "not"}
        return hit.cue.says if not denied else "unmet" if hit.cue.says == "met" else "weak"
    return "weak"


def _echoed(sentence: Sentence, hit: Hit, first: range) -> int | None:
    """Where an answer begins by saying a word of the question again: "Заложены? — Заложены"."""
    asked = frozenset(
        lemma for place in hit.places for lemma in (readings(sentence.tokens[place].word)[0].lemma,)
    )
    return next((place for place in first if readings(sentence.tokens[place].word)[0].lemma in asked), None)


def before_the_question(sentence: Sentence, hit: Hit) -> bool:
    """Whether a pattern stands in a clause of its own before the one that asks: "заявок мало, что предложите?"."""
    end = len(sentence.tokens) if sentence.answer_from is None else sentence.answer_from
    commas = [comma for comma in sentence.commas if comma < end]
    if not commas or hit.places[-1] >= (comma := commas[-1]):
        return False
    if any(token.word in _ASKS or token.word == "ли" for token in sentence.tokens[:comma]):
        return False
    return comma + 1 < len(sentence.tokens) and sentence.tokens[comma + 1].word in _ASKS | _SUGGESTS
