"""Product categories of a brief and what they are called: one list, from the table the brief reader reads by."""

from __future__ import annotations

from functools import cache

from pydantic import BaseModel, ConfigDict, Field

from tools.brief_reading.lexicon import table


class Category(BaseModel):
    """A product category."""

    model_config = ConfigDict(frozen=True)

    code: str
    ru: str = Field(description="Its name in Russian")
    en: str = Field(description="Its name in English")
    law: bool = Field(description="Whether the advertising law sets rules of its own for it")


@cache
def categories() -> tuple[Category, ...]:
    """All of them, in the order of the table."""
    return tuple(
        Category(code=code, ru=row["ru"], en=row["en"], law=row["law"])
        for code, row in table("categories")["category"].items()
    )
