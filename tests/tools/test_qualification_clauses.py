"""The clause model of qualification: where clauses end, what concepts say together, and how words are read as meant."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.morphology import tokens
from tools.qualification.clauses import clauses
from tools.qualification.qualify import Source, qualify
from tools.qualification.sentence import units
from tools.qualification.spelling import as_meant
from tools.qualification.tables import lexicon
from tools.qualification.words import word_forms

TODAY = date(2026, 11, 23)


def _states(text: str) -> dict[str, str]:
    found = qualify([Source(id="note", text=text)], today=TODAY).bant
    return {letter: each.state for letter, each in found.items() if each.state != "unknown"}


def _clauses(text: str) -> list[str]:
    (sentence,) = units(text, lexicon(), TODAY.year)
    return [
        text[sentence.tokens[each.left].start : sentence.tokens[each.right - 1].end]
        for each in clauses(sentence)
    ]


def test_a_clause_ends_where_the_next_predicate_has_its_own() -> None:
    assert len(_clauses("Советовали двести тысяч, про деньги молчит.")) == 2
    assert len(_clauses("Денег, увы, нет.")) == 1
    assert len(_clauses("Хотят, чтобы люди пришли.")) == 1


@given(
    st.lists(
        st.sampled_from(["денег нет", "стартуем в марте", "хозяин сам", "увы", "реклама нужна"]), min_size=1
    )
)
@settings(max_examples=50, deadline=None, derandomize=True)
def test_clauses_cover_a_sentence_without_gap_or_overlap(parts: list[str]) -> None:
    (sentence,) = units(", ".join(parts) + ".", lexicon(), TODAY.year)
    found = clauses(sentence)
    assert [found[0].left, *(each.right for each in found)] == [
        *(each.left for each in found),
        len(sentence.tokens),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Касса пуста.", {"budget": "unmet"}),
        ("Миллион припасён.", {"budget": "met"}),
        ("Министерство денег не дало.", {"budget": "unmet"}),
        ("У меня своя пекарня.", {"authority": "met"}),
        ("Победителя назовёт правление.", {"authority": "unmet"}),
        ("Ни у кого не спросим.", {}),
        ("Станки простаивают.", {"need": "met"}),
        ("Хотим, чтобы столики не пустовали.", {"need": "met"}),
        ("Рекламу сворачиваем.", {"need": "unmet"}),
        ("Запуск уехал на второй квартал.", {"timing": "unmet"}),
        ("Начнём после ремонта.", {"timing": "unmet"}),
        ("Оказание услуг с 10.02 по 31.03.", {"timing": "met"}),
    ],
)
def test_what_the_concepts_of_a_clause_say_together(text: str, said: dict[str, str]) -> None:
    assert _states(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "Конкурент вбухал два миллиона в баннеры.",
        "Таксист рассказывал: там миллионы на рекламу.",
        "Компания сменила собственника.",
        "Ответила мама предпринимателя.",
        "На сайте написано, что вкладывают миллионы в маркетинг.",
    ],
)
def test_what_is_told_of_others_decides_nothing(text: str) -> None:
    assert _states(text) == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("— Какую сумму закладываете?\n— Ну, пятьсот.", {"budget": "met"}),
        ("— Какую сумму закладываете?\n— Пятьсот показов хватит.", {}),
        ("— Деньги заложены?\n— Заложены.", {"budget": "met"}),
        ("— Вы принимаете решение?\n— Нет, я только координирую.", {"authority": "unmet"}),
    ],
)
def test_an_answer_is_read_with_its_question(text: str, said: dict[str, str]) -> None:
    assert _states(text) == said


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("бюжетом", "бюджетом"),
        ("собственик", "собственник"),
        ("хочит", "хочет"),
        ("клеинт", "клиент"),
        ("нада", "надо"),
    ],
)
def test_a_misspelt_word_is_read_as_the_one_it_means(written: str, meant: str) -> None:
    assert [token.word for token in as_meant(tokens(written), written, lexicon())] == [meant]


@pytest.mark.parametrize("word", ["Клеинт", "бюджет", "кофейня", "xyzzy", "щ"])
def test_names_and_known_words_stay_as_written(word: str) -> None:
    assert as_meant(tokens(word), word, lexicon()) == tokens(word)


@pytest.mark.parametrize("word", ["деньги", "денег", "деньгам", "деньгами", "деньгах"])
def test_money_is_money_in_every_case(word: str) -> None:
    assert "деньги" in word_forms(word)


def test_a_verb_the_tables_do_not_name_stands_for_its_pair() -> None:
    assert lexicon().atoms.of("проваливается") == lexicon().atoms.of("провалился") - {"=провалился"}


def test_a_sentence_without_an_end_is_read_to_its_end() -> None:
    aside = "рассказывал про погоду и дорогу, " * 60
    assert _states(f"{aside} а бюджет в 2 млн утверждён") == {"budget": "met"}
    assert _states("слово" * 3000) == {}
