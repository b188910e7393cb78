"""Lead lists as people send them: CSV, XLSX or JSON bytes in, numbered raw rows out. Nothing is run, nothing is lost."""

from __future__ import annotations

from collections.abc import Mapping

from masterdeal.errors import Malformed, TooLarge
from tools.leads.csv_file import read_csv
from tools.leads.json_file import read_json
from tools.leads.raw_row import LeadTable
from tools.leads.tables import ImportLimits, import_rules
from tools.leads.xlsx_file import read_xlsx


def read_leads(
    name: str,
    content: bytes,
    limits: ImportLimits | None = None,
    chosen: Mapping[str, str | None] | None = None,
) -> LeadTable:
    """Read a lead list by what its bytes are; the name only decides between CSV and JSON where both are possible.
    `chosen` says for headings what field they hold (None: kept as they are); the others say it themselves.

    Raises `Malformed` for what is no lead list, `TooLarge` beyond a limit; both may come while rows are drawn.
    """
    limits = limits or import_rules().limits
    if len(content) > limits.bytes:
        raise TooLarge("Файл больше, чем разрешено.", limit=limits.bytes, size=len(content))
    if not content.strip():
        raise Malformed("Файл пуст.")
    if content.startswith(b"PK"):
        return read_xlsx(content, limits, chosen)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise Malformed("Это книга старого формата XLS: сохраните её как XLSX или CSV.")
    if name.casefold().endswith((".json", ".jsonl", ".ndjson")) or content.lstrip()[:1] in (b"[", b"{"):
        return read_json(content, limits, chosen)
    return read_csv(content, limits, chosen)
