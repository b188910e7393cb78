"""The document of the bus says what is really sent and taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import Installation, hours
from portfolios import cloud_event

from api.asyncapi import document
from masterdeal.announcement import ANNOUNCEMENTS
from masterdeal.bus.kafka.outlet import CANONICAL, DEAD_LETTERS
from masterdeal.notice import TYPES
from masterdeal.reference import read_rulebook

CATALOGUE = read_rulebook().catalogue
DOCUMENT: dict[str, Any] = document(CATALOGUE)


def references(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for inner in part.values():
            yield from references(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from references(inner)


def test_every_reference_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        found: Any = DOCUMENT
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        assert found is not None


def test_every_type_of_the_catalogue_and_every_canonical_type_is_described() -> None:
    assert DOCUMENT["channels"]["domain"]["messages"].keys() == {*CATALOGUE.names, "system.stage.changed"}
    assert DOCUMENT["channels"]["canonical"]["messages"].keys() == set(TYPES)
    assert DOCUMENT["channels"]["canonical"]["address"] == CANONICAL
    assert DOCUMENT["channels"]["deadLetters"]["address"] == DEAD_LETTERS


def test_what_is_announced_has_the_shape_that_is_described(tmp_path: Path) -> None:
    house = Installation(tmp_path / "events.db")
    house.take(
        cloud_event("crm.deal.created", hours(0), data={"title": "Кампания"}),
        cloud_event("docflow.contract.signed", hours(0)),
        at=hours(0),
    )
    house.take(cloud_event("crm.deal.created", hours(0), id="2", subject="MD-2"), at=hours(0))
    house.sweep(at=hours(7))
    house.sweep(at=hours(9))
    house.take(cloud_event("crm.brief.submitted", hours(7), subject="MD-2"), at=hours(10))
    house.take(
        *(
            cloud_event(name, hours(11))
            for name in ("mediapush.campaign.started", "dcm.invoice.issued", "dcm.closeout.completed")
        ),
        at=hours(12),
    )
    house.take(cloud_event("crm.deal.created", hours(0), id="3", subject="MD-3"), at=hours(13))
    house.take(cloud_event("crm.deal.lost", hours(5), id="3l", subject="MD-3"), at=hours(14))
    house.take(cloud_event("crm.deal.reopened", hours(13), id="3r", subject="MD-3"), at=hours(15))
    told = house.notices()
    assert any("breach_restored" in notice["data"] for notice in told)
    house.close()
    assert {notice["type"] for notice in told} == set(TYPES)
    for notice in told:
        shape = ANNOUNCEMENTS[notice["type"]]
        msgspec.convert(notice["data"], shape)
        if not notice["type"].endswith("anomaly.detected"):
            described = set(shape.__struct_encode_fields__)
            assert notice["data"].keys() <= described, notice["type"]


@pytest.mark.parametrize("name", ["crm.deal.created", "docflow.contract.signed"])
def test_other_names_of_a_type_are_told(name: str) -> None:
    types = DOCUMENT["components"]["messages"][name]["payload"]["properties"]["type"]["enum"]
    assert types == [name, *CATALOGUE.aliases[name]]
