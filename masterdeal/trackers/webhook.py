"""Any receiver of Standard Webhooks (standardwebhooks.com): each change of a task is a signed CloudEvent."""

from __future__ import annotations

from typing import Final

import msgspec
from standardwebhooks.webhooks import Webhook

from masterdeal import instant
from masterdeal.trackers.exchange import Exchange
from masterdeal.trackers.ticket import ERRAND, Ticket

NAME: Final = "webhook"
PLACE: Final[dict[str, bool]] = {}
SOURCE: Final = "masterdeal"
OPENED: Final = "opened"
CHANGED: Final = "changed"
CLOSED: Final = "closed"


class SignedWebhook:
    """A receiver that keeps its tasks by our id, `data.task_id`. `webhook-id`, also the event's id, is made of the
    change's key and what happened: the same for every repeat."""

    name = NAME

    def __init__(self, exchange: Exchange, secret: str) -> None:
        self._exchange = exchange
        self._signer = Webhook(secret)

    def find(self, task_id: str) -> str | None:  # noqa: ARG002 (a receiver cannot be asked)
        """None: a repeat under the same id is the receiver's to recognise."""
        return None

    def create(self, ticket: Ticket) -> str:
        """Tell of a new task; its id outside is its id here."""
        self._post(ticket, OPENED)
        return ticket.task_id

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:  # noqa: ARG002 (the body says it all)
        """Tell of a change."""
        self._post(ticket, CLOSED if ticket.state == "closed" else OPENED if turned else CHANGED)

    def _post(self, ticket: Ticket, what: str) -> None:
        id_ = f"{ticket.key}.{what}"
        event = {
            "specversion": "1.0",
            "id": id_,
            "source": SOURCE,
            "type": f"masterdeal.{'errand' if ticket.kind == ERRAND else 'escalation'}.{what}",
            "time": instant.iso(ticket.sent_at),
            "subject": ticket.deal_id or ticket.task_id,
            "datacontenttype": "application/json",
            "data": {
                "task_id": ticket.task_id,
                "master_deal_id": ticket.deal_id or None,
                "kind": ticket.kind,
                "timer": ticket.timer,
                "due_at": None if ticket.due is None else instant.iso(ticket.due),
                "state": ticket.state,
                "rung": ticket.rung,
                "addressee": ticket.addressee,
                "role": ticket.role,
                "assignee": ticket.assignee,
                "priority": ticket.priority,
                "title": ticket.title,
                "text": ticket.text,
                "acknowledged_by": ticket.acknowledged_by,
                "closed_because": ticket.closed_because,
            },
        }
        body = msgspec.json.encode(event)
        moment = instant.to_datetime(ticket.sent_at)
        self._exchange.call(
            "POST",
            "",
            content=body,
            headers={
                "content-type": "application/cloudevents+json",
                "webhook-id": id_,
                "webhook-timestamp": str(ticket.sent_at // instant.SECOND),
                "webhook-signature": self._signer.sign(id_, moment, body.decode()),
            },
        )
