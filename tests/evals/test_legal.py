from __future__ import annotations

import tomllib
from importlib.resources import files

import pytest

from evals.legal import score

PAGES = [
    ("ads", "contracts"),
    ("heldout_ads", "heldout_contracts"),
    ("second_ads", "second_contracts"),
    ("third_ads", "third_contracts"),
    ("fourth_ads", "fourth_contracts"),
    ("fifth_ads", "fifth_contracts"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("ads", "papers"), PAGES, ids=[ads for ads, _ in PAGES])
def test_legal_checks_reach_their_bars(ads: str, papers: str) -> None:
    bars = tomllib.loads((files("evals") / "legal" / "bars.toml").read_text(encoding="utf-8"))
    reached = score(ads, papers)
    for part in ("advertisements", "contracts", "all"):
        for name in ("recall_high", "precision", "date_pairs_right"):
            assert reached[part][name] >= bars[name], (part, name, reached[part]["misses"])
