"""What was masked, and under which placeholder: [PERSON_1], the second form of the same name [PERSON_1_2]."""

from __future__ import annotations

import re
from typing import Final

KINDS: Final = (
    "PERSON",
    "PHONE",
    "EMAIL",
    "HANDLE",
    "INN",
    "KPP",
    "OGRN",
    "BIK",
    "ACCOUNT",
    "PASSPORT",
    "SNILS",
    "CARD",
    "TEXT",
)
# A model may drop the brackets; whatever looks like a placeholder in a text that is masked is itself masked, as TEXT.
PLACEHOLDER: Final = re.compile(rf"\[?\b(?:{'|'.join(KINDS)})_\d+(?:_\d+)?(?![\w])\]?")


# The same without the edge before it: what is masked beside it may give it one.
LOOKALIKE: Final = re.compile(PLACEHOLDER.pattern.replace(r"\b", "", 1))


class Vault:
    """The originals of one conversation. The same value has the same placeholder as long as the vault lives; the forms
    of one person's name share a number. Its originals are shown by nothing but `original`."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, tuple[str, ...]], int] = {}
        self._counts: dict[str, int] = {}
        self._forms: dict[tuple[str, int], list[str]] = {}
        self._originals: dict[str, str] = {}
        self._persons: dict[int, tuple[str, ...]] = {}
        self._known: set[str] = set()

    def __repr__(self) -> str:
        return f"Vault({len(self._originals)} values)"

    def __len__(self) -> int:
        return len(self._originals)

    @property
    def known(self) -> frozenset[str]:
        """Names that are masked wherever they stand, whatever they look like."""
        return frozenset(self._known)

    def know(self, name: str) -> None:
        """Take a name for a person's without looking at it."""
        if len(name.strip()) > 1:
            self._known.add(name.strip())

    def placeholder(self, kind: str, key: tuple[str, ...], text: str) -> str:
        """The placeholder of a text: `key` says which person or number it is, in whatever form."""
        number = self._number(kind, key)
        forms = self._forms.setdefault((kind, number), [])
        if text not in forms:
            forms.append(text)
        place = forms.index(text)
        label = f"{kind}_{number}" if place == 0 else f"{kind}_{number}_{place + 1}"
        self._originals[label] = text
        return f"[{label}]"

    def _number(self, kind: str, key: tuple[str, ...]) -> int:
        number = self._numbers.get((kind, key))
        if number is None and kind == "PERSON":
            # The name in another case form, or a part of it, is the person known by it, where that is one person.
            alike = [found for found, whole in self._persons.items() if _alike(key, whole)]
            number = alike[0] if len(alike) == 1 else None
        if number is None:
            number = self._counts[kind] = self._counts.get(kind, 0) + 1
        if kind == "PERSON":
            self._persons[number] = max(key, self._persons.get(number, ()), key=len)
        self._numbers[kind, key] = number
        return number

    def original(self, placeholder: str) -> str | None:
        """What stood there; None where the model has made the placeholder up."""
        return self._originals.get(placeholder.strip("[]"))


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether every word of the shorter name can be a word of the longer one, and not by initials alone; a word is its
    dictionary forms, joined by |, or an initial with its dot."""
    shorter, longer = sorted((one, other), key=len)
    left = list(longer)
    whole = False
    for word in shorter:
        match = next((found for found in left if _same_word(word, found)), None)
        if match is None:
            return False
        left.remove(match)
        whole = whole or not (word.endswith(".") or match.endswith("."))
    return whole


def _same_word(one: str, other: str) -> bool:
    if one.endswith(".") or other.endswith("."):
        return one[0] in {form[0] for form in other.split("|") if form}
    return not set(one.split("|")).isdisjoint(other.split("|"))
