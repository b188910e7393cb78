"""Questions over 38-ФЗ: whether an article that answers is among the first five hits, by words, by meaning, and fused."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from api.settings import read_settings
from api.wiring import House, open_house
from tools.document import read_document
from tools.knowledge.keeping import to_add
from tools.knowledge.library import Way
from tools.knowledge.source import read_source

LAW: Final = Path(__file__).parent.parent.parent / "shared" / "cases" / "law" / "38-fz.txt"
KEPT: Final = Path("var/evals/knowledge")
AMONG: Final = 5
# How is searched, and whether the words of the acts are looked for beside those of the question.
WAYS: Final[dict[str, tuple[tuple[Way, ...], bool]]] = {
    "bm25": (("words",), False),
    "embeddings": (("meaning",), False),
    "bm25_and_embeddings": (("words", "meaning"), False),
    "bm25_widened": (("words",), True),
    "all": (("reference", "words", "meaning"), True),
}


def questions() -> list[dict[str, Any]]:
    """The question set."""
    rows = tomllib.loads((files("evals") / "knowledge" / "questions.toml").read_text(encoding="utf-8"))
    found: list[dict[str, Any]] = rows["question"]
    return found


def add_law(house: House, law: Path = LAW) -> None:
    """Put the law into the knowledge base of a house, and its vectors into the index."""
    text = read_document(law.name, law.read_bytes()).text
    source = read_source(law.name, text)
    with house.store.writing() as tx:
        for kind, papers in to_add(tx, source, text).papers.items():
            tx.file(kind, papers, house.clock())
    house.knowledge.library.catch_up()


def places(
    house: House, rows: Sequence[dict[str, Any]], ways: Sequence[Way], widened: bool
) -> list[int | None]:
    """For each question the place of the first right article among the hits, from 1; None where it is not there."""
    ranks: list[int | None] = []
    for row in rows:
        library = house.knowledge.library
        hits = library.search(row["text"], kinds=["law"], limit=AMONG, ways=ways, widened=widened).hits
        right = (place for place, hit in enumerate(hits, 1) if hit.citation.article in row["articles"])
        ranks.append(next(right, None))
    return ranks


def score() -> dict[str, Any]:
    """hit@5, hit@1 and mean reciprocal rank, for each way and each half. Skipped by name where the law is not here."""
    if not LAW.exists():
        return {"skipped": [LAW.name]}
    report: dict[str, Any] = {"misses": []}
    with open_house(read_settings(data=KEPT)) as house:
        add_law(house)
        for half in ("dev", "held_out"):
            rows = [row for row in questions() if row["half"] == half]
            report[f"{half}_questions"] = len(rows)
            for name, how in WAYS.items():
                ranks = places(house, rows, *how)
                report[f"{half}_{name}_hit5"] = sum(rank is not None for rank in ranks) / len(rows)
                report[f"{half}_{name}_hit1"] = sum(rank == 1 for rank in ranks) / len(rows)
                report[f"{half}_{name}_mrr"] = sum(1 / rank for rank in ranks if rank) / len(rows)
                if name == "all":
                    report["misses"] += [
                        f"{row['text']}: {row['articles']}"
                        for row, rank in zip(rows, ranks, strict=True)
                        if rank is None
                    ]
    return report
