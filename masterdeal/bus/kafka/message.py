"""The Kafka binding of CloudEvents 1.0: a message's headers and value as one event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from masterdeal.errors import NotCloudEvent
from masterdeal.flow.intake import Incoming, read
from masterdeal.rulebook import Rulebook

STRUCTURED: Final = "application/cloudevents+json"
_ATTRIBUTES: Final = ("specversion", "id", "source", "type", "time", "subject")

Headers = Sequence[tuple[str, bytes | str | None]]


def incoming(headers: Headers, value: bytes | None, book: Rulebook) -> Incoming:
    """The event of a message. One that holds none comes back with its refusal."""
    body = value or b""
    try:
        return read(structured(headers, body), book)
    except NotCloudEvent as error:
        attributes = _texts(headers)
        return Incoming(
            body.decode("utf-8", "replace"),
            attributes.get("ce_source"),
            attributes.get("ce_id"),
            attributes.get("ce_type"),
            refusal=error.facts["reason"],
            detail=error.message,
        )


def structured(headers: Headers, body: bytes) -> bytes:
    """The event in structured JSON mode. The content type decides; without one, a `ce_` header means binary mode."""
    texts = _texts(headers)
    media = texts.get("content-type", "").partition(";")[0].strip().lower()
    if media.startswith("application/cloudevents"):
        if media != STRUCTURED:
            raise NotCloudEvent(
                f"content type {media!r}: only {STRUCTURED} is read", reason="not_a_cloudevent"
            )
        return body
    if not any(name.startswith("ce_") for name in texts):
        return body
    event: dict[str, Any] = {name: texts[f"ce_{name}"] for name in _ATTRIBUTES if f"ce_{name}" in texts}
    if body:
        if media and media != "application/json" and not media.endswith("+json"):
            raise NotCloudEvent(
                f"binary mode with {media!r}: the data must be JSON", reason="not_a_cloudevent"
            )
        try:
            event["data"] = msgspec.json.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise NotCloudEvent(f"the data is not JSON: {error}", reason="not_json") from None
    return msgspec.json.encode(event)


def _texts(headers: Headers) -> dict[str, str]:
    """Headers by lower-case name; one that is no UTF-8 keeps its place with replacement characters."""
    return {
        name.lower(): value if isinstance(value, str) else value.decode("utf-8", "replace")
        for name, value in headers
        if value is not None
    }
