"""Where the sentences of a stretch begin and end, as people type them."""

from __future__ import annotations

import re
from bisect import bisect_right

from tools.brief_reading.annotated import AnnotatedText
from tools.brief_reading.layout import Stretch

_SHORTENED = re.compile(
    r"(?:\b(?:incl|excl|вкл|т\.\s?ч|approx|min|max|мин|макс|обл|наб|ниж|ст|нов)\.|\b(?:руб|тыс|млн)\.\s*\()$",
    re.IGNORECASE,
)
_LOWER_START = re.compile(
    r"(?<=[а-яёa-z0-9)]{3})(?<!руб)(?<!тыс)(?<!млн)(?<!обл)(?<!млрд)[.!?]\s+(?=[а-яёa-z]{2})", re.IGNORECASE
)
LONGEST = 1500
"""Characters of one passage; longer runs without an end of sentence are cut at a space, so that cost stays linear."""


def sentences_of(note: AnnotatedText, stretch: Stretch) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    first = max(0, bisect_right(note.sentences, (stretch.start, len(note.text))) - 1)
    for start, end in note.sentences[first:]:
        if start >= stretch.end:
            break
        left, right = max(start, stretch.start), min(end, stretch.end)
        if left < right and note.text[left:right].strip():
            while note.text[left].isspace():
                left += 1
            while note.text[right - 1].isspace():
                right -= 1
            if found and (
                _SHORTENED.search(note.text, found[-1][0], found[-1][1])
                or _inside_a_name(note.text, *found[-1], right)
            ):
                left = found.pop()[0]
            found.extend(
                portion
                for part in _typed_low(note.text, left, right)
                for portion in _portions(note.text, *part)
            )
    return found


def _inside_a_name(text: str, start: int, end: int, limit: int) -> bool:
    """Whether a sentence seems to end within the quotes of a name: «Ешь! Деревенское»."""
    opened = text.rfind("«", start, end)
    closing = text.find("»", end, min(limit, end + 40))
    return opened >= 0 and "»" not in text[opened:end] and closing >= 0 and "\n" not in text[opened:closing]


def _typed_low(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The sentences of someone who writes without capitals; a text with one such end only is left whole."""
    ends = [found for found in _LOWER_START.finditer(text, start, end) if text[found.end()].islower()]
    if len(ends) < 2:
        return [(start, end)]
    cuts = [start, *(found.end() for found in ends)]
    stops = [*(found.start() + 1 for found in ends), end]
    return list(zip(cuts, stops, strict=True))


def _portions(text: str, start: int, end: int) -> list[tuple[int, int]]:
    portions = []
    while end - start > LONGEST:
        cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
        cut = cut if cut > 0 else start + LONGEST
        portions.append((start, cut))
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if start < end:
        portions.append((start, end))
    return portions
