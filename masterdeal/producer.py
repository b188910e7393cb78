"""Which event types a source system may publish: its own."""

from __future__ import annotations

from collections.abc import Collection

from masterdeal.catalogue import Catalogue


def may_publish(systems: Collection[str], type_: str | None, catalogue: Catalogue) -> bool:
    """Whether one of these systems may publish a type, under any of its names. A system's own types begin with its
    name; a known type is also that of every system an alias of it begins with (docflow.contract.signed is called
    legal.contract.signed too)."""
    if type_ is None:
        return False
    kind = catalogue.find(type_)
    names = (type_,) if kind is None else (type_, kind.name, *catalogue.aliases.get(kind.name, ()))
    return any(name.startswith(f"{system}.") for system in systems for name in names)
