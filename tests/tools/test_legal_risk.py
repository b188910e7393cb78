from __future__ import annotations

from datetime import date

from evals import legal
from tools.legal_risk import assess

TODAY = date(2026, 11, 22)


def test_a_text_of_no_stated_kind_is_judged_as_what_it_reads_as() -> None:
    found = assess("5.1. Заказчик платит пени 1 % за каждый день просрочки.", on=TODAY)
    assert found.kind == "contract"
    assert {finding.rule_id for finding in found.findings} >= {"K06"}
    found = assess("Мы — лучшая автошкола! Запишись.", on=TODAY)
    assert (found.kind, {finding.rule_id for finding in found.findings}) == ("advertisement", {"AD5-3-1"})


def test_a_doubtful_text_is_judged_as_both_and_a_channel_decides() -> None:
    text = "Самые низкие цены на шины в городе."
    assert assess(text, on=TODAY).kind == "either"
    assert assess(text, on=TODAY, channels=["vk"]).kind == "advertisement"


def test_nothing_of_the_gold_is_lost_when_nobody_says_what_a_text_is() -> None:
    for case in legal.contracts():
        found = assess(case.text, on=case.on)
        kinds = {f"{finding.rule_id}:{finding.kind}" for finding in found.findings}
        assert found.kind != "advertisement", case.id
        assert case.gold <= kinds or case.id == "c43", case.id
    for case in legal.advertisements():
        assert assess(case.text, on=case.on).kind != "contract", case.id
