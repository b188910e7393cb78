"""Scores of the brief reader: fields against gold, quotes, invented budgets, what is missing and what contradicts."""

from __future__ import annotations

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from importlib.resources import files
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tools.brief import MANDATORY, Brief, read_brief

DAY = date(2026, 11, 22)
"""The day the briefs are read on when a case names none."""

WORDED = ("client", "product", "goal", "landing_page")
"""Fields whose value is wording: right when one holds the other or they share half of their words."""

LISTED = ("geo", "kpi", "channels", "excluded_channels", "contacts")
"""Fields that hold lists; every element counts."""


class Case(BaseModel):
    """One brief with its gold: field -> (value, quote). Lists are scored element by element."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    shape: str = Field(description="What kind of text it is: chat, form, mail thread, tender, ...")
    text: str
    today: date = DAY
    gold: dict[str, tuple[Any, str]]
    contradictions: tuple[str, ...] = ()
    also_missing: tuple[str, ...] = Field(
        default=(), description="Missing although the rule of groups would not say so"
    )


class Tally(BaseModel):
    """Right, wrong and overlooked elements."""

    right: int = 0
    wrong: int = 0
    overlooked: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.overlooked) if self.right + self.overlooked else 1.0

    @property
    def f1(self) -> float:
        total = 2 * self.right + self.wrong + self.overlooked
        return 2 * self.right / total if total else 1.0


def cases(folder: str = "cases") -> list[Case]:
    """The briefs of one folder of evals/brief."""
    found: list[Case] = []
    for source in sorted((files("evals") / "brief" / folder).iterdir(), key=lambda path: path.name):
        if source.name.endswith(".toml"):
            rows = tomllib.loads(source.read_text(encoding="utf-8"))["case"]
            found.extend(Case(**row) for row in rows)
    return found


def gold_missing(case: Case) -> set[str]:
    """Mandatory fields the gold does not give; one bound is enough for a budget, one feature for an audience."""
    absent = {name for name in MANDATORY if name not in case.gold} | set(case.also_missing)
    for group in ({"budget_min", "budget_max"}, {"age_from", "age_to", "sex"}):
        if group & case.gold.keys():
            absent -= group
    if case.gold.get("budget_vat", ("",))[0] == "unknown":
        absent.add("budget_vat")
    return absent


def _words(text: object) -> list[str]:
    return re.findall(r"[\w]+", str(text).casefold().replace("ё", "е"))


def _worded_alike(left: object, right: object) -> bool:
    one, two = " ".join(_words(left)), " ".join(_words(right))
    if one in two or two in one:
        return bool(one and two)
    a, b = Counter(_words(left)), Counter(_words(right))
    return sum((a & b).values()) * 2 >= max(sum(a.values()), sum(b.values()))


def _elements(name: str, value: Any) -> set[Any]:
    if name == "kpi":
        return {
            (row["metric"], Decimal(str(row["value"])))
            if isinstance(row, dict)
            else (row[0], Decimal(str(row[1])))
            for row in value
        }
    if name == "contacts":
        return {str(row["value"] if isinstance(row, dict) else row).casefold() for row in value}
    return set(value)


def _alike(name: str, value: Any, gold: Any) -> bool:
    if name in WORDED:
        return _worded_alike(value, gold)
    if name in ("budget_min", "budget_max"):
        return Decimal(str(value)) == Decimal(str(gold))
    return str(value) == str(gold)


def tally(brief: Brief, case: Case) -> dict[str, Tally]:
    """Per field, the elements that are right, wrong and overlooked."""
    result: dict[str, Tally] = {}
    for name in brief.fields.keys() | case.gold.keys():
        found = brief.fields[name].value if name in brief.fields else None
        gold = case.gold[name][0] if name in case.gold else None
        if name in LISTED:
            mine, right = _elements(name, found or []), _elements(name, gold or [])
            result[name] = Tally(
                right=len(mine & right), wrong=len(mine - right), overlooked=len(right - mine)
            )
        elif found is not None and gold is not None and _alike(name, found, gold):
            result[name] = Tally(right=1)
        else:
            result[name] = Tally(wrong=int(found is not None), overlooked=int(gold is not None))
    return result


def unquoted(brief: Brief, text: str) -> int:
    """Values whose quote does not stand in the text at the offsets given."""
    places = [(f.quote, f.start, f.end) for f in brief.fields.values()]
    places += [(item.quote, item.start, item.end) for field in brief.fields.values() for item in field.items]
    return sum(1 for quote, start, end in places if not quote.strip() or text[start:end] != quote)


def quote_agrees(brief: Brief, case: Case, name: str) -> bool:
    """Whether the quote of a field (or of one element) overlaps some place where the gold quote stands."""
    field, quote = brief.fields[name], case.gold[name][1]
    spans = [(field.start, field.end), *((item.start, item.end) for item in field.items)]
    at = case.text.find(quote)
    while at >= 0:
        if any(start < at + len(quote) and at < end for start, end in spans):
            return True
        at = case.text.find(quote, at + 1)
    return False


def invented(brief: Brief, case: Case) -> int:
    """Budgets found where the gold has none, or of another amount than the gold's."""
    names = ("budget_min", "budget_max")
    gold = {Decimal(str(case.gold[name][0])) for name in names if name in case.gold}
    return sum(
        1 for name in names if name in brief.fields and Decimal(str(brief.fields[name].value)) not in gold
    )


