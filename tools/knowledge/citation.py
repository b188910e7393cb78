"""Exact places in acts and documents: how they are written, and how a query names them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

_NUMBER: Final = r"\d{1,4}(?:\.\d{1,2})*(?:-\d{1,2})?"
_UNITS: Final = (
    ("article", r"стать(?:я|и|е|ю|ёй|ей)|ст\.?|articles?|art\.?"),
    ("part", r"част(?:ь|и|ью)|ч\.?|parts?"),
    ("item", r"подпункт(?:а|е|у|ом)?|пункт(?:а|е|у|ом)?|пп\.?|п\.?|items?|paragraphs?|para\.?"),
)
_PLACE: Final = re.compile(
    "|".join(
        rf"(?P<{unit}>(?<![^\W\d_])(?:{words})\s*№?\s*(?P<{unit}_number>{_NUMBER}))" for unit, words in _UNITS
    ),
    re.IGNORECASE,
)
_ACT: Final = re.compile(r"(?<!\d)(\d{1,4})\s?[-–]\s?(ФЗ|ФКЗ|FZ|I)(?![^\W\d_])", re.IGNORECASE)
_LEADING_ACT: Final = re.compile(r"(?<!\d)(ГК|КоАП|НК|ТК|УК|ГПК|АПК)(?![^\W\d_])")
_LATIN: Final = {"FZ": "ФЗ"}
_ORDER: Final = ("article", "part", "item")


class Citation(BaseModel):
    """A place in an act or a document, as exact as it is known."""

    model_config = ConfigDict(frozen=True)

    act: str = Field(description="Short name of the act or title of the document")
    article: str | None = Field(default=None, description="Number of the article, e.g. 18.1")
    part: str | None = Field(default=None, description="Number of the part (часть) of the article")
    item: str | None = Field(default=None, description="Number of the item (пункт) of the part")
    clause: str | None = Field(default=None, description="Clause of a contract or row of a table")
    rule: str | None = Field(
        default=None, description="Id of a playbook or advertising rule that rests on the place"
    )

    def shown(self) -> str:
        """As lawyers write it, smallest unit first: «п. 4 ч. 3 ст. 5 38-ФЗ «О рекламе»»; a rule by its id first."""
        units = [
            f"{sign} {number}"
            for sign, number in (
                ("п.", self.item), ("ч.", self.part), ("ст.", self.article), ("пункт", self.clause),
            )
            if number and number not in acts_in(self.act)  # an act cited whole is its own place
        ]  # fmt: skip
        place = " ".join([*units, self.act])
        return f"{self.rule}: {place}" if self.rule else place


class Reference(BaseModel):
    """A place that a query names outright. `act` is the number of an act (38-ФЗ) where it is named."""

    model_config = ConfigDict(frozen=True)

    article: str
    part: str | None = None
    item: str | None = None
    act: str | None = None

    def fits(self, place: Citation) -> bool:
        """Whether a passage stands at the named place or inside it."""
        return (
            place.article == self.article
            and self.part in (None, place.part)
            and self.item in (None, place.item)
            and (self.act is None or self.act in acts_in(place.act))
        )


def acts_in(text: str) -> tuple[str, ...]:
    """Numbers of acts and short names of codes that a text names: 38-ФЗ, ГК."""
    numbered = (
        f"{found[1]}-{_LATIN.get(found[2].upper(), found[2].upper())}" for found in _ACT.finditer(text)
    )
    return tuple(dict.fromkeys([*numbered, *(found[1] for found in _LEADING_ACT.finditer(text))]))


def references(query: str) -> tuple[Reference, ...]:
    """The places a query names, in either order of words: «ст. 5 ч. 3 п. 1», «часть 12 статьи 5», article 18.1."""
    acts = acts_in(query)
    act = acts[0] if len(acts) == 1 else None
    places: list[dict[str, str]] = []
    before: dict[str, str] = {}
    for unit, number in _named(query):
        if unit == "article":
            places.append({**before, "article": number})
            before = {}
        elif not places or before or unit in places[-1]:
            before[unit] = number  # belongs to the article still to come
        else:
            places[-1][unit] = number
    return tuple(dict.fromkeys(Reference(**place, act=act) for place in places))


def _named(query: str) -> Iterator[tuple[str, str]]:
    for found in _PLACE.finditer(query):
        for unit in _ORDER:
            if found[unit]:
                yield unit, found[f"{unit}_number"]
