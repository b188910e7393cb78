"""Answers that are nothing but a value: a question names the letter, the sentence after it a sum or a date."""

from __future__ import annotations

from collections.abc import Iterator

from tools.morphology import readings
from tools.qualification.sentence import Sentence
from tools.qualification.tables import Letter, Lexicon
from tools.qualification.words import word_forms

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
