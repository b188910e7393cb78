"""Whether the name of a site spells a name of the text: "lugkray" and Луговой Край."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import product

from tools.brief_reading.lexicon import table


def site_name(domain: str) -> str | None:
    """The letters of the part of a domain that names its owner; None for the domains of mail providers and networks."""
    parts = domain.lower().removeprefix("www.").split(".")
    if len(parts) < 2 or ".".join(parts[-2:]) in table("subject")["shared_domains"]:
        return None
    named = re.sub(r"[^a-zа-яё]", "", parts[-2])
    return named if len(named) >= 4 else None


@lru_cache(maxsize=4096)
def _spellings(word: str) -> frozenset[str]:
    """How a word is written in Latin letters: "ж" as zh or j, "й" as y, i or j, "кс" as x."""
    letters = table("subject")["latin"]
    found = {""}
    for letter in word.lower():
        ways = letters.get(letter, letter).split("|") if re.match(r"[а-яё]", letter) else [letter]
        found = {start + way for start, way in product(found, ways)}
        if len(found) > 64:
            found = set(sorted(found)[:64])
    return frozenset({*found, *(spelled.replace("ks", "x") for spelled in found), word.lower()})


def spells(site: str, name: str) -> bool:
    """Whether a site's name is a name, or begins with the beginnings of all its words, of two letters at least each."""
    words = [word for word in re.findall(r"[a-zа-яё]+", name.lower()) if word not in ("и", "and")]
    if not words or sum(map(len, words)) < 4:
        return False
    return _goes_on(site, words, len(words) == 1)


def _goes_on(site: str, words: list[str], whole: bool) -> bool:
    if not words:
        return len(site) <= 4
    for spelled in sorted(_spellings(words[0]), key=len, reverse=True):
        shortest = len(spelled) if whole else 2
        for size in range(len(spelled), shortest - 1, -1):
            if site.startswith(spelled[:size]) and _goes_on(site[size:], words[1:], whole):
                return True
    return False
