"""Questions about many deals, read word by word: each condition is taken up, and what is not understood is not answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from agents.asked.reading import read_asked

TODAY = date(2026, 11, 22)
VALUES = {
    "manager": ["Анна Крылова", "Игорь Гордеев", "Лилия Сафина", "Максим Белов"],
    "industry": ["Финансы", "Розничная торговля", "Продукты питания"],
    "client_type": ["агентство", "ключевой клиент", "новый клиент"],
    "client": ["ООО «Электрокит»", "ООО «Лавандовый Кот»"],
    "title": ["Семейная ипотека: programmatic + OLV"],
    "domain_stage": ["crm: Contract signed", "crm: Won"],
    "amounts": ["budget", "contract"],
}
KRYLOVA = {"field": "manager", "any_of": ["Анна Крылова"]}
LATE = {"field": "sla", "any_of": ["breached"]}
OPEN = {"field": "open"}


def _read(question: str) -> dict[str, Any]:
    asked = read_asked(question, TODAY, VALUES)
    assert asked.understood, asked.rest
    return {
        name: [one.model_dump(mode="json", exclude_defaults=True) for one in value]
        if isinstance(value, list)
        else value
        for name, value in asked.args.items()
    }


@pytest.mark.parametrize(
    ("question", "conditions"),
    [
        (
            "Сколько сделок у Крыловой на стадии договора дороже 5 млн?",
            [KRYLOVA, {"field": "stage", "any_of": ["contracting"]}, {"field": "budget", "above": "5000000"}],
        ),
        ("Сколько сделок кроме Крыловой не просрочены?", [KRYLOVA | {"negated": True}, LATE | {"negated": True}]),
        (
            "Какие сделки Крыловой просрочены больше чем на 3 дня?",
            [KRYLOVA, LATE, {"field": "days_late", "above": "3"}, OPEN],
        ),
        (
            "сделки ключевых клиентов, где КП согласовано, а договор не подписан",
            [
                {"field": "client_type", "any_of": ["ключевой клиент"]},
                {"field": "G3"},
                {"field": "G4", "negated": True},
            ],
        ),
        (
            "deals launched in november without invoice",
            [{"field": "G5", "since": "2026-11-01", "until": "2026-11-30"}, {"field": "G6", "negated": True}],
        ),
        (
            "Сколько сделок создано с октября по ноябрь и до сих пор не закрыто?",
            [{"field": "created", "since": "2026-10-01", "until": "2026-11-30"}, OPEN],
        ),
        (
            "открытые сделки новых клиентов с бюджетом от 5 до 15 млн",
            [
                OPEN,
                {"field": "client_type", "any_of": ["новый клиент"]},
                {"field": "budget", "at_least": "5000000", "at_most": "15000000"},
            ],
        ),
        (
            "Сколько сделок в ритейле и продуктах питания у лавандового кота?",
            [
                {"field": "industry", "any_of": ["Розничная торговля", "Продукты питания"]},
                {"field": "client", "any_of": ["ООО «Лавандовый Кот»"]},
            ],
        ),
        ("Какие сделки Крыловой ждут юристов?", [KRYLOVA, {"field": "role", "any_of": ["legal"]}]),
        ("contracts signed last week", [{"field": "G4", "since": "2026-11-09", "until": "2026-11-15"}]),
        ("сделки без менеджера дороже 3 млн", [{"field": "unknown", "any_of": ["manager"]}, {"field": "budget", "above": "3000000"}]),
    ],
)  # fmt: skip
def test_every_condition_is_taken_up(question: str, conditions: list[dict[str, Any]]) -> None:
    assert _read(question)["conditions"] == conditions


@pytest.mark.parametrize(
    ("question", "args"),
    [
        ("топ-3 клиента по бюджету", {"measure": "sum", "of": "budget", "by": "client", "limit": 3}),
        ("Какие сделки просрочены по brief_to_offer?", {"measure": "list", "conditions": [LATE | {"timer": "brief_to_offer"}]}),
        ("Топ-3 клиента по сумме договоров", {"measure": "sum", "of": "contract", "by": "client", "limit": 3}),
        ("топ 10 просроченных по сумме", {"measure": "list", "order": "budget", "limit": 10, "conditions": [LATE]}),
        ("какие клиенты имеют больше двух сделок", {"by": "client", "group_min": 3}),
        ("самые долгие закрытые сделки", {"order": "cycle_days", "descending": True}),
        ("какой бюджет у просроченных сделок", {"measure": "sum", "of": "budget", "conditions": [LATE]}),
        ("кто закрыл больше всего сделок в октябре", {"measure": "count", "by": "manager", "descending": True}),
        ("у кого из менеджеров меньше всего открытых сделок", {"by": "manager", "descending": False}),
        ("медианный бюджет по отраслям", {"measure": "median", "of": "budget", "by": "industry"}),
        ("В каком месяце подписали больше всего договоров?", {"by": "month", "span_of": "G4", "ranked": True}),
        ("самая старая открытая сделка", {"order": "age_days", "descending": True, "limit": 1}),
        ("последние 5 закрытых сделок", {"order": "closed", "descending": True, "limit": 5}),
        ("Какие сделки истекают в ближайшие 2 дня?", {"order": "days_left", "descending": False}),
        ("win rate по отраслям", {"measure": "win_rate", "by": "industry"}),
        ("средняя просрочка у Крыловой", {"measure": "mean", "of": "days_late", "conditions": [KRYLOVA]}),
        ("у кого больше сделок, у Гордеева или у Крыловой", {"by": "manager", "descending": True}),
        ("сколько выиграли и проиграли в октябре", {"by": "stage", "conditions": [{"field": "ended", "since": "2026-10-01", "until": "2026-10-31"}]}),
        ("Какая доля сделок Крыловой просрочена?", {"measure": "share", "whole": [KRYLOVA], "conditions": [LATE]}),
    ],
)  # fmt: skip
def test_what_is_asked_of_the_deals(question: str, args: dict[str, Any]) -> None:
    read = _read(question)
    assert {name: read.get(name) for name in args} == args


@pytest.mark.parametrize(
    "question",
    [
        "Сколько сделок в Казани?",
        "Сколько сделок у Крыловой с маржой выше 20 %?",
        "which industries have no open deals",
        "какие сделки Крыловой закроются в декабре",
        "сделки с вероятностью больше 50 %",
        "Сколько сделок в октябре?",
        "сделки длиннее бюджета",
        "Сколько сделок отменили на этапе КП?",
        "сколько у нас договоров с автопролонгацией",
    ],
)
def test_a_question_of_which_a_word_is_left_is_not_understood(question: str) -> None:
    assert not read_asked(question, TODAY, VALUES).understood


@pytest.mark.parametrize(
    "question",
    ["", "?", "  ", "сделки", "🙂", "а" * 5000, "не не не", "больше больше 5 млн", "от до", "кроме"],
)
def test_rubbish_is_read_without_an_error(question: str) -> None:
    read_asked(question, TODAY, VALUES)