def _add(total: Tally, more: Tally) -> Tally:
    return Tally(
        right=total.right + more.right,
        wrong=total.wrong + more.wrong,
        overlooked=total.overlooked + more.overlooked,
    )


def _sets(found: set[str], gold: set[str]) -> Tally:
    return Tally(right=len(found & gold), wrong=len(found - gold), overlooked=len(gold - found))


def score(measured: Iterable[Case] | None = None) -> dict[str, Any]:
    """The report: figures by the names of evals/bars.toml, per field, and every miss by case."""
    fields: dict[str, Tally] = defaultdict(Tally)
    missing, contradictions = Tally(), Tally()
    quotes = Tally()
    without_quote = budgets = count = 0
    misses: list[str] = []
    for case in cases() if measured is None else measured:
        count += 1
        brief = read_brief(case.text, case.today)
        for name, part in sorted(tally(brief, case).items()):
            fields[name] = _add(fields[name], part)
            if part.wrong or part.overlooked:
                shown = brief.fields[name].value if name in brief.fields else None
                misses.append(f"{case.id}: {name}: {shown!r}, gold {case.gold.get(name, (None,))[0]!r}")
            if part.right:
                agrees = quote_agrees(brief, case, name)
                quotes = _add(quotes, Tally(right=int(agrees), wrong=int(not agrees)))
                if not agrees:
                    misses.append(
                        f"{case.id}: {name}: quote {brief.fields[name].quote!r}, gold {case.gold[name][1]!r}"
                    )
        without_quote += unquoted(brief, case.text)
        budgets += invented(brief, case)
        absent = _sets(set(brief.missing), gold_missing(case))
        missing = _add(missing, absent)
        named = {found.name for found in brief.contradictions}
        clashes = _sets(named, set(case.contradictions))
        contradictions = _add(contradictions, clashes)
        if clashes.wrong or clashes.overlooked:
            misses.append(f"{case.id}: contradictions {sorted(named)}, gold {sorted(case.contradictions)}")
    total = Tally()
    for part in fields.values():
        total = _add(total, part)
    return {
        "cases": count,
        "precision": total.precision,
        "recall": total.recall,
        "f1": total.f1,
        "quote_agreement": quotes.precision,
        "values_without_quote": without_quote,
        "invented_budgets": budgets,
        "missing_precision": missing.precision,
        "missing_recall": missing.recall,
        "contradictions_precision": contradictions.precision,
        "contradictions_recall": contradictions.recall,
        "fields": {name: {"f1": part.f1, **part.model_dump()} for name, part in sorted(fields.items())},
        "misses": misses,
    }
