"""POST /v1/webhooks/{system}: a source system's own webhook, signed with Standard Webhooks, becomes events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Path, Request, Response
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook, WebhookVerificationError
from starlette.concurrency import run_in_threadpool

from api.intake import LARGE, body_within
from api.shapes import Outcomes
from api.writer import Writer
from masterdeal.connectors.contract import Connector
from masterdeal.errors import Misconfigured, NotFound, Unauthenticated
from masterdeal.flow.connector import incoming_of

router = APIRouter(tags=["events"])

HEADERS: Final = ("webhook-id", "webhook-timestamp", "webhook-signature")


@dataclass(frozen=True)
class Webhooks:
    """The connectors and, for those that may call, the secrets they sign with; several while one is being replaced."""

    connectors: Mapping[str, Connector] = field(default_factory=dict)
    secrets: Mapping[str, tuple[Webhook, ...]] = field(default_factory=dict, repr=False)

    def verified(self, system: str, body: bytes, headers: Mapping[str, str]) -> Connector:
        """The connector whose system signed this body within the last five minutes. NotFound where the system has no
        secret here, Unauthenticated where the signature is not its own."""
        connector, signers = self.connectors.get(system), self.secrets.get(system)
        if connector is None or not signers:
            raise NotFound(f"no webhook is taken from {system!r}", id=system)
        signed = {name: headers[name] for name in HEADERS if name in headers}
        reason = ""
        for signer in signers:
            try:
                signer.verify(body, signed, json_parse=False)
            except (WebhookVerificationError, ValueError) as error:
                # The library takes a signature apart without looking whether it has parts.
                reason = str(error) if isinstance(error, WebhookVerificationError) else "malformed"
            else:
                return connector
        raise Unauthenticated(f"the webhook's signature is not accepted: {reason}", presented=True)


def read_secrets(text: str, known: Mapping[str, Connector]) -> dict[str, tuple[Webhook, ...]]:
    """Secrets from `system=whsec_…` parted by commas; a system that stands twice has two. Misconfigured names the
    system whose secret is no base64, never the secret."""
    found: dict[str, tuple[Webhook, ...]] = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        system, _, secret = part.partition("=")
        if system not in known:
            raise Misconfigured(
                f"MASTERDEAL_WEBHOOK_SECRETS: no connector {system!r}; there are: {', '.join(sorted(known))}"
            )
        try:
            signer = Webhook(secret.strip())
        except (ValueError, EmptyWebhookSecretError) as error:
            raise Misconfigured(
                f"MASTERDEAL_WEBHOOK_SECRETS: the secret of {system} is not whsec_ and base64"
            ) from error
        found[system] = (*found.get(system, ()), signer)
    return found


@router.post(
    "/v1/webhooks/{system}",
    status_code=202,
    response_model=Outcomes,
    summary="Take a system's webhook in",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {}}}}},
)
async def post_webhook(
    request: Request,
    system: Annotated[str, Path(max_length=64, description="crm, mediapush, docflow, legal, dcm, …")],
) -> Response:
    """A webhook as `masterdeal connectors SYSTEM` describes it, with the headers `webhook-id`, `webhook-timestamp` and
    `webhook-signature` of Standard Webhooks. One outcome for each event; sending it again changes nothing."""
    state: Any = request.app.state
    body = await body_within(request, state.house.settings.max_body)
    connector = state.house.webhooks.verified(system, body, request.headers)
    book = state.house.book
    writer: Writer = state.writer
    if len(body) > LARGE:
        incoming = await run_in_threadpool(incoming_of, connector, body, book)
    else:
        incoming = incoming_of(connector, body, book)
    outcomes = await writer.take(incoming) if incoming else []
    return Response(msgspec.json.encode({"results": outcomes}), 202, media_type="application/json")
