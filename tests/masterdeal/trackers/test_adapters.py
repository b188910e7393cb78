"""Every adapter against its tracker's documented requests and answers, and against what goes wrong on the way."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import respx
from msgspec.structs import replace
from standardwebhooks.webhooks import Webhook

from masterdeal import instant
from masterdeal.errors import Misconfigured, TrackerRefused, TrackerUnreachable
from masterdeal.trackers.connect import connect, read_tracker
from masterdeal.trackers.exchange import retry_after
from masterdeal.trackers.ticket import Ticket, Tracker

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="
ID = "ESC-00AA11BB22CC33DD"
OPEN = Ticket(
    f"{ID}.1",
    ID,
    "MD-1",
    "breach",
    "lead_to_brief",
    "sales",
    "owner",
    0,
    "open",
    f"SLA нарушен: lead_to_brief, MD-1 [{ID}]",
    "Сделка: MD-1",
    instant.parse("2026-03-02T14:00:00Z"),
    instant.parse("2026-03-02T14:00:01Z"),
    "anna",
    "high",
    None,
    None,
)
CLOSED = replace(OPEN, key=f"{ID}.2", state="closed", closed_because="met_late")

TABLES = {
    "yandex_tracker": 'url = "https://t.test"\nplace = { queue = "SALES", org_id = "7", resolution = "fixed" }',
    "jira": 'url = "https://t.test"\nplace = { project = "SLA" }',
    "youtrack": 'url = "https://t.test"\nplace = { project = "SLA", project_id = "0-1" }',
    "bitrix24": 'url = "https://t.test"\nplace = { user = "1", responsible = "9", group = "4" }',
    "webhook": 'url = "https://t.test/hook"',
}
CREATED: dict[str, tuple[str, str, int, Any, str]] = {
    "yandex_tracker": ("POST", "https://t.test/v3/issues/", 201, {"key": "SALES-1"}, "SALES-1"),
    "jira": ("POST", "https://t.test/rest/api/2/issue", 201, {"id": "10", "key": "SLA-1"}, "SLA-1"),
    "youtrack": ("POST", "https://t.test/api/issues", 200, {"idReadable": "SLA-1"}, "SLA-1"),
    "bitrix24": (
        "POST",
        f"https://t.test/rest/1/{SECRET}/tasks.task.add.json",
        200,
        {"result": {"task": {"id": "31"}}},
        "31",
    ),
    "webhook": ("POST", "https://t.test/hook", 204, None, ID),
}


def tracker(system: str) -> Tracker:
    config = read_tracker({"system": system, **tomllib.loads(TABLES[system])})
    return connect(config, httpx.Client(timeout=1), SECRET, "bot@example.ru")


@pytest.fixture
def wire() -> Iterator[respx.MockRouter]:
    with respx.mock(assert_all_called=False) as router:
        yield router


def route(wire: respx.MockRouter, system: str) -> respx.Route:
    method, url, *_ = CREATED[system]
    return wire.route(method=method, url__startswith=url)


@pytest.mark.parametrize("system", TABLES)
def test_a_task_is_created_with_our_id_and_names(wire: respx.MockRouter, system: str) -> None:
    *_, status, body, remote = CREATED[system]
    created = route(wire, system).respond(status, json=body)
    assert tracker(system).create(OPEN) == remote
    request = created.calls.last.request
    said = request.content.decode()
    assert ID in said
    assert "anna" in said
    assert OPEN.title in json.dumps(json.loads(said), ensure_ascii=False)
    if system in ("yandex_tracker", "youtrack", "jira"):
        assert request.headers["authorization"].split()[0] in ("OAuth", "Bearer", "Basic")
    if system == "yandex_tracker":
        assert (json.loads(said)["unique"], request.headers["x-org-id"]) == (ID, "7")


@pytest.mark.parametrize("system", TABLES)
@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(503, text="busy"),
        httpx.Response(429, headers={"Retry-After": "17"}),
        httpx.Response(401, text=f"bad token {SECRET}"),
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut off"),
    ],
    ids=["500", "503", "429", "401", "refused", "timeout", "cut"],
)
def test_what_passes_is_to_be_tried_again(wire: respx.MockRouter, system: str, answer: Any) -> None:
    if isinstance(answer, httpx.Response):
        route(wire, system).mock(return_value=answer)
    else:
        route(wire, system).mock(side_effect=answer)
    with pytest.raises(TrackerUnreachable) as told:
        tracker(system).create(OPEN)
    assert SECRET not in told.value.message
    if isinstance(answer, httpx.Response) and answer.status_code == 429:
        assert told.value.facts["retry_after"] == 17 * instant.SECOND


@pytest.mark.parametrize("system", TABLES)
def test_what_will_never_do_is_refused(wire: respx.MockRouter, system: str) -> None:
    body = {"error": "ERROR_CORE", "error_description": "no such user"}
    route(wire, system).respond(400 if system == "bitrix24" else 422, json=body)
    with pytest.raises(TrackerRefused, match="no such user"):
        tracker(system).create(OPEN)


@pytest.mark.parametrize("system", [name for name in TABLES if name != "webhook"])
@pytest.mark.parametrize("text", ["<html>", "[]", '{"other": 1}', '"text"', "null"])
def test_an_answer_of_another_shape_is_no_answer(wire: respx.MockRouter, system: str, text: str) -> None:
    *_, status, _body, _remote = CREATED[system]
    route(wire, system).respond(status, text=text)
    with pytest.raises(TrackerUnreachable):
        tracker(system).create(OPEN)


def test_yandex_names_the_issue_that_is_there_already(wire: respx.MockRouter) -> None:
    wire.post("https://t.test/v3/issues/").respond(409, json={"errors": {}})
    search = wire.post("https://t.test/v3/issues/_search").respond(json=[{"key": "SALES-4"}])
    assert tracker("yandex_tracker").create(OPEN) == "SALES-4"
    assert json.loads(search.calls.last.request.content)["filter"] == {"queue": "SALES", "tags": [ID]}


def test_a_task_is_found_by_our_id(wire: respx.MockRouter) -> None:
    wire.post("https://t.test/v3/issues/_search").respond(json=[])
    jira = wire.get("https://t.test/rest/api/2/search/jql").respond(json={"issues": [{"key": "SLA-2"}]})
    wire.get("https://t.test/api/issues").respond(
        json=[
            {"idReadable": "SLA-8", "summary": "about [ESC-0]"},
            {"idReadable": "SLA-9", "summary": OPEN.title},
        ]
    )
    wire.post(f"https://t.test/rest/1/{SECRET}/tasks.task.list.json").respond(
        json={"result": {"tasks": [{"id": "31"}]}}
    )
    assert tracker("yandex_tracker").find(ID) is None
    assert tracker("jira").find(ID) == "SLA-2"
    assert f'labels = "{ID}"' in jira.calls.last.request.url.params["jql"]
    assert tracker("youtrack").find(ID) == "SLA-9"
    assert tracker("bitrix24").find(ID) == "31"


def test_yandex_closes_by_the_transition_that_leads_there_and_only_once(wire: respx.MockRouter) -> None:
    path = "https://t.test/v3/issues/SALES-1"
    patched = wire.patch(path).respond(json={})
    status = wire.get(path).respond(json={"status": {"key": "open"}})
    wire.get(f"{path}/transitions").respond(
        json=[{"id": "start", "to": {"key": "inProgress"}}, {"id": "done", "to": {"key": "closed"}}]
    )
    moved = wire.post(f"{path}/transitions/done/_execute").respond(json=[])
    tracker("yandex_tracker").show("SALES-1", CLOSED, turned=True)
    assert json.loads(moved.calls.last.request.content) == {"resolution": "fixed"}
    status.respond(json={"status": {"key": "closed"}})
    tracker("yandex_tracker").show("SALES-1", CLOSED, turned=True)
    assert (moved.call_count, patched.call_count) == (1, 2)
    status.respond(json={"status": {"key": "strange"}})
    wire.get(f"{path}/transitions").respond(json=[])
    with pytest.raises(TrackerRefused, match="no transition"):
        tracker("yandex_tracker").show("SALES-1", CLOSED, turned=True)


def test_jira_closes_and_opens_again_by_category(wire: respx.MockRouter) -> None:
    path = "https://t.test/rest/api/2/issue/SLA-1"
    wire.put(path).respond(204)
    status = wire.get(path).respond(json={"fields": {"status": {"statusCategory": {"key": "new"}}}})
    ways = [
        {"id": "3", "to": {"statusCategory": {"key": "done"}}},
        {"id": "1", "to": {"statusCategory": {"key": "new"}}},
    ]
    wire.get(f"{path}/transitions").respond(json={"transitions": ways})
    moved = wire.post(f"{path}/transitions").respond(204)
    jira = tracker("jira")
    jira.show("SLA-1", OPEN, turned=False)
    jira.show("SLA-1", OPEN, turned=True)
    assert moved.call_count == 0
    jira.show("SLA-1", CLOSED, turned=True)
    assert json.loads(moved.calls.last.request.content) == {"transition": {"id": "3"}}
    status.respond(json={"fields": {"status": {"statusCategory": {"key": "done"}}}})
    jira.show("SLA-1", CLOSED, turned=True)
    jira.show("SLA-1", OPEN, turned=True)
    assert json.loads(moved.calls.last.request.content) == {"transition": {"id": "1"}}
    assert moved.call_count == 2


def test_youtrack_sets_fields_and_state_in_one_request(wire: respx.MockRouter) -> None:
    sent = wire.post("https://t.test/api/issues/SLA-1").respond(json={})
    tracker("youtrack").show("SLA-1", CLOSED, turned=True)
    fields = {
        one["name"]: one["value"] for one in json.loads(sent.calls.last.request.content)["customFields"]
    }
    assert fields == {
        "State": {"name": "Fixed"},
        "Priority": {"name": "high"},
        "Assignee": {"login": "anna"},
    }


def test_bitrix24_completes_and_renews(wire: respx.MockRouter) -> None:
    root = f"https://t.test/rest/1/{SECRET}"
    wire.post(f"{root}/tasks.task.update.json").respond(json={"result": {"task": {}}})
    status = wire.post(f"{root}/tasks.task.get.json").respond(json={"result": {"task": {"status": "2"}}})
    completed = wire.post(f"{root}/tasks.task.complete.json").respond(json={"result": {}})
    renewed = wire.post(f"{root}/tasks.task.renew.json").respond(json={"result": {}})
    bitrix = tracker("bitrix24")
    bitrix.show("31", CLOSED, turned=True)
    status.respond(json={"result": {"task": {"status": "5"}}})
    bitrix.show("31", CLOSED, turned=True)
    bitrix.show("31", OPEN, turned=True)
    assert (completed.call_count, renewed.call_count) == (1, 1)
    wire.post(f"{root}/tasks.task.update.json").respond(400, json={"error": "QUERY_LIMIT_EXCEEDED"})
    with pytest.raises(TrackerUnreachable):
        bitrix.show("31", OPEN, turned=False)


def test_the_webhook_is_signed_and_its_repeat_has_the_same_id(wire: respx.MockRouter) -> None:
    hook = wire.post("https://t.test/hook").respond(204)
    sender = tracker("webhook")
    for call in (lambda: sender.create(OPEN), lambda: sender.create(OPEN)):
        call()
    sender.show(ID, CLOSED, turned=True)
    requests = [call.request for call in hook.calls]
    for request in requests:
        moment = instant.to_datetime(int(request.headers["webhook-timestamp"]) * instant.SECOND)
        signed = Webhook(SECRET).sign(request.headers["webhook-id"], moment, request.content.decode())
        assert request.headers["webhook-signature"] == signed
    ids = [request.headers["webhook-id"] for request in requests]
    assert ids == [f"{ID}.1.opened", f"{ID}.1.opened", f"{ID}.2.closed"]
    event = json.loads(requests[2].content)
    assert (event["type"], event["subject"]) == ("masterdeal.escalation.closed", "MD-1")
    assert event["data"]["closed_because"] == "met_late"


@pytest.mark.parametrize(
    ("headers", "pause"),
    [
        ({}, None),
        ({"retry-after": "5"}, 5),
        ({"retry-after": "999999"}, 3600),
        (
            {"retry-after": "Mon, 02 Mar 2026 14:00:30 GMT", "date": "Mon, 02 Mar 2026 14:00:00 GMT"},
            30,
        ),
        ({"retry-after": "Mon, 02 Mar 2026 13:00:30 GMT", "date": "Mon, 02 Mar 2026 14:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Mon, 02 Mar 2026 14:00:30 GMT"}, None),
    ],
)
def test_how_long_a_tracker_asks_to_be_left_alone(headers: dict[str, str], pause: int | None) -> None:
    assert retry_after(headers) == (None if pause is None else pause * instant.SECOND)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda table: table.update(system="trello"), "system"),
        (lambda table: table.update(url="http://tracker.example.ru"), "url"),
        (lambda table: table.update(place={}), "project"),
        (lambda table: table.update(place={"project": "A", "queue": "B"}), "place.queue"),
        (lambda table: table.update(kinds=["all"]), "kinds"),
        (lambda table: table.update(version=[{"priority": {"owner": "high"}}]), "version.from"),
    ],
)
def test_a_configuration_that_does_not_fit_says_what(change: Callable[[Any], None], told: str) -> None:
    table: dict[str, Any] = {"system": "jira", "url": "https://t.test", "place": {"project": "SLA"}}
    read_tracker(table)
    change(table)
    with pytest.raises(Misconfigured, match=told):
        read_tracker(table)
