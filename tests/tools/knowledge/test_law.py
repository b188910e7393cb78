"""A law cut by article, part and item; the places a query names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masterdeal.errors import Malformed
from tools.knowledge.citation import Citation, Reference, references
from tools.knowledge.law import LONGEST, act_name, cut_law, reads_as_law

LAW = Path(__file__).parents[4] / "shared" / "cases" / "law" / "38-fz.txt"
INVENTED = """Федеральный закон от 1 апреля 2020 г. N 999-ФЗ "О воздушных змеях"

Глава 1. Общее

Статья 1. Кого касается закон

ГАРАНТ:

См. комментарии к статье 1

Закон касается всех, кто запускает змеев.

Статья 2. Запреты

1. Змей не должен: 1) мешать птицам; 2) висеть над дорогой;

17

Федеральный закон от 1 апреля 2020 г. N 999-ФЗ "О воздушных змеях" 3) ночевать на дереве.

Информация об изменениях:

Часть 1.1 изменена с 1 мая 2021 г. - Федеральный закон от 1 мая

2021 г. N 1-ФЗ

См. предыдущую редакцию

1.1. Ночью змей светится. Он светится ровно.

2. Хвост не длиннее 3.5 метров, см. пункт 2) выше.

Федеральный закон от 1 апреля 2020 г. N 999-ФЗ "О воздушных змеях"

Статья 2.1. Ответственность владельца и

запускающего

(в ред. Федерального закона от 01.01.2021 N 2-ФЗ)

Отвечает тот, кто держит нить.
"""


def by_place(text: str = INVENTED) -> dict[str, str]:
    return {passage.citation.shown(): passage.text for passage in cut_law(text, "999-ФЗ")}


def test_every_article_part_and_item_is_a_passage_with_its_citation() -> None:
    found = by_place()
    assert found["ст. 1 999-ФЗ"] == "Закон касается всех, кто запускает змеев."
    assert found["п. 2 ч. 1 ст. 2 999-ФЗ"] == "висеть над дорогой;"
    assert found["п. 3 ч. 1 ст. 2 999-ФЗ"] == "ночевать на дереве."
    assert found["ч. 1 ст. 2 999-ФЗ"].startswith("Змей не должен: 1) мешать птицам;")
    assert found["ч. 1.1 ст. 2 999-ФЗ"] == "Ночью змей светится. Он светится ровно."
    assert found["ч. 2 ст. 2 999-ФЗ"] == "Хвост не длиннее 3.5 метров, см. пункт 2) выше."
    assert found["ст. 2.1 999-ФЗ"] == "Отвечает тот, кто держит нить."


def test_notes_and_page_furniture_are_left_out_and_titles_go_on_over_lines() -> None:
    everything = " ".join(by_place().values())
    for noise in ("ГАРАНТ", "комментарии", "изменена", "предыдущую", "999-ФЗ", "в ред."):
        assert noise not in everything
    (heading,) = {p.heading for p in cut_law(INVENTED, "999-ФЗ") if p.citation.article == "2.1"}
    assert heading == "Статья 2.1. Ответственность владельца и запускающего"


def test_offsets_stand_in_the_text_as_it_was_given() -> None:
    for passage in cut_law(INVENTED, "999-ФЗ"):
        said = "".join(filter(str.isalnum, passage.text))
        assert said[:15] in "".join(filter(str.isalnum, INVENTED[passage.start : passage.end]))


def test_a_law_is_known_by_its_articles_and_its_title() -> None:
    assert reads_as_law(INVENTED)
    assert act_name(INVENTED) == "999-ФЗ «О воздушных змеях»"
    assert not reads_as_law("1. Исполнитель оказывает услуги.\n2. Заказчик платит.")
    with pytest.raises(Malformed):
        cut_law("Просто текст без статей", "1-ФЗ")


@given(st.text(alphabet='Статья чп123.);: \nАбв«»"', max_size=400))
def test_no_text_breaks_the_cutting_and_offsets_stay_inside(text: str) -> None:
    body = f"Статья 1. Начало\n\n{text}"
    for passage in cut_law(body, "1-ФЗ"):
        assert 0 <= passage.start <= passage.end <= len(body)
        assert passage.text


@pytest.mark.skipif(not LAW.exists(), reason="needs ../shared/cases/law/38-fz.txt")
def test_the_whole_of_38_fz_is_cut() -> None:
    text = LAW.read_text("utf-8")
    passages = cut_law(text, "38-ФЗ «О рекламе»")
    articles = list(dict.fromkeys(passage.citation.article for passage in passages))
    assert articles == [
        *map(str, range(1, 19)), "18.1", *map(str, range(19, 30)), "29.1", "30", "30.1", "30.2",
        *map(str, range(31, 36)), "35.1", *map(str, range(36, 41)),
    ]  # fmt: skip
    parts = {p.citation.part for p in passages if p.citation.article == "18.1"}
    assert parts == set(map(str, range(1, 18)))
    items = {p.citation.item for p in passages if (p.citation.article, p.citation.part) == ("5", "3")}
    assert items == {None, *map(str, range(1, 21))}
    price = next(p for p in passages if p.citation.shown().startswith("п. 4 ч. 3 ст. 5 "))
    assert "стоимости или цене" in price.text
    assert "стоимости или цене" in text[price.start : price.end]
    for passage in passages:
        assert "ГАРАНТ" not in passage.text
        assert "предыдущей редакции" not in passage.text
        assert len(passage.text) <= 2 * LONGEST


@pytest.mark.parametrize(
    ("query", "article", "part", "item", "act"),
    [
        ("ст. 5 ч. 3 п. 1", "5", "3", "1", None),
        ("п. 4 ч. 3 ст. 5 38-ФЗ", "5", "3", "4", "38-ФЗ"),
        ("что говорит часть 12 статьи 5?", "5", "12", None, None),
        ("статья 18.1 закона о рекламе", "18.1", None, None, None),
        ("ст.18.1 ч.17", "18.1", "17", None, None),
        ("article 5 part 3 of 38-FZ", "5", "3", None, "38-ФЗ"),
        ("ч. 3.13-1 ст. 10", "10", "3.13-1", None, None),
    ],
)
def test_a_query_names_a_place(
    query: str, article: str, part: str | None, item: str | None, act: str | None
) -> None:
    assert references(query) == (Reference(article=article, part=part, item=item, act=act),)


def test_two_places_and_no_place() -> None:
    assert [(r.article, r.part) for r in references("ч. 1 ст. 5 и ч. 2 ст. 24")] == [("5", "1"), ("24", "2")]
    for query in ("5 дней на оплату", "честь и достоинство", "партия 3 товаров", "п. 5 договора", "start 5"):
        assert references(query) == ()
    place = Citation(act="38-ФЗ «О рекламе»", article="5", part="3", item="1")
    assert Reference(article="5", act="38-ФЗ").fits(place)
    assert not Reference(article="5", act="152-ФЗ").fits(place)
    assert not Reference(article="5", part="4").fits(place)
