"""Check digits: published requisites pass, any single changed digit fails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.requisites import is_account, is_bik, is_inn, is_kpp, is_ogrn

# Published on the organisations' own sites: Sberbank, MTS, Yandex.
INNS = ["7707083893", "7740000076", "7736207543"]
OGRNS = ["1027700132195", "1027700149124", "1027700229193"]


@pytest.mark.parametrize("inn", [*INNS, "500100732259"])
def test_known_inns_pass(inn: str) -> None:
    assert is_inn(inn)


@given(st.sampled_from(INNS), st.integers(0, 9), st.integers(1, 9))
def test_one_wrong_digit_of_an_inn_is_caught(inn: str, place: int, shift: int) -> None:
    wrong = inn[:place] + str((int(inn[place]) + shift) % 10) + inn[place + 1 :]
    # "mod 11 mod 10" folds remainders 10 and 0, so a rare single slip passes by the law of the sum itself.
    weights = (2, 4, 10, 3, 5, 9, 4, 6, 8)
    by_hand = sum(int(digit) * weight for digit, weight in zip(wrong, weights, strict=False)) % 11 % 10
    assert is_inn(wrong) == (by_hand == int(wrong[9]))


@pytest.mark.parametrize(
    "text", ["", "0000000000", "770708389", "77070838933", "770708389a", "７７０７０８３８９３", "7707083890"]
)
def test_what_is_no_inn(text: str) -> None:
    assert not is_inn(text)


@pytest.mark.parametrize("ogrn", [*OGRNS, "315667000002491"])
def test_known_ogrns_pass_and_the_next_digit_fails(ogrn: str) -> None:
    assert is_ogrn(ogrn)
    assert not is_ogrn(ogrn[:-1] + str((int(ogrn[-1]) + 1) % 10))


def test_kpp_and_bik_have_a_form_only() -> None:
    assert is_kpp("773601001")
    assert is_kpp("7736AB001")
    assert not is_kpp("77360100")
    assert is_bik("044525225")
    assert not is_bik("44525225")


def test_an_account_is_tied_to_its_bank() -> None:
    assert is_account("30101810400000000225", "044525225")
    assert not is_account("30101810400000000226", "044525225")
    assert is_account("40702810900000000000", "044525225") != is_account("40702810800000000000", "044525225")
