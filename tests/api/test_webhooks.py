"""The source systems' own webhooks: signed, mapped, taken in one by one; and the contracts that describe them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from standardwebhooks.webhooks import Webhook
from starlette.testclient import TestClient

from api.app import build
from api.commands.connectors import command
from api.connectors_text import markdown
from api.settings import read_settings
from api.wiring import open_house
from masterdeal.connectors.contract import read_connector
from masterdeal.errors import Misconfigured
from masterdeal.flow.connector import incoming_of
from masterdeal.producer import may_publish
from masterdeal.reference import read_connectors, read_rulebook, table

BOOK = read_rulebook()
CONNECTORS = read_connectors(BOOK.catalogue)
OLD, NEW, DCM = "whsec_b2xkLXNlY3JldA==", "whsec_bmV3LXNlY3JldA==", "whsec_ZGNtLXNlY3JldA=="
SYSTEMS = ["crm", "dcm", "docflow", "dwh", "legal", "mediapush", "okk", "task_tracker"]


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    settings = read_settings(
        {}, data=tmp_path, webhook_secrets=f"crm={OLD}, crm={NEW},dcm={DCM}", max_body=100_000
    )
    with open_house(settings) as house, TestClient(build(house), raise_server_exceptions=False) as client:
        yield client


def send(
    http: TestClient, system: str, body: str | bytes, secret: str = OLD, ago: float = 0, **headers: str
) -> Any:
    moment = datetime.fromtimestamp(int(time.time() - ago), UTC)
    text = body if isinstance(body, str) else body.decode()
    signed = {
        "webhook-id": "msg-1",
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg-1", moment, text),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    return http.post(f"/v1/webhooks/{system}", content=body, headers=signed)


CREATED = CONNECTORS["crm"].examples[0].body


def test_a_signed_webhook_opens_a_deal_and_a_repeat_changes_nothing(http: TestClient) -> None:
    first = send(http, "crm", CREATED)
    assert first.status_code == 202, first.text
    (result,) = first.json()["results"]
    assert (result["outcome"], result["source"], result["id"]) == ("accepted", "crm", "crm-1001")
    deal = http.get(f"/v1/deals/{result['master_deal_id']}").json()
    assert deal["title"] == "Весенняя кампания"
    assert (deal["client"]["name"], deal["client"]["inn"]) == ("ООО Ромашка", "7707083893")
    assert (deal["budget"]["amount"], deal["budget"]["currency"]) == ("1220000.00", "RUB")
    (again,) = send(http, "crm", CREATED, NEW).json()["results"]
    assert again["outcome"] == "duplicate"


def test_other_systems_speak_of_the_deal_by_its_crm_id_before_or_after_it_is_known(http: TestClient) -> None:
    example = json.loads(CONNECTORS["dcm"].examples[0].body)
    body = json.dumps({**example, "occurred_at": "2026-11-21T10:00:00"})
    (early,) = send(http, "dcm", body, DCM).json()["results"]
    assert early["outcome"] == "parked"
    (created,) = send(http, "crm", CREATED).json()["results"]
    deal = http.get(f"/v1/deals/{created['master_deal_id']}").json()
    assert deal["gates"]["G6"]["event_id"] == "dcm-8"
    known = json.loads(body) | {
        "master_deal_id": created["master_deal_id"],
        "event_id": "dcm-9",
        "event": "closeout_completed",
    }
    (late,) = send(http, "dcm", json.dumps(known), DCM).json()["results"]
    assert (late["outcome"], late["master_deal_id"]) == ("accepted", created["master_deal_id"])


def test_one_bad_item_stops_no_neighbour_and_lies_in_the_dead_letters(http: TestClient) -> None:
    good = json.loads(CREATED)
    no_time = {**good, "event_id": "x1", "occurred_at": "soon"}
    no_deal = {**good, "event_id": "x2", "deal": {}}
    strange = {**good, "event_id": "x3", "event": "danced"}
    answer = send(http, "crm", json.dumps([no_time, no_deal, strange, 7, good]))
    told = [(result["outcome"], result.get("reason")) for result in answer.json()["results"]]
    assert told == [
        ("rejected", "bad_row"),
        ("rejected", "bad_row"),
        ("rejected", "no_rule"),
        ("rejected", "not_an_object"),
        ("accepted", None),
    ]
    letters = http.get("/v1/dead-letters").json()["items"]
    assert [(letter["source"], letter["reason"]) for letter in letters] == [
        ("crm", "bad_row"),
        ("crm", "bad_row"),
        ("crm", "no_rule"),
        ("crm", "not_an_object"),
    ]
    assert json.loads(letters[2]["body"])["event"] == "danced"


@pytest.mark.parametrize(
    "headers",
    [
        {"webhook_signature": "v1,AAAA"},
        {"webhook_signature": "v1"},
        {"webhook_signature": "v1,*"},
        {"webhook_signature": ""},
        {"webhook_id": "msg-2"},
        {"webhook_timestamp": "nan"},
        {"webhook_timestamp": "1"},
        {"webhook_timestamp": ""},
    ],
)
def test_a_signature_that_does_not_hold_is_turned_away(http: TestClient, headers: dict[str, str]) -> None:
    answer = send(http, "crm", CREATED, **headers)
    assert answer.status_code == 401, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert http.get("/v1/deals").json()["items"] == []


def test_an_old_webhook_another_systems_secret_or_another_body_is_turned_away(http: TestClient) -> None:
    assert send(http, "crm", CREATED, ago=400).status_code == 401
    assert send(http, "crm", CREATED, ago=-400).status_code == 401
    assert send(http, "crm", CREATED, DCM).status_code == 401
    moment = datetime.fromtimestamp(int(time.time()), UTC)
    signature = Webhook(OLD).sign("msg-1", moment, CREATED)
    assert send(http, "crm", CREATED + " ", webhook_signature=signature).status_code == 401
    assert send(http, "okk", CREATED).status_code == 404
    assert send(http, "nobody", CREATED).status_code == 404


def test_what_is_no_json_or_too_large_is_said_so(http: TestClient) -> None:
    assert send(http, "crm", "{").status_code == 400
    assert send(http, "crm", "[" * 5000).status_code == 400
    assert send(http, "crm", '"' + "x" * 100_001 + '"').status_code == 413
    assert send(http, "crm", json.dumps([1] * 1001)).status_code == 422
    deep: Any = 1
    for _ in range(80):
        deep = {"a": deep}
    (result,) = send(http, "crm", json.dumps(deep)).json()["results"]
    assert result["reason"] == "not_an_object"
    assert send(http, "crm", "[]").json() == {"results": []}


def test_every_system_of_the_specification_has_its_contract() -> None:
    assert sorted(CONNECTORS) == SYSTEMS
    for system, connector in CONNECTORS.items():
        assert connector.examples, system
        for type_ in connector.types:
            kind = BOOK.catalogue.find(type_)
            assert kind is not None, type_
            assert may_publish([system], type_, BOOK.catalogue)
        # Each column that is read is explained, and nothing is explained that is not read.
        read = set(connector.rows.columns) - {"deal_id"} | {connector.deal_ref.column, "master_deal_id"}
        assert read == set(connector.fields), system


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_examples_of_a_contract_are_taken_in_without_remark(system: str) -> None:
    for example in CONNECTORS[system].examples:
        (incoming,) = incoming_of(CONNECTORS[system], example.body.encode(), BOOK)
        assert incoming.refusal is None, incoming.detail
        assert incoming.kind is not None
        data = incoming.data
        assert data["ref"] == {"system": "crm", "id": "OPP-77"}
        said = {
            key
            for key, value in json.loads(example.body).items()
            if isinstance(value, dict) and key != "deal"
        }
        assert len(data) > len(said) or incoming.kind.name == "crm.deal.created"


def test_every_canonical_type_has_a_system_that_can_report_it() -> None:
    reported = {
        kind.name
        for one in CONNECTORS.values()
        for type_ in one.types
        if (kind := BOOK.catalogue.find(type_))
    }
    missing = {name for name in BOOK.catalogue.names if "*" not in name} - reported
    # MediaPush has no name of its own for it: it comes as a CloudEvent.
    assert missing == {"media.mediaplan.rejected"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda given: given["map"]["event"][0].update(type="dcm.invoice.issued"), "not its own type"),
        (lambda given: given["map"]["event"][0].pop("id"), "needs an id"),
        (lambda given: given["map"].update(source="dcm"), "map.source"),
        (lambda given: given.update(surprise=1), "surprise"),
    ],
)
def test_a_connector_that_breaks_the_rules_is_refused(change: Any, told: str) -> None:
    given = table("connectors/crm.toml")
    change(given)
    with pytest.raises(Misconfigured, match=told):
        read_connector(given, BOOK.catalogue)


def test_an_installations_own_connector_takes_the_packaged_ones_place(tmp_path: Path) -> None:
    folder = tmp_path / "connectors"
    folder.mkdir()
    (folder / "crm.toml").write_text(
        """
