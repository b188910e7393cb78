"""The words of an offer: terms, who marks ads, who pays the levy, legal notes by channel and category.

The only module that reads `tables/offer/`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files

from pydantic import BaseModel, ConfigDict


class Clause(BaseModel):
    """One clause as it stands in the offer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    text: str
    law: str | None = None


class _Wording(BaseModel):
    model_config = ConfigDict(frozen=True)

    ru: str
    en: str
    id: str = ""
    law: str | None = None

    def clause(self, key: str, lang: str, **facts: object) -> Clause:
        return Clause(id=key, text=(self.en if lang == "en" else self.ru).format(**facts), law=self.law)


class _Always(BaseModel):
    model_config = ConfigDict(frozen=True)

    terms: tuple[_Wording, ...]


class Clauses(BaseModel):
    """The editable wordings, versioned by date."""

    model_config = ConfigDict(frozen=True)

    version: str
    valid_days: int
    always: _Always
    marking: Mapping[str, _Wording]
    levy: Mapping[str, _Wording]
    party: Mapping[str, _Wording]
    duty: Mapping[str, _Wording]
    category: Mapping[str, _Wording]


@cache
def load_clauses() -> Clauses:
    """The packaged wordings."""
    path = files("tools") / "tables" / "offer" / "clauses.toml"
    return Clauses.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def clauses_of(
    clauses: Clauses,
    *,
    marking: Mapping[str, str],
    duties: Mapping[str, tuple[str, ...]],
    category: str | None,
    contract: str,
    marks_ads: str,
    valid_until: date,
    lang: str,
) -> tuple[tuple[Clause, ...], tuple[Clause, ...], Clause]:
    """Terms, legal notes and the levy clause. `marking` and `duties` go by the title of a format."""
    party = clauses.party[marks_ads]
    terms = tuple(
        wording.clause(wording.id, lang, valid_until=valid_until.strftime("%d.%m.%Y"))
        for wording in clauses.always.terms
    )
    notes: list[Clause] = []
    for kind, wording in clauses.marking.items():
        titles = [title for title, marked in marking.items() if marked == kind]
        if titles:
            marks = party.en if lang == "en" else party.ru
            notes.append(wording.clause(f"marking-{kind}", lang, channels="; ".join(titles), marks=marks))
    for key, wording in clauses.duty.items():
        titles = [title for title, owed in duties.items() if key in owed]
        if titles:
            notes.append(wording.clause(key, lang, channels="; ".join(titles)))
    wanted = (category or "").strip().lower()
    if wanted in clauses.category:
        notes.append(clauses.category[wanted].clause(f"category-{wanted}", lang))
    return terms, tuple(notes), clauses.levy[contract].clause("levy", lang)
