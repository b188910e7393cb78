"""Lead lists in JSON or JSON lines; nested members are read by their path."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from masterdeal.errors import Malformed, TooLarge
from tools.leads.encoding import decode
from tools.leads.headings import field_of
from tools.leads.raw_row import LeadTable, RawRow, cell_text, raw_row
from tools.leads.tables import ImportLimits

_JSON_LISTS = ("leads", "items", "rows", "data", "value", "records")


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        if any(isinstance(inner, dict | list) for inner in value):
            for inner in value:
                yield from _flat(inner, path)
        elif value:
            yield path, "; ".join(cell_text(inner) for inner in value)
    else:
        yield path, cell_text(value)


def _member_field(path: str) -> str | None:
    # {"client": {"name": ...}} names the company; {"contact": {"phone": ...}} the phone.
    parent, _, last = path.rpartition(".")
    if parent and last.casefold() in {"name", "title", "название", "наименование", "имя"}:
        return field_of(parent.rpartition(".")[2])
    return field_of(last) or (field_of(path.replace(".", " ")) if parent else None)


def json_rows(
    items: Sequence[Any], limits: ImportLimits, chosen: Mapping[str, str | None] | None = None
) -> Iterator[RawRow]:
    """Rows of a JSON list; an item that is no object is a broken row, not the end of the import."""
    for row, item in enumerate(items, 1):
        if not isinstance(item, dict):
            yield RawRow(
                row, extra={"item": str(item)[:200]}, broken="Элемент списка не является объектом JSON"
            )
            continue
        pairs = [(path, text) for path, text in _flat(item) if text.strip()]
        names = [path for path, _ in pairs]
        yield raw_row(
            row, names, [_taken_for(name, chosen) for name in names], [text for _, text in pairs], limits
        )


def _json_lines(text: str) -> list[Any] | None:
    items: list[Any] = []
    for line in text.splitlines():
        if line.strip():
            try:
                items.append(json.loads(line))
            except ValueError:
                items.append(line)
    return items if sum(isinstance(item, dict) for item in items) * 2 > len(items) else None


def _taken_for(path: str, chosen: Mapping[str, str | None] | None) -> str | None:
    return chosen[path] if chosen is not None and path in chosen else _member_field(path)


def read_json(
    content: bytes, limits: ImportLimits, chosen: Mapping[str, str | None] | None = None
) -> LeadTable:
    text, findings = decode(content)
    try:
        parsed = json.loads(text)
    except RecursionError:
        raise Malformed("JSON вложен слишком глубоко.") from None
    except ValueError as error:
        parsed = _json_lines(text)
        if parsed is None:
            place = (
                {"line": error.lineno, "column": error.colno}
                if isinstance(error, json.JSONDecodeError)
                else {}
            )
            raise Malformed("JSON не читается.", **place) from None
    if isinstance(parsed, dict):
        inner = next((parsed[name] for name in _JSON_LISTS if isinstance(parsed.get(name), list)), None)
        parsed = [parsed] if inner is None else inner
    if not isinstance(parsed, list):
        raise Malformed("Ожидается список лидов в JSON.")
    if len(parsed) > limits.rows:
        raise TooLarge("Строк больше, чем разрешено.", limit=limits.rows)
    try:
        rows = list(json_rows(parsed, limits, chosen))
    except RecursionError:
        raise Malformed("JSON вложен слишком глубоко.") from None
    columns = {
        path: _taken_for(path, chosen)
        for row in parsed[:100]
        if isinstance(row, dict)
        for path, _ in _flat(row)
    }
    return LeadTable(columns, rows, findings)
