"""Deals named by their titles in any case form: «на сколько опаздываем с каршерингом в аэропорту»."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from agents.spelling import has_meaning
from agents.spoken import Word, words_of
from tools.morphology import readings

# What a campaign is called ends where its channels begin: «Дебетовая карта: CTV + SMS».
_HEAD: Final = re.compile(r"[^:|—]+")
_JOINING: Final = frozenset({"PREP", "CONJ", "PRCL"})
_JOINING_EN: Final = frozenset({"the", "a", "an", "of", "in", "on", "for", "to", "and", "at", "with"})
_QUOTES: Final = '«"“„'


@dataclass(frozen=True)
class Titled:
    """A deal whose title stands at [start:end] of a question."""

    deal_id: str
    start: int
    end: int


@dataclass(frozen=True)
class _Title:
    deal_id: str
    words: tuple[frozenset[str], ...]
    telling: bool


class Titles:
    """The titles that one deal alone carries, by the dictionary forms of their first words."""

    def __init__(self, titles: Iterable[tuple[str, str]] = ()) -> None:
        self._by_first: dict[str, list[_Title]] = {}
        for title, deal_id in titles:
            words, telling = _head_of(title)
            for form in words[0] if words else ():
                self._by_first.setdefault(form, []).append(_Title(deal_id, words, telling))

    def named(self, question: str) -> list[Titled]:
        """The deals whose titles a question says, in its order; the longest title where several begin alike. One that
        several deals share names none of them. A title of common words alone, or of one, counts only in quotes or with
        a capital."""
        words = [word for word in words_of(question) if not _joins(word.text)]
        found: list[Titled] = []
        at = 0
        while at < len(words):
            best = self._best(question, words, at)
            if best is None:
                at += 1
                continue
            length, deal_id = best
            if deal_id is not None:
                found.append(Titled(deal_id, words[at].start, words[at + length - 1].end))
            at += length
        return found

    def _best(self, question: str, words: Sequence[Word], at: int) -> tuple[int, str | None] | None:
        fitting = [
            title
            for title in {id(one): one for form in words[at].forms for one in self._by_first.get(form, ())}.values()
            if len(title.words) <= len(words) - at
            and all(word.forms & forms for word, forms in zip(words[at:], title.words, strict=False))
            and (title.telling or _proper(question, words[at]))
        ]  # fmt: skip
        if not fitting:
            return None
        longest = max(len(title.words) for title in fitting)
        deals = {title.deal_id for title in fitting if len(title.words) == longest}
        return longest, deals.pop() if len(deals) == 1 else None


@lru_cache(maxsize=131_072)
def _head_of(title: str) -> tuple[tuple[frozenset[str], ...], bool]:
    """The words of a title up to its channels, and whether they tell it from other speech."""
    head = _HEAD.match(title)
    words = [word for word in words_of(head.group() if head else title) if not _joins(word.text)]
    telling = len(words) > 1 and not all(has_meaning(word.forms) for word in words)
    return tuple(word.forms for word in words), telling


@lru_cache(maxsize=32_768)
def _joins(text: str) -> bool:
    plain = text.casefold()
    return plain in _JOINING_EN or readings(plain)[0].pos in _JOINING


def _proper(question: str, word: Word) -> bool:
    """Whether a word is written as the beginning of a name: in quotes, or with a capital inside a sentence."""
    before = question[: word.start].rstrip(" ")
    return before.endswith(tuple(_QUOTES)) or (
        word.text[:1].isupper() and bool(before) and before[-1] not in ".!?"
    )
