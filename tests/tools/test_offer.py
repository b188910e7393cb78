"""An offer counts itself anew, is sealed by its content, and an edit of one byte is seen."""

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.mediaplan.planner import plan, task_from_fields
from tools.offer import Approval, approve, build_offer, canonical, in_words, seal, verify
from tools.offer_clauses import load_clauses
from tools.reference import load_reference

REFERENCE = load_reference(demo=True)
DAY = date(2026, 11, 22)
FIELDS = {
    "client": "ООО «Пример»",
    "category": "medicine",
    "period_start": "2025-12-20",
    "period_end": "2026-01-10",
    "budget_max": 3_000_000,
    "budget_vat": "incl",
    "geo": ["Москва"],
    "channels": ["sms", "vk", "olv", "dooh", "push"],
    "pinned": [{"channel": "sms", "units": 20000}, {"channel": "push", "units": 20000}],
}
TASK = task_from_fields(FIELDS)
PLAN = plan(TASK, REFERENCE, DAY)


def offer(**more):
    return build_offer(
        PLAN,
        TASK,
        REFERENCE,
        load_clauses(),
        **{"offer_id": "o-1", "number": "КП-1", "made_on": DAY, **more},
    )


def test_without_a_discount_the_offer_is_the_plan_to_the_kopeck():
    made = offer()
    assert made.totals.gross.amount == PLAN.totals.gross.amount
    assert made.totals.net.amount == PLAN.totals.net.amount
    assert made.totals.discount.amount == 0
    assert made.approval_role is None
    assert {line.vat_rate for line in made.lines} == {Decimal("0.20"), Decimal("0.22")}
    assert verify(made.model_dump_json()).valid


@settings(max_examples=50, deadline=None)
@given(st.decimals(0, "0.5", places=4))
def test_any_discount_reconciles_and_verifies(discount):
    made = offer(discount=discount)
    assert made.totals.net.amount == sum(line.units * line.price.amount for line in made.lines)
    assert made.totals.gross.amount == made.totals.net.amount + made.totals.vat.amount
    assert made.totals.list_net.amount - made.totals.discount.amount == made.totals.net.amount
    assert verify(json.loads(made.model_dump_json())).valid


@pytest.mark.parametrize(
    ("discount", "role"), [("0", None), ("0.05", "sales"), ("0.0501", "account"), ("0.2", "admin")]
)
def test_the_discount_decides_who_approves(discount, role):
    assert offer(discount=Decimal(discount)).approval_role == role


def test_the_same_content_has_the_same_hash():
    assert offer().hash == offer().hash == seal(offer())
    assert offer(version=2).hash != offer().hash
    assert offer(discount=Decimal("0.01")).hash != offer().hash


def test_an_approval_is_bound_to_the_content():
    made = offer()
    approval = Approval(offer_id="o-1", version=1, hash=made.hash, by="anna")
    approved = approve(made, approval)
    assert approved.status == "approved"
    assert verify(approved.model_dump_json(), made.hash).valid
    edited = made.model_copy(update={"client": "ООО «Другой»"})
    assert approve(edited, approval).status == "draft"
    assert approve(offer(version=2), approval).status == "draft"
    assert not verify(offer(discount=Decimal("0.1")).model_dump_json(), made.hash).valid


content = canonical(offer())


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(content) - 1), st.integers(1, 255))
def test_one_changed_byte_is_seen(place, change):
    made = offer()
    told = bytearray(made.model_dump_json().encode())
    place %= len(told)
    told[place] ^= change
    verdict = verify(bytes(told))
    if verdict.valid:
        # only what the hash leaves out may differ
        assert b'"status"' in told
        assert json.loads(bytes(told)) | {"status": ""} == json.loads(made.model_dump_json()) | {"status": ""}


def test_a_false_total_with_a_fresh_hash_is_refused_by_the_arithmetic():
    made = offer()
    lie = made.model_copy(
        update={
            "totals": made.totals.model_copy(
                update={"net": made.totals.net.model_copy(update={"amount": Decimal("1.00")})}
            )
        }
    )
    lie = lie.model_copy(update={"hash": seal(lie)})
    assert verify(lie.model_dump_json()).reason == "the totals do not follow from the lines"


@pytest.mark.parametrize("bad", ["", "{}", "[]", b"\xff", '{"offer_id": 1}', "null"])
def test_what_is_no_offer_is_said(bad):
    assert verify(bad).reason == "not an offer"


def test_clauses_follow_channels_category_and_contract():
    made = offer()
    ids = {clause.id for clause in made.legal_notes}
    assert {"marking-erid", "marking-none", "AD18-1", "category-medicine"} <= ids
    assert "исполнитель" in next(c.text for c in made.legal_notes if c.id == "marking-erid")
    assert "заказчик" in next(c.text for c in offer(marks_ads="client").legal_notes if c.id == "marking-erid")
    assert "вознаграждения" in offer(contract="agency").levy.text
    assert made.valid_until == date(2026, 12, 6)
    assert any("437" in clause.text for clause in made.terms)


def test_the_sum_in_words():
    assert in_words(Decimal("1220000.05")) == "Один миллион двести двадцать тысяч рублей, 05 копеек"
    assert in_words(Decimal("21.00")) == "Двадцать один рубль, 00 копеек"
