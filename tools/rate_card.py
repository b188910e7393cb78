"""The rate card: one row per format and buying model, and its import from CSV or XLSX with an error per bad row."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from masterdeal.errors import Malformed, NotFound, TooLarge

BuyingModel = Literal["CPM", "CPC", "CPV", "CPA", "CPI", "fixed", "package"]
MAX_ROWS = 50_000

HEADINGS = {
    "канал": "channel",
    "формат": "format",
    "название": "title",
    "название (англ.)": "title_en",
    "модель": "model",
    "модель закупки": "model",
    "единица": "unit",
    "ед.": "unit",
    "цена": "price",
    "цена за ед.": "price",
    "ндс": "vat",
    "мин. единиц": "min_units",
    "мин. сумма": "min_cost",
    "кратность": "lot",
    "контактов в единице": "contacts_per_unit",
    "действует с": "valid_from",
    "действует по": "valid_to",
    "источник": "source",
}


class Rate(BaseModel):
    """What one unit of a format costs. A price without a source is absent (None), never guessed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
    channel: str = Field(min_length=1)
    format: str = Field(min_length=1)
    title: str
    title_en: str | None = Field(default=None, description="The title in English; None where nobody gave one")
    model: BuyingModel
    unit: str
    contacts_per_unit: Decimal | None = Field(
        default=None, gt=0, description="Contacts one unit buys; for clicks it follows from CTR"
    )
    price: Decimal | None = Field(default=None, gt=0, decimal_places=2, description="Roubles per unit")
    vat: Literal["excl", "incl"] = "excl"
    min_units: int | None = Field(default=None, gt=0)
    min_cost: Decimal | None = Field(default=None, gt=0, description="Roubles, on the price's own basis")
    lot: int = Field(default=1, gt=0, description="Units are sold in whole lots of this many")
    ctr: Decimal | None = Field(default=None, gt=0, le=1)
    ctr_low: Decimal | None = Field(default=None, gt=0, le=1)
    ctr_high: Decimal | None = Field(default=None, gt=0, le=1)
    vtr: Decimal | None = Field(default=None, gt=0, le=1)
    cr: Decimal | None = Field(default=None, gt=0, le=1, description="Conversions per click")
    valid_from: date
    valid_to: date | None = None
    mark: Literal["V", "R", "GK", "demo", "absent", "imported"] = "imported"
    sample: bool = False
    source: str = Field(min_length=1)

    def titled(self, lang: str) -> Rate:
        """The same rate under the title of a language, where it has one there."""
        return self.model_copy(update={"title": self.title_en}) if lang == "en" and self.title_en else self

    @field_validator("*", mode="before")
    @classmethod
    def _empty_cell_is_absent(cls, value: Any) -> Any:
        return value.strip() or None if isinstance(value, str) else value

    @field_validator("lot", mode="before")
    @classmethod
    def _one_by_one(cls, value: Any) -> Any:
        return 1 if value is None else value

    @field_validator("vat", mode="before")
    @classmethod
    def _basis_in_russian(cls, value: Any) -> Any:
        return {None: "excl", "без ндс": "excl", "с ндс": "incl"}.get(
            value.lower() if isinstance(value, str) else value, value
        )


class RejectedRow(BaseModel):
    """A row of the file that was not taken, counted from 1 without the heading, and why."""

    model_config = ConfigDict(frozen=True)

    row: int
    reason: str


class RateReport(BaseModel):
    """What an import read: the rates taken and the rows refused."""

    model_config = ConfigDict(frozen=True)

    rates: tuple[Rate, ...]
    rejected: tuple[RejectedRow, ...]


def _reason(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'row'}: {e['msg']}" for e in error.errors())


def _collect(rows: Iterable[Mapping[str, Any]]) -> RateReport:
    rates: list[Rate] = []
    rejected: list[RejectedRow] = []
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        if number > MAX_ROWS:
            raise TooLarge(f"a rate card may hold {MAX_ROWS} rows", limit=MAX_ROWS)
        cells = {
            HEADINGS.get(name, name): value
            for key, value in row.items()
            if key and (name := str(key).strip().lower())
        }
        if not any(value not in (None, "") for value in cells.values()):
            continue
        try:
            rate = Rate.model_validate(cells)
        except ValidationError as error:
            rejected.append(RejectedRow(row=number, reason=_reason(error)))
            continue
        if rate.id in seen:
            rejected.append(RejectedRow(row=number, reason=f"id: {rate.id} stands twice"))
            continue
        seen.add(rate.id)
        rates.append(rate)
    return RateReport(rates=tuple(rates), rejected=tuple(rejected))


def read_rate_rows(text: str) -> RateReport:
    """A rate card written as CSV with a heading row; comma or semicolon, decimal point or comma."""
    heading = text.partition("\n")[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter)
    if delimiter == ",":
        return _collect(rows)
    return _collect({key: _point(value) for key, value in row.items()} for row in rows)


def _point(value: Any) -> Any:
    """Russian spreadsheets write 3,50; a cell that is a number with a comma gets a point."""
    if isinstance(value, str) and value.replace(",", "", 1).replace(" ", "").replace("\xa0", "").isdigit():
        return value.replace(",", ".").replace(" ", "").replace("\xa0", "")
    return value


def _sheet(path: Path) -> RateReport:
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise Malformed("the file is not a readable XLSX workbook", file=path.name) from error
    sheet = book.worksheets[0]
    lines = sheet.iter_rows(values_only=True)
    heading = [str(cell) if cell is not None else "" for cell in next(lines, ())]

    def cell(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.date()
        return str(value) if isinstance(value, float) else value

    report = _collect(dict(zip(heading, map(cell, line), strict=False)) for line in lines)
    book.close()
    return report


def import_rate_card(path: Path) -> RateReport:
    """Read a rate card from .csv (UTF-8 or Windows-1251) or .xlsx; Russian or English headings.

    A bad row never blocks its neighbours. NotFound: no such file; Malformed: not a table of that kind.
    """
    if not path.is_file():
        raise NotFound("there is no such file", file=path.name)
    if path.suffix.lower() == ".xlsx":
        return _sheet(path)
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("cp1251")
        except UnicodeDecodeError as error:
            raise Malformed("the text is neither UTF-8 nor Windows-1251", file=path.name) from error
    return read_rate_rows(text)
