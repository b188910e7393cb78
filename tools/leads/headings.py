"""Which column holds what: headings told by their aliases, and the heading row told from titles above it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from masterdeal.errors import Malformed
from tools.leads.tables import headings

_HEADING_WORDS = re.compile(r"[^\W_]+")


def _words(heading: str) -> tuple[str, ...]:
    spaced = re.sub(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])", " ", heading)
    return tuple(
        word for word in _HEADING_WORDS.findall(spaced.casefold().replace("ё", "е")) if not word.isdigit()
    )


def field_of(heading: str) -> str | None:
    """The field that a heading names, or None. An exact alias wins over one whose words all stand in the heading."""
    words = _words(heading)
    plain = " ".join(words)
    aliases = headings()
    for name, spellings in aliases.items():
        if plain in spellings:
            return name
    for name, spellings in aliases.items():
        if any(set(spelling.split()) <= set(words) for spelling in spellings if len(spelling) > 2):
            return name
    return None


def taken_for(heading: str, chosen: Mapping[str, str | None] | None) -> str | None:
    """The field a person chose for the heading (None: kept as it is), or else the one it names."""
    return chosen[heading] if chosen is not None and heading in chosen else field_of(heading)


def known_fields(cells: Sequence[str]) -> int:
    return len({name for name in (field_of(cell) for cell in cells if cell and len(cell) < 80) if name})


def find_heading(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row that reads as a heading: two known fields, or every filled cell a known one. Of two such rows, one
    under the other, the lower that names more fields holds: the upper only groups its columns."""
    for place, cells in enumerate(rows):
        filled = [cell for cell in cells if cell.strip()]
        known = known_fields(cells)
        if known >= 2 or (known == 1 and len(filled) == 1):
            below = rows[place + 1] if place + 1 < len(rows) else ()
            covered = len(below) >= len(cells) and all(
                under.strip() for over, under in zip(cells, below, strict=False) if over.strip()
            )
            return place + 1 if covered and repeats_heading(below) and known_fields(below) > known else place
    return None


@cache
def _exact_names() -> frozenset[str]:
    return frozenset(spelling for spellings in headings().values() for spelling in spellings)


def repeats_heading(cells: Sequence[str]) -> bool:
    """Whether all filled cells, two at least, are names of fields exactly: a heading, and no lead."""
    filled = [cell for cell in cells if cell.strip()]
    return len(filled) >= 2 and all(" ".join(_words(cell[:80])) in _exact_names() for cell in filled)


def no_heading(first: Sequence[str]) -> Malformed:
    known = [aliases[0] for aliases in headings().values()]
    return Malformed(
        "Не найдена строка заголовков: нет ни одного знакомого названия столбца.",
        first_row=list(first)[:20],
        known=known,
    )
