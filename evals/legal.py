"""Legal risk against invented advertisements and contracts with gold: recall of heavy risks, precision, pairs around dates."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

from tools import adlaw
from tools.contract.review import review as review_contract
from tools.rules import Finding, RuleSet, advertising_law, playbook

PAGES = (
    "first",
    "heldout",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
)
_MARKING = {"erid": "LdtCKaBc123", "label": True, "advertiser": True}


@dataclass(frozen=True)
class Case:
    """One text: the risks a careful lawyer sees in it, and those the product sees."""

    id: str
    text: str
    on: date
    gold: frozenset[str]
    found: frozenset[str]


def _rows(page: str, kind: str) -> list[dict[str, Any]]:
    rows = tomllib.loads((files("evals") / "legal" / f"{page}.toml").read_text(encoding="utf-8")).get(
        kind, []
    )
    assert isinstance(rows, list)
    return rows


def _risks(findings: tuple[Finding, ...], kinds: bool) -> frozenset[str]:
    risks = (finding for finding in findings if finding.kind != "present")
    return frozenset(f"{finding.rule_id}:{finding.kind}" if kinds else finding.rule_id for finding in risks)


def advertisements(page: str = "first") -> Iterator[Case]:
    """The advertising texts of one page, judged."""
    for row in _rows(f"{page}_ads", "ad"):
        facts = {**(_MARKING if row.get("marked") else {}), **row.get("facts", {})}
        review = adlaw.check(
            row["text"],
            on=row["on"],
            category=row.get("category"),
            channels=row.get("channels"),
            facts=facts,
        )
        yield Case(
            f"{page} {row['id']}",
            row["text"],
            row["on"],
            frozenset(row["gold"]),
            _risks(review.findings, False),
        )


def contracts(page: str = "first") -> Iterator[Case]:
    """The contract texts of one page, judged for the seller."""
    for row in _rows(f"{page}_contracts", "contract"):
        review = review_contract(row["text"], on=row["on"], whole=row.get("whole"))
        yield Case(
            f"{page} {row['id']}",
            row["text"],
            row["on"],
            frozenset(row["gold"]),
            _risks(review.findings, True),
        )


def _heavy(rule: str, book: RuleSet) -> bool:
    return any(version.severity.seller == "high" for version in book.versions(rule.split(":")[0]))


def _pairs(cases: list[Case]) -> tuple[int, int]:
    """Texts judged on several days of which the gold differs: how many there are, and how many are right on every day."""
    by_text: dict[str, list[Case]] = {}
    for case in cases:
        by_text.setdefault(case.text, []).append(case)
    dated = [group for group in by_text.values() if len({case.gold for case in group}) > 1]
    return len(dated), sum(all(case.gold == case.found for case in group) for group in dated)


def _measured(cases: list[Case]) -> dict[str, Any]:
    book = RuleSet(rules=(*playbook().rules, *advertising_law().rules))
    heavy = [(case, rule) for case in cases for rule in case.gold if _heavy(rule, book)]
    gold = sum(len(case.gold) for case in cases)
    found = sum(len(case.found) for case in cases)
    right = sum(len(case.gold & case.found) for case in cases)
    pairs, pairs_right = _pairs(cases)
    return {
        "texts": len(cases),
        "gold": gold,
        "recall_high": sum(rule in case.found for case, rule in heavy) / len(heavy) if heavy else 1.0,
        "recall": right / gold if gold else 1.0,
        "precision": right / found if found else 1.0,
        "date_pairs": pairs,
        "date_pairs_right": pairs_right / pairs if pairs else 1.0,
        "misses": [
            f"{case.id}: missed {sorted(case.gold - case.found)}, beyond gold {sorted(case.found - case.gold)}"
            for case in cases
            if case.gold != case.found
        ],
    }


def score(pages: Sequence[str] = PAGES) -> dict[str, dict[str, Any]]:
    """Shares from 0 to 1 for advertisements, contracts and both together, over the pages asked for."""
    judged_ads = [case for page in pages for case in advertisements(page)]
    judged_contracts = [case for page in pages for case in contracts(page)]
    return {
        "advertisements": _measured(judged_ads),
        "contracts": _measured(judged_contracts),
        "all": _measured(judged_ads + judged_contracts),
    }
