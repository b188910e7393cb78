"""The AsyncAPI document of both directions, made from the event catalogue and the shapes of the events."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from masterdeal.announcement import ANNOUNCEMENTS
from masterdeal.catalogue import Catalogue

VERSION: Final = "3.0.0"
_SCHEMAS: Final = "#/components/schemas/"
_HEADERS: Final = {
    "type": "object",
    "properties": {
        "content-type": {"type": "string", "examples": ["application/cloudevents+json", "application/json"]}
    },
}


def document(catalogue: Catalogue) -> dict[str, Any]:
    """Domain events that MasterDeal receives on `domain.*`, canonical events that it sends, and what it sets aside."""
    named = {name: kind.shape for name in catalogue.names if (kind := catalogue.find(name)) is not None}
    stage = catalogue.find("system.stage.changed")
    received = {**named, **({"{system}.stage.changed": stage.shape} if stage else {})}
    shapes = {shape for shape in (*received.values(), *ANNOUNCEMENTS.values()) if shape is not None}
    _, schemas = msgspec.json.schema_components(
        sorted(shapes, key=lambda shape: shape.__qualname__ + shape.__module__),
        ref_template=_SCHEMAS + "{name}",
    )
    incoming = {
        _key(name): _message(name, shape, catalogue.aliases.get(name, ())) for name, shape in received.items()
    }
    outgoing = {_key(name): _message(name, shape) for name, shape in ANNOUNCEMENTS.items()}
    return {
        "asyncapi": VERSION,
        "info": {
            "title": "MasterDeal",
            "version": catalogue.version,
            "description": "CloudEvents 1.0 over Apache Kafka, structured JSON or binary mode. Delivery is at least once:"
            " (source, id) says whether an event came before. The message key is the deal.",
        },
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "domain": {
                "address": "domain.{system}",
                "description": "What the source systems report, in any order.",
                "parameters": {"system": {"description": "The source system, for example crm"}},
                "messages": _refs(incoming),
            },
            "canonical": {
                "address": "masterdeal.events",
                "description": "What MasterDeal concludes. Events of one deal come in the order of `sequence`.",
                "messages": _refs(outgoing),
            },
            "deadLetters": {
                "address": "masterdeal.dead-letters",
                "description": "Messages of domain.* that were refused, as they came; the reason and the place they came"
                " from stand in the headers masterdeal_reason, masterdeal_detail, masterdeal_topic,"
                " masterdeal_partition and masterdeal_offset.",
                "messages": {"refused": {"$ref": "#/components/messages/refused"}},
            },
        },
        "operations": {
            "receiveDomainEvents": {"action": "receive", "channel": {"$ref": "#/channels/domain"}},
            "sendCanonicalEvents": {"action": "send", "channel": {"$ref": "#/channels/canonical"}},
            "sendDeadLetters": {"action": "send", "channel": {"$ref": "#/channels/deadLetters"}},
        },
        "components": {
            "messages": {
                **incoming,
                **outgoing,
                "refused": {"name": "refused", "title": "A refused message", "payload": {}},
            },
            "schemas": schemas,
        },
    }


def _key(name: str) -> str:
    """The name as AsyncAPI allows it for a component."""
    return name.replace("{system}", "system").replace("*", "system")


def _refs(messages: dict[str, Any]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/messages/{name}"} for name in messages}


def _message(name: str, shape: type[Struct] | None, aliases: tuple[str, ...] = ()) -> dict[str, Any]:
    data: dict[str, Any] = {"type": "object"}
    if shape is not None:
        (data,), _ = msgspec.json.schema_components([shape], ref_template=_SCHEMAS + "{name}")
    types = {"pattern": r"^.+\.stage\.changed$"} if "{" in name else {"enum": [name, *aliases]}
    message: dict[str, Any] = {
        "name": name,
        "title": name,
        "contentType": "application/cloudevents+json",
        "headers": _HEADERS,
        "payload": {
            "type": "object",
            "required": ["specversion", "id", "source", "type", "time"],
            "properties": {
                "specversion": {"const": "1.0"},
                "id": {"type": "string", "minLength": 1, "maxLength": 512},
                "source": {"type": "string", "minLength": 1, "maxLength": 512},
                "type": {"type": "string", **types},
                "time": {"type": "string", "format": "date-time"},
                "subject": {"type": "string", "maxLength": 512, "description": "The master_deal_id"},
                "data": data,
            },
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": "The deal"}}},
    }
    if aliases:
        message["description"] = "Also known as " + ", ".join(aliases) + "."
    return message
