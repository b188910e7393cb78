"""Rows of another system's table become CloudEvents, as a map says. Pure: reading files is flow.history's part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict

from masterdeal.cell import money_of, number_of, text_of, time_of, whole_or_float
from masterdeal.errors import Malformed
from masterdeal.history_map import Condition, EventRule, HistoryMap, Join, parse_map
from masterdeal.history_value import PLACEHOLDER, Value

__all__ = [
    "BadCell",
    "HistoryMap",
    "Made",
    "Remark",
    "Tables",
    "events_of",
    "join_key",
    "parse_map",
]

Row = Mapping[str, object]
Tables = Mapping[str, Mapping[str, Row | None]]
"""The joined files by the join's name, each by `join_key`; None where several different rows share the key."""

CREATED: Final = frozenset({"crm.deal.created", "lead.created"})
NO_RULE: Final = "when matched no event"
_LONGEST_SHOWN: Final = 120
_PUNCTUATION = re.compile(r"[^\w\s]+")


class BadCell(Malformed):
    """A cell without which the row cannot become events."""

    kind = "bad-cell"

    def __init__(self, reason: str, column: str | None, value: object) -> None:
        super().__init__(reason, column=column, value=value)


class Remark(BaseModel):
    """Something about a row that a person should see. `line` is the line of the file, counted from 1."""

    model_config = ConfigDict(frozen=True)

    line: int
    row: int | None = None
    column: str | None = None
    value: str | None = None
    reason: str


class Made(NamedTuple):
    """What one row became. Either `rejections` or `events` is empty; `without_event` says why there are none.
    `remarks` are members left out because their cell could not be read: the events stand without them."""

    events: tuple[dict[str, Any], ...]
    rejections: tuple[Remark, ...] = ()
    remarks: tuple[Remark, ...] = ()
    without_event: str | None = None


def shown(value: object) -> str | None:
    """A cell for a report: short, printable, encodable."""
    if value is None:
        return None
    text = text_of(value)
    text = text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def join_key(join: Join, value: object) -> str:
    """The value as keys of this join are compared: outer spaces never count, the rest as `normalise` says."""
    text = text_of(value)
    if "punctuation" in join.normalise:
        text = _PUNCTUATION.sub(" ", text)
    text = re.sub(r"\s+", "" if "space" in join.normalise else " ", text.strip())
    return text.casefold() if "case" in join.normalise else text


def events_of(
    map_: HistoryMap, row: Row, line: int, number: int | None = None, tables: Tables | None = None
) -> Made:
    """The events of one row, as structured CloudEvents. A row that cannot be read is rejected as a whole, so that
    a mended row can be loaded again without contradicting what was kept.

    `line` is the line of the file for reports; `number` the row's number among the rows of data (default: the
    line), of which default ids are made.
    """
    reading = _Reading(map_, row, line, line if number is None else number, tables or {})
    try:
        events = reading.events()
    except BadCell as bad:
        rejection = reading.remark(bad.message, bad.facts["column"], bad.facts["value"])
        return Made((), rejections=(rejection,))
    return Made(tuple(events), (), tuple(reading.remarks), None if events else NO_RULE)


