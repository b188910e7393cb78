"""What a model's tokens cost, by a dated table of prices. A model that is not in it has no known cost."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masterdeal.errors import Misconfigured

MILLION: Final = 1_000_000


class Cost(BaseModel):
    """An amount in a currency; of no tax basis, since providers list prices without any."""

    model_config = ConfigDict(frozen=True)

    amount: Decimal
    currency: str


class Price(BaseModel):
    """A row: what a million tokens cost from a day on, and who says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(min_length=1)
    since: date = Field(alias="from")
    currency: str = Field(pattern="^[A-Z]{3}$")
    input: Decimal = Field(ge=0)
    output: Decimal = Field(ge=0)
    source: str = Field(min_length=1)


class Prices(BaseModel):
    """The table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    edition: str
    price: tuple[Price, ...] = ()

    def cost(self, model: str, tokens_in: int, tokens_out: int, day: date) -> Cost | None:
        """The cost of so many tokens on a day; None where no row says."""
        rows = [row for row in self.price if row.model == model and row.since <= day]
        if not rows:
            return None
        row = max(rows, key=lambda one: one.since)
        return Cost(amount=(row.input * tokens_in + row.output * tokens_out) / MILLION, currency=row.currency)

    def of(self, account: Mapping[str, Any] | None, day: date) -> Cost | None:
        """The cost of what an account holds (`model`, `tokens_in`, `tokens_out`); None without one."""
        if account is None:
            return None
        return self.cost(account["model"], int(account["tokens_in"]), int(account["tokens_out"]), day)


def packaged() -> Prices:
    """The table that comes with the product."""
    return read(files("agents").joinpath("prices.toml").read_text(encoding="utf-8"))


def read(text: str) -> Prices:
    """A table of prices. Misconfigured where it is none."""
    try:
        return Prices.model_validate(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise Misconfigured(f"prices of models: {error}") from error
