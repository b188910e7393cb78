"""The knowledge base: how long a question takes over the packaged knowledge and a law of many articles, once indexed."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from api.knowledge import add_source
from api.settings import read_settings
from api.wiring import open_house
from evals.knowledge import questions

ARTICLES = 12


def law() -> str:
    """An invented act of so many articles, made of our own questions."""
    asked = [row["text"] for row in questions()]
    lines = ['Федеральный закон от 1 апреля 2020 г. N 999-ФЗ "О замерах"']
    for number in range(1, ARTICLES + 1):
        lines.append(f"Статья {number}. Раздел замера {number}")
        lines += [
            f"{part}. {asked[(number * 3 + part) % len(asked)].rstrip('?')} раз {number}."
            for part in range(1, 6)
        ]
    return "\n\n".join(lines)


def run() -> list[str]:
    """Embedding told apart from questions; a question goes by reference, words and meaning."""
    with tempfile.TemporaryDirectory() as folder, open_house(read_settings(data=Path(folder))) as house:
        add_source(house, "law.txt", law())
        start = time.perf_counter()
        embedded = house.knowledge.library.catch_up()
        indexing = time.perf_counter() - start
        asked = [row["text"] for row in questions()]
        house.knowledge.search(asked[0])
        taken = []
        for query in asked:
            start = time.perf_counter()
            house.knowledge.search(query)
            taken.append(time.perf_counter() - start)
    taken.sort()
    return [
        f"{embedded} passages embedded in {indexing:.1f} s, {1000 * indexing / embedded:.0f} ms each",
        f"a question: p50 {1000 * statistics.median(taken):.0f} ms, p95 {1000 * taken[int(len(taken) * 0.95)]:.0f} ms",
    ]