class _Reading:
    def __init__(self, map_: HistoryMap, row: Row, line: int, number: int, tables: Tables) -> None:
        self.map = map_
        self.row = row
        self.line = line
        self.number = number
        self.tables = tables
        self.joins = {join.name: join for join in map_.joins}
        self.remarks: list[Remark] = []

    def remark(self, reason: str, column: str | None, value: object) -> Remark:
        return Remark(line=self.line, row=self.number, column=column, value=shown(value), reason=reason)

    def events(self) -> list[dict[str, Any]]:
        deal_id = self.required(self.map.deal.id, "the deal id")
        events: list[dict[str, Any]] = []
        seen: dict[str, int] = {}
        for rule in self.map.events:
            seen[rule.type] = seen.get(rule.type, 0) + 1
            if all(self.holds(condition) for condition in rule.when):
                events.append(self.event(rule, deal_id, seen[rule.type]))
        return events

    def event(self, rule: EventRule, deal_id: str, ordinal: int) -> dict[str, Any]:
        time = self.required(rule.time, "the event time", rule)
        members: dict[str, Any] = self.attributes() if rule.type in CREATED else {}
        for name, value in rule.members.items():
            found = self.optional(value, rule)
            if found is not None:
                _put(members, name.split("."), found)
        return {
            "specversion": "1.0",
            "id": self.event_id(rule, deal_id, ordinal),
            "source": self.map.source,
            "type": rule.type,
            "time": time,
            "subject": deal_id,
            "datacontenttype": "application/json",
            "data": members,
        }

    def event_id(self, rule: EventRule, deal_id: str, ordinal: int) -> str:
        if rule.id is not None:
            return self.required(rule.id, "the event id", rule)
        again = f"-{ordinal}" if ordinal > 1 else ""
        return f"{deal_id}-{self.number}-{rule.type}{again}"

    def attributes(self) -> dict[str, Any]:
        deal = self.map.deal
        found: dict[str, Any] = {}
        for name in ("title", "industry", "client_type", "budget", "manager"):
            value = getattr(deal, name)
            if value is not None and (member := self.optional(value, words=name != "budget")) is not None:
                found[name] = member
        client = {
            name: member
            for name, value in (("name", deal.client), ("inn", deal.client_inn))
            if value is not None and (member := self.optional(value, words=True)) is not None
        }
        if client:
            found["client"] = client
        refs = [
            {"system": reference.system, "id": name}
            for reference in deal.refs
            if (name := self.optional(reference.id, words=True)) is not None
        ]
        if refs:
            found["refs"] = refs
        return found

    def holds(self, condition: Condition) -> bool:
        if any(self.is_empty(self.row.get(column)) for column in condition.filled):
            return False
        if condition.column is None:
            return True
        text = text_of(self.row.get(condition.column))
        if condition.one_of is not None and text not in map(text_of, condition.one_of):
            return False
        if condition.not_in is not None and text in map(text_of, condition.not_in):
            return False
        return condition.equals is None or text == text_of(condition.equals)

    def is_empty(self, cell: object) -> bool:
        return cell is None or (
            isinstance(cell, str | float) and text_of(cell) in ("", "nan", *self.map.empty_words)
        )

    def required(self, value: Value, what: str, rule: EventRule | None = None) -> str:
        """The value as text; without it the row is rejected."""
        columns = list(value.columns)
        column = columns[0] if len(columns) == 1 else None
        if value.template is not None:
            for name in columns:
                if self.is_empty(self.row.get(name)):
                    raise BadCell(self.lack(name, what), name, self.row.get(name))
        cell = self.cell(value, rule)
        if cell is None:
            raise BadCell(self.lack(column or value.column or "", what), column, self.row.get(column or ""))
        try:
            return _words(self.read(value, cell, rule))
        except ValueError as error:
            raise BadCell(f"{what} cannot be read: {error}", column, cell) from None

    def lack(self, column: str, what: str) -> str:
        return (
            f"{what} is empty" if column in self.row else f"{what} is missing: there is no column {column!r}"
        )

    def optional(self, value: Value, rule: EventRule | None = None, *, words: bool = False) -> Any:
        """The value, as text if `words`, or None where the row has none; one that cannot be read is remarked and left out."""
        cell = self.cell(value, rule)
        if cell is None:
            return None
        try:
            found = self.read(value, cell, rule)
            return _words(found) if words else found
        except ValueError as error:
            self.remarks.append(self.remark(f"left out: {error}", value.column, cell))
            return None

    def cell(self, value: Value, rule: EventRule | None) -> object:
        """What stands where the value points, after `map` and `empty`; None if nothing does."""
        if value.value is not None:
            return value.value
        if value.template is not None:
            cell: object = self.filled(value.template, rule)
        elif value.join is not None:
            cell = self.joined(self.joins[value.join], value.column or "")
        else:
            cell = self.row.get(value.column or "")
        if self.is_empty(cell):
            return value.empty
        return value.map.get(text_of(cell), cell) if value.map else cell

    def filled(self, template: str, rule: EventRule | None) -> str | None:
        own = {"row": str(self.number), "type": rule.type if rule else ""}
        cells = {name: self.row.get(name, own.get(name)) for name in PLACEHOLDER.findall(template)}
        if cells and all(self.is_empty(cell) for cell in cells.values()):
            return None
        words = {name: "" if self.is_empty(cell) else text_of(cell) for name, cell in cells.items()}
        return PLACEHOLDER.sub(lambda match: words[match[1]], template)

    def joined(self, join: Join, column: str) -> object:
        on = self.row.get(join.on)
        if self.is_empty(on):
            return None
        key = join_key(join, join.alias.get(text_of(on), on))
        table = self.tables.get(join.name, {})
        found = table.get(key)
        if found is None:
            why = (
                "several different rows there have this key" if key in table else "no row there has this key"
            )
            self.note(self.remark(f"does not join {join.file}: {why}", join.on, on))
            return None
        return found.get(column)

    def note(self, remark: Remark) -> None:
        if remark not in self.remarks:
            self.remarks.append(remark)

    def read(self, value: Value, cell: object, rule: EventRule | None) -> Any:
        if value.kind == "time":
            constant = cell is value.value or cell is value.empty
            formats = () if constant else value.format or (rule.format if rule else ())
            return time_of(cell, formats, self.map.timezone)
        if value.kind == "money":
            return money_of(cell, value.basis, self.map.decimal)
        if value.kind == "number":
            return whole_or_float(number_of(cell, self.map.decimal))
        if value.kind == "text" or not isinstance(cell, bool | int | float | list | dict):
            return text_of(cell)
        if isinstance(cell, float) and not isfinite(cell):
            raise ValueError("not a number")
        return cell


def _words(found: object) -> str:
    if isinstance(found, dict | list):
        raise ValueError("not one value but several; name the one that is meant, such as client.name")
    return text_of(found)


def _put(members: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        inner = members.get(name)
        members[name] = members = dict(inner) if isinstance(inner, dict) else {}
    members[path[-1]] = value
