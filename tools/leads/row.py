"""What an import makes of its rows: clean rows, refused rows, and what was noticed on the way."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FindingCode = Literal[
    "formula_neutralised",
    "leading_zeros_restored",
    "phone_unreadable",
    "phone_digits_lost",
    "company_is_a_date",
    "email_unreadable",
    "kpp_unreadable",
    "ogrn_wrong",
    "number_unreadable",
    "text_cut",
    "cells_beyond_heading",
    "unclosed_quote",
    "control_characters",
    "encoding_guessed",
    "mixed_encodings",
    "undecodable_bytes",
    "sheets_not_read",
    "formula_without_value",
]


class ImportFinding(BaseModel):
    """Something in the file that was mended or could not be used; nothing is dropped without one."""

    model_config = ConfigDict(frozen=True)

    code: FindingCode
    message: str = Field(description="What was found, for people, in Russian")
    row: int | None = Field(default=None, description="1-based data row; None for the file as a whole")
    field: str | None = None
    value: str | None = Field(default=None, description="The text as it stood, made harmless")


class RejectedRow(BaseModel):
    """A row that became no lead, with the reason and all it held, so that it can be mended and sent again."""

    model_config = ConfigDict(frozen=True)

    row: int = Field(description="1-based number of the data row; the heading is not counted")
    reason: str
    values: dict[str, str] = Field(default_factory=dict)


class CleanRow(BaseModel):
    """One row after cleaning: fields in one spelling, unknown columns kept in `extra`. Absent means not given."""

    model_config = ConfigDict(frozen=True)

    row: int = Field(description="1-based number of the data row; the heading is not counted")
    name: str | None = Field(default=None, description="Company name without its legal form")
    legal_form: str | None = None
    key: str | None = Field(default=None, description="The name in Latin letters, for comparison only")
    inn: str | None = None
    kpp: str | None = None
    ogrn: str | None = None
    contact: str | None = None
    position: str | None = None
    phones: tuple[str, ...] = Field(default=(), description="E.164")
    emails: tuple[str, ...] = ()
    website: str | None = Field(default=None, description="Domain without www")
    city: str | None = None
    region: str | None = None
    address: str | None = None
    industry: str | None = None
    okved: str | None = None
    employees: int | None = None
    revenue: Decimal | None = Field(default=None, description="Roubles a year, as stated in the row")
    client_type: str | None = None
    budget: str | None = Field(default=None, description="As typed; the currency and basis are read later")
    product: str | None = None
    notes: str | None = None
    source: str | None = None
    manager: str | None = None
    created_at: str | None = None
    external_id: str | None = None
    extra: dict[str, str] = Field(default_factory=dict)
    findings: tuple[ImportFinding, ...] = ()
