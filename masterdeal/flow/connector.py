"""A system's webhook becomes events to take in; what does not fit becomes a refusal with its reason."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from masterdeal.connectors.contract import DEAL, KNOWN, Connector
from masterdeal.errors import BadRequest, Malformed
from masterdeal.event import DEEPEST
from masterdeal.flow.intake import Incoming, read
from masterdeal.flow.rows import flattened
from masterdeal.history import events_of
from masterdeal.rulebook import Rulebook

NOT_AN_OBJECT: Final = "not_an_object"
BAD_ROW: Final = "bad_row"
NO_RULE: Final = "no_rule"
MOST_ITEMS: Final = 1_000


def incoming_of(connector: Connector, body: bytes, book: Rulebook) -> list[Incoming]:
    """The events of a webhook, each read, in the order they stand. Malformed where the body is no JSON at all."""
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed(f"not JSON: {error}", reason="not_json") from None
    items = found
    if connector.items is not None and isinstance(found, dict):
        items = found.get(connector.items, found)
    if not isinstance(items, list):
        items = [items]
    if len(items) > MOST_ITEMS:
        raise BadRequest(f"{len(items)} items in one webhook; at most {MOST_ITEMS}")
    return [
        incoming
        for number, item in enumerate(items, 1)
        for incoming in _of_item(connector, item, number, book)
    ]


def _of_item(connector: Connector, item: Any, number: int, book: Rulebook) -> list[Incoming]:
    kept = msgspec.json.encode(item).decode()
    if not isinstance(item, dict) or _depth(item) > DEEPEST:
        return [_refused(connector, kept, NOT_AN_OBJECT, "each item is a JSON object, not nested too deeply")]
    row = flattened(item)
    known, name = row.get(KNOWN), row.get(connector.deal_ref.column)
    row[DEAL] = known or name
    made = events_of(connector.rows, row, number)
    if made.rejections:
        told = "; ".join(f"{one.column or 'item'}: {one.reason}" for one in made.rejections)
        return [_refused(connector, kept, BAD_ROW, told)]
    if not made.events:
        return [_refused(connector, kept, NO_RULE, "no event of this connector fits the item")]
    events = [dict(event) for event in made.events]
    for event in events:
        if not known:
            event.pop("subject")
            ref = {"system": connector.deal_ref.system, "id": str(name)}
            event["data"] = {**event["data"], "ref": ref}
    return [read(msgspec.json.encode(event), book) for event in events]


def _refused(connector: Connector, kept: str, reason: str, detail: str) -> Incoming:
    return Incoming(kept, connector.system, refusal=reason, detail=detail)


def _depth(found: Any) -> int:
    """How deep objects and lists nest."""
    level, depth = [found], 0
    while level and depth <= DEEPEST:
        depth += 1
        level = [
            inner
            for one in level
            for inner in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
            if isinstance(inner, dict | list)
        ]
    return depth
