"""Contract review: every character accounted for, quotes exact, absence only with proof, dates of performance."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from masterdeal.errors import Malformed, TooLarge
from tools.contract import drafts
from tools.contract.clauses import cut
from tools.contract.crosscheck import AgreedDeal
from tools.contract.review import Review, reads_as
from tools.contract.review import review as review_contract
from tools.legal_text import LONGEST
from tools.paper.wording import money
from tools.rules import playbook

TODAY = date(2026, 11, 22)
SENTENCES = [case.text for rule in playbook().rules for case in rule.case if not case.whole]

WHOLE = """ДОГОВОР № 5 оказания рекламных услуг
1. Предмет договора
1.1. Исполнитель обязуется разместить баннеры Заказчика на сайтах согласно медиаплану.
2. Цена
2.1. Общая стоимость услуг составляет 1 220 000 рублей, в том числе НДС 22 %.
2.2. Заказчик оплачивает услуги в течение 10 рабочих дней с даты УПД.
3. Срок
3.1. Период размещения с 01.12.2026 по 31.12.2026. Договор действует до 31.01.2027.
"""


def state_of(review: Review, rule_id: str) -> str:
    return next(row.state for row in review.checked if row.rule_id == rule_id)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from([*SENTENCES, "\n", "\n\n", "1. ", "2.3. ", " ", "а) ", "IV. "]),
        min_size=1,
        max_size=25,
    )
)
def test_clauses_are_the_whole_text(parts: list[str]) -> None:
    text = "".join(parts)
    clauses = cut(text)
    assert "".join(text[clause.start : clause.end] for clause in clauses) == text


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=12), st.sampled_from(["seller", "client"]))
def test_every_quote_stands_in_the_text(sentences: list[str], side: str) -> None:
    text = "\n".join(f"{number}.1. {sentence}" for number, sentence in enumerate(sentences, 1))
    review = review_contract(text, on=TODAY, side=side)  # type: ignore[arg-type]
    assert all(text[finding.start : finding.end] == finding.quote for finding in review.findings)
    assert 0 <= review.coverage <= 1
    assert [clause.start for clause in review.clauses][1:] == [clause.end for clause in review.clauses][:-1]


def test_numbers_of_clauses_are_read_as_printed() -> None:
    text = "Преамбула\n1. Предмет\n1.1. Услуги. 1.2. Сроки.\n10 рабочих дней\nРаздел 2 Цена\n2) Оплата\n31.12.2026 срок"
    assert [clause.number for clause in cut(text)] == [
        None,
        "1",
        "1.1",
        "1.2",
        "Раздел 2",
        "2",
    ]


def test_plain_numbers_inside_a_line_are_clauses_where_they_continue_the_count() -> None:
    text = "1. Цены меняются. 2. Пени по п. 3. Правил. 3. Стоимость 5. Налог. 7. Прочее; 4. Срок до 5. Мая нет. 5. Итог"
    assert [(clause.number, text[clause.start :][:6]) for clause in cut(text)] == [
        ("1", "1. Цен"), ("2", "2. Пен"), ("3", "3. Сто"), ("4", "4. Сро"), ("5", "5. Ито"),
    ]  # fmt: skip


def test_a_risk_names_its_clause_and_norm() -> None:
    review = review_contract("7.3. За просрочку Заказчик платит пени 1 % за каждый день.", on=TODAY)
    [finding] = [finding for finding in review.risks if finding.rule_id == "K06"]
    assert (finding.clause, finding.kind, finding.law.act) == ("7.3", "adverse", "ГК РФ")
    assert "330" in finding.law.article


def test_absence_is_claimed_of_a_whole_contract_with_what_was_looked_for() -> None:
    review = review_contract(WHOLE, on=TODAY)
    absent = {finding.rule_id for finding in review.risks if finding.kind == "absent"}
    assert {"K24", "K26", "K08"} <= absent
    row = next(row for row in review.checked if row.rule_id == "K24")
    assert row.state == "absent"
    assert {"erid|ерид", "орд|ерир"} <= set(row.looked_for)


@pytest.mark.parametrize(
    ("rule_id", "sentence"),
    [
        ("K24", "4.1. Исполнитель получает erid у ОРД до начала размещения."),
        ("K26", "4.1. Обязательные отчисления уплачивает Исполнитель."),
        ("K08", "4.1. Ответственность Исполнителя не превышает стоимости услуг."),
    ],
)
def test_absence_goes_when_the_clause_comes(rule_id: str, sentence: str) -> None:
    assert state_of(review_contract(WHOLE, on=TODAY), rule_id) == "absent"
    assert state_of(review_contract(WHOLE + sentence, on=TODAY), rule_id) == "present"


def test_of_an_excerpt_absence_is_not_claimed() -> None:
    review = review_contract(
        "2.2. Заказчик оплачивает услуги в течение 10 рабочих дней с даты УПД.", on=TODAY
    )
    assert not review.risks
    assert state_of(review, "K24") == "not_claimed"


def test_every_clause_is_assigned_or_said_to_concern_no_check() -> None:
    review = review_contract(WHOLE + "4. Прочее\n4.1. Город Москва прекрасен.\n", on=TODAY)
    by_number = {clause.number: clause.checks for clause in review.clauses}
    assert "K33" in by_number["2.1"]
    assert by_number["4.1"] == ()
    assert 0 < review.coverage < 1


def test_vat_is_read_at_the_dates_of_service_not_of_signing() -> None:
    text = "4.1. Цена 600 000 рублей, в т.ч. НДС 20 %. Период услуг с {} по {}."
    signed = date(2025, 11, 1)
    before = review_contract(text.format("10.11.2025", "20.12.2025"), on=signed)
    after = review_contract(text.format("10.11.2025", "20.01.2026"), on=signed)
    assert state_of(before, "K33") == "present"
    assert state_of(after, "K33") == "adverse"


def test_silence_of_the_customer_is_good_for_the_seller_and_bad_for_the_client() -> None:
    text = "5.1. Если в течение 5 рабочих дней мотивированный отказ не поступил, услуги считаются принятыми."
    assert state_of(review_contract(text, on=TODAY, side="seller"), "K12") == "present"
    assert state_of(review_contract(text, on=TODAY, side="client"), "K12") == "adverse"


def test_a_document_that_contradicts_itself() -> None:
    text = "2.1. Оплата в течение 5 рабочих дней с даты счёта.\n6.4. Оплата в течение 15 рабочих дней с даты счёта."
    [finding] = [finding for finding in review_contract(text, on=TODAY).risks if finding.rule_id == "K03"]
    assert finding.clause == "6.4"
    assert "п. 2.1" in finding.why


def test_the_contract_against_the_agreed_deal() -> None:
    deal = AgreedDeal(
        gross=Decimal("1220000"),
        service_from=date(2026, 12, 1),
        service_to=date(2026, 12, 31),
        channels=("programmatic",),
        client_inn="7707083893",
    )
    found = {finding.rule_id for finding in review_contract(WHOLE, on=TODAY, deal=deal).risks}
    assert {"DEAL-SUM", "DEAL-DATES", "DEAL-CHANNELS"} & found == set()
    assert "DEAL-INN" in found
    other = deal.model_copy(
        update={"gross": Decimal("1500000"), "service_to": date(2027, 3, 1), "channels": ("radio",)}
    )
    found = {finding.rule_id for finding in review_contract(WHOLE, on=TODAY, deal=other).risks}
    assert {"DEAL-SUM", "DEAL-DATES", "DEAL-CHANNELS"} <= found


def test_the_agreed_sum_may_stand_without_vat() -> None:
    deal = AgreedDeal(net=Decimal("1000000"))
    assert "DEAL-SUM" not in {f.rule_id for f in review_contract(WHOLE, on=TODAY, deal=deal).risks}


def test_two_drafts_compared() -> None:
    before = review_contract(WHOLE + "4.1. Пени 0,5 % за день просрочки.", on=TODAY)
    after = review_contract(
        WHOLE + "4.1. Пени 0,1 % за день просрочки.\n4.2. Общение на эксклюзивной основе.", on=TODAY
    )
    changes = {(change.rule_id, change.change) for change in drafts.compare(before, after)}
    assert changes == {("K06", "gone"), ("K16", "appeared")}
    assert drafts.compare(before, before) == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty"), (" \n\t", "empty"), ("12 345 — 67", "no_words"), ("Договор\x00\x01", "binary"),
     ("Договор об оказании услуг".encode().decode("cp1251", "replace"), "encoding"),
     ("Договор " + "\ufffd" * 20, "encoding")],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_a_reason(text: str, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        review_contract(text, on=TODAY)
    assert refused.value.facts["reason"] == reason


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        review_contract("а" * (LONGEST + 1), on=TODAY)


@pytest.mark.slow
def test_five_hundred_pages_are_read() -> None:
    text = "\n".join(f"{number % 90 + 1}.1. {SENTENCES[number % len(SENTENCES)]}" for number in range(16_000))
    review = review_contract(text, on=TODAY)
    assert len(text) > 1_000_000
    assert review.coverage > 0.8


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (WHOLE, "contract"),
        ("5.1. Исполнитель обязан начать размещение в срок.", "contract"),
        ("Лучшая пицца города! Закажи онлайн.", "advertisement"),
        ("Самые низкие цены на шины в городе.", "either"),
    ],
)
def test_a_contract_and_an_advertisement_are_told_apart(text: str, kind: str) -> None:
    assert reads_as(text) == kind


def test_a_quote_begins_with_the_words_of_its_clause_not_with_its_number() -> None:
    text = "7.1 Применяется право Англии.\n7.2 Оператор вправе в одностороннем порядке изменить тарифы, уведомив за 1 день."
    found = {finding.clause: finding.quote for finding in review_contract(text, on=TODAY).risks}
    assert found["7.1"] == "Применяется право Англии"
    assert found["7.2"].startswith("Оператор вправе")


def test_the_term_of_the_contract_is_not_the_period_of_its_services() -> None:
    deal = AgreedDeal(service_from=date(2026, 12, 1), service_to=date(2027, 1, 20))
    review = review_contract(WHOLE, on=TODAY, deal=deal)
    (differs,) = [finding for finding in review.risks if finding.rule_id == "DEAL-DATES"]
    assert "по 31.12.2026" in differs.why


def test_requisites_that_hold_are_shown_as_checked() -> None:
    text = WHOLE + "4. Реквизиты\n4.1. Исполнитель: ИНН 7707083893, БИК 044525225\n"
    review = review_contract(text, on=TODAY)
    assert [clause.checks for clause in review.clauses if clause.number == "4.1"] == [("REQ-INN", "REQ-BIK")]
    assert not [finding for finding in review.risks if finding.rule_id.startswith("REQ")]


def test_both_readings_of_banned_channels_are_told_of_one_sentence() -> None:
    review = review_contract(
        "Реклама размещается в Instagram и Telegram с 01.12.2026 по 31.12.2026.", on=TODAY, whole=False
    )
    assert len({finding.why for finding in review.risks if finding.rule_id == "K27"}) == 2


def test_penalties_for_late_payment_that_contradict_each_other_are_told_with_a_russian_comma() -> None:
    text = (
        "4. Заказчик за нарушение сроков оплаты уплачивает пени 0,01 % в день.\n"
        "6. Пени за просрочку оплаты составляют 0,3 % в день.\n"
    )
    whys = [finding.why for finding in review_contract(text, on=TODAY).risks if finding.rule_id == "K06"]
    assert any("0,3" in why and "0,01" in why for why in whys)


def test_sums_are_written_as_a_russian_reader_writes_them() -> None:
    deal = AgreedDeal(gross=Decimal("1000000.50"))
    review = review_contract(WHOLE, on=TODAY, deal=deal)
    (differs,) = [finding for finding in review.risks if finding.rule_id == "DEAL-SUM"]
    assert money(Decimal(1220000)) in differs.why
    assert money(Decimal("1000000.50")) in differs.why


CLEAN = """ДОГОВОР № 14 возмездного оказания рекламных услуг
1. ПРЕДМЕТ ДОГОВОРА
1.1. Исполнитель обязуется разместить рекламные материалы Заказчика в сети Интернет. Форматы, площадки, объём и стоимость указаны в медиаплане (Приложение № 1).
1.2. Период размещения: с 16.11.2026 по 31.12.2026. Исполнитель вправе привлекать третьих лиц.
2. ЦЕНА
2.1. Общая стоимость услуг составляет 2 440 000 рублей, в том числе НДС 22 % — 440 000 рублей.
2.2. Аванс 50 % — в течение 5 рабочих дней, остаток — в течение 10 рабочих дней с даты подписания УПД.
2.3. Обязательные отчисления 3 % уплачивает Исполнитель за свой счёт; они включены в цену.
3. ОБЯЗАННОСТИ
3.1. При задержке материалов дата начала переносится на срок задержки. Заказчик гарантирует законность материалов.
3.2. Исполнитель до начала размещения получает erid и передаёт в ЕРИР сведения; Заказчик передаёт данные изначального договора.
3.3. Реклама не размещается в Instagram и Facebook.
4. ПРИЁМКА
4.1. Заказчик в течение 5 рабочих дней подписывает УПД или направляет мотивированный отказ. Если отказ не поступил, услуги считаются принятыми.
4.2. Объём определяется по данным кабинетов площадок, при расхождении более 10 % проводится сверка. Недопоказ восполняется компенсационным размещением.
5. ОТВЕТСТВЕННОСТЬ
5.1. За просрочку оплаты или услуг виновная Сторона уплачивает пени 0,1 % за день, но не более 10 % суммы.
5.2. Ответственность Стороны не превышает стоимости услуг; упущенная выгода не возмещается. Обстоятельства непреодолимой силы освобождают Стороны.
5.3. Штрафы государственных органов возмещает Сторона, чьи действия их вызвали.
6. ПРОЧЕЕ
6.1. Срок ответа на претензию — 20 дней; Арбитражный суд города Москвы. Действует до 31.03.2027.
6.2. Заказчик вправе отказаться от договора, уведомив за 15 рабочих дней и возместив стоимость выкупленного инвентаря. Сторона вправе расторгнуть договор при просрочке более 10 дней.
6.3. Стороны взаимно соблюдают антикоррупционное законодательство и не включены в реестр иностранных агентов.
"""


def test_a_sound_contract_frightens_nobody() -> None:
    review = review_contract(CLEAN, on=date(2026, 11, 5))
    assert [(finding.rule_id, finding.quote) for finding in review.risks] == []


def test_rights_that_pass_before_payment_are_not_in_order() -> None:
    text = (
        "6.1. Исключительные права на материалы переходят к Клиенту в момент создания независимо от оплаты."
    )
    (found,) = [finding for finding in review_contract(text, on=TODAY).findings if finding.rule_id == "K21"]
    assert found.kind == "adverse"


def test_a_quote_keeps_its_closing_marks() -> None:
    text = "7.1. Исполнитель отвечает за соответствие материалов закону «О рекламе»."
    (found,) = [finding for finding in review_contract(text, on=TODAY).risks if finding.rule_id == "K22"]
    assert found.quote.endswith("«О рекламе»")
