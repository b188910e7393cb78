"""YouTrack, REST API (jetbrains.com/help/youtrack/devportal: resource issues)."""

from __future__ import annotations

from typing import Any, Final

from masterdeal.trackers.exchange import Exchange, within
from masterdeal.trackers.ticket import Ticket

NAME: Final = "youtrack"
PLACE: Final = {
    "project": True,
    "project_id": True,
    "closed_state": False,
    "open_state": False,
    "state_field": False,
    "priority_field": False,
    "assignee_field": False,
}


class YouTrack:
    """Issues of one project, found again by our id in their summary. State, priority and assignee are custom fields of
    the project, so their names are configuration."""

    name = NAME

    def __init__(self, exchange: Exchange, place: dict[str, Any]) -> None:
        self._exchange = exchange
        self._place = place

    def find(self, task_id: str) -> str | None:
        """By our id in the summary; what the search takes for similar is not ours."""
        asked = {
            "query": f'project: {{{self._place["project"]}}} summary: "{task_id}"',
            "fields": "idReadable,summary",
            "$top": "10",
        }
        for issue in self._exchange.ask("GET", "/api/issues", params=asked):
            if f"[{task_id}]" in within(issue, "summary"):
                return str(within(issue, "idReadable"))
        return None

    def create(self, ticket: Ticket) -> str:
        """A new issue."""
        body = {"project": {"id": self._place["project_id"]}, **self._fields(ticket, turned=False)}
        answer = self._exchange.ask("POST", "/api/issues", body, {"fields": "idReadable"})
        return str(within(answer, "idReadable"))

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        """Everything in one request, which may be repeated."""
        self._exchange.call("POST", f"/api/issues/{remote}", self._fields(ticket, turned=turned))

    def _fields(self, ticket: Ticket, *, turned: bool) -> dict[str, Any]:
        place = self._place
        custom: list[dict[str, Any]] = []
        if turned:
            closing = ticket.state == "closed"
            state = place.get("closed_state", "Fixed") if closing else place.get("open_state", "Open")
            custom.append(_field(place.get("state_field", "State"), "StateIssueCustomField", {"name": state}))
        if ticket.priority is not None:
            name = place.get("priority_field", "Priority")
            custom.append(_field(name, "SingleEnumIssueCustomField", {"name": ticket.priority}))
        if ticket.assignee is not None:
            name = place.get("assignee_field", "Assignee")
            custom.append(_field(name, "SingleUserIssueCustomField", {"login": ticket.assignee}))
        fields: dict[str, Any] = {"summary": ticket.title, "description": ticket.text}
        return {**fields, "customFields": custom} if custom else fields


def _field(name: str, kind: str, value: dict[str, str]) -> dict[str, Any]:
    return {"name": name, "$type": kind, "value": value}
