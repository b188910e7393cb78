"""Jira Cloud, REST API v2 with plain-text descriptions (developer.atlassian.com: issues, transitions, search/jql)."""

from __future__ import annotations

from typing import Any, Final

from masterdeal import instant
from masterdeal.errors import TrackerRefused
from masterdeal.trackers.exchange import Exchange, within
from masterdeal.trackers.ticket import Ticket

NAME: Final = "jira"
PLACE: Final = {"project": True, "issue_type": False}
_DONE: Final = "done"


class Jira:
    """Issues of one project, found again by a label. Assignees are account ids."""

    name = NAME

    def __init__(self, exchange: Exchange, place: dict[str, Any]) -> None:
        self._exchange = exchange
        self._project: str = place["project"]
        self._type: str = place.get("issue_type", "Task")

    def find(self, task_id: str) -> str | None:
        """By the label that every issue of ours carries."""
        asked = {
            "jql": f'project = "{self._project}" AND labels = "{task_id}" ORDER BY created ASC',
            "fields": "status",
            "maxResults": "1",
        }
        found = within(self._exchange.ask("GET", "/rest/api/2/search/jql", params=asked), "issues")
        return str(within(found, 0, "key")) if found else None

    def create(self, ticket: Ticket) -> str:
        """A new issue."""
        fields = {
            **self._fields(ticket),
            "project": {"key": self._project},
            "issuetype": {"name": self._type},
            "labels": [ticket.task_id, "masterdeal"],
        }
        if ticket.due is not None:
            fields["duedate"] = instant.iso(ticket.due)[:10]
        return str(within(self._exchange.ask("POST", "/rest/api/2/issue", {"fields": fields}), "key"))

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        """Fields by PUT; the status by whichever transition of the workflow leads into its category."""
        path = f"/rest/api/2/issue/{remote}"
        self._exchange.call("PUT", path, {"fields": self._fields(ticket)})
        if not turned:
            return
        closing = ticket.state == "closed"
        issue = self._exchange.ask("GET", path, params={"fields": "status"})
        category = within(issue, "fields", "status", "statusCategory", "key")
        if (category == _DONE) is closing:
            return
        ways = within(self._exchange.ask("GET", f"{path}/transitions"), "transitions")
        way = next(
            (one for one in ways if (within(one, "to", "statusCategory", "key") == _DONE) is closing), None
        )
        if way is None:
            raise TrackerRefused(
                f"{remote}: no transition to a status that is {'done' if closing else 'not done'}"
            )
        self._exchange.call("POST", f"{path}/transitions", {"transition": {"id": within(way, "id")}})

    @staticmethod
    def _fields(ticket: Ticket) -> dict[str, Any]:
        fields: dict[str, Any] = {"summary": ticket.title, "description": ticket.text}
        if ticket.assignee is not None:
            fields["assignee"] = {"accountId": ticket.assignee}
        if ticket.priority is not None:
            fields["priority"] = {"name": ticket.priority}
        return fields
