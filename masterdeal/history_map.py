"""The map of a history: what a user writes in TOML to say which rows of a table make which events."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, model_validator

from masterdeal.cell import DecimalMark, zone_of
from masterdeal.errors import BadMap
from masterdeal.history_value import (
    PLACEHOLDER,
    STRICT,
    VALUE_KEYS,
    Formats,
    Name,
    Read,
    Scalar,
    Value,
    as_value,
)

Normal = Literal["case", "space", "punctuation"]


def _budget(given: Any) -> Any:
    given = as_value(given)
    return {"as": "money", **given} if isinstance(given, dict) else given


def _template(given: Any) -> Any:
    """An id is a template; without a placeholder it names a column, since no two events may share an id."""
    if isinstance(given, str):
        return {"template": given} if PLACEHOLDER.search(given) else {"column": given}
    return given


def _conditions(given: Any) -> Any:
    return [given] if isinstance(given, dict) else given


def _members(given: Any) -> Any:
    """Nested tables become dotted names, so that every member is one value."""
    if not isinstance(given, dict):
        return given
    flat: dict[str, Any] = {}
    for name, member in given.items():
        if isinstance(member, dict) and not member.keys() & VALUE_KEYS:
            flat |= {f"{name}.{inner}": value for inner, value in _members(member).items()}
        else:
            flat[name] = as_value(member)
    return flat


class Reference(BaseModel):
    """A deal's name in a source system."""

    model_config = STRICT

    system: Name
    id: Read


class DealColumns(BaseModel):
    """What names a deal and what describes it."""

    model_config = STRICT

    id: Read
    title: Read | None = None
    client: Read | None = None
    client_inn: Read | None = None
    industry: Read | None = None
    client_type: Read | None = None
    budget: Annotated[Value, BeforeValidator(_budget)] | None = None
    manager: Read | None = None
    refs: tuple[Reference, ...] = ()

    @property
    def values(self) -> Iterator[Value]:
        """Everything read for a deal."""
        for name in type(self).model_fields:
            read = getattr(self, name)
            if isinstance(read, Value):
                yield read
        yield from (reference.id for reference in self.refs)


class Condition(BaseModel):
    """A test of a row; several tests in one condition must all hold."""

    model_config = STRICT

    column: Name | None = None
    one_of: tuple[Scalar, ...] | None = Field(default=None, alias="in")
    not_in: tuple[Scalar, ...] | None = None
    equals: Scalar | None = None
    not_empty: Name | tuple[Name, ...] | bool | None = None

    @model_validator(mode="after")
    def _tests_something(self) -> Self:
        of_column = (self.one_of, self.not_in, self.equals)
        if all(test is None for test in (*of_column, self.not_empty)):
            raise ValueError("a condition needs one of in, not_in, equals, not_empty")
        if self.column is None and (any(test is not None for test in of_column) or self.not_empty is True):
            raise ValueError("in, not_in, equals need column")
        if self.not_empty is False:
            raise ValueError("not_empty names a column")
        return self

    @property
    def filled(self) -> tuple[str, ...]:
        """The columns that must not be empty."""
        if self.not_empty is True:
            return (self.column or "",)
        return (self.not_empty,) if isinstance(self.not_empty, str) else self.not_empty or ()

    @property
    def columns(self) -> Iterator[str]:
        """The columns that are tested."""
        if self.column is not None:
            yield self.column
        yield from self.filled


class EventRule(BaseModel):
    """One event that a row may make."""

    model_config = STRICT

    type: Name
    time: Read
    format: Formats = ()
    when: Annotated[tuple[Condition, ...], BeforeValidator(_conditions)] = ()
    id: Annotated[Value, BeforeValidator(_template)] | None = None
    members: Annotated[dict[str, Read], BeforeValidator(_members)] = Field(default_factory=dict, alias="data")

    @model_validator(mode="before")
    @classmethod
    def _time_is_a_time(cls, given: Any) -> Any:
        if isinstance(given, dict) and "time" in given:
            stated = as_value(given["time"])
            if isinstance(stated, dict):
                return {**given, "time": {"as": "time", **stated}}
            if isinstance(stated, date):
                return {**given, "time": {"as": "time", "value": stated}}
        return given

    @model_validator(mode="after")
    def _reads_a_time(self) -> Self:
        if self.time.kind != "time":
            raise ValueError('time is read as = "time"')
        return self

    @property
    def columns(self) -> Iterator[str]:
        """The columns that are read for it."""
        values = [self.time, *self.members.values()]
        for value in [*values, self.id] if self.id is not None else values:
            yield from value.columns
        for condition in self.when:
            yield from condition.columns


