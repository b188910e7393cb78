"""Recorded histories, replayed with today's code: the deals and what the world was told must be as they were.

Each `NAME.jsonl` holds arrivals (`at`: when it came, `event`: the CloudEvent), each `NAME.json` what they made at `clock`:
the outcomes, the deals, the canonical events. An expectation changes only with a decision that says why."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from installation import Installation

FOLDER = Path(__file__).parent
NAMES = sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def arrivals(name: str) -> list[dict[str, Any]]:
    return [msgspec.json.decode(line) for line in (FOLDER / f"{name}.jsonl").read_bytes().splitlines()]


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode((FOLDER / f"{name}.json").read_bytes())
    return found


def replay(house: Installation, history: list[dict[str, Any]], clock: str) -> list[list[str | None]]:
    outcomes = []
    for arrival in history:
        house.sweep(datetime.fromisoformat(arrival["at"]))
        (result,) = house.take(arrival["event"])
        outcomes.append([result.id, result.outcome, result.reason])
    house.sweep(datetime.fromisoformat(clock))
    return outcomes


def made(house: Installation, outcomes: list[list[str | None]], clock: str) -> dict[str, Any]:
    return {
        "clock": clock,
        "outcomes": outcomes,
        "told": [
            [
                notice["time"],
                notice["id"],
                notice["type"],
                notice["data"].get("timer") or notice["data"].get("to"),
            ]
            for notice in house.notices()
        ],
        "deals": [house.deal(deal_id) for deal_id in house.deal_ids()],
    }


def plain(found: object) -> Any:
    return msgspec.json.decode(msgspec.json.encode(found))


@pytest.mark.parametrize("name", NAMES)
def test_10_a_recorded_history_makes_what_it_made(tmp_path: Path, name: str) -> None:
    wanted = expected(name)
    house = Installation(tmp_path / "events.db")
    outcomes = replay(house, arrivals(name), wanted["clock"])
    assert plain(made(house, outcomes, wanted["clock"])) == wanted
    house.prove()
    house.close()


@pytest.mark.parametrize("name", NAMES)
def test_10_the_same_history_told_twice_changes_nothing(tmp_path: Path, name: str) -> None:
    wanted = expected(name)
    house = Installation(tmp_path / "events.db")
    replay(house, arrivals(name), wanted["clock"])
    for arrival in arrivals(name):
        (result,) = house.take(arrival["event"])
        assert result.outcome in ("duplicate", "rejected")
    assert plain(made(house, [], wanted["clock"]))["deals"] == wanted["deals"]
    assert len(house.notices()) == len(wanted["told"])
    house.close()


@pytest.mark.parametrize("name", NAMES)
def test_10_two_replays_are_equal_to_the_byte(tmp_path: Path, name: str) -> None:
    states = []
    for number in range(2):
        house = Installation(tmp_path / f"{number}.db")
        replay(house, arrivals(name), expected(name)["clock"])
        with house.store.reading() as read:
            states.append((read.outbox(0, 10_000), [read.deal(deal_id) for deal_id in house.deal_ids()]))
        house.close()
    assert states[0] == states[1]