version = "1"
system = "crm"
name_ru = "CRM"
about = "Amo"
deal_ref = { system = "amo", column = "leads.id" }
items = "leads"
[map]
source = "crm"
[[map.event]]
type = "crm.deal.created"
time = { column = "created_at", format = "unix" }
id = "amo-{id}"
[map.deal]
title = "name"
""".replace("leads.id", "id"),
        encoding="utf-8",
    )
    settings = read_settings({}, data=tmp_path, connectors_folder=folder, webhook_secrets=f"crm={OLD}")
    with open_house(settings) as house, TestClient(build(house)) as http:
        body = json.dumps(
            {
                "leads": [
                    {"id": 5, "name": "A", "created_at": 1763622000},
                    {"id": 6, "name": "B", "created_at": 1763622001},
                ]
            }
        )
        results = send(http, "crm", body).json()["results"]
    assert [(one["outcome"], one["id"]) for one in results] == [("accepted", "amo-5"), ("accepted", "amo-6")]


@pytest.mark.parametrize("secrets", ["crm=!", "crm=", "nobody=whsec_AAAA", "crm"])
def test_secrets_that_are_none_are_refused_without_being_shown(tmp_path: Path, secrets: str) -> None:
    settings = read_settings({}, data=tmp_path, webhook_secrets=secrets)
    with pytest.raises(Misconfigured, match="MASTERDEAL_WEBHOOK_SECRETS"), open_house(settings):
        pass


def test_the_page_of_the_connectors_is_what_the_contracts_say() -> None:
    page = (Path(__file__).parents[2] / "docs" / "connectors.md").read_text(encoding="utf-8")
    assert page == markdown(CONNECTORS, BOOK.catalogue)


def test_the_command_lists_and_describes() -> None:
    run = CliRunner().invoke(command, ["--json"])
    assert run.exit_code == 0
    assert sorted(one["system"] for one in json.loads(run.output)) == SYSTEMS
    one = json.loads(CliRunner().invoke(command, ["okk", "--json"]).output)
    assert one["events"][0]["type"] == "okk.nps.collected"
    assert "occurred_at" in CliRunner().invoke(command, ["okk"]).output


def test_the_figures_of_intake_are_there_and_parse(http: TestClient) -> None:
    send(http, "crm", CREATED)
    families = {family.name: family for family in text_string_to_metric_families(http.get("/metrics").text)}
    assert families["masterdeal_ingest_requests"].samples[0].value == 1
    assert families["masterdeal_ingest_seconds"].samples[0].value > 0
    assert families["masterdeal_outbox_age_seconds"].type == "gauge"
    ready = http.get("/readyz").json()
    assert ready["links"] == {}
