"""The event catalogue: which types are known, what they are also called and which fact each decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from masterdeal.content import SHAPES
from masterdeal.errors import Misconfigured

STAGE_CHANGED: Final = ".stage.changed"
CREATED: Final = "crm.deal.created"


class Kind(Struct, frozen=True):
    """What one event type does. `bit` is the fact's place in a deal's mask, or -1 for no fact. `suspends` says whether
    SLA timers stand still from the event on (True) or run on (False)."""

    name: str
    bit: int = -1
    value: bool = True
    compensating: bool = False
    shape: type[Struct] | None = None
    amount: str | None = None
    system: str | None = None
    suspends: bool | None = None


class Catalogue:
    """The known types under all their names, and the facts in the order of their bits."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self.version: str = table["version"]
        self.facts: tuple[str, ...] = tuple(table["facts"])
        self.gates: dict[str, str] = {fact: gate for fact, gate in table["facts"].items() if gate}
        self._kinds: dict[str, Kind] = {}
        self.aliases: dict[str, tuple[str, ...]] = {}
        self._stage_changed: Kind | None = None
        for row in table["type"]:
            kind = self._kind(row)
            if row["name"] == "*" + STAGE_CHANGED:
                self._stage_changed = kind
                continue
            self.aliases[kind.name] = tuple(row.get("aliases", ()))
            for name in (kind.name, *self.aliases[kind.name]):
                if name in self._kinds:
                    raise Misconfigured(f"the catalogue names {name} twice")
                self._kinds[name] = kind

    def _kind(self, row: Mapping[str, Any]) -> Kind:
        fact = row.get("fact")
        if fact is not None and fact not in self.facts:
            raise Misconfigured(f"the catalogue's {row['name']} decides an unknown fact {fact}")
        content = row.get("content")
        return Kind(
            name=row["name"],
            bit=-1 if fact is None else self.facts.index(fact),
            value=row.get("value", True),
            compensating=row.get("compensating", False),
            shape=SHAPES[content] if content else None,
            amount=row.get("amount"),
            suspends=row.get("suspends"),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The canonical type names, without the per-system stage changes."""
        return tuple(self.aliases)

    def find(self, type_: str) -> Kind | None:
        """The kind of a type under any of its names; None says that the type is not known."""
        kind = self._kinds.get(type_)
        if kind is None and self._stage_changed is not None and type_.endswith(STAGE_CHANGED):
            system = type_[: -len(STAGE_CHANGED)]
            if system:
                template = self._stage_changed
                return Kind(name=type_, shape=template.shape, system=system)
        return kind
