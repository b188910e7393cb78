"""Yandex Tracker, API v3 (yandex.ru/support/tracker: issues, transitions, search)."""

from __future__ import annotations

from typing import Any, Final

from masterdeal import instant
from masterdeal.errors import TrackerRefused
from masterdeal.trackers.exchange import Exchange, within
from masterdeal.trackers.ticket import Ticket

NAME: Final = "yandex_tracker"
# Which names [place] takes, and whether they must be there.
PLACE: Final = {
    "queue": True,
    "org_id": False,
    "cloud_org_id": False,
    "type": False,
    "closed_statuses": False,
    "open_statuses": False,
    "resolution": False,
}
_CONFLICT: Final = 409


class YandexTracker:
    """Issues of one queue. `unique` makes Tracker itself refuse a second issue of the same task."""

    name = NAME

    def __init__(self, exchange: Exchange, place: dict[str, Any]) -> None:
        self._exchange = exchange
        self._place = place
        self._closed = frozenset(place.get("closed_statuses", ["closed", "resolved", "cancelled"]))
        self._open = frozenset(place.get("open_statuses", ["open", "new"]))

    def find(self, task_id: str) -> str | None:
        """By the tag that every issue of ours carries."""
        asked = {"filter": {"queue": self._place["queue"], "tags": [task_id]}}
        found = self._exchange.ask("POST", "/v3/issues/_search", asked)
        return str(within(found, 0, "key")) if found else None

    def create(self, ticket: Ticket) -> str:
        """A new issue, or the one that is there already."""
        fields = {
            **self._fields(ticket),
            "queue": self._place["queue"],
            "unique": ticket.task_id,
            "tags": [ticket.task_id, "masterdeal"],
        }
        if ticket.due is not None:
            fields["deadline"] = instant.iso(ticket.due)[:10]
        if "type" in self._place:
            fields["type"] = self._place["type"]
        answer = self._exchange.call("POST", "/v3/issues/", fields, expected=frozenset({_CONFLICT}))
        if answer.status_code == _CONFLICT:
            known = self.find(ticket.task_id)
            if known is None:
                raise TrackerRefused(f"an issue with unique {ticket.task_id} exists, but cannot be seen")
            return known
        return str(within(self._exchange.json(answer), "key"))

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        """Fields by PATCH; the status by whichever transition of the queue's workflow leads there."""
        path = f"/v3/issues/{remote}"
        self._exchange.call("PATCH", path, self._fields(ticket))
        if not turned:
            return
        closing = ticket.state == "closed"
        status = within(self._exchange.ask("GET", path), "status", "key")
        if (status in self._closed) is closing:
            return
        wanted = self._closed if closing else self._open
        ways = self._exchange.ask("GET", f"{path}/transitions")
        way = next((one for one in ways if within(one, "to", "key") in wanted), None)
        if way is None:
            raise TrackerRefused(f"{remote}: no transition from {status} to {', '.join(sorted(wanted))}")
        body = {"resolution": self._place["resolution"]} if closing and "resolution" in self._place else {}
        self._exchange.call("POST", f"{path}/transitions/{within(way, 'id')}/_execute", body)

    @staticmethod
    def _fields(ticket: Ticket) -> dict[str, Any]:
        fields: dict[str, Any] = {"summary": ticket.title, "description": ticket.text}
        if ticket.assignee is not None:
            fields["assignee"] = ticket.assignee
        if ticket.priority is not None:
            fields["priority"] = ticket.priority
        return fields
