"""A whole installation in which everything is killed while events flow: the service, a second worker with a wrong
clock, PostgreSQL and the broker. What was sent and what was acknowledged is remembered, for `aftermath` to judge."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
from confluent_kafka import KafkaException, Message, Producer
from kafka_broker import Broker
from portfolios import cloud_event
from postgresql import Server

ROOT = Path(__file__).parents[1]
TOPICS = ("domain.crm", "domain.docflow")
LIMITS = """
[[version]]
from = 2000-01-01
at_risk_share = 0.8
calendar = "elapsed"
[version.limits]
lead_to_brief = "1s"
brief_to_offer = "2s"
offer_to_contract = "1s"
contract_to_launch = "1s"
launch_to_close = "3s"
"""
STORY = (
    "crm.deal.created",
    "crm.brief.submitted",
    "media.mediaplan.ready",
    "crm.offer.approved",
    "docflow.contract.signed",
    "mediapush.campaign.started",
    "dcm.invoice.issued",
    "dcm.closeout.completed",
)
# Each event goes out this often, over HTTP or Kafka as chance will have it.
TIMES = 3

Key = tuple[str, str]


class Told:
    """The events that go out, in disorder and repeated, and which of them somebody has acknowledged."""

    def __init__(self, chance: random.Random, per_second: int) -> None:
        self.chance = chance
        self.per_second = per_second
        self.lock = threading.Lock()
        self.waiting: deque[dict[str, Any]] = deque()
        self.sent: dict[Key, dict[str, Any]] = {}
        self.acknowledged: Counter[str] = Counter()
        self.safe: set[Key] = set()
        self.deals = 0

    def tell(self) -> None:
        """A new deal: some first part of its story, told in any order, each event three times, sooner or later."""
        with self.lock:
            self.deals += 1
            subject = f"MD-{self.deals:05}"
            moment = datetime.now(UTC) - timedelta(seconds=self.chance.uniform(0, 4))
            for type_ in STORY[: self.chance.randint(1, len(STORY))]:
                event = cloud_event(type_, moment, id=f"{subject}/{type_}", subject=subject)
                self.sent[event["source"], event["id"]] = event
                for _ in range(TIMES):
                    place = self.chance.randint(0, len(self.waiting))
                    self.waiting.insert(place, event)
                moment += timedelta(seconds=self.chance.uniform(0, 1.5))

    def take(self, most: int) -> list[dict[str, Any]]:
        """The next events whose time has come: nobody reports the future."""
        now = datetime.now(UTC).isoformat()
        with self.lock:
            found: list[dict[str, Any]] = []
            for _ in range(min(len(self.waiting), 4 * most)):
                event = self.waiting.popleft()
                if event["time"] <= now and len(found) < most:
                    found.append(event)
                else:
                    self.waiting.append(event)
            return found

    def give_back(self, events: list[dict[str, Any]]) -> None:
        with self.lock:
            self.waiting.extend(events)

    def acknowledge(self, by: str, keys: list[Key]) -> None:
        with self.lock:
            self.acknowledged[by] += len(keys)
            self.safe.update(keys)


class Storm:
    """The installation and who talks to it. Everything is its own: folder, ports, processes."""

    def __init__(self, folder: Path, seed: int, per_second: int = 60) -> None:
        self.chance = random.Random(seed)
        self.folder = folder
        self.told = Told(random.Random(seed + 1), per_second)
        self.server = Server.new()
        self.broker = Broker()
        for topic in (*TOPICS, "masterdeal.events"):
            self.broker.topic(topic)
        self.url = self.server.new_database()
        self.limits = folder / "sla.toml"
        self.limits.write_text(LIMITS)
        self.address = ""
        self.kills: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.aborted = 0
        self.calming = False
        self.ending = threading.Event()
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self._threads: list[threading.Thread] = []

    # processes

    def _start(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "MASTERDEAL_DATABASE_URL": self.url,
            "MASTERDEAL_KAFKA_BOOTSTRAP": self.broker.bootstrap,
            "MASTERDEAL_SLA_FILE": str(self.limits),
        }
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        self._processes[name] = process
        return process

    def start_service(self) -> None:
        data = str(self.folder / "service")
        process = self._start("service", "-m", "api.cli", "serve", "--port", "0", "--json", "--data", data)
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if line == "}\n":
                self.address = json.loads(said)["url"]
                return
        raise AssertionError((self.folder / "service.log").read_text()[-2000:])

    def start_worker(self, off: int) -> None:
        process = self._start(
            "worker", str(ROOT / "tests" / "faults" / "working.py"), str(self.folder / "worker"), str(off)
        )
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n", (self.folder / "worker.log").read_text()[-2000:]

    def kill(self, name: str, off: int | None = None) -> None:
        self.kills[name] += 1
        if name == "postgresql":
            self.server.kill()
            time.sleep(self.chance.uniform(0, 0.5))
            self.server.start()
        elif name == "broker":
            self.broker.kill()
            time.sleep(self.chance.uniform(0, 0.5))
            self.broker.start()
        else:
            process = self._processes.pop(name)
            process.send_signal(signal.SIGKILL)
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
            if name == "service":
                self.start_service()
            else:
                # The clocks of two machines differ; a quarter of an hour is more than the tolerance for the future.
                off = self.chance.choice((0, 900, -900)) if off is None else off
                self.kills["wrong clocks"] += off != 0
                self.start_worker(off)

    # who talks

    def _post(self) -> None:
        with httpx.Client(timeout=20) as client:
            while not self.ending.is_set():
                events = self.told.take(8)
                if not events:
                    time.sleep(0.02)
                    continue
                try:
                    answer = client.post(
                        f"{self.address}/v1/events",
                        content=msgspec.json.encode(events),
                        headers={"content-type": "application/cloudevents-batch+json"},
                    )
                except httpx.HTTPError:
                    self.refused["HTTP, no answer"] += 1
                    self.told.give_back(events)
                    time.sleep(0.1)
                    continue
                if answer.status_code != 202:
                    assert answer.status_code == 503, answer.text
                    self.refused["HTTP 503"] += 1
                    self.told.give_back(events)
                    time.sleep(0.1)
                    continue
                results = answer.json()["results"]
                assert {item["outcome"] for item in results} <= {"accepted", "duplicate"}, results
                self.told.acknowledge("HTTP", [(item["source"], item["id"]) for item in results])
                time.sleep(len(events) / self.told.per_second)

    def _produce(self) -> None:
        producer = Producer(
            {
                "bootstrap.servers": self.broker.bootstrap,
                "enable.idempotence": True,
                "message.timeout.ms": 0,
                "log_level": 0,
            }
        )

        def kept(key: Key) -> Callable[[Any, Message], None]:
            return lambda error, _: None if error else self.told.acknowledge("Kafka", [key])

        while not self.ending.is_set():
            for event in self.told.take(8):
                topic = TOPICS[event["source"] == "docflow"]
                producer.produce(
                    topic,
                    msgspec.json.encode(event),
                    event["subject"],
                    on_delivery=kept((event["source"], event["id"])),
                )
            producer.poll(0)
            time.sleep(8 / self.told.per_second)
        assert producer.flush(60) == 0

    def _abort(self) -> None:
        """Somebody else's transactions on the same topics, none of which is ever committed."""
        settings = {
            "bootstrap.servers": self.broker.bootstrap,
            "transactional.id": "foreign",
            "transaction.timeout.ms": 5000,
            "log_level": 0,
        }
        producer = None
        while not self.ending.is_set():
            try:
                if producer is None:
                    producer = Producer(settings)
                    producer.init_transactions(5)
                producer.begin_transaction()
                for number in range(5):
                    event = cloud_event(
                        "crm.deal.lost", datetime.now(UTC), id=f"aborted-{number}", subject="MD-00001"
                    )
                    producer.produce(TOPICS[0], msgspec.json.encode(event), event["subject"])
                producer.flush(2)
                producer.abort_transaction(5)
                self.aborted += 1
            except KafkaException:
                producer = None
            self.ending.wait(0.5)

    def _tell(self) -> None:
        while not self.ending.is_set():
            with self.told.lock:
                full = len(self.told.waiting) > 10 * self.told.per_second
            if not full and not self.calming:
                self.told.tell()
            time.sleep(5 * TIMES / self.told.per_second / 2)

    # the course of it

    def rage(self, seconds: float) -> None:
        """Everything runs, and one thing after another is killed, until the time is over."""
        self.calming = False
        self.start_service()
        self.start_worker(0)
        for work in (self._tell, self._post, self._post, self._produce, self._abort):
            thread = threading.Thread(target=work)
            thread.start()
            self._threads.append(thread)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            order = ["postgresql", "worker", "service", "broker"]
            self.chance.shuffle(order)
            for name in order:
                time.sleep(self.chance.uniform(0.3, 1.5))
                self.kill(name)
                if time.monotonic() > end and all(self.kills.values()) and len(self.kills) >= len(order):
                    break

    def calm_down(self, unfinished: Callable[[], str], patience: float = 60) -> None:
        """No more deals and no more deaths: wait until all is said and done, then stop the processes in order."""
        self.kill("worker", 0)
        self.calming = True
        deadline = time.monotonic() + patience
        while self.told.waiting:
            assert time.monotonic() < deadline, f"{len(self.told.waiting)} events could not be told"
            time.sleep(0.1)
        time.sleep(0.5)
        self.ending.set()
        for thread in self._threads:
            thread.join(90)
            assert not thread.is_alive()
        while left := unfinished():
            assert time.monotonic() < deadline, f"what was told is not done with: {left}"
            time.sleep(0.2)
        for process in self._processes.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self._processes.items():
            assert process.wait(30) in (0, -signal.SIGTERM), (self.folder / f"{name}.log").read_text()[-2000:]
            assert process.stdout is not None
            process.stdout.close()
        self._processes.clear()

    def close(self) -> None:
        self.ending.set()
        for process in self._processes.values():
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        for thread in self._threads:
            thread.join(30)
        self.broker.stop()
        self.server.stop()
