"""The written briefs meet the bars, and a scorer that measures nothing would be noticed."""

from evals.bars import bars, missed
from evals.brief import Case, cases, score

BARS = bars("brief")


def test_the_rules_meet_the_bars() -> None:
    report = score()
    assert report["cases"] >= 40
    assert missed(report, BARS) == [], "\n".join(report["misses"])


def test_the_other_voices_meet_the_bars_too() -> None:
    report = score(cases("heldout"))
    assert missed(report, BARS) == [], "\n".join(report["misses"])


def test_a_wrong_gold_lowers_the_score() -> None:
    sound = next(case for case in cases() if "budget_max" in case.gold)
    spoiled = Case(
        **{**sound.model_dump(), "gold": {**sound.gold, "budget_max": (1, "1"), "budget_min": (1, "1")}}
    )
    report = score([spoiled])
    assert report["invented_budgets"] > 0
    assert report["f1"] < 1
    assert missed(report, BARS)


def test_every_bar_is_measured_and_every_gold_quote_stands_in_its_text() -> None:
    report = score(cases()[:1])
    assert {name for side in BARS.values() for name in side} <= report.keys()
    for case in cases():
        for name, (_, quote) in case.gold.items():
            assert quote in case.text, (case.id, name)
