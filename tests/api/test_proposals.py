"""A proposal is decided once, by whoever may, on the content that was looked at; what it does happens once."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from identities import bearer, tokens_file
from starlette.testclient import TestClient

from api.access import LOCAL, Caller
from api.app import build
from api.approvals import filed as filed_in_turn
from api.effects import SOURCE
from api.proposals import decide_for, file_new
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.errors import BadRequest, Conflict
from masterdeal.ports import pages
from masterdeal.proposal import Proposal, canonical, decide, merged, propose, seal

NOW = instant.parse("2026-11-22T12:00:00+03:00")
EVENT = {"type": "crm.brief.submitted", "data": {"text": "бриф"}, "time": "2026-11-21T10:00:00+03:00"}
ANNA, BORIS = Caller("anna", frozenset({"sales"})), Caller("boris", frozenset({"account"}))


def proposed(content: dict[str, Any] | None = None, **more: Any) -> Proposal:
    return propose("task", content or {"title": "позвонить"}, by="copilot", now=NOW, **more)


# The pure part

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
contents = st.dictionaries(st.text(max_size=4), json_values, max_size=4)


@given(contents)
def test_the_hash_is_of_the_content_however_it_is_written(content: dict[str, Any]) -> None:
    turned = dict(reversed(content.items()))
    again = json.loads(json.dumps(content, indent=2))
    assert seal(canonical(content)) == seal(canonical(turned)) == seal(canonical(again))


@given(contents, contents)
def test_different_contents_have_different_hashes(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert (canonical(one) == canonical(other)) == (seal(canonical(one)) == seal(canonical(other)))


@pytest.mark.parametrize(
    ("content", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_edits_are_merge_patches(content: Any, patch: Any, result: Any) -> None:
    assert merged(content, patch) == result, "RFC 7396, appendix A"


def test_the_same_decision_again_changes_nothing() -> None:
    once = decide(proposed(), "approve", hash_=proposed().hash, by="anna", now=NOW).proposal
    again = decide(once, "approve", hash_=once.hash, by="anna", now=NOW + 5)
    assert again.proposal == once
    assert not again.changed


def test_another_decision_is_a_conflict_that_says_what_was_decided() -> None:
    once = decide(proposed(), "approve", hash_=None, by="anna", now=NOW).proposal
    for verdict, by in (("reject", "anna"), ("approve", "boris")):
        with pytest.raises(Conflict) as told:
            decide(once, verdict, hash_=once.hash, by=by, now=NOW)  # type: ignore[arg-type]
        assert told.value.facts["decided_by"] == "anna"
        assert told.value.facts["state"] == "approved"


def test_approval_is_bound_to_the_content() -> None:
    with pytest.raises(Conflict):
        decide(proposed(), "approve", hash_="0" * 64, by="anna", now=NOW)


def test_an_edit_takes_the_place_of_what_was_proposed() -> None:
    first = proposed({"title": "позвонить", "due": "завтра"})
    edit = decide(first, "edit", hash_=first.hash, by="anna", now=NOW, edits={"due": None, "who": "Ким"})
    assert edit.successor is not None
    assert json.loads(edit.successor.content) == {"title": "позвонить", "who": "Ким"}
    assert edit.successor.hash != first.hash
    assert edit.successor.state == "waiting"
    assert (edit.successor.supersedes, edit.proposal.superseded_by) == (first.id, edit.successor.id)
    with pytest.raises(Conflict):
        decide(edit.proposal, "approve", hash_=first.hash, by="anna", now=NOW)
    with pytest.raises(BadRequest):
        decide(first, "edit", hash_=first.hash, by="anna", now=NOW, edits={"due": "завтра"})
    with pytest.raises(BadRequest):
        decide(first, "edit", hash_=first.hash, by="anna", now=NOW)
    with pytest.raises(BadRequest):
        decide(first, "approve", hash_=first.hash, by="anna", now=NOW, edits={"due": None})


def test_what_is_no_content_is_refused() -> None:
    for content in ({"a": float("nan")}, {"a": object()}, {"a": "x" * 1_000_001}, {"a": "\ud800"}):
        with pytest.raises(BadRequest):
            propose("task", content, by="x", now=NOW)
    with pytest.raises(BadRequest):
        propose("deed", {}, by="x", now=NOW)


# Kept, decided, carried out


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    tokens = tokens_file(
        tmp_path / "tokens.toml", anna=["sales"], boris=["account"], counter=["analyst"], boss=["admin"]
    )
    with open_house(
        Settings(data=tmp_path, tokens_file=tokens, sample_prices=True), clock=lambda: NOW
    ) as house:
        yield house


@pytest.fixture
def http(house: House) -> Iterator[TestClient]:
    with TestClient(build(house), raise_server_exceptions=False) as client:
        yield client


def filed(
    house: House, kind: str = "event", content: Any = EVENT, deal: str | None = "D-1", place: str = ""
) -> Proposal:
    with house.store.writing() as tx:
        return file_new(tx, kind, content, by="copilot", now=NOW, deal_id=deal, thread_id="T-1", place=place)


def events(house: House) -> list[str]:
    with house.store.reading() as read:
        return [row.id for row in pages(read) if row.source == SOURCE]


def decide_over(http: TestClient, proposal: Proposal, who: str, **body: Any) -> Any:
    said = {"decision": "approve", "hash": proposal.hash, **body}
    return http.post(f"/v1/proposals/{proposal.id}/decision", json=said, headers=bearer(who))


def test_an_approved_event_is_taken_in_once(http: TestClient, house: House) -> None:
    proposal = filed(house)
    assert filed(house) == proposal, "a resumed run proposes nothing twice"
    waiting = http.get("/v1/proposals?state=waiting&kind=event", headers=bearer("counter")).json()["items"]
    assert [(row["id"], row["hash"]) for row in waiting] == [(proposal.id, proposal.hash)]
    answers = [decide_over(http, proposal, "anna", comment="да") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json() == answers[2].json()
    assert answers[0].json()["proposal"]["effect"]["outcome"] == "accepted"
    assert events(house) == [proposal.id]
    assert http.get("/v1/deals/D-1", headers=bearer("anna")).json()["gates"]["G1"]["status"] is True
    assert filed(house).state == "approved", "proposing it again does not open it again"
    late = decide_over(http, proposal, "boris", decision="reject")
    assert late.status_code == 409
    assert (late.json()["decided_by"], late.json()["state"]) == ("anna", "approved")


def test_roles_decide_who_may_approve_what(http: TestClient, house: House) -> None:
    event = filed(house)
    assert decide_over(http, event, "counter").status_code == 403
    lead = filed(house, "qualification", {"lead_id": "L-1", "verdict": "qualified"}, None)
    refused = decide_over(http, lead, "boris")
    assert refused.status_code == 403
    assert refused.json()["action"] == "proposals.decide.qualification"
    done = decide_over(http, lead, "anna").json()["proposal"]["effect"]
    with house.store.reading() as read:
        kept = json.loads(read.archived(done["filed"], done["id"]) or "")
    assert (kept["verdict"], kept["approved_by"]) == ("qualified", "anna")
    assert events(house) == []


def test_a_rejected_proposal_does_nothing(http: TestClient, house: House) -> None:
    proposal = filed(house)
    assert decide_over(http, proposal, "anna", decision="reject").json()["proposal"]["state"] == "rejected"
    assert events(house) == []
    assert decide_over(http, proposal, "anna").status_code == 409


def test_an_edited_event_waits_for_its_own_approval(http: TestClient, house: House) -> None:
    proposal = filed(house)
    edit = decide_over(http, proposal, "anna", decision="edit", edits={"data": {"text": "другой бриф"}})
    successor = edit.json()["successor"]
    assert successor["content"]["data"] == {"text": "другой бриф"}
    assert events(house) == []
    again = decide_over(http, proposal, "anna", decision="edit", edits={"data": {"text": "другой бриф"}})
    assert again.json() == edit.json()
    body = {"decision": "approve", "hash": successor["hash"]}
    path = f"/v1/proposals/{successor['id']}/decision"
    assert http.post(path, json={**body, "hash": proposal.hash}, headers=bearer("anna")).status_code == 409
    assert http.post(path, json=body, headers=bearer("anna")).status_code == 200
    assert events(house) == [successor["id"]]


@pytest.mark.parametrize(
    "content",
    [
        {},
        {"type": "crm.brief.submitted", "time": "yesterday"},
        {"type": "okk.nps.collected", "data": {"score": 99}},
        {"type": 5},
    ],
)
def test_an_event_that_cannot_be_taken_in_stays_waiting(http: TestClient, house: House, content: Any) -> None:
    proposal = filed(house, content=content)
    answer = decide_over(http, proposal, "anna")
    assert answer.status_code == 422, answer.text
    assert http.get(f"/v1/proposals/{proposal.id}", headers=bearer("anna")).json()["state"] == "waiting"
    assert events(house) == []


def test_an_approved_offer_is_filed_as_it_was_looked_at(http: TestClient, house: House) -> None:
    body = {
        "master_deal_id": "D-1",
        "text": "Клиент: Омега. Бюджет 1 000 000 руб. без НДС. Период 01.12.2026-31.12.2026. Каналы: OLV. Гео: Москва.",
    }
    drafted = http.post("/v1/assist/offer", json=body, headers=bearer("anna")).json()["result"]
    proposal = filed(house, "offer", {"offer": drafted["offer"], "lang": "ru"})
    done = decide_over(http, proposal, "anna").json()["proposal"]["effect"]
    assert (done["offer_id"], done["version"], done["hash"]) == (drafted["offer_id"], 1, drafted["hash"])
    kept = http.get(f"/v1/offers/{drafted['offer_id']}", headers=bearer("anna")).json()
    assert kept["status"] == "approved"
    assert http.post("/v1/offers/verify", json=kept, headers=bearer("anna")).json()["valid"] is True
    wrong = {
        **drafted["offer"],
        "totals": {**drafted["offer"]["totals"], "gross": drafted["offer"]["totals"]["net"]},
    }
    changed = filed(house, "offer", {"offer": wrong, "lang": "ru"})
    assert decide_over(http, changed, "anna").status_code == 422


def test_two_at_once_one_wins(house: House) -> None:
    for number in range(10):
        proposal = filed(house, place=str(number))
        told: list[str] = []
        start = threading.Barrier(2)

        def choose(
            caller: Caller, proposal: Proposal = proposal, told: list[str] = told, start: Any = start
        ) -> None:
            start.wait()
            try:
                decide_for(house, caller, proposal.id, "approve", hash_=proposal.hash)
                told.append("won")
            except Conflict:
                told.append("lost")

        threads = [threading.Thread(target=choose, args=(caller,)) for caller in (ANNA, BORIS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told) == ["lost", "won"]
    assert len(events(house)) == 10


def test_what_fails_halfway_has_not_begun(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    proposal = filed(house)
    monkeypatch.setattr("masterdeal.store.records.Records.audit_more", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        decide_for(house, ANNA, proposal.id, "approve", hash_=proposal.hash)
    monkeypatch.undo()
    assert events(house) == []
    with house.store.reading() as read:
        assert read.proposal(proposal.id) == proposal
    assert decide_for(house, ANNA, proposal.id, "approve", hash_=None)["proposal"]["state"] == "approved"


def test_kill_9_leaves_decision_and_effect_together(tmp_path: Path) -> None:
    with open_house(Settings(data=tmp_path)) as house:
        for number in range(300):
            filed(house, place=str(number), deal=f"D-{number}")
    answered: list[str] = []
    for said_before_the_kill in (5, 20):
        process = subprocess.Popen(
            [sys.executable, "tests/api/deciding.py", str(tmp_path)],
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONPATH": "."},
        )
        assert process.stdout is not None
        answered += [process.stdout.readline().strip() for _ in range(said_before_the_kill)]
        process.send_signal(signal.SIGKILL)
        answered += process.stdout.read().split()
        process.wait()
        process.stdout.close()
    with open_house(Settings(data=tmp_path)) as house, house.store.reading() as read:
        approved = {row.id for row in read.proposals("approved", None, (0, ""), 1000)}
        assert sorted(events(house)) == sorted(approved)
        assert set(answered) <= approved
        assert len(approved) < 300, "it was killed before the end"
        assert decide_for(house, LOCAL, answered[0], "approve", hash_=None)["proposal"]["state"] == "approved"
        assert len(events(house)) == len(approved)


def test_a_proposal_of_a_thread_is_decided_in_the_thread(http: TestClient, house: House) -> None:
    with house.store.writing() as tx:
        cards = filed_in_turn(
            tx,
            {"thread_id": "T-9", "turns": 0},
            [{"kind": "event", "deal_id": "D-1", "content": EVENT}],
            "anna",
            NOW,
        )
        tx.file("thread", {"T-9": json.dumps({"thread_id": "T-9", "owner": "anna", "turns": 1})}, NOW)
    path = f"/v1/chat/T-9/approvals/{cards[0]['id']}"
    assert http.post(path, json={"decision": "approve"}, headers=bearer("boris")).status_code == 404
    wrong = http.post(path, json={"decision": "approve", "hash": "0"}, headers=bearer("anna"))
    assert wrong.status_code == 409
    first, second = (http.post(path, json={"decision": "approve"}, headers=bearer("anna")) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["state"] == "approved"
    assert events(house) == [cards[0]["id"]]
    elsewhere = f"/v1/chat/T-8/approvals/{cards[0]['id']}"
    assert http.post(elsewhere, json={"decision": "approve"}, headers=bearer("anna")).status_code == 404


def test_a_conversation_ends_in_an_approved_plan_and_offer(http: TestClient, house: House) -> None:
    message = (
        "Возьми бриф из письма, сделай план на 3 млн без Telegram и черновик КП\n"
        "Клиент: Омега, продукт: корм для кошек. Бюджет 5 000 000 руб. без НДС. Период 01.12.2026-31.12.2026. "
        "Цель: охват. Гео: Москва. Аудитория: женщины 25-45."
    )
    created = {
        **EVENT,
        "specversion": "1.0",
        "id": "c",
        "source": "crm",
        "type": "crm.deal.created",
        "subject": "D-7",
        "data": {},
    }
    http.post(
        "/v1/events", json=created, headers={**bearer("boss"), "content-type": "application/cloudevents+json"}
    )
    said = http.post(
        "/v1/chat", json={"message": message, "master_deal_id": "D-7"}, headers=bearer("anna")
    ).text
    waiting = http.get("/v1/proposals?state=waiting", headers=bearer("anna")).json()["items"]
    assert {row["kind"] for row in waiting} == {"plan", "offer"}
    assert said.count("event: approval") == 2
    effects = {}
    for row in waiting:
        body = {"decision": "approve", "hash": row["hash"]}
        done = http.post(f"/v1/proposals/{row['id']}/decision", json=body, headers=bearer("anna"))
        assert done.status_code == 200, done.text
        effects[row["kind"]] = done.json()["proposal"]["effect"]
    plan = http.get(f"/v1/plans/{effects['plan']['plan_id']}", headers=bearer("anna"))
    assert plan.json()["lines"]
    offer = http.get(f"/v1/offers/{effects['offer']['offer_id']}", headers=bearer("anna")).json()
    assert (offer["status"], offer["hash"]) == ("approved", effects["offer"]["hash"])
    assert http.get("/v1/deals/D-7", headers=bearer("anna")).json()["gates"]["G3"]["status"] is True
