"""A text that is to be judged by rules: what cannot be read is refused with a reason."""

from __future__ import annotations

import re

from masterdeal.errors import Malformed, TooLarge

LONGEST = 3_000_000
"""Characters of the longest text that is read: about a thousand pages."""

_LETTER = re.compile(r"[^\W\d_]")
_MOJIBAKE = re.compile(
    # UTF-8 read as cp1251, as latin-1 or as KOI8-R; cp1251 read as latin-1, and as KOI8-R, where capitals turn small.
    r"(?:[пя][\u2500-\u257f\u2580-\u259f÷°²·√≈≤≥⌠⌡∙©]){3,}|(?:\b[а-яё][А-ЯЁ]{3,}\b\W+){3,}|"
    r"(?:[РС][\u0080-\u00bf\u0400-\u040f\u0450-\u045f‘’“”•–—™›°±²³µ¶·№»«]){3,}|(?:[ÐÑ][\u0080-\u00bf]){3,}|(?:[À-ÿ]{4,}\s+){3,}"
)


def readable(text: str) -> str:
    """The text itself, if it can be judged.

    Raises Malformed for an empty, binary or wrongly decoded text and TooLarge beyond LONGEST characters; the fact
    `reason` is one of empty, no_words, binary, encoding.
    """
    if len(text) > LONGEST:
        raise TooLarge("The text is too long to be reviewed", chars=len(text), limit=LONGEST)
    if not text.strip():
        raise Malformed("The text is empty", reason="empty")
    if "\x00" in text:
        raise Malformed("The text holds binary content", reason="binary")
    if not _LETTER.search(text):
        raise Malformed("The text has no words", reason="no_words")
    damaged = text.count("\ufffd")
    if damaged > len(text) * 0.02 or (found := _MOJIBAKE.search(text)) is not None:
        place = text.find("\ufffd") if damaged else (found.start() if found else 0)
        raise Malformed("The text was decoded wrongly or mixes encodings", reason="encoding", at=place)
    return text
