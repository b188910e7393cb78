"""An advertising text held against the law: category and channel known or not, dates, marking."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masterdeal.errors import Malformed
from tools import adlaw, law_change
from tools.law_change import OpenMatter
from tools.rules import advertising_law

TODAY = date(2026, 11, 22)
TEXTS = [case.text for rule in advertising_law().rules for case in rule.case]


def ids(review: adlaw.AdReview) -> set[str]:
    return {finding.rule_id for finding in review.findings}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4), st.dates(date(2019, 1, 1), date(2027, 12, 31))
)
def test_quotes_are_exact_and_norms_in_force(texts: list[str], day: date) -> None:
    text = "\n".join(texts)
    for finding in adlaw.check(text, on=day).findings:
        assert text[finding.start : finding.end] == finding.quote
        assert finding.law.effective_from <= day
        assert finding.law.effective_to is None or day <= finding.law.effective_to


def test_the_category_may_be_named_or_seen_in_the_words() -> None:
    text = "Спрей «Дыши» каждый день"
    assert "AD24-7" not in ids(adlaw.check(text, on=TODAY))
    assert "AD24-7" in ids(adlaw.check(text, on=TODAY, category="Лекарства"))
    assert "AD24-7" in ids(adlaw.check("Имплантация зубов за день", on=TODAY))


def test_an_unknown_channel_is_unknown_and_said_so() -> None:
    review = adlaw.check("Кофе и булочки", on=TODAY)
    assert "AD18.1-17" not in ids(review)
    assert next(row.state for row in review.checked if row.rule_id == "AD18.1-17") == "unknown"
    named = adlaw.check("Кофе и булочки", on=TODAY, channels=["дирижабль"])
    assert named.unknown_channels == ("дирижабль",)


@pytest.mark.parametrize(
    "name", ["programmatic", "VK", "Яндекс Директ", "telegram", "онлайн-видео", "посты в телеграм-каналах"]
)
def test_channels_are_known_by_their_usual_names(name: str) -> None:
    assert "AD18.1-17" in ids(adlaw.check("Кофе и булочки", on=TODAY, channels=[name]))


def test_marking_shown_beside_the_text_counts() -> None:
    facts = {"erid": "LdtCKaBc123", "label": True, "advertiser": True}
    assert not ids(adlaw.check("Кофе и булочки", on=TODAY, channels=["vk"], facts=facts))


def test_the_law_is_read_at_each_date_of_placement() -> None:
    dates = [date(2025, 8, 20), date(2025, 9, 20)]
    review = adlaw.check("Новая коллекция", on=date(2025, 8, 1), channels=["instagram"], dates=dates)
    [finding] = [finding for finding in review.findings if finding.rule_id == "AD5-10-7"]
    assert finding.read_at == date(2025, 9, 20)


def test_text_without_words_is_refused() -> None:
    with pytest.raises(Malformed):
        adlaw.check("!!! 100 %", on=TODAY)


def matter(**changes: object) -> OpenMatter:
    row = {
        "id": "D-1",
        "kind": "contract",
        "text": "1.1. Стоимость 600 000 рублей, в т.ч. НДС 20 %. 1.2. Размещение в Instagram.",
        "signed_on": date(2025, 6, 1),
        "service_from": date(2025, 7, 1),
        "service_to": date(2026, 2, 1),
    }
    return OpenMatter.model_validate(row | changes)


def test_a_change_of_law_names_the_matters_it_touches() -> None:
    touched = law_change.affected(date(2025, 6, 1), date(2026, 1, 31), [matter()])
    begun = {row.rule_id: row.first_day_touched for row in touched if row.change == "begins"}
    assert begun["K27"] == date(2025, 9, 1)
    assert begun["K33"] == date(2026, 1, 1)


def test_a_matter_performed_before_the_change_is_not_touched() -> None:
    done = matter(service_to=date(2025, 8, 31))
    assert law_change.affected(date(2025, 6, 1), date(2026, 1, 31), [done]) == ()


def test_a_plan_is_touched_through_its_channels() -> None:
    plan = matter(kind="plan", text="Курс по дизайну", channels=("telegram",), service_to=date(2026, 6, 1))
    changed = date(2026, 3, 5)
    touched = law_change.affected(changed - timedelta(days=1), changed, [plan])
    assert [(row.matter_id, row.rule_id) for row in touched] == [("D-1", "AD5-10-7-TG")]


@pytest.mark.parametrize(
    ("name", "rule_id"),
    [("лекарственные препараты", "AD24-7"), ("алкогольные напитки", "AD21-NET"), ("loans", "AD28-2.1")],
)
def test_categories_are_known_by_their_usual_names(name: str, rule_id: str) -> None:
    assert rule_id in ids(adlaw.check("Новинка уже здесь", on=TODAY, category=name, channels=["vk"]))
