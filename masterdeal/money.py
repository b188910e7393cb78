"""Money that cannot be misread: an amount, its currency and the basis it stands on."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, model_validator

from masterdeal.errors import BasisMismatch

KOPECK = Decimal("0.01")

VatBasis = Literal["incl", "excl", "none"]
CommissionBasis = Literal["incl", "excl", "none"]
DecimalString = Annotated[Decimal, PlainSerializer(lambda value: format(value, "f"), return_type=str)]


def to_kopeck(amount: Decimal) -> Decimal:
    """Round half up to 0.01, the way Russian invoices are rounded."""
    return amount.quantize(KOPECK, ROUND_HALF_UP)


class Money(BaseModel):
    """An amount with its currency (ISO 4217), VAT basis and agency-commission basis.

    `vat_rate` is a share (0.22), stated whenever `vat` is incl or excl and the rate is known;
    None says that the rate was not given, which is not the same as a rate of zero.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    amount: DecimalString = Field(allow_inf_nan=False, max_digits=20)
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "RUB"
    vat: VatBasis = "none"
    vat_rate: Annotated[DecimalString | None, Field(ge=0, le=1)] = None
    commission: CommissionBasis = "none"

    @model_validator(mode="after")
    def _rate_has_a_basis(self) -> Self:
        if self.vat == "none" and self.vat_rate:
            raise ValueError("vat_rate is given while vat is none")
        return self

    @property
    def basis(self) -> tuple[str, str, Decimal | None, str]:
        """What two amounts must share to be added: currency, VAT basis, VAT rate, commission basis."""
        return (self.currency, self.vat, self.vat_rate, self.commission)

    def _same_basis(self, other: Money) -> None:
        if self.basis != other.basis:
            raise BasisMismatch(left=self.basis, right=other.basis)

    def __add__(self, other: Money) -> Money:
        self._same_basis(other)
        return self.model_copy(update={"amount": self.amount + other.amount})

    def __sub__(self, other: Money) -> Money:
        self._same_basis(other)
        return self.model_copy(update={"amount": self.amount - other.amount})

    def __lt__(self, other: Money) -> bool:
        self._same_basis(other)
        return self.amount < other.amount

    def times(self, factor: Decimal) -> Money:
        """The amount multiplied and rounded to the kopeck."""
        return self.model_copy(update={"amount": to_kopeck(self.amount * factor)})

    def _known_rate(self) -> Decimal:
        if self.vat == "none" or self.vat_rate is None:
            raise BasisMismatch("the amount has no stated VAT rate", basis=self.basis)
        return self.vat_rate

    def vat_amount(self) -> Money:
        """The VAT of this amount, rounded half up to the kopeck: net * rate, or gross * rate / (1 + rate).

        BasisMismatch when the basis is none or the rate was not given: a rate is never assumed.
        """
        rate = self._known_rate()
        share = rate if self.vat == "excl" else rate / (1 + rate)
        return Money(
            amount=to_kopeck(self.amount * share), currency=self.currency, commission=self.commission
        )

    def with_vat(self) -> Money:
        """The same amount including VAT; unchanged if it already does."""
        if self.vat == "incl":
            return self
        return self.model_copy(update={"amount": self.amount + self.vat_amount().amount, "vat": "incl"})

    def without_vat(self) -> Money:
        """The same amount without VAT; unchanged if it already is."""
        if self.vat == "excl":
            return self
        return self.model_copy(update={"amount": self.amount - self.vat_amount().amount, "vat": "excl"})

    def commission_on_top(self, rate: Decimal) -> Money:
        """The client's price when the agency's commission is added to the media cost: media * (1 + rate)."""
        self._needs_commission("excl")
        return self.times(1 + rate).model_copy(update={"commission": "incl"})

    def commission_inside(self, rate: Decimal) -> Money:
        """The client's price when the commission is a share of it: media / (1 - rate). 15 % inside is not 15 % on top."""
        self._needs_commission("excl")
        return self.model_copy(update={"amount": to_kopeck(self.amount / (1 - rate)), "commission": "incl"})

    def media_under_top(self, rate: Decimal) -> Money:
        """The media cost inside a client's price whose commission stands on top: price / (1 + rate)."""
        self._needs_commission("incl")
        return self.model_copy(update={"amount": to_kopeck(self.amount / (1 + rate)), "commission": "excl"})

    def media_inside(self, rate: Decimal) -> Money:
        """The media cost left when the commission is taken out of a client's price: price * (1 - rate)."""
        self._needs_commission("incl")
        return self.times(1 - rate).model_copy(update={"commission": "excl"})

    def _needs_commission(self, basis: CommissionBasis) -> None:
        if self.commission != basis:
            raise BasisMismatch(
                f"the amount must stand on commission basis {basis}", basis=self.basis, needs=basis
            )


def total(amounts: Iterable[Money]) -> Money:
    """The sum of amounts already rounded per line. BasisMismatch if two bases differ or there is nothing to add."""
    sums = iter(amounts)
    try:
        result = next(sums)
    except StopIteration:
        raise BasisMismatch("an empty sum has no basis") from None
    for amount in sums:
        result = result + amount
    return result
