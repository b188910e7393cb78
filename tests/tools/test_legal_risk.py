from __future__ import annotations

from datetime import date

import pytest

from evals import legal
from masterdeal.errors import Malformed
from tools.document import read_document
from tools.legal_risk import assess
from tools.legal_text import readable

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


HALF, OTHER = (
    "1. Предмет договора\n1.1. Исполнитель размещает рекламу.\n",
    "2. Оплата\n2.1. Оплата через 180 дней.\n",
)


@pytest.mark.parametrize(
    "content",
    [
        HALF.encode() + OTHER.encode("cp1251"),
        HALF.encode("cp1251") + OTHER.encode(),
        HALF.encode("koi8-r") + OTHER.encode(),
        (HALF * 50).encode() + OTHER.encode("cp1251"),
    ],
)
def test_a_file_of_two_encodings_is_refused_rather_than_found_without_risk(content: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        assess(read_document("contract.txt", content).text, on=TODAY)
    assert refused.value.facts["reason"] == "encoding"


def test_capital_letters_and_mixed_scripts_are_no_wrong_encoding() -> None:
    for text in (
        "ДОГОВОР ОКАЗАНИЯ УСЛУГ ПО РЕКЛАМЕ",
        "ООО «РОМАШКА» и iPhone, НДС, мВт и кВт·ч, ВКонтакте",
        HALF.upper(),
    ):
        assert readable(text) == text


@pytest.mark.slow
def test_five_hundred_pages_are_read_to_the_last_clause() -> None:
    page = "\n".join(
        f"7.{number}. Исполнитель размещает рекламу в срок {number} дней." for number in range(1, 45)
    )
    text = page + "\n" + f"{page}\n" * 499 + "9.9. Заказчик платит пени 1 % за каждый день просрочки.\n"
    assert len(text) > 500 * 2000
    found = assess(text, on=TODAY, kind="contract")
    assert any(finding.rule_id == "K06" and finding.clause == "9.9" for finding in found.findings)
    assert found.clauses[-1].end == len(text)
    assert sum(clause.end - clause.start for clause in found.clauses) == len(text)
