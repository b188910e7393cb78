"""What the events of a deal carry beyond gates and stages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

import pytest

from api.wiring import House
from evals.deals import portfolio
from masterdeal import instant
from masterdeal.errors import NotFound
from masterdeal.flow.intake import read, record
from tools.deals import PortfolioView, Which, each_deal
from tools.records import deal_records


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with portfolio("demo") as opened:
        yield opened


def test_every_known_event_that_is_no_stage_change_is_told_with_all_its_members(house: House) -> None:
    for card in each_deal(house.view, Which()):
        deal_id = card["master_deal_id"]
        with house.store.reading() as log:
            rows = [
                row for row in log.events(deal_id) if row.known and not row.type.endswith(".stage.changed")
            ]
        told = {one["event_id"]: one for one in deal_records(house.view, deal_id)["records"]}
        past = [row for row in rows if row.time <= house.view.clock()]
        assert set(told) == {row.id for row in past}
        for row in past:
            data = json.loads(row.body).get("data") or {}
            plain = {
                name for name, value in data.items() if isinstance(value, str | int) and name != "period"
            }
            assert plain <= told[row.id]["fields"].keys()


def test_reports_are_added_up_and_people_reached_are_not(house: House) -> None:
    seen = 0
    for card in each_deal(house.view, Which()):
        value = deal_records(house.view, card["master_deal_id"], ("mediapush.kpi.reported",))
        if not value["records"]:
            assert value["campaign"] is None
            continue
        seen += 1
        fields = [one["fields"] for one in value["records"]]
        added = value["campaign"]
        assert added["reports"] == len(fields)
        for name in ("impressions", "clicks", "views", "conversions"):
            assert added[name] == sum(one[name] for one in fields)
        assert "reach" not in added
        assert added["ctr"] == added["clicks"] / added["impressions"]
        assert sum(Decimal(cost["amount"]) for cost in added["costs"]) == sum(
            Decimal(one["cost"]["amount"]) for one in fields
        )
        rates = {one["cost"]["vat_rate"] for one in fields}
        assert sorted(cost["vat_rate"] for cost in added["costs"]) == sorted(rates)
        assert added["period_start"] == min(one["period_start"] for one in fields)
    assert seen > 10


def test_costs_are_added_basis_by_basis_and_figures_that_a_report_lacks_are_not(house: House) -> None:
    def report(name: str, data: dict[str, object]) -> str:
        return json.dumps(
            {
                "specversion": "1.0",
                "id": name,
                "source": "mediapush",
                "type": "mediapush.kpi.reported",
                "time": f"2026-11-2{name}T10:00:00+03:00",
                "subject": "MD-2026-0031",
                "data": {"period": f"2026-11-1{name}/2026-11-1{name}", **data},
            }
        )

    bodies = [
        report("0", {"impressions": 10, "clicks": 1, "cost": {"amount": "5", "vat": "incl"}}),
        report("1", {"impressions": 20, "cost": {"amount": "7", "vat": "excl"}}),
    ]
    with house.store.writing() as tx:
        record(
            tx,
            [read(body, house.book) for body in bodies],
            house.book,
            instant.parse("2026-11-22T15:00:00+03:00"),
        )
    added = deal_records(house.view, "MD-2026-0031", ("mediapush.kpi.reported",))["campaign"]
    assert added == {
        "reports": 2,
        "period_start": "2026-11-10",
        "period_end": "2026-11-11",
        "impressions": 30,
        "costs": [{"amount": "5", "vat": "incl"}, {"amount": "7", "vat": "excl"}],
    }


def test_a_brief_is_read_and_every_value_stands_in_its_text(house: House) -> None:
    (told,) = deal_records(house.view, "MD-2026-0030", ("crm.brief.submitted",))["records"]
    text = told["fields"]["text"]
    assert told["brief"]["geo"]["value"] == ["Москва", "Урал", "Сибирь"]
    for found in told["brief"].values():
        assert text[found["start"] : found["end"]] == found["quote"]


def test_only_the_types_that_are_named_and_nothing_of_a_stranger(house: House) -> None:
    told = deal_records(house.view, "MD-2026-0018", ("docflow.contract.signed",))["records"]
    assert [one["fields"]["number"] for one in told] == ["РК-2026/137"]
    with pytest.raises(NotFound):
        deal_records(house.view, "MD-1")


def test_an_event_dated_ahead_is_not_told_before_its_time(house: House) -> None:
    earlier = PortfolioView(house.store, house.book, lambda: instant.parse("2026-11-10T12:00:00+03:00"))
    later = deal_records(house.view, "MD-2026-0018")["records"]
    assert [one for one in later if one["time"] <= "2026-11-10T09:00:00Z"] == deal_records(
        earlier, "MD-2026-0018"
    )["records"]
