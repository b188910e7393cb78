"""A short question that leans on the one about many deals before it: «а у Сафиной?», «покажи их», «сколько денег в них»."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Final

from agents.asked.reading import Asked, read_asked
from agents.spoken import words_of
from tools.query.condition import Condition

_MOST_WORDS: Final = 6
_BEGINS: Final = frozenset({"а", "и", "and", "also", "then"})
_OPENINGS: Final = ("what about", "how about")
_THEM: Final = frozenset({"их", "они", "эти", "этот", "них", "them", "these", "those"})
# What a new measure takes the place of.
_MEASURED: Final = ("measure", "of", "by", "span_of", "order", "descending", "ranked", "limit")


def leaning(
    question: str, before: Mapping[str, Any], today: date, values: Mapping[str, Iterable[str]]
) -> Asked | None:
    """The question before with the terms or the measure of a short one that leans on it; None where it does not.
    `before` are the arguments of the question before, as they are kept."""
    words = words_of(question)
    if not words or len(words) > _MOST_WORDS:
        return None
    begins = bool(words[0].forms & _BEGINS) or question.casefold().startswith(_OPENINGS)
    theirs = any(word.text.casefold() in _THEM for word in words)
    asked = read_asked(_without_opening(question), today, values)
    anew = asked.said_measure or asked.said_list
    if not (begins or theirs) or not asked.understood or not (anew or asked.conditions):
        return None
    args = dict(before)
    for name in ("whole", "conditions"):
        kept = [Condition.model_validate(one) for one in before.get(name) or ()]
        replaced = {one.field for one in asked.conditions}
        args[name] = [one for one in kept if one.field not in replaced]
    args["conditions"] = [*args["conditions"], *asked.conditions]
    if anew:
        args = {name: value for name, value in args.items() if name not in _MEASURED}
        args |= {name: asked.args[name] for name in _MEASURED if name in asked.args}
        args["conditions"] = [*args.pop("whole"), *args["conditions"]]
    if not args.get("whole"):
        args.pop("whole", None)
    return Asked(args["conditions"], args, said_measure=asked.said_measure)


def _without_opening(question: str) -> str:
    for opening in _OPENINGS:
        if question.casefold().startswith(opening):
            return question[len(opening) :]
    return question
