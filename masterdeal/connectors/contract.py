"""A connector: the contract with one source system, as its TOML file states it."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from masterdeal.catalogue import Catalogue
from masterdeal.errors import Misconfigured
from masterdeal.history_map import HistoryMap
from masterdeal.producer import may_publish

DEAL: Final = "deal_id"
KNOWN: Final = "master_deal_id"
_STRICT: Final = ConfigDict(frozen=True, extra="forbid")


class DealRef(BaseModel):
    """By which system's id the webhook names a deal, and where that id stands."""

    model_config = _STRICT

    system: str
    column: str


class Example(BaseModel):
    """A webhook as the system sends it."""

    model_config = _STRICT

    body: str


class Connector(BaseModel):
    """The contract with one source system. `rows` maps its webhook's members to events, `items` names the member that
    holds several at once."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    version: str
    system: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    name_ru: str
    about: str
    deal_ref: DealRef
    items: str | None = None
    rows: HistoryMap = Field(alias="map")
    fields: dict[str, str] = Field(default_factory=dict, alias="field")
    examples: tuple[Example, ...] = Field(default=(), alias="example")

    @property
    def types(self) -> tuple[str, ...]:
        """The event types that the webhook can become, in the order of the file."""
        return tuple(dict.fromkeys(rule.type for rule in self.rows.events))


def read_connector(table: dict[str, Any], catalogue: Catalogue) -> Connector:
    """The connector from its TOML table. Misconfigured where it would publish what is not its system's own, or where
    an event could not be recognised when it comes again."""
    given = dict(table)
    rows = dict(given.get("map", {}))
    rows["deal"] = {**rows.get("deal", {}), "id": DEAL}
    given["map"] = rows
    try:
        connector = Connector.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Misconfigured(f"connector {table.get('system')}: {where}: {first['msg']}") from error
    if connector.rows.source != connector.system:
        raise Misconfigured(f"connector {connector.system}: map.source is {connector.rows.source!r}")
    if connector.rows.joins:
        raise Misconfigured(f"connector {connector.system}: a webhook joins no files")
    for rule in connector.rows.events:
        if not may_publish([connector.system], rule.type, catalogue):
            raise Misconfigured(f"connector {connector.system}: {rule.type} is not its own type")
        if rule.id is None:
            raise Misconfigured(f"connector {connector.system}: {rule.type} needs an id that tells a repeat")
    return connector
