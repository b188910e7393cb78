"""A lead beside those kept before: found again, joined without loss, and twice is as once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.leads.importing import import_lead_items
from tools.leads.joining import joined, lead_keys, matched
from tools.leads.merging import Lead
from tools.leads.tables import import_rules, match_rules

RULES, FREE = match_rules(), import_rules().free_domains


def lead(**fields: str) -> Lead:
    (made,) = import_lead_items([fields]).leads
    return made


ROMASHKA = {"company": "ООО Ромашка", "inn": "7707083893", "email": "info@romashka.example", "city": "Москва"}


def test_the_same_inn_is_the_same_lead_in_another_spelling() -> None:
    kept, new = lead(**ROMASHKA), lead(company="«РОМАШКА», ООО", inn="7707083893", phone="+7 495 123-45-67")
    match, doubtful = matched(new, [kept], RULES, FREE)
    assert match is not None
    assert match.lead_id == kept.lead_id
    assert doubtful == []
    assert set(lead_keys(kept).every) & set(lead_keys(new).every)


def test_another_inn_under_the_same_address_is_only_proposed() -> None:
    kept = lead(**ROMASHKA)
    other = lead(company="ООО Лютик", inn="7736050003", email="info@romashka.example", city="Москва")
    match, doubtful = matched(other, [kept], RULES, FREE)
    assert match is None
    assert [found.lead_id for found in doubtful] == [kept.lead_id]


def test_a_name_that_many_go_by_joins_nobody_by_itself() -> None:
    kept, new = (
        lead(company="ООО Ромашка", city="Омск", phone=f"+7 912 000-00-{end}") for end in ("01", "02")
    )
    alone, _ = matched(new, [kept], RULES, FREE)
    assert alone is not None
    bare = lead(company="ООО Ромашка", city="Омск")
    few, doubtful = matched(bare, [kept], RULES, FREE, {("name",): 5})
    assert few is None
    assert [found.lead_id for found in doubtful] == [kept.lead_id]
    assert any("ещё у 4" in reason for reason in doubtful[0].likeness.reasons)
    assert matched(bare, [kept], RULES, FREE, {("name",): 5, ("name", "city"): 5}) == (None, [])
    same = lead(company="Ромашка", phone="+7 912 000-00-01")
    again, _ = matched(same, [kept], RULES, FREE, {("name",): 2000})
    assert again is not None


def test_companies_of_one_name_in_one_list_stay_apart() -> None:
    table = [
        {"company": "ООО Ромашка", "city": "Омск", "phone": f"+7 912 000-{n // 100:02}-{n % 100:02}"}
        for n in range(300)
    ]
    found = import_lead_items([*table, {"company": "Ромашка, ООО", "phone": "+7 912 000-00-07"}])
    assert (found.imported, found.merged, found.proposals) == (300, 1, ())


def test_values_that_disagree_are_shown_and_the_later_one_is_kept() -> None:
    whole = joined(
        lead(**ROMASHKA), lead(company="ООО Ромашка", inn="7707083893", city="Тверь", notes="Бюджет 2 млн")
    )
    assert whole.city == "Тверь"
    assert whole.email == "info@romashka.example"
    assert [(found.field, [one.value for one in found.values]) for found in whole.contradictions] == [
        ("city", ["Москва", "Тверь"])
    ]
    assert [note.text for note in whole.notes] == ["Бюджет 2 млн"]


FIELDS = {
    "phone": st.sampled_from(["+7 495 123-45-67", "+7 912 000-11-22"]),
    "city": st.sampled_from(["Москва", "Тверь", "Казань"]),
    "email": st.sampled_from(["a@x.example", "b@x.example"]),
    "notes": st.sampled_from(["Бюджет есть", "Перезвонить", "Хотят рекламу"]),
    "industry": st.sampled_from(["Розница", "Фарма"]),
}
rows = st.fixed_dictionaries(
    {"company": st.just("ООО Ромашка"), "inn": st.just("7707083893")}, optional=FIELDS
)


@given(rows, rows)
@settings(max_examples=60, deadline=None)
def test_joining_twice_is_as_once_and_loses_nothing(first: dict[str, str], second: dict[str, str]) -> None:
    kept, new = lead(**first), lead(**second)
    once = joined(kept, new)
    assert joined(once, new).model_dump() == once.model_dump()
    for part in (kept, new):
        assert set(part.emails) <= set(once.emails)
        assert set(part.phones) <= set(once.phones)
        assert {note.text for note in part.notes} <= {note.text for note in once.notes}
        stated = {found.field: {one.value for one in found.values} for found in once.contradictions}
        for field in ("city", "industry"):
            value = getattr(part, field)
            assert value in (None, getattr(once, field)) or value in stated[field]
    assert once.lead_id == kept.lead_id
