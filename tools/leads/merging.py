"""Clean rows become leads: certain pairs are joined, doubtful ones proposed, disagreements kept."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tools.company import comparable_form
from tools.leads.matching import Likeness, MatchRules, Record, matches
from tools.leads.row import CleanRow, ImportFinding

_LEADS = uuid.uuid5(uuid.NAMESPACE_URL, "https://masterdeal/leads")
_SCALARS = (
    "inn", "ogrn", "kpp", "city", "region", "address", "industry", "okved", "employees", "revenue",
    "client_type", "budget", "product", "website",
)  # fmt: skip


class StatedValue(BaseModel):
    """A value and the row that states it."""

    model_config = ConfigDict(frozen=True)

    value: str
    row: int


class Contradiction(BaseModel):
    """Rows of one lead that disagree about a field; the last value listed is the one kept."""

    model_config = ConfigDict(frozen=True)

    field: str
    values: tuple[StatedValue, ...]


class LeadNote(BaseModel):
    """What somebody wrote about the lead, as it stands in its row."""

    model_config = ConfigDict(frozen=True)

    text: str
    row: int
    created_at: str | None = None


class Lead(BaseModel):
    """A lead after import: one company or person, with all rows it was made of."""

    model_config = ConfigDict(frozen=True)

    lead_id: str = Field(
        description="Stable: the same INN, else e-mail, phone or name, gives the same identifier"
    )
    name: str | None = Field(description="Company name without its legal form")
    legal_form: str | None
    inn: str | None
    kpp: str | None
    ogrn: str | None
    contacts: tuple[str, ...]
    positions: tuple[str, ...]
    phone: str | None = Field(description="First of `phones`")
    phones: tuple[str, ...] = Field(description="E.164")
    email: str | None = Field(description="First of `emails`")
    emails: tuple[str, ...]
    website: str | None
    city: str | None
    region: str | None
    address: str | None
    industry: str | None
    okved: str | None
    employees: int | None
    revenue: Decimal | None
    client_type: str | None
    budget: str | None
    product: str | None
    notes: tuple[LeadNote, ...]
    sources: tuple[str, ...]
    manager: str | None
    external_ids: tuple[str, ...]
    extra: dict[str, tuple[str, ...]]
    merged_rows: tuple[int, ...] = Field(description="1-based numbers of the data rows it was made of")
    merge_reasons: tuple[str, ...]
    contradictions: tuple[Contradiction, ...]
    findings: tuple[ImportFinding, ...]


class MergeProposal(BaseModel):
    """Two leads that may be one; a person decides. `score` is the probability, `reasons` what speaks for and against."""

    model_config = ConfigDict(frozen=True)

    lead_ids: tuple[str, str]
    rows: tuple[int, int]
    score: float
    reasons: tuple[str, ...]


def match_record(row: CleanRow, free_domains: frozenset[str]) -> Record:
    """What the matching compares of a row: identities, contact points, the name's key. Open mail providers do not count."""
    domains = {address.rpartition("@")[2] for address in row.emails} | (
        {row.website} if row.website else set()
    )
    fields: dict[str, tuple[str, ...]] = {
        "inn": (row.inn,) if row.inn else (),
        "emails": row.emails,
        "phones": row.phones,
        "domains": tuple(sorted(domain for domain in domains if domain not in free_domains)),
        "name": (row.key,) if row.key else (),
        "legal_form": (form,) if (form := comparable_form(row.legal_form)) else (),
        "city": (row.city.casefold(),) if row.city else (),
        "contact": (row.contact.casefold().replace("ё", "е"),) if row.contact else (),
    }
    return fields


def day_of(text: str | None) -> date | None:
    """The day that a cell states, as 2026-11-22 or 22.11.2026; None for anything else."""
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    parts = text[:10].split(".")
    try:
        return date(int(parts[2]), int(parts[1]), int(parts[0])) if len(parts) == 3 else None
    except ValueError:
        return None


def _in_order(rows: Sequence[CleanRow]) -> list[CleanRow]:
    """By date where every row states one, else as they stand: later values are the ones kept."""
    days = {row.row: day_of(row.created_at) for row in rows}
    if all(days.values()):
        return sorted(rows, key=lambda row: (days[row.row] or date.min, row.row))
    return sorted(rows, key=lambda row: row.row)


def _each(rows: Sequence[CleanRow], values: Callable[[CleanRow], Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for row in rows for value in values(row)))


def _contradiction(
    field: str, rows: Sequence[CleanRow], same: Callable[[CleanRow], Any]
) -> Contradiction | None:
    stated = [row for row in rows if getattr(row, field) is not None]
    if len({same(row) for row in stated}) < 2:
        return None
    values = tuple(StatedValue(value=str(getattr(row, field)), row=row.row) for row in stated)
    return Contradiction(field=field, values=values)


