"""Bounds on the scores of clients in a question: «NPS ниже 7», "NPS of at least 9"."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from agents.asked.bound_words import table
from agents.asked.said import Placed, Said
from tools.query.condition import condition

_BOUNDS: Final = ("at_least", "at_most", "above", "below", "exactly")


def score_bounds(said: Said) -> list[Placed]:
    """Conditions on the score, each with the place of its name; the words are taken up."""
    found: list[Placed] = []
    for match in _pattern().finditer(said.question):
        places = said.take_span(match.start(), match.end())
        named = next(name for name in _BOUNDS if match[name] is not None)
        figure = int(match["figure"])
        bounds = {"at_least": figure, "at_most": figure} if named == "exactly" else {named: figure}
        found.append((places[0], condition("nps", **bounds)))
    return found


@cache
def _pattern() -> re.Pattern[str]:
    words = table()["score"]
    bounds = "|".join(f"(?P<{name}>{'|'.join(words[name])})" for name in _BOUNDS)
    between = rf"(?:\s+(?:{'|'.join(words['between'])}))?"
    subject = "|".join(words["subject"])
    return re.compile(
        rf"(?<!\w)(?:{subject}){between}\s*(?:{bounds}){between}\s*(?P<figure>10|\d)(?![\d.,]*\d|\s*%)",
        re.IGNORECASE,
    )
