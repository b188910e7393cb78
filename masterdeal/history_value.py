"""One value of a history's map: where in a row it comes from and how it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from masterdeal.cell import ISO, UNIX, time_of
from masterdeal.money import CommissionBasis, Money, VatBasis

Kind = Literal["text", "number", "money", "time"]

PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
OWN_PLACEHOLDERS: Final = frozenset({"row", "type"})
_DIRECTIVE = re.compile(r"%(.)")
_DIRECTIVES: Final = frozenset("aAwdbBmyYHIpMSfzZjUWcxXGuV%")
_SOURCES: Final = ("column", "value", "template")
_BASIS: Final = ("currency", "vat", "vat_rate", "commission")

STRICT: Final = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _formats(given: Any) -> Any:
    patterns = [given] if isinstance(given, str) else given
    for pattern in patterns if isinstance(patterns, list | tuple) else ():
        if not isinstance(pattern, str) or pattern in UNIX or pattern == ISO:
            continue
        used = set(_DIRECTIVE.findall(pattern))
        if not used or used - _DIRECTIVES or pattern.replace("%%", "").count("%") != len(used - {"%"}):
            raise ValueError(
                f"{pattern!r} is no time format; allowed: strptime patterns such as %d.%m.%Y, and iso, unix, unix_ms"
            )
    return patterns


def _constant(given: Any) -> Any:
    """TOML has dates of its own; JSON has none."""
    if isinstance(given, dict):
        return {name: _constant(inner) for name, inner in given.items()}
    if isinstance(given, list):
        return [_constant(inner) for inner in given]
    return given.isoformat() if isinstance(given, date | datetime | time) else given


Formats = Annotated[tuple[str, ...], BeforeValidator(_formats)]
Scalar = Annotated[str | int | float | bool, BeforeValidator(_constant)]
Name = Annotated[str, Field(min_length=1)]


class Value(BaseModel):
    """Where a value comes from and how it is read. Exactly one of column, value, template names the place."""

    model_config = STRICT

    column: Name | None = None
    value: Annotated[Any, BeforeValidator(_constant)] = None
    template: Name | None = None
    join: Name | None = None
    empty: Scalar | None = None
    map: dict[str, Scalar] = Field(default_factory=dict)
    kind: Kind | None = Field(default=None, alias="as")
    format: Formats = ()
    currency: str | None = None
    vat: VatBasis | None = None
    vat_rate: str | None = None
    commission: CommissionBasis | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        named = [name for name in _SOURCES if getattr(self, name) is not None]
        if len(named) != 1:
            raise ValueError("exactly one of column, value, template must be given")
        if self.join is not None and self.column is None:
            raise ValueError("join needs column: the column of the joined file")
        if self.format and self.kind != "time":
            raise ValueError('format is for times; say as = "time"')
        if self.kind != "money" and self.basis:
            raise ValueError(f'{", ".join(_BASIS)} are for money; say as = "money"')
        if self.kind == "money":
            Money(amount=Decimal(0), **self.basis)
        if self.kind == "time":
            for constant in (self.value, self.empty):
                if constant is not None:
                    time_of(constant, (), "UTC")
        return self

    @property
    def basis(self) -> dict[str, Any]:
        """Currency, VAT and commission, as far as the map states them."""
        return {name: stated for name in _BASIS if (stated := getattr(self, name)) is not None}

    @property
    def columns(self) -> Iterator[str]:
        """The columns of a row that are read for it."""
        if self.column is not None and self.join is None:
            yield self.column
        yield from placeholders(self.template or "")


def placeholders(template: str) -> Iterator[str]:
    """The columns a template names; {row} and {type} are its own."""
    return (name for name in PLACEHOLDER.findall(template) if name not in OWN_PLACEHOLDERS)


def as_value(given: Any) -> Any:
    return {"column": given} if isinstance(given, str) else given


VALUE_KEYS: Final = frozenset(field.alias or name for name, field in Value.model_fields.items())

Read = Annotated[Value, BeforeValidator(as_value)]
