"""Foreign phrases in an advertisement, and whether the same is said in Russian beside them (38-ФЗ ст. 5 ч. 11, 53-ФЗ ст. 3)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources

_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_LINK = re.compile(r"\S*(?:://|www\.|\.ru|\.com|\.example|@)\S*|erid\S*", re.IGNORECASE)
_QUOTED = re.compile(r"«[^»]*»|“[^”]*”|„[^“”]*[“”]|\"[^\"\n]*\"")
_RUN = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[ \t,!&+—–-]+[A-Za-z][A-Za-z'’]*)*")
_BEFORE = re.compile(r"[А-Яа-яЁё][^.!?\n]*$")


@cache
def _translations() -> Mapping[str, list[str]]:
    page = resources.files("tools") / "tables" / "law" / "english.toml"
    table = tomllib.loads(page.read_text("utf-8"))["translation"]
    assert isinstance(table, dict)
    return table


def _words(run: str) -> list[str]:
    return [word.casefold() for word in re.findall(r"[A-Za-z]+", run)]


def latin_share(text: str) -> int:
    """Percent of the words that are written in Latin letters; addresses and identifiers are left out."""
    words = _WORD.findall(_LINK.sub(" ", text))
    return 100 * sum(1 for word in words if _LATIN.match(word)) // len(words) if words else 0


def _is_name(run: str, before: str) -> bool:
    """A capitalised run inside a Russian sentence is read as a name or a trade mark."""
    title = all(word[0].isupper() and not word.isupper() for word in re.findall(r"[A-Za-z]{2,}", run))
    return title and _BEFORE.search(before) is not None


def _translated(words: list[str], russian: str) -> bool:
    stems = [known for word in words if (known := _translations().get(word))]
    return bool(stems) and all(any(stem in russian for stem in known) for known in stems)


def foreign_phrases(text: str) -> list[str]:
    """Runs of common English words outside quotation marks that no Russian words beside them repeat.

    Two such words make a phrase; in a text that is mostly Latin one does. Names and trade marks are left alone.
    """
    plain = _QUOTED.sub(lambda match: " " * len(match[0]), _LINK.sub(" ", text))
    russian = plain.casefold().replace("ё", "е")
    needed = 1 if latin_share(plain) > 70 else 2
    found = []
    for match in _RUN.finditer(plain):
        words = _words(match[0])
        known = sum(word in _translations() for word in words)
        spoken = any(_translations().get(word) for word in words)
        if (
            len(words) < 2
            or known < needed
            or 2 * known < len(words)
            or not spoken
            or _is_name(match[0], plain[: match.start()])
        ):
            continue
        if not _translated(words, russian):
            found.append(match[0])
    return found


def translated(text: str) -> bool:
    """Every common English word of the text is repeated in Russian beside it."""
    words = [word for match in _RUN.finditer(text) for word in _words(match[0]) if word in _translations()]
    return bool(words) and _translated(words, text.casefold().replace("ё", "е"))
