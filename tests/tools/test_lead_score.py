"""The learned score: refuses thin history, is calibrated, never looks where it must not, and is plain data."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from evals.lead_score import reliability_svg, score, x_education
from tools.lead_score.judgement import auc
from tools.lead_score.learned import ScoreCard, TooLittleHistory, learned_score, score_settings, train

CASES = Path(__file__).resolve().parents[3] / "shared" / "cases"
SETTINGS = score_settings().model_copy(update={"won": 50, "lost": 50})


def history(rows: int = 600, seed: int = 1) -> tuple[list[dict[str, object]], list[bool]]:
    chance = random.Random(seed)
    leads: list[dict[str, object]] = []
    won = []
    for _ in range(rows):
        source, visits = chance.choice(["site", "call", "Select"]), chance.randrange(100)
        odds = {"site": 0.7, "call": 0.3, "Select": 0.5}[source] + (visits - 50) / 250
        won.append(chance.random() < odds)
        leads.append({"source": source, "visits": visits, "lead_id": chance.random(), "outcome": won[-1]})
    return leads, won


def test_thin_history_is_refused_with_the_numbers() -> None:
    rows, won = history(60)
    with pytest.raises(TooLittleHistory) as refused:
        train(rows, won)
    assert refused.value.facts["needed_won"] == 200
    assert refused.value.facts["won"] == sum(won)
    with pytest.raises(TooLittleHistory):
        train(rows, [True] * 60, SETTINGS)


def test_it_learns_what_is_there_and_says_what_drives_a_score() -> None:
    rows, won = history()
    card = train(rows, won, SETTINGS)
    assert {column.name for column in card.columns} == {"source", "visits"}
    good = learned_score(card, {"source": "site", "visits": 95})
    bad = learned_score(card, {"source": "call", "visits": 2})
    assert good.probability > 0.6 > 0.4 > bad.probability
    assert good.percentile > bad.percentile
    assert {name for name, _ in good.drivers} == {"source", "visits"}
    blank = learned_score(card, {"source": "Select", "visits": None, "something": "new"})
    assert set(blank.unknown) == {"source", "visits"}
    assert 0.2 < blank.probability < 0.8


def test_probabilities_mean_what_they_say() -> None:
    card = train(*history(3000), SETTINGS)
    assert card.judgement.calibration_error < 0.06
    assert card.judgement.brier < card.judgement.brier_of_base_rate
    assert sum(item.leads for item in card.judgement.reliability) == 3000


def test_the_same_history_gives_the_same_card_and_a_card_is_plain_data() -> None:
    rows, won = history()
    card = train(rows, won, SETTINGS)
    assert train(rows, won, SETTINGS) == card
    again = ScoreCard.model_validate_json(card.model_dump_json())
    assert learned_score(again, rows[0]) == learned_score(card, rows[0])


def test_a_column_that_has_seen_the_outcome_is_named() -> None:
    rows, won = history()
    leaked = [
        {**row, "closing_note": "thanks" if is_won else "lost"} for row, is_won in zip(rows, won, strict=True)
    ]
    assert train(leaked, won, SETTINGS).suspects == ("closing_note",)
    assert train(rows, won, SETTINGS).suspects == ()
    clean = train(leaked, won, SETTINGS.without("Closing_Note"))
    assert "closing_note" not in {column.name for column in clean.columns}


def test_the_area_is_that_of_mann_and_whitney() -> None:
    assert auc([0.1, 0.4, 0.35, 0.8], [False, False, True, True]) == 0.75
    assert auc([1, 1, 1, 1], [False, True, False, True]) == 0.5


@pytest.mark.slow
@pytest.mark.skipif(
    not (CASES / "x_education" / "dev.csv").exists(), reason="shared/cases/x_education is missing"
)
def test_public_leads_are_ranked_above_the_bar_without_leaks() -> None:
    card = x_education(CASES)
    assert card is not None
    assert card.judgement.auc >= 0.86
    assert card.judgement.calibration_error < 0.04
    assert card.suspects == ()
    looked_at = {column.name for column in card.columns}
    assert not looked_at & {"Tags", "Lead Quality", "Lead Profile", "Last Activity", "Last Notable Activity"}
    assert reliability_svg(card.judgement, "t").startswith("<svg")


def test_without_the_public_leads_there_is_nothing_to_judge(tmp_path: Path) -> None:
    assert score(tmp_path) == {}
