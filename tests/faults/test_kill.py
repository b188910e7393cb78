"""kill -9 at random moments, fifty times: nothing that was answered is lost, nothing is doubled, the proof holds."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from installation import Installation, hours, micro
from portfolios import catalogue_eight

from masterdeal.ports import OutboxRow, pages

ROOT = Path(__file__).parents[2]
LOADINGS = 40
POSTINGS = 10
BATCH = 40


def stories(deals: int, name: str = "MD") -> list[dict[str, Any]]:
    """Eight events of each deal; later events of one deal stand among earlier ones of others, some come twice."""
    chance = random.Random(name)
    events = []
    for number in range(deals):
        subject = f"{name}-{number:04}"
        step = timedelta(hours=chance.choice((1, 5, 30)))
        events += [
            event | {"id": f"{subject}/{event['id']}"} for event in catalogue_eight(subject, step=step)
        ]
    chance.shuffle(events)
    return events + chance.sample(events, len(events) // 10)


def killed(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def kept_keys(house: Installation) -> list[tuple[str, str]]:
    with house.store.reading() as read:
        return [(row.source, row.id) for row in pages(read)]


def outbox(house: Installation) -> list[OutboxRow]:
    with house.store.reading() as read:
        return [msgspec.structs.replace(row, position=0) for row in read.outbox(0, 1_000_000)]


@pytest.mark.slow
def test_08_kill_during_loading_loses_nothing_that_was_said_to_be_durable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(8)
    events = stories(250)
    history = tmp_path / "history.jsonl"
    history.write_bytes(b"\n".join(map(msgspec.json.encode, events)))
    now = hours(2000)
    args = [str(tmp_path / "killed.db"), str(history), str(micro(now)), str(BATCH)]
    command = [sys.executable, str(Path(__file__).with_name("loading.py")), *args]
    batches = -(-len(events) // BATCH)
    reached = 0
    began = time.monotonic()
    for kill in range(LOADINGS):
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": str(ROOT)}
        )
        assert process.stdout is not None
        # Each time a little further, so that the kills fall on repeats as well as on new ground.
        wanted = chance.randint(0, max(1, batches * (kill + 1) // LOADINGS))
        said = 0
        for line in process.stdout:
            said = 0 if line == "open\n" else int(line)
            if said >= wanted * BATCH:
                break
        time.sleep(chance.random() * 0.004)
        killed(process)
        reached = max(reached, said)
        house = Installation(tmp_path / "killed.db")
        house.now = now
        kept = kept_keys(house)
        assert len(kept) == len(set(kept))
        assert {(event["source"], event["id"]) for event in events[:reached]} <= set(kept)
        assert house.store._writer.execute("pragma quick_check").fetchone() == ("ok",)
        if kill % 4 == 0:
            house.check_sequences()
        house.close()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, env={"PYTHONPATH": str(ROOT)})

    house, calm = Installation(tmp_path / "killed.db"), Installation(tmp_path / "calm.db")
    for start in range(0, len(events), BATCH):
        calm.take(*events[start : start + BATCH], at=now)
    house.now = now
    assert outbox(house) == outbox(calm)
    assert kept_keys(house) == kept_keys(calm)
    proofs = [one.prove() for one in (house, calm)]
    assert proofs[0] == proofs[1]
    with capsys.disabled():
        sys.stdout.write(
            f"\n  killed {LOADINGS} times while loading in {time.monotonic() - began:.0f} s: {len(events)} events sent,"
            f" {proofs[0].events} kept, {proofs[0].deals} deals, {len(outbox(house))} canonical events, none lost, none doubled\n"
        )
    house.close()
    calm.close()


class Poster(threading.Thread):
    """Posts portions until the server is gone, and remembers what it was answered."""

    def __init__(self, url: str, portion: Callable[[], list[dict[str, Any]]]) -> None:
        super().__init__()
        self.url = url
        self.portion = portion
        self.answered: list[tuple[str, str, str]] = []
        self.odd: list[str] = []
        self.heard = threading.Event()

    def run(self) -> None:
        with httpx.Client(timeout=60) as client:
            while portion := self.portion():
                try:
                    answer = client.post(
                        f"{self.url}/v1/events",
                        content=msgspec.json.encode(portion),
                        headers={"content-type": "application/cloudevents-batch+json"},
                    )
                except httpx.HTTPError:
                    return
                if answer.status_code != 202:
                    self.odd.append(answer.text)
                    return
                self.heard.set()
                results = answer.json()["results"]
                self.answered += [(item["source"], item["id"], item["outcome"]) for item in results]


def started(data: Path) -> tuple[subprocess.Popen[str], str]:
    """The service on a free port, and its address."""
    command = [sys.executable, "-m", "api.cli", "serve", "--port", "0", "--json", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line == "}\n":
            return process, json.loads(said)["url"]
    raise AssertionError(f"the service did not start: {said}")


@pytest.mark.slow
def test_08_kill_during_posting_loses_nothing_that_was_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(88)
    events = stories(4_000, "MD-P")
    lock = threading.Lock()
    begun = time.monotonic()
    given = 0
    open_: dict[tuple[str, str], dict[str, Any]] = {}  # sent or to be sent again, not answered
    answered: set[tuple[str, str]] = set()
    accepted: Counter[tuple[str, str]] = Counter()

    def portion() -> list[dict[str, Any]]:
        nonlocal given
        with lock:
            size = chance.randint(1, 30)
            taken = events[given : given + size]
            given += size
            again = chance.sample(list(open_.values()), min(len(open_), 3))
            for event in taken:
                open_[(event["source"], event["id"])] = event
            return taken + again

    for _ in range(POSTINGS):
        process, url = started(tmp_path)
        posters = [Poster(url, portion) for _ in range(4)]
        for poster in posters:
            poster.start()
        if chance.random() < 0.8:
            posters[0].heard.wait(10)
        time.sleep(chance.random() * 0.4)
        killed(process)
        for poster in posters:
            poster.join()
            assert poster.odd == []
            for source, id_, outcome in poster.answered:
                assert outcome in ("accepted", "duplicate"), (id_, outcome)
                key = (source, id_)
                accepted[key] += outcome == "accepted"
                answered.add(key)
                open_.pop(key, None)
    assert max(accepted.values()) == 1
    house = Installation(tmp_path / "masterdeal.db")
    kept = kept_keys(house)
    assert len(kept) == len(set(kept))
    assert answered <= set(kept)
    house.now = hours(24 * 365 * 3)
    proof = house.prove()
    with capsys.disabled():
        sys.stdout.write(
            f"\n  killed {POSTINGS} times while posting in {time.monotonic() - begun:.0f} s: {len(answered)} events answered,"
            f" {len(kept)} kept, {proof.deals} deals, {len(outbox(house))} canonical events, none lost, none doubled\n"
        )
    assert len(answered) > 10 * POSTINGS
    house.close()
