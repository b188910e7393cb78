"""Lead import from bytes to leads: read, clean, de-duplicate. Pure; long imports are cut into resumable chunks.

A chunk does not depend on others: keep each `CleanedChunk` as it is made, and after a restart go on from the
`next_row` of the last one kept. Merging is done once, over all chunks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from tools.leads.cleaning import clean_row, neutralised
from tools.leads.json_file import json_rows
from tools.leads.matching import MatchRules
from tools.leads.merging import Lead, MergeProposal, merge_rows
from tools.leads.raw_row import LeadTable, RawRow
from tools.leads.reading import read_leads
from tools.leads.row import CleanRow, ImportFinding, RejectedRow
from tools.leads.tables import ImportRules, import_rules, match_rules


class CleanedChunk(BaseModel):
    """Rows first_row..next_row-1 of a file, cleaned. Serialisable: what a job keeps to survive a restart."""

    model_config = ConfigDict(frozen=True)

    first_row: int
    next_row: int
    rows: tuple[CleanRow, ...]
    rejected: tuple[RejectedRow, ...]


class LeadImport(BaseModel):
    """The result of an import. imported + merged + len(rejected) is the number of data rows."""

    model_config = ConfigDict(frozen=True)

    imported: int = Field(description="Leads made")
    merged: int = Field(description="Rows that joined a lead another row had made")
    rejected: tuple[RejectedRow, ...]
    leads: tuple[Lead, ...]
    proposals: tuple[MergeProposal, ...] = Field(description="Pairs that may be one lead; a person decides")
    findings: tuple[ImportFinding, ...] = Field(description="What was noticed about the file and its rows")
    columns: dict[str, str | None] = Field(description="Heading -> field; None: kept in `extra`")
    rules: str = Field(description="Versions of the import and matching rules")


def cleaned_chunks(
    rows: Iterable[RawRow], size: int = 1000, after_row: int = 0, rules: ImportRules | None = None
) -> Iterator[CleanedChunk]:
    """Clean rows in chunks of `size`, leaving out rows up to `after_row` that an earlier run has done."""
    rules = rules or import_rules()
    left = (row for row in rows if row.row > after_row)
    while raw := list(islice(left, size)):
        done = [clean_row(row, rules) for row in raw]
        yield CleanedChunk(
            first_row=raw[0].row,
            next_row=raw[-1].row + 1,
            rows=tuple(row for row in done if isinstance(row, CleanRow)),
            rejected=tuple(row for row in done if isinstance(row, RejectedRow)),
        )


def merge_chunks(
    chunks: Iterable[CleanedChunk],
    columns: Mapping[str, str | None] | None = None,
    findings: Sequence[ImportFinding] = (),
    rules: ImportRules | None = None,
    matching: MatchRules | None = None,
) -> LeadImport:
    """De-duplicate the rows of all chunks; chunks may come in any order and more than once."""
    rules, matching = rules or import_rules(), matching or match_rules()
    rows: dict[int, CleanRow] = {}
    rejected: dict[int, RejectedRow] = {}
    for chunk in chunks:
        rows.update((row.row, row) for row in chunk.rows)
        rejected.update((row.row, row) for row in chunk.rejected)
    ordered = [rows[number] for number in sorted(rows)]
    leads, proposals = merge_rows(ordered, matching, rules.free_domains)
    return LeadImport(
        imported=len(leads),
        merged=len(ordered) - len(leads),
        rejected=tuple(rejected[number] for number in sorted(rejected)),
        leads=leads,
        proposals=proposals,
        findings=(*findings, *(finding for row in ordered for finding in row.findings)),
        columns={neutralised(heading): field for heading, field in (columns or {}).items()},
        rules=f"import {rules.version}, matching {matching.version}",
    )


def _import(table: LeadTable, rules: ImportRules, matching: MatchRules) -> LeadImport:
    chunks = list(cleaned_chunks(table.rows, rules=rules))
    return merge_chunks(chunks, table.columns, table.findings, rules, matching)


def import_leads(
    name: str,
    content: bytes,
    rules: ImportRules | None = None,
    matching: MatchRules | None = None,
    chosen: Mapping[str, str | None] | None = None,
) -> LeadImport:
    """Import a lead list (CSV, XLSX, JSON, JSON lines) from its bytes; `chosen`: fields a person gave to headings.

    Raises `Malformed` where the file as a whole cannot be read and `TooLarge` beyond a limit; a bad row is only
    rejected, with its reason.
    """
    rules = rules or import_rules()
    return _import(read_leads(name, content, rules.limits, chosen), rules, matching or match_rules())


def import_lead_items(
    items: Sequence[Any], rules: ImportRules | None = None, matching: MatchRules | None = None
) -> LeadImport:
    """Import leads from parsed JSON objects; rows count from 1 in the order given."""
    rules = rules or import_rules()
    table = LeadTable({}, json_rows(items, rules.limits))
    return _import(table, rules, matching or match_rules())
