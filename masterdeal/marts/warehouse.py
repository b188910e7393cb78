"""What the marts ask of the engine that holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from msgspec import Struct

from masterdeal.marts.dialect import Dialect
from masterdeal.marts.model import Rows, Table
from masterdeal.marts.scope import Selected


class Fed(Struct, frozen=True):
    """How far the marts have been fed: the last event of the log that is in them, under the edition of the
    rulebook and of the model that made the rows. `whole` is false while they are filled from zero."""

    edition: str
    position: int
    source: str = ""
    id: str = ""
    whole: bool = True


class Answer(Struct, frozen=True):
    """Columns, their engine's types and rows. `cut` says that there were more rows than asked for."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    cut: bool = False

    def dicts(self) -> list[dict[str, Any]]:
        """Rows by column name."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Warehouse(Protocol):
    """An engine with the tables of the model. Any number of readers; one that feeds, or several where it is shared."""

    @property
    def shared(self) -> bool:
        """Whether other processes may feed it too, so that how far it is must be asked anew each time."""

    @property
    def dialect(self) -> Dialect:
        """How the engine spells SQL."""

    def fed(self) -> Fed | None:
        """How far it has been fed; None if never."""

    def again(self, now: int, limit: int) -> list[str]:
        """Deals that must be restated because the time of an event dated ahead has come."""

    def begin(self, edition: str, whole: Rows) -> None:
        """Empty everything, fill the tables that belong to no deal, and say that filling has begun."""

    def take(
        self,
        deals: Sequence[str],
        rows: Rows,
        again: Mapping[str, int],
        fed: Fed,
        *,
        seen: int = 0,
        fresh: bool = False,
    ) -> None:
        """Put the rows of some deals in place of what they had, and how far that is, in one step that is whole or not
        at all. `again` holds the instants at which some of them are to be restated, `seen` the position of the last
        event that the rows could know of: in a shared warehouse rows that knew less never replace those that knew
        more. `fresh` says that none had rows."""

    def ask(self, sql: str, values: Mapping[str, Any] | None = None) -> Answer:
        """The answer to one of our own questions."""

    def ask_all(self, queries: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Answer]:
        """The answers to several questions from one snapshot. An engine without snapshots over several queries asks
        again if the rows have changed meanwhile, a few times."""

    def ask_freely(self, sql: str, limit: int, seconds: float) -> Answer:
        """The answer to anyone's SELECT over the tables of the model. BadRequest where it is no such thing, takes
        longer than `seconds`, or cannot be answered."""

    def batches(
        self, table: Table, meant: Selected | None = None, size: int = 50_000
    ) -> AbstractContextManager[Any]:
        """The rows of a table, or those of them that are meant, as an Arrow reader of record batches, in the order
        of the first column."""

    def renew(self) -> None:
        """Begin with nothing: what could not be used is thrown away."""

    def close(self) -> None:
        """Let go of everything."""