def _beside(given: Any) -> Any:
    parts = re.split(r"[/\\]", given) if isinstance(given, str) else [""]
    if "" in parts or ".." in parts or ":" in parts[0]:
        raise ValueError("allowed: the name of a file in the folder of the loaded file or below it")
    return given


class Join(BaseModel):
    """A second file, found beside the first, in which a value is looked up."""

    model_config = STRICT

    file: Annotated[str, BeforeValidator(_beside)]
    key: Name
    on: Name
    name: Name = ""
    normalise: tuple[Normal, ...] = ()
    alias: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _named_after_its_file(cls, given: Any) -> Any:
        if isinstance(given, dict) and "name" not in given and isinstance(given.get("file"), str):
            return {**given, "name": re.sub(r"\.[^.]*$", "", re.split(r"[/\\]", given["file"])[-1])}
        return given


def _zone(name: str) -> str:
    zone_of(name)
    return name


class HistoryMap(BaseModel):
    """How the rows of one table become events. `timezone` is for times that carry no offset."""

    model_config = STRICT

    source: Name
    timezone: Annotated[str, BeforeValidator(_zone)] = "UTC"
    deal: DealColumns
    events: tuple[EventRule, ...] = Field(alias="event")
    joins: tuple[Join, ...] = Field(default=(), alias="join")
    empty_words: tuple[str, ...] = ()
    decimal: DecimalMark | None = None
    sheet: Name | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if not self.events:
            raise ValueError("at least one [[event]] is needed")
        names = [join.name for join in self.joins]
        if len(set(names)) != len(names):
            raise ValueError("two joins have the same name; give one a name of its own")
        members = (value for rule in self.events for value in (rule.time, *rule.members.values()))
        for value in (*self.deal.values, *members):
            if value.join is not None and value.join not in names:
                raise ValueError(
                    f"no [[join]] is called {value.join!r}; there are: {', '.join(names) or 'none'}"
                )
        return self

    @property
    def columns(self) -> frozenset[str]:
        """Every column of the table that the map reads."""
        read = {column for value in self.deal.values for column in value.columns}
        read.update(column for rule in self.events for column in rule.columns)
        return frozenset(read.union(join.on for join in self.joins))


_TABLES: Final[Mapping[str, type[BaseModel]]] = {"deal": DealColumns, "event": EventRule, "join": Join}


def parse_map(text: str) -> HistoryMap:
    """The map from its TOML text; BadMap names each wrong key and what is allowed there."""
    try:
        raw = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise BadMap(f"the map is not TOML: {error}") from None
    try:
        return HistoryMap.model_validate(raw)
    except ValidationError as error:
        problems = [_problem(one) for one in error.errors(include_url=False)]
        told = "; ".join(
            f"{one['key']}: {one['problem']}" if one["key"] else one["problem"] for one in problems
        )
        raise BadMap(f"the map cannot be used: {told}", problems=problems) from None


def _problem(error: Any) -> dict[str, Any]:
    loc: tuple[int | str, ...] = error["loc"]
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in loc)
    told = error["msg"].removeprefix("Value error, ")
    if error["type"] == "missing":
        return {"key": key, "problem": "is missing", "allowed": []}
    if error["type"] == "extra_forbidden":
        known = allowed(_model_at(loc[:-1]))
        return {"key": key, "problem": f"is not known; allowed: {', '.join(known)}", "allowed": known}
    return {"key": key, "problem": told[:1].lower() + told[1:], "allowed": []}


def allowed(table: type[BaseModel]) -> list[str]:
    """The keys one may write in this table of a map."""
    return sorted(field.alias or name for name, field in table.model_fields.items())


def _model_at(loc: tuple[int | str, ...]) -> type[BaseModel]:
    """The table of the map that stands at this place."""
    if not loc:
        return HistoryMap
    inner = [part for part in loc[1:] if isinstance(part, str)]
    if not inner:
        return _TABLES[str(loc[0])]
    if inner[0] == "when":
        return Condition
    if inner == ["refs"]:
        return Reference
    return Value
