"""The tree of the product's own errors. Facts travel as attributes; wording for people is made at the endpoints."""

from __future__ import annotations

from typing import Any, ClassVar


class DealError(Exception):
    """Something asked of the product cannot be done."""

    kind: ClassVar[str] = "error"

    def __init__(self, message: str | None = None, **facts: Any) -> None:
        self.facts: dict[str, Any] = facts
        self.message = message or (type(self).__doc__ or "").strip()
        super().__init__(self.message)


class Malformed(DealError):
    """What was given cannot be read."""

    kind = "malformed"


class NotCloudEvent(Malformed):
    """The body is not a CloudEvent 1.0."""

    kind = "not-a-cloudevent"


class BadContent(Malformed):
    """The event is of a known type, but its content is not what the type requires."""

    kind = "bad-content"


class BadMap(Malformed):
    """The map that turns rows into events cannot be used."""

    kind = "bad-map"


class BadRequest(DealError):
    """The request does not fit the contract."""

    kind = "bad-request"


class TooLarge(DealError):
    """What was given is larger than the configured limit."""

    kind = "too-large"


class NotFound(DealError):
    """Nothing is kept under this name."""

    kind = "not-found"


class Conflict(DealError):
    """What is asked contradicts what is kept."""

    kind = "conflict"


class Unauthenticated(DealError):
    """Who asks is not known: a valid bearer token is needed."""

    kind = "unauthenticated"


class Forbidden(DealError):
    """Who asks may not do this."""

    kind = "forbidden"


class IdentityProviderFailed(DealError):
    """The identity provider's keys cannot be had, so no token can be checked."""

    kind = "identity-provider-failed"


class BasisMismatch(DealError):
    """Two amounts of different currency, VAT or commission basis cannot be added or compared."""

    kind = "basis-mismatch"


class Misconfigured(DealError):
    """The configuration contradicts itself or is not safe."""

    kind = "misconfigured"


class StoreBusy(DealError):
    """The event store did not accept the write in time."""

    kind = "store-busy"


class StoreFailed(DealError):
    """The event store cannot be used."""

    kind = "store-failed"


class BusFailed(DealError):
    """The message broker cannot be used."""

    kind = "bus-failed"


class MartsHeld(DealError):
    """Another process holds the marts."""

    kind = "marts-held"


class MartsFailed(DealError):
    """The marts cannot be used."""

    kind = "marts-failed"


class MartsUnavailable(DealError):
    """The server of the marts does not answer as it should; what it holds stands, and it may be asked again."""

    kind = "marts-unavailable"


class TrackerUnreachable(DealError):
    """The task tracker did not do what it was asked; it may be asked again."""

    kind = "tracker-unreachable"


class TrackerRefused(DealError):
    """The task tracker will not do what it was asked, however often."""

    kind = "tracker-refused"
