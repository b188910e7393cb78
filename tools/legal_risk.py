"""Legal risk of any text: a contract, an advertisement, or a text of which nobody said what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from tools import adlaw
from tools.adlaw import AdChecked
from tools.contract.crosscheck import AgreedDeal
from tools.contract.review import AssignedClause, Checked, reads_as
from tools.contract.review import review as review_contract
from tools.rules import Finding, Side

Kind = Literal["contract", "advertisement", "either"]


class Assessment(BaseModel):
    """Findings with their quotes and norms, and the proof of what was read and looked for."""

    model_config = ConfigDict(frozen=True)

    kind: Kind = Field(
        description="What the text was judged as; either: as a contract excerpt and as an advertisement"
    )
    findings: tuple[Finding, ...]
    checked: tuple[Checked | AdChecked, ...] = Field(description="Every rule looked for, with its outcome")
    coverage: float = Field(
        description="Share of characters assigned to a check; an advertisement is held as one against every rule: 1"
    )
    clauses: tuple[AssignedClause, ...] = ()


def assess(
    text: str,
    *,
    on: date,
    kind: Kind | None = None,
    side: Side = "seller",
    category: str | None = None,
    channels: Sequence[str] | None = None,
    dates: Sequence[date] = (),
    facts: Mapping[str, bool | int | str] | None = None,
    deal: AgreedDeal | None = None,
) -> Assessment:
    """Judge a text with the law as it stands on `on` and on the dates of performance or placement.

    Without `kind` it is judged by what it reads as; a category or channels tip the scale to an advertisement.
    """
    read = kind or reads_as(text)
    if kind is None and read == "either" and (category or channels):
        read = "advertisement"
    reviewed = (
        None
        if read == "advertisement"
        else review_contract(text, on=on, side=side, performance=dates, deal=deal)
    )
    checked_ad = (
        None
        if read == "contract"
        else adlaw.check(
            text, on=on, category=category, channels=channels, dates=dates, facts=facts, side=side
        )
    )
    found: dict[tuple[str, str, str, int, int], Finding] = {}
    for judged in (reviewed, checked_ad):
        for finding in judged.findings if judged else ():
            found.setdefault(
                (finding.rule_id, finding.title, finding.kind, finding.start, finding.end), finding
            )
    return Assessment(
        kind=read,
        findings=tuple(sorted(found.values(), key=lambda finding: (finding.start, finding.rule_id))),
        checked=(*(reviewed.checked if reviewed else ()), *(checked_ad.checked if checked_ad else ())),
        coverage=1.0 if checked_ad else reviewed.coverage if reviewed else 0.0,
        clauses=reviewed.clauses if reviewed else (),
    )
