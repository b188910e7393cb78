"""Phrases of the word tables, found among the words of a question."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from agents.spoken import Word

Phrase = tuple[frozenset[str], ...]
_GAP: Final = 2


def phrase_of(written: str) -> Phrase:
    """A phrase from how the tables write it."""
    return tuple(frozenset(part.split("|")) for part in written.split())


def match(words: Sequence[Word], phrase: Phrase) -> list[int] | None:
    """The places of a phrase's words, in order, with at most two other words between; None if it is not there."""
    for start, word in enumerate(words):
        if not word.forms & phrase[0]:
            continue
        places, at = [start], start
        for part in phrase[1:]:
            window = range(at + 1, min(at + 2 + _GAP, len(words)))
            following = next((index for index in window if words[index].forms & part), None)
            if following is None:
                break
            places.append(following)
            at = following
        if len(places) == len(phrase):
            return places
    return None


def first_place(words: Sequence[Word], phrase: Phrase) -> int | None:
    """Where a phrase begins among some words; None where it does not stand."""
    places = match(words, phrase)
    return places[0] if places else None
