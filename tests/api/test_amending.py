"""Whoever edits a proposal changes what it is counted from; what follows, follows, and what is wrong is told at its field."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.amending import follow
from api.app import build
from api.proposals import file_new
from api.settings import Settings
from api.wiring import House, open_house
from masterdeal import instant
from masterdeal.errors import BadRequest
from masterdeal.proposal import merged
from tools.mediaplan.planner import MediaPlan, plan
from tools.mediaplan.task import task_from_fields
from tools.offer import build_offer, verify
from tools.offer_clauses import load_clauses
from tools.qualification.qualify import Source, qualify
from tools.reference import load_reference

MADE_ON = date(2026, 11, 23)
NOW = instant.parse("2026-11-23T12:00:00+03:00")
TASK = {
    "client": "ООО «Ромашка»",
    "product": "карты",
    "period_start": "2027-04-01",
    "period_end": "2027-04-30",
    "budget_max": "2000000",
    "budget_vat": "excl",
    "kpi": [{"metric": "clicks", "value": "3000"}],
}
NOTES = (
    "Звонок 03.11.2026: бюджет 1,85 млн рублей согласован. Нужны заявки на пробную неделю. Старт 1 февраля."
)


@pytest.fixture(scope="module")
def planned() -> dict[str, Any]:
    task = task_from_fields(TASK)
    made = plan(task, load_reference(demo=True), MADE_ON)
    assert isinstance(made, MediaPlan)
    return {"task": task.model_dump(mode="json"), "plan": made.model_dump(mode="json")}


@pytest.fixture(scope="module")
def offered(planned: dict[str, Any]) -> dict[str, Any]:
    made = build_offer(
        MediaPlan.model_validate(planned["plan"]), task_from_fields(TASK), load_reference(demo=True), load_clauses(),
        offer_id="OF-1", number="OF-1", made_on=MADE_ON,
    )  # fmt: skip
    return {**planned, "offer": made.model_dump(mode="json"), "lang": "ru"}


def edited(kind: str, content: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    made = follow(kind, sample_prices=True)
    assert made is not None
    return made(content, merged(content, patch))


def wrong(kind: str, content: dict[str, Any], patch: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(BadRequest) as raised:
        edited(kind, content, patch)
    return [(one["where"], one["code"]) for one in raised.value.facts["errors"]]


def test_a_smaller_budget_makes_a_smaller_plan(planned: dict[str, Any]) -> None:
    after = edited("plan", planned, {"task": {"budget_max": "1 000 000"}})
    made = MediaPlan.model_validate(after["plan"])
    assert made.budget is not None
    assert made.budget.amount == 1_000_000
    assert made.totals.net.amount <= 1_000_000
    assert made.made_on == MADE_ON, "the prices of the same day"


def test_a_channel_left_out_is_not_in_the_plan(planned: dict[str, Any]) -> None:
    gone = planned["plan"]["lines"][0]["channel"]
    after = edited("plan", planned, {"task": {"excluded_channels": [gone]}})
    assert gone not in {line["channel"] for line in after["plan"]["lines"]}


def test_the_plan_speaks_the_language_of_whoever_edits_it(planned: dict[str, Any]) -> None:
    after = edited("plan", planned, {"lang": "en", "task": {"budget_max": "1900000"}})
    assert all(note.isascii() for note in after["plan"]["assumptions"] if "–" not in note)


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ({"budget_max": "-5"}, ("content/task/budget_max", "greater_than")),
        ({"budget_max": "много"}, ("content/task/budget_max", "not_read")),
        ({"period_end": None}, ("content/task/period_end", "infeasible")),
        ({"budget_max": "0.01", "kpi": []}, ("content/task/budget_max", "infeasible")),
        ({"budget_vat": "somehow"}, ("content/task/budget_vat", "literal_error")),
        ({"kpi": [{"metric": "clicks", "value": "999999999"}]}, ("content/task/kpi", "infeasible")),
    ],
)
def test_what_no_plan_can_be_made_of_is_told_at_its_field(
    planned: dict[str, Any], patch: dict[str, Any], where: tuple[str, str]
) -> None:
    assert wrong("plan", planned, {"task": patch})[0] == where


def test_what_is_changed_in_the_lines_by_hand_stays(planned: dict[str, Any]) -> None:
    after = edited("plan", planned, {"plan": {"assumptions": ["наше"]}})
    assert after["plan"] == {**planned["plan"], "assumptions": ["наше"]}


def test_a_discount_prices_the_offer_anew_and_it_still_adds_up(offered: dict[str, Any]) -> None:
    after = edited("offer", offered, {"offer": {"discount": "0.1", "valid_until": "2026-12-31"}})
    offer = after["offer"]
    assert verify(offer).valid
    assert Decimal(offer["discount"]) == Decimal("0.1")
    assert offer["valid_until"] == "2026-12-31"
    assert Decimal(offer["totals"]["net"]["amount"]) < Decimal(offered["offer"]["totals"]["net"]["amount"])
    assert offer["approval_role"], "a discount has somebody to approve it"


def test_a_renamed_client_is_in_the_offer_and_in_its_task(offered: dict[str, Any]) -> None:
    after = edited("offer", offered, {"offer": {"client": "АО «Пион»"}})
    assert (after["offer"]["client"], after["task"]["client"]) == ("АО «Пион»", "АО «Пион»")
    assert verify(after["offer"]).valid


@pytest.mark.parametrize(
    ("patch", "where"),
    [
        ({"discount": "1"}, ("content/offer/discount", "not_a_share")),
        ({"discount": "NaN"}, ("content/offer/discount", "decimal_parsing")),
        ({"discount": "дёшево"}, ("content/offer/discount", "decimal_parsing")),
        ({"valid_until": "2026-11-01"}, ("content/offer/valid_until", "before_made")),
        ({"valid_until": "завтра"}, ("content/offer/valid_until", "date_from_datetime_parsing")),
        ({"marks_ads": "nobody"}, ("content/offer/marks_ads", "literal_error")),
    ],
)
def test_bad_terms_are_told_at_their_field(
    offered: dict[str, Any], patch: dict[str, Any], where: tuple[str, str]
) -> None:
    assert wrong("offer", offered, {"offer": patch}) == [where]


def test_a_letter_a_person_knows_changes_the_verdict_and_claims_no_quote() -> None:
    found = qualify([Source(id="n", text=NOTES)], MADE_ON)
    assert found.bant["authority"].state == "unknown"
    content = {"text_id": "n", **found.model_dump(mode="json")}
    after = edited("qualification", content, {"bant": {"authority": {"state": "met"}}})
    letter = after["bant"]["authority"]
    assert (letter["state"], letter["level"], letter["quote"], letter["source"]) == ("met", 2, None, "person")
    assert after["champ"]["authority"]["state"] == "met", "the same fact in both methods"
    assert after["bant_score"] > content["bant_score"]
    assert after["text_id"] == "n"
    for name in ("budget", "need"):
        assert after["bant"][name] == content["bant"][name]
    no = {name: {"state": "unmet"} for name in ("budget", "authority", "need", "timing")}
    assert edited("qualification", content, {"bant": no})["verdict"] == "not_qualified"
    assert wrong("qualification", content, {"bant": {"need": {"state": "maybe"}}}) == [
        ("content/bant/need/state", "literal_error")
    ]


@pytest.mark.parametrize("kind", ["plan", "offer", "qualification"])
def test_a_content_of_another_shape_is_edited_as_it_is(kind: str) -> None:
    content = {"note": "по почте", "bant": {"budget": {"state": "met", "level": 2, "score": 1}}}
    assert edited(kind, content, {"note": "по телефону"}) == {**content, "note": "по телефону"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[House, TestClient]]:
    with (
        open_house(Settings(data=tmp_path, sample_prices=True), clock=lambda: NOW) as opened,
        TestClient(build(opened)) as client,
    ):
        yield opened, client


def test_an_edit_over_http_answers_with_the_plan_made_anew_the_same_each_time(
    house: tuple[House, TestClient], planned: dict[str, Any]
) -> None:
    opened, client = house
    with opened.store.writing() as tx:
        made = file_new(tx, "plan", planned, by="copilot", now=NOW)
    at = f"/v1/proposals/{made.id}/decision"
    bad = client.post(
        at, json={"decision": "edit", "hash": made.hash, "edits": {"task": {"budget_max": "0"}}}
    )
    assert bad.status_code == 422
    assert bad.json()["errors"][0]["where"] == "content/task/budget_max"
    body = {"decision": "edit", "hash": made.hash, "edits": {"task": {"budget_max": "1500000"}}}
    once, again = client.post(at, json=body), client.post(at, json=body)
    assert once.status_code == again.status_code == 200, once.text
    assert once.json() == again.json()
    successor = once.json()["successor"]
    assert successor["content"]["plan"]["budget"]["amount"] == "1500000"
    approved = client.post(
        f"/v1/proposals/{successor['id']}/decision", json={"decision": "approve", "hash": successor["hash"]}
    )
    assert approved.status_code == 200, approved.text
    assert client.get(f"/v1/plans/{approved.json()['proposal']['effect']['plan_id']}").status_code == 200