def _lead(rows: Sequence[CleanRow], reasons: Sequence[str]) -> Lead:
    ordered = _in_order(rows)
    by_row = sorted(rows, key=lambda row: row.row)
    kept = {
        field: next((v for row in reversed(ordered) if (v := getattr(row, field)) is not None), None)
        for field in _SCALARS
    }
    # The fullest spelling of the name: with a legal form, in Russian, from the latest row that has one.
    named = sorted(
        (row for row in ordered if row.name),
        key=lambda row: (bool(row.legal_form), not (row.name or "").isascii()),
    )
    found = [
        _contradiction("name", ordered, attrgetter("key")),
        _contradiction("legal_form", ordered, lambda row: comparable_form(row.legal_form)),
        *(_contradiction(field, ordered, attrgetter(field)) for field in _SCALARS),
    ]
    phones, emails = _each(by_row, lambda row: row.phones), _each(by_row, lambda row: row.emails)
    extra: dict[str, dict[str, None]] = defaultdict(dict)
    for row in by_row:
        for heading, text in row.extra.items():
            extra[heading][text] = None
    name = named[-1].name if named else None
    return Lead(
        lead_id="",
        name=name,
        legal_form=next((row.legal_form for row in reversed(named) if row.legal_form), None),
        contacts=_each(by_row, lambda row: (row.contact,) if row.contact else ()),
        positions=_each(by_row, lambda row: (row.position,) if row.position else ()),
        phone=phones[0] if phones else None,
        phones=phones,
        email=emails[0] if emails else None,
        emails=emails,
        notes=tuple(
            LeadNote(text=row.notes, row=row.row, created_at=row.created_at) for row in ordered if row.notes
        ),
        sources=_each(by_row, lambda row: (row.source,) if row.source else ()),
        manager=next((row.manager for row in reversed(ordered) if row.manager), None),
        external_ids=_each(by_row, lambda row: (row.external_id,) if row.external_id else ()),
        extra={heading: tuple(texts) for heading, texts in extra.items()},
        merged_rows=tuple(row.row for row in by_row),
        merge_reasons=tuple(dict.fromkeys(reasons)),
        contradictions=tuple(item for item in found if item),
        findings=tuple(finding for row in by_row for finding in row.findings),
        **kept,
    )


def _identity(lead: Lead, key: str | None) -> str:
    if lead.inn:
        return f"inn:{lead.inn}"
    if lead.email:
        return f"email:{lead.email}"
    if lead.phone:
        return f"phone:{lead.phone}"
    return f"name:{key}:{(lead.city or '').casefold()}"


class _Clusters:
    """Union-find over rows that refuses to join two different INNs, even through a third row."""

    def __init__(self, rows: Sequence[CleanRow]) -> None:
        self.parent = list(range(len(rows)))
        self.inn = [row.inn for row in rows]

    def root(self, number: int) -> int:
        while self.parent[number] != number:
            self.parent[number] = self.parent[self.parent[number]]
            number = self.parent[number]
        return number

    def join(self, left: int, right: int) -> bool:
        left, right = self.root(left), self.root(right)
        if left == right:
            return True
        if self.inn[left] and self.inn[right] and self.inn[left] != self.inn[right]:
            return False
        first, second = min(left, right), max(left, right)
        self.parent[second] = first
        self.inn[first] = self.inn[first] or self.inn[second]
        return True


def merge_rows(
    rows: Sequence[CleanRow], rules: MatchRules, free_domains: frozenset[str]
) -> tuple[tuple[Lead, ...], tuple[MergeProposal, ...]]:
    """Leads in the order of their first rows, and the proposals, likeliest first. Linear in the number of rows."""
    records = [match_record(row, free_domains) for row in rows]
    pairs = matches(records, rules)
    clusters = _Clusters(rows)
    joined: list[Likeness] = []
    doubtful: list[Likeness] = []
    for pair in pairs:
        (joined if pair.certain and clusters.join(pair.left, pair.right) else doubtful).append(pair)
    members: dict[int, list[CleanRow]] = defaultdict(list)
    for number, row in enumerate(rows):
        members[clusters.root(number)].append(row)
    reasons: dict[int, list[str]] = defaultdict(list)
    for pair in joined:
        against = f"строки {rows[pair.left].row} и {rows[pair.right].row}: {pair.score:.2f}; "
        reasons[clusters.root(pair.left)].append(against + "; ".join(pair.reasons))
    leads: dict[int, Lead] = {}
    taken: set[str] = set()
    for root, group in members.items():
        lead = _lead(group, reasons[root])
        identity = _identity(lead, group[0].key)
        if identity in taken:
            identity += f":{group[0].row}"
        taken.add(identity)
        leads[root] = lead.model_copy(update={"lead_id": str(uuid.uuid5(_LEADS, identity))})
    proposals: dict[tuple[str, str], MergeProposal] = {}
    for pair in doubtful:
        left, right = clusters.root(pair.left), clusters.root(pair.right)
        if left == right:
            continue
        ids = (leads[left].lead_id, leads[right].lead_id)
        proposals.setdefault(
            min(ids, ids[::-1]),
            MergeProposal(
                lead_ids=ids,
                rows=(rows[pair.left].row, rows[pair.right].row),
                score=pair.score,
                reasons=pair.reasons,
            ),
        )
    return tuple(leads.values()), tuple(proposals.values())
