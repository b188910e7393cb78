"""Sums, dates, names and places as they are recognised by shape; the words that tell them are data (shapes.toml)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from tools.morphology import Token, readings
from tools.qualification.words import word_forms

_QUARTER = re.compile(r"q[1-4]|h[12]|[1-4]q")
_CALENDAR = re.compile(r"\d{1,2}[./]\d{1,2}(?:[./]\d{2,4})?")


@dataclass(frozen=True, slots=True)
class ShapeWords:
    """Dictionary forms by which sums and dates are told; see shapes.toml."""

    scales: frozenset[str]
    currencies: frozenset[str]
    number_words: frozenset[str]
    whole_sums: frozenset[str]
    counted: frozenset[str]
    months: frozenset[str]
    months_ambiguous: frozenset[str]
    seasons: frozenset[str]
    periods: frozenset[str]
    near: frozenset[str]
    feasts: frozenset[str]
    talks: frozenset[str]
    habits: frozenset[str]
    current: frozenset[str]
    long_periods: frozenset[str]
    date_prepositions: frozenset[str]
    bare_sums: frozenset[str]

    def knows(self, word: str) -> bool:
        """Whether a word helps to tell a sum or a date."""
        told = (self.scales, self.number_words, self.whole_sums, self.months, self.seasons, self.feasts)
        return any(not word_forms(word).isdisjoint(words) for words in told)


def _is_number(word: str) -> bool:
    return word[0].isdigit()


def shapes(tokens: Sequence[Token], text: str, this_year: int, words: ShapeWords) -> list[set[str]]:
    """For each token the shapes that begin or stand there: <money>, <date>, <name>, <place>, <past_year>."""
    found: list[set[str]] = [set() for _ in tokens]
    forms = [word_forms(token.word) for token in tokens]
    for place, token in enumerate(tokens):
        for inside in range(place, _money_end(place, tokens, forms, words)):
            found[inside].add("<money>")
        if token.word.isdigit() and len(token.word) == 4 and 2000 <= int(token.word) < this_year:
            found[place].add("<past_year>")
        elif _is_date(place, tokens, forms, words):
            found[place].add("<date>")
        first = readings(token.word)[0]
        if first.pos == "NOUN" and first.case == "nomn" and "<date>" not in found[place]:
            found[place].add("<thing>")
        # A capital inside a sentence names somebody, or a company.
        before = text[: token.start].rstrip()[-1:]
        opening = not before or before in ".!?:;"
        if opening and text[token.start].isupper() and readings(token.word)[0].proper == "Name":
            found[place].add("<name>")
        elif text[token.start].isupper() and len(token.word) > 2 and not opening:
            place_name = any(reading.proper == "Geox" for reading in readings(token.word))
            found[place].add("<place>" if place_name else "<name>")
    return found


def _is_date(place: int, tokens: Sequence[Token], forms: Sequence[frozenset[str]], words: ShapeWords) -> bool:
    """Whether a day, month, quarter, season, feast or near period stands here, and it is the client's own."""
    word, own = tokens[place].word, forms[place]
    before = forms[place - 1] if place else frozenset[str]()
    near = before | (forms[place - 2] if place > 1 else frozenset[str]())
    following = forms[place + 1] if place + 1 < len(tokens) else frozenset[str]()
    if before & words.habits:
        return False
    if _is_number(word):
        # "15/01": a day and a month, cut in two by the stroke.
        if (
            place + 2 < len(tokens)
            and tokens[place + 1].word == "/"
            and _is_day_and_month(word, tokens[place + 2].word)
        ):
            return True
        if following & {"число", "квартал", "кв"} or (
            word.isdigit() and len(word) == 4 and word.startswith("20")
        ):
            return True
        # The day a note begins with, or that of a talk, is no date of the client's.
        written = _CALENDAR.fullmatch(word) and place and not before & words.talks
        return bool(written) and not following & (words.scales | words.currencies | {"%"})
    if own & (words.months | words.seasons | words.feasts) or _QUARTER.fullmatch(word):
        return True
    if word in words.months_ambiguous:
        return bool(before & words.date_prepositions) or (
            place + 1 < len(tokens) and _is_number(tokens[place + 1].word)
        )
    too_long = own & words.long_periods and before & words.current
    return bool(own & words.periods and near & words.near and not too_long)


def _money_end(
    place: int, tokens: Sequence[Token], forms: Sequence[frozenset[str]], words: ShapeWords
) -> int:
    """Where a sum that begins here ends; `place` itself where none does.

    A sum is a number with a scale or a currency that does not count something else ("3 млн показов").
    """

    def numeric(other: int) -> bool:
        return _is_number(tokens[other].word) or bool(forms[other] & words.number_words)

    if forms[place] & words.whole_sums and not (place and numeric(place - 1)):
        counts = place + 1 < len(tokens) and forms[place + 1] & words.counted
        return place if counts else place + 1
    # "Тысяч двадцать", "миллиона полтора": the scale first, where it is a word and not the end of another sum.
    if (
        forms[place] & words.scales
        and len(tokens[place].word) > 3
        and place + 1 < len(tokens)
        and numeric(place + 1)
        and not (place and numeric(place - 1))
    ):
        return place + 2
    if not numeric(place) or (place and _is_number(tokens[place - 1].word)):
        return place
    scaled = bool(place and forms[place - 1] & {"$", "€", "£", "₽"})
    last, end = place, place + 1
    while end < len(tokens) and end - place < 8:
        if forms[end] & (words.scales | words.currencies):
            scaled, last = True, end
        elif numeric(end):
            last = end
        elif tokens[end].word not in {".", "-", "–", "—", "до", "to", "or", "или", "of", "a"}:
            break
        end += 1
    counts = last + 1 < len(tokens) and forms[last + 1] & words.counted
    return last + 1 if scaled and not counts else place


def _is_day_and_month(day: str, month: str) -> bool:
    return (
        day.isdigit()
        and month.isdigit()
        and len(month) == 2
        and 1 <= int(day) <= 31
        and 1 <= int(month) <= 12
    )
