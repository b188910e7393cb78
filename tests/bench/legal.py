"""Contract review in rules mode: a 30-page contract, and how the cost grows with the pages."""

from __future__ import annotations

import statistics
import time
from datetime import date

from tools.contract.review import review as review_contract
from tools.rules import playbook

PAGE = 2_500  # characters of a page of contract text
ON = date(2026, 11, 22)


def paper(pages: int) -> str:
    """A contract of so many pages, made of the sentences the playbook's own rules are proved by."""
    sentences = [case.text for rule in playbook().rules for case in rule.case if not case.whole]
    lines, chars, number = ["ДОГОВОР № 1 оказания рекламных услуг"], 0, 0
    while chars < pages * PAGE:
        lines.append(f"{number // 12 % 90 + 1}.{number % 12 + 1}. {sentences[number % len(sentences)]}")
        chars += len(lines[-1]) + 1
        number += 1
    return "\n".join(lines)


def seconds(text: str) -> float:
    start = time.perf_counter()
    review_contract(text, on=ON)
    return time.perf_counter() - start


def run() -> list[str]:
    """Reviews one after another; the first, with nothing loaded, is told apart."""
    text = paper(30)
    first = seconds(text)
    taken = sorted(seconds(text) for _ in range(20))
    p95 = taken[18]
    grown = {pages: min(seconds(paper(pages)) for _ in range(3)) for pages in (30, 120, 480)}
    per_page = {pages: each / pages for pages, each in grown.items()}
    return [
        f"30 pages, {len(text):,} characters: p50 {statistics.median(taken):.3f} s, p95 {p95:.3f} s (bar 1 s), first {first:.2f} s",
        "per page: "
        + ", ".join(f"{1000 * each:.1f} ms at {pages} pages" for pages, each in per_page.items())
        + f"; growth of the cost per page 30 -> 480: {per_page[480] / per_page[30]:.2f}",
    ]
