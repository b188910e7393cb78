"""Money that cannot be misread: an amount, its currency and the basis it stands on."""

from __future__ import annotations

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
