"""Days of the past in a question, and which deals something happened to on them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.period_said import period_said

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("Сколько сделок закрыли в октябре?", date(2026, 10, 1), date(2026, 10, 31)),
        ("закрыто в декабре", date(2025, 12, 1), date(2025, 12, 31)),
        ("закрыто в 2025 году", date(2025, 1, 1), date(2025, 12, 31)),
        ("closed in 2025", date(2025, 1, 1), date(2025, 12, 31)),
        ("с 1 по 15 ноября сколько запустили", date(2026, 11, 1), date(2026, 11, 15)),
        ("с 01.10.2026 по 15.10.2026", date(2026, 10, 1), date(2026, 10, 15)),
        ("в III квартале 2026", date(2026, 7, 1), date(2026, 9, 30)),
        ("в прошлом квартале", date(2026, 7, 1), date(2026, 9, 30)),
        ("за последние 30 дней", date(2026, 10, 24), TODAY),
        ("last 2 weeks", date(2026, 11, 9), TODAY),
        ("на прошлой неделе", date(2026, 11, 9), date(2026, 11, 15)),
        ("в этом месяце", date(2026, 11, 1), date(2026, 11, 30)),
        ("вчера", date(2026, 11, 21), date(2026, 11, 21)),
        ("с начала года", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_period_is_the_latest_that_has_begun(question: str, first: date, last: date) -> None:
    said = period_said(question, TODAY)
    assert said is not None
    assert (said.first, said.last) == (first, last)
    assert question[said.start : said.end].strip()


@given(
    st.dates(date(2000, 1, 1), date(2090, 12, 31)),
    st.sampled_from(["в прошлом месяце", "в прошлом квартале"]),
)
def test_the_unit_before_ends_where_the_present_one_begins(today: date, question: str) -> None:
    said = period_said(question, today)
    assert said is not None
    assert said.first is not None
    assert said.last is not None
    assert said.first.day == 1
    present = period_said(question.replace("прошлом", "этом"), today)
    assert present is not None
    assert present.first is not None
    assert (present.first - said.last).days == 1
    assert present.first <= today <= (present.last or today)


def test_no_period_is_none() -> None:
    assert period_said("Сколько сделок просрочено?", TODAY) is None
