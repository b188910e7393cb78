"""State again from the log: the proof sees every difference, and the repair mends it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import START, Installation, hours, micro
from portfolios import catalogue_eight, cloud_event

from masterdeal.flow.rebuild import rebuild, restate
from masterdeal.ports import DealFilter, DealRow
from masterdeal.reference import read_rulebook


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Installation]:
    house = Installation(tmp_path / "events.db")
    for number in range(6):
        story = catalogue_eight(f"MD-{number}")[: number + 2]
        house.take(*(event | {"id": f"{number}-{event['id']}"} for event in story), at=hours(8))
    house.take(cloud_event("crm.deal.created", hours(0), id="future", subject="MD-f"), at=hours(8))
    house.take(cloud_event("crm.brief.submitted", hours(99), id="future", subject="MD-f"), at=hours(8))
    house.take(cloud_event("telephony.call.ended", hours(2), subject="MD-nothing"), at=hours(8))
    yield house
    house.close()


def rows(house: Installation) -> list[DealRow]:
    with house.store.reading() as read:
        return read.deals(DealFilter(), "", 100)


def spoil(house: Installation, deal_id: str, **changed: Any) -> None:
    with house.store.writing() as tx:
        tx.put([msgspec.structs.replace(tx.states([deal_id])[deal_id], **changed)])


def test_the_state_that_is_stored_is_the_fold_of_the_log(house: Installation) -> None:
    proof = rebuild(house.store, house.book, micro(hours(8)))
    assert proof.identical
    assert (proof.deals, proof.events, proof.differing, proof.repaired) == (
        7,
        sum(range(2, 8)) + 1,
        [],
        False,
    )
    assert proof.stored_digest == proof.rebuilt_digest
    again = rebuild(house.store, house.book, micro(hours(8)), repair=True)
    assert again == proof


def test_an_empty_store_is_identical(tmp_path: Path) -> None:
    house = Installation(tmp_path / "empty.db")
    assert rebuild(house.store, house.book, micro(START)).identical
    house.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"state": b'{"deal_id":"MD-3","rules":"stream-1"}'},
        {"state": b"not JSON"},
        {"stage": "closed"},
        {"alarm": None},
        {"alarm": micro(hours(9_999))},
        {"sla": " lead_to_brief=breached "},
        {"search": ""},
        {"step": 10},
    ],
)
def test_a_row_that_says_something_else_is_found_and_mended(
    house: Installation, changed: dict[str, Any]
) -> None:
    before, told = rows(house), house.notices()
    spoil(house, "MD-3", **changed)
    proof = rebuild(house.store, house.book, micro(hours(8)))
    assert not proof.identical
    assert proof.differing == ["MD-3"]
    assert rows(house) != before
    repaired = rebuild(house.store, house.book, micro(hours(8)), repair=True)
    assert (repaired.differing, repaired.repaired) == (["MD-3"], True)
    assert rows(house) == before
    assert house.notices() == told
    house.prove()


def test_deals_that_have_no_row_are_found_and_made_again(house: Installation) -> None:
    before = rows(house)
    house.store._writer.execute("delete from deal")
    proof = rebuild(house.store, house.book, micro(hours(8)), repair=True)
    assert proof.differing == [row.deal_id for row in before]
    assert [msgspec.structs.replace(row, announced=b"") for row in rows(house)] == [
        msgspec.structs.replace(row, announced=b"") for row in before
    ]
    house.prove()
    house.take(cloud_event("dcm.closeout.completed", hours(8), id="more", subject="MD-3"), at=hours(9))
    house.prove()


def test_what_a_deal_was_told_about_is_not_told_again(house: Installation) -> None:
    house.sweep(hours(9_000))
    told = house.notices()
    for deal_id in house.deal_ids():
        spoil(house, deal_id, state=b'{"deal_id":"' + deal_id.encode() + b'","rules":"stream-1"}')
    assert len(rebuild(house.store, house.book, micro(hours(9_000)), repair=True).differing) == 7
    assert house.notices() == told
    house.prove()


@pytest.mark.parametrize("how", ["restate", "rebuild"])
def test_other_rules_move_every_deal_they_judge_otherwise_and_say_so(house: Installation, how: str) -> None:
    told = len(house.notices())
    house.restart(read_rulebook("case-6.8.5"))
    if how == "restate":
        assert restate(house.store, house.book, micro(house.now)) == 7
    else:
        assert len(rebuild(house.store, house.book, micro(house.now), repair=True).differing) == 7
    assert house.stage("MD-3") == "contracting"
    moved = [n for n in house.notices()[told:] if n["type"] == "masterdeal.stage.changed"]
    assert {
        (n["subject"], n["data"]["from"], n["data"]["to"], n["data"]["rules_version"]) for n in moved
    } == {("MD-3", "launching", "contracting", "case-6.8.5")}
    house.prove()


def test_a_restatement_happens_once_per_edition_and_again_when_it_was_interrupted(
    house: Installation,
) -> None:
    restate(house.store, house.book, micro(house.now))
    other = read_rulebook("case-6.8.5")
    assert other.edition != house.book.edition == read_rulebook().edition

    class Interrupted(Exception):
        pass

    def stop(*_: object) -> None:
        raise Interrupted

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(type(house.store), "writing", stop)
        with pytest.raises(Interrupted):
            restate(house.store, other, micro(house.now))
    assert restate(house.store, other, micro(house.now)) == 7
    assert restate(house.store, other, micro(house.now)) == 0
    assert restate(house.store, house.book, micro(house.now)) == 7
    house.prove()


def test_progress_is_told_in_steps(tmp_path: Path) -> None:
    house = Installation(tmp_path / "many.db")
    house.take(*(cloud_event("crm.deal.created", START, id=str(n), subject=f"MD-{n}") for n in range(1_100)))
    steps: list[tuple[int, int]] = []
    proof = rebuild(house.store, house.book, micro(START), progress=lambda *step: steps.append(step))
    assert (proof.deals, steps) == (1_100, [(500, 1_100), (1_000, 1_100)])
    house.close()
