"""Search by words: BM25 over stems, with the synonyms of the acts' own language."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from tools import morphology
from tools.knowledge.passage import Passage

OWN_WEIGHT: Final = 3
"""How much more a word of the query counts than a synonym of it."""


@cache
def _stemmers() -> tuple[Any, Any]:
    import Stemmer

    return Stemmer.Stemmer("russian"), Stemmer.Stemmer("english")


@cache
def _table() -> dict[str, Any]:
    page = files("tools") / "tables" / "knowledge" / "synonyms.toml"
    return tomllib.loads(page.read_text(encoding="utf-8"))


@cache
def _stop_words() -> frozenset[str]:
    from bm25s.stopwords import STOPWORDS_EN, STOPWORDS_RUSSIAN

    return frozenset(word.replace("ё", "е") for word in (*STOPWORDS_RUSSIAN, *STOPWORDS_EN))


@lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    russian, english = _stemmers()
    return str((english if word.isascii() else russian).stemWord(word))


def stems(text: str) -> list[str]:
    """The words of a text without endings and stop words; numbers stay as they are."""
    words = (token.word for token in morphology.tokens(text) if token.word[0].isalnum())
    return [_stem(word) for word in words if word not in _stop_words()]


@cache
def synonyms() -> Mapping[str, frozenset[str]]:
    """Stems that are looked for beside a stem."""
    beside: dict[str, set[str]] = {}
    for group in _table()["group"]:
        members = {_stem(word.replace("ё", "е")) for word in group}
        for member in members:
            beside.setdefault(member, set()).update(members - {member})
    return {stem: frozenset(others) for stem, others in beside.items()}


class WordIndex:
    """Passages by their words. The heading counts as part of the passage."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        import bm25s

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG when imported
        self._index: Any = None
        self._vocabulary: frozenset[str] = frozenset()
        corpus = [[*stems(passage.heading), *stems(passage.text)] for passage in passages]
        if any(corpus):
            self._index = bm25s.BM25(method="lucene")
            self._index.index(corpus, show_progress=False)
            self._vocabulary = frozenset(stem for words in corpus for stem in words)

    def scores(self, query: str, *, widened: bool = True) -> Sequence[float]:
        """BM25 of every passage for a query, in their order; empty where nothing can match."""
        asking = {_stem(word) for word in _table()["asking"]}
        own = dict.fromkeys(stem for stem in stems(query) if stem not in asking)
        asked = [stem for stem in own for _ in range(OWN_WEIGHT)]
        if widened:
            asked += [other for stem in own for other in sorted(synonyms().get(stem, ())) if other not in own]
        asked = [stem for stem in asked if stem in self._vocabulary]
        if self._index is None or not asked:
            return ()
        scores: Sequence[float] = self._index.get_scores(asked).tolist()
        return scores
