"""Approves proposals one after another until it is killed; run as a process by test_proposals."""

from __future__ import annotations

import sys
from pathlib import Path

from api.access import LOCAL
from api.proposals import decide_for
from api.settings import Settings
from api.wiring import open_house

if __name__ == "__main__":
    with open_house(Settings(data=Path(sys.argv[1]))) as house:
        with house.store.reading() as read:
            ids = [proposal.id for proposal in read.proposals("waiting", None, (0, ""), 10_000)]
        for id_ in ids:
            decide_for(house, LOCAL, id_, "approve", hash_=None)
            sys.stdout.write(f"{id_}\n")
            sys.stdout.flush()
