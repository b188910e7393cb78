"""The bars of the legal checks hold on every page by itself and on all of them together."""

from __future__ import annotations

import pytest

from evals.bars import bars, missed
from evals.legal import PAGES, score


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES)
def test_legal_checks_reach_their_bars(page: str) -> None:
    reached = score((page,))
    assert missed(reached, bars("legal")) == [], [
        reached[part]["misses"] for part in ("advertisements", "contracts")
    ]
