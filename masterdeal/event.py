"""The CloudEvents 1.0 envelope as it comes in, and the event the core folds."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from masterdeal import instant
from masterdeal.errors import NotCloudEvent

LONGEST_NAME: Final = 512
# Deeper content is no deal's event, and reading it again could exhaust the stack that happened to read it once.
DEEPEST: Final = 64

_Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]


class Envelope(Struct, frozen=True, gc=False):
    """A CloudEvent in structured JSON mode. Extension attributes are not read; they stay in the kept body."""

    specversion: str
    id: _Name
    source: _Name
    type: _Name
    time: Annotated[datetime, Meta(tz=True)]
    subject: Annotated[str, Meta(max_length=LONGEST_NAME)] | None = None
    data: Any = None


class Event(Struct, frozen=True, gc=False):
    """One event of a deal, ready to be folded. `type` is the catalogue's name; instants are microseconds.

    `marked` says that the event was dated further ahead of its arrival than the tolerance allows:
    it takes effect when the clock reaches its time.
    """

    source: str
    id: str
    type: str
    time: int
    received: int
    marked: bool
    data: dict[str, Any]

    @property
    def key(self) -> tuple[int, str, str]:
        """The order of events: instant, then source and id as text."""
        return (self.time, self.source, self.id)


_decoder = msgspec.json.Decoder(Envelope)
_items = msgspec.json.Decoder(list[msgspec.Raw])
_flat = re.compile(rb'"(?:[^"\\]|\\.)*"|[^\[\]{}"]+', re.DOTALL)


def read_envelope(body: bytes | memoryview | msgspec.Raw) -> Envelope:
    """One CloudEvent from its JSON; NotCloudEvent names what is wrong and where."""
    text = bytes(body)
    if text.count(b"[") + text.count(b"{") > DEEPEST and _too_deep(text):
        raise NotCloudEvent(f"nested deeper than {DEEPEST} levels", reason="not_a_cloudevent")
    try:
        envelope = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise NotCloudEvent(f"not a CloudEvent: {error}", reason="not_a_cloudevent") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotCloudEvent(f"not JSON: {error}", reason="not_json") from None
    if envelope.specversion != "1.0":
        raise NotCloudEvent(
            f"specversion {envelope.specversion!r} is not 1.0 - at `$.specversion`", reason="not_a_cloudevent"
        )
    if not instant.nameable(envelope.time):
        raise NotCloudEvent(
            "the time has no year from 1 to 9999 in UTC - at `$.time`", reason="not_a_cloudevent"
        )
    if not f"{envelope.id}{envelope.source}{envelope.type}{envelope.subject or ''}".isprintable():
        raise NotCloudEvent("control characters in an attribute", reason="not_a_cloudevent")
    return envelope


def split_batch(body: bytes) -> list[msgspec.Raw]:
    """The elements of a JSON array, each still undecoded; NotCloudEvent if the body is no array."""
    try:
        return _items.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotCloudEvent(f"not a JSON array of events: {error}", reason="not_json") from None


def _too_deep(text: bytes) -> bool:
    """Whether brackets nest deeper than is allowed; they are peeled off level by level."""
    brackets = _flat.sub(b"", text)
    for _ in range(DEEPEST):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"").replace(b"{}", b"")
    return bool(brackets)


def of_body(body: bytes | str, type_: str, received: int, *, marked: bool) -> Event:
    """The event again from its kept body and the catalogue's name of its type."""
    envelope = _decoder.decode(body)
    data = envelope.data
    return Event(
        envelope.source,
        envelope.id,
        type_,
        instant.of_datetime(envelope.time),
        received,
        marked,
        data if isinstance(data, dict) else {},
    )


def same_content(left: bytes | str, right: bytes | str) -> bool:
    """Whether two bodies with equal source and id say the same: type, instant, subject and data."""
    a, b = _decoder.decode(left), _decoder.decode(right)
    return (a.type, a.time, a.subject, a.data) == (b.type, b.time, b.subject, b.data)
