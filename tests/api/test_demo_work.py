"""The demonstration's desks: the same on the same day, plainly invented, with something to decide."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from api.commands.demo_work import lay_out
from api.proposals import card
from api.settings import Settings
from api.wiring import open_house


def _desks(data: Path) -> dict[str, Any]:
    with open_house(Settings(data=data)) as house:
        lay_out(house)
        with house.store.reading() as read:
            return {
                "leads": [json.loads(text)["name"] for _, text in read.archive("lead", "", 100)],
                "offers": [json.loads(text)["offer"]["status"] for _, text in read.archive("offer", "", 100)],
                "waiting": sorted(card(row)["kind"] for row in read.proposals("waiting", None, (0, ""), 100)),
                "dead_letters": read.counts()["dead_letters"],
            }


def test_every_desk_has_work_and_says_it_is_invented(tmp_path: Path) -> None:
    found = _desks(tmp_path / "one")
    assert len(found["leads"]) == 3
    assert all("Пример" in name for name in found["leads"])
    assert found["offers"] == ["draft"]
    assert found["waiting"] == ["plan", "task"]
    assert found["dead_letters"] == 1
    assert _desks(tmp_path / "two") == found
