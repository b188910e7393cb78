"""Bases never mix; conversions are exact to the kopeck."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from masterdeal.errors import BasisMismatch
from masterdeal.money import KOPECK, Money, total

amounts = st.decimals(0, 10**12, places=2)
rates = st.sampled_from([Decimal("0.20"), Decimal("0.22"), Decimal("0.10"), Decimal(0)])
commissions = st.decimals("0.01", "0.5", places=4)


def rub(amount, vat="excl", rate="0.22", commission="none"):
    return Money(amount=Decimal(amount), vat=vat, vat_rate=Decimal(rate), commission=commission)


def test_vat_inside_a_gross_million():
    assert rub("1000000", "incl", "0.22").vat_amount().amount == Decimal("180327.87")
    assert rub("1000000", "incl", "0.20").vat_amount().amount == Decimal("166666.67")


@given(amounts, rates)
def test_net_vat_and_gross_agree_to_the_kopeck(amount, rate):
    net = Money(amount=amount, vat="excl", vat_rate=rate)
    assert net.with_vat().amount == net.amount + net.vat_amount().amount
    gross = Money(amount=amount, vat="incl", vat_rate=rate)
    assert gross.without_vat().amount + gross.vat_amount().amount == gross.amount
    assert abs(gross.without_vat().with_vat().amount - gross.amount) <= KOPECK
    assert net.with_vat().without_vat() == net


@given(amounts, commissions)
def test_commission_goes_up_and_comes_back(amount, rate):
    media = Money(amount=amount, commission="excl")
    assert abs(media.commission_on_top(rate).media_under_top(rate).amount - amount) <= KOPECK
    assert abs(media.commission_inside(rate).media_inside(rate).amount - amount) <= KOPECK


def test_fifteen_on_top_is_not_fifteen_inside():
    media = Money(amount=Decimal(850), commission="excl")
    assert media.commission_on_top(Decimal("0.15")).amount == Decimal("977.50")
    assert media.commission_inside(Decimal("0.15")).amount == Decimal("1000.00")


bases = st.builds(
    lambda currency, vat, commission: {
        "currency": currency,
        "vat": vat[0],
        "vat_rate": vat[1],
        "commission": commission,
    },
    st.sampled_from(["RUB", "USD"]),
    st.sampled_from([("none", None), ("incl", Decimal("0.22")), ("excl", Decimal("0.22")), ("excl", None)]),
    st.sampled_from(["incl", "excl", "none"]),
)


@given(amounts, amounts, bases, bases)
def test_no_path_adds_two_bases(left, right, basis, other):
    a, b = Money(amount=left, **basis), Money(amount=right, **other)
    if basis == other:
        assert (a + b).amount == left + right
        assert total([a, b, a]).amount == left + right + left
    else:
        for combine in (lambda: a + b, lambda: a - b, lambda: a < b, lambda: total([a, b])):
            with pytest.raises(BasisMismatch):
                combine()


def test_a_rate_is_never_assumed():
    with pytest.raises(BasisMismatch):
        Money(amount=Decimal(100), vat="incl").vat_amount()
    with pytest.raises(BasisMismatch):
        Money(amount=Decimal(100)).with_vat()
    with pytest.raises(BasisMismatch):
        Money(amount=Decimal(100)).commission_on_top(Decimal("0.1"))
    with pytest.raises(BasisMismatch):
        total([])
