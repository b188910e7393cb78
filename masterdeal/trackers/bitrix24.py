"""Bitrix24 over an inbound webhook of the portal (apidocs.bitrix24.ru: tasks.task.*)."""

from __future__ import annotations

from typing import Any, Final

from masterdeal import instant
from masterdeal.errors import TrackerRefused, TrackerUnreachable
from masterdeal.trackers.exchange import Exchange, within
from masterdeal.trackers.ticket import Ticket

NAME: Final = "bitrix24"
PLACE: Final = {"user": True, "responsible": True, "group": False}
_COMPLETED: Final = "5"
_PASSING: Final = frozenset({"QUERY_LIMIT_EXCEEDED", "OPERATION_TIME_LIMIT", "INTERNAL_SERVER_ERROR"})


class Bitrix24:
    """Tasks, found again by a tag. Accounts are user ids; priority is 0, 1 or 2."""

    name = NAME

    def __init__(self, exchange: Exchange, place: dict[str, Any]) -> None:
        self._exchange = exchange
        self._responsible = str(place["responsible"])
        self._group = place.get("group")

    def find(self, task_id: str) -> str | None:
        """By the tag that every task of ours carries."""
        asked = {"filter": {"TAG": task_id}, "select": ["ID"], "order": {"ID": "asc"}}
        found = within(self._ask("tasks.task.list", asked), "tasks")
        return str(within(found, 0, "id")) if found else None

    def create(self, ticket: Ticket) -> str:
        """A new task; it must have somebody responsible, so there is one to fall back on."""
        fields = {
            "RESPONSIBLE_ID": self._responsible,
            **self._fields(ticket),
            "TAGS": [ticket.task_id, "masterdeal"],
        }
        if ticket.due is not None:
            fields["DEADLINE"] = instant.iso(ticket.due)
        if self._group is not None:
            fields["GROUP_ID"] = self._group
        return str(within(self._ask("tasks.task.add", {"fields": fields}), "task", "id"))

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        """Fields by update; completed or renewed where that is not so yet."""
        self._ask("tasks.task.update", {"taskId": remote, "fields": self._fields(ticket)})
        if not turned:
            return
        closing = ticket.state == "closed"
        found = self._ask("tasks.task.get", {"taskId": remote, "select": ["ID", "STATUS"]})
        if (str(within(found, "task", "status")) == _COMPLETED) is closing:
            return
        self._ask("tasks.task.complete" if closing else "tasks.task.renew", {"taskId": remote})

    def _ask(self, method: str, body: dict[str, Any]) -> Any:
        """The result of a method. Some failures are told in the body of a 200 or 400."""
        answer = self._exchange.call("POST", f"/{method}.json", body, expected=frozenset({400}))
        told = self._exchange.json(answer)
        if isinstance(told, dict) and "error" in told:
            text = f"{method}: {told['error']} {told.get('error_description', '')}".strip()
            raise (TrackerUnreachable if told["error"] in _PASSING else TrackerRefused)(text)
        if answer.status_code != 200:
            raise TrackerRefused(f"{method}: {answer.status_code}")
        return within(told, "result")

    @staticmethod
    def _fields(ticket: Ticket) -> dict[str, Any]:
        fields: dict[str, Any] = {"TITLE": ticket.title, "DESCRIPTION": ticket.text}
        if ticket.assignee is not None:
            fields["RESPONSIBLE_ID"] = ticket.assignee
        if ticket.priority is not None:
            fields["PRIORITY"] = ticket.priority
        return fields
