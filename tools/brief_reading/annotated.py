"""A text with everything the readers share: tokens, messages, labelled stretches, sentences and what they are about."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from tools.brief_reading.lexicon import Mention, Phrases, phrases
from tools.brief_reading.thread import Message, messages
from tools.morphology import Token, sentences, tokens

_TURN = re.compile(
    r"(?<=[а-яёa-z0-9]{3})(?<!руб)(?<!тыс)(?<!млн)(?<!обл)\.\s+(?=[а-яёa-z])|[;()\[\]|•]|,(?!\d)|\s[—–-]\s|\b(?:но|зато|однако|but)\b|(?<=\s)а(?=\s)",
    re.IGNORECASE,
)


WIDE, NEAR = 170, 55
"""Characters: a clause longer than WIDE is cut to NEAR on both sides of what is looked at."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or the part of one that stands under one heading. `label` is a field, or one of the other headings."""

    start: int
    end: int
    label: str | None
    label_start: int
    message: Message
    table: bool = False
    label_end: int = 0

    @property
    def foreign(self) -> bool:
        """Whether the heading says that nothing here is the campaign's own."""
        return self.label is not None and self.label.startswith("-")


@dataclass
class AnnotatedText:
    """The text of a brief; offsets are those of `text` throughout."""

    text: str
    passages: list[Passage] = field(default_factory=list)
    dropped: list[tuple[int, int]] = field(default_factory=list)
    _mentions: dict[int, tuple[list[Mention], list[int]]] = field(default_factory=dict)

    @cached_property
    def tokens(self) -> list[Token]:
        return tokens(self.text)

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for place, token in enumerate(self.tokens):
            places.setdefault(token.word, []).append(place)
        return places

    @cached_property
    def _starts(self) -> list[int]:
        return [token.start for token in self.tokens]

    @cached_property
    def messages(self) -> list[Message]:
        return messages(self.text)

    @cached_property
    def sentences(self) -> list[tuple[int, int]]:
        return list(sentences(self.text))

    @cached_property
    def _turns(self) -> tuple[list[int], list[int]]:
        """Where the turns of the whole text begin and end, both ascending."""
        spans = [turn.span() for turn in _TURN.finditer(self.text)]
        return [start for start, _ in spans], [end for _, end in spans]

    def first_token(self, offset: int) -> int:
        """Index of the first token that begins at or after an offset."""
        return bisect_left(self._starts, offset)

    def between(self, start: int, end: int) -> list[Token]:
        return self.tokens[self.first_token(start) : self.first_token(end)]

    def mentions(self, listed: Phrases, start: int = 0, end: int | None = None) -> list[Mention]:
        """Mentions of listed phrases inside text[start:end]; the whole text is searched once per list."""
        known = self._mentions.get(id(listed))
        if known is None:
            found = listed.all(self.tokens, self._places)
            known = self._mentions[id(listed)] = (found, [mention.start for mention in found])
        if end is None:
            return known[0]
        first, last = bisect_left(known[1], start), bisect_left(known[1], end)
        return [mention for mention in known[0][first:last] if mention.end <= end]

    def about(self, flag: str, start: int, end: int) -> list[Mention]:
        """Mentions of one context flag inside text[start:end]."""
        return [found for found in self.mentions(phrases("context", "flag"), start, end) if found.key == flag]

    def clause(self, start: int, end: int, within: Passage) -> tuple[int, int]:
        """The stretch between commas, brackets, dashes and turning words around text[start:end]."""
        first = bisect_left(self._turns[1], start + 1)  # turns that end at or before the place
        last = bisect_left(self._turns[0], end)
        left = max(within.start, self._turns[1][first - 1]) if first else within.start
        right = min(within.end, self._turns[0][last]) if last < len(self._turns[0]) else within.end
        if right - left > WIDE:  # dictated text without a comma: what stands near is what it is about
            left, right = max(left, start - NEAR), min(right, end + NEAR)
        return left, right

    def is_question(self, passage: Passage) -> bool:
        return self.text[passage.start : passage.end].rstrip(' "»)').endswith("?")

    def own(self) -> Iterator[Passage]:
        """The passages whose content may be the campaign's own."""
        for passage in self.passages:
            if not passage.foreign and not passage.message.agency:
                yield passage

    def passage_at(self, offset: int) -> Passage | None:
        for passage in self.passages:
            if passage.start <= offset < passage.end:
                return passage
        return None
