"""Whole jobs through the real API, by rules alone: what people with their roles say and decide one after another, what is
answered, and at the end what the house holds and what it does not. Each job every time: pass^8."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from http import HTTPStatus
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from starlette.testclient import TestClient

from agents.verify import unbound
from api.app import build
from api.effects import SOURCE
from api.settings import Settings
from api.tokens import digest
from api.wiring import House, open_house
from evals.deals import CLOCK, portfolio
from masterdeal.ports import pages

TIMES: Final = 8
# What a job may add to the house; whatever it does not say it adds, it must not.
KEPT: Final[Mapping[str, str]] = {
    "tasks": "approved-task",
    "plans": "mediaplan",
    "offers": "offer",
    "qualifications": "approved-qualification",
}
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]+")
_NAMED: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Job:
    """A row of evals/jobs.toml."""

    name: str
    steps: tuple[Mapping[str, Any], ...]
    adds: Mapping[str, int]


@dataclass
class Done:
    """A job as it went: what was missed, and what was answered in the order of the steps."""

    job: Job
    missed: list[str] = field(default_factory=list)
    answered: list[Any] = field(default_factory=list)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads((files("evals") / "jobs.toml").read_text(encoding="utf-8"))


@cache
def jobs() -> tuple[Job, ...]:
    """All of them."""
    return tuple(Job(row["name"], tuple(row["step"]), row.get("adds", {})) for row in _table()["job"])


class Place:
    """An installation over a folder, which may be closed and opened again between two steps."""

    def __init__(self, folder: Path) -> None:
        tokens = "".join(
            f'[[token]]\nsubject = "{name}"\nsha256 = "{digest(name)}"\nroles = {json.dumps(roles)}\n'
            for name, roles in _table()["people"].items()
        )
        (folder / "tokens.toml").write_text(tokens, encoding="utf-8")
        self._settings = Settings(data=folder, tokens_file=folder / "tokens.toml", sample_prices=True)
        self._stack = ExitStack()
        self.open()

    def open(self) -> None:
        """Begin, or begin again."""
        self.close()
        self.house: House = self._stack.enter_context(open_house(self._settings, clock=lambda: CLOCK))
        self.http = self._stack.enter_context(TestClient(build(self.house), raise_server_exceptions=False))

    def close(self) -> None:
        """Let go of everything but the folder."""
        self._stack.close()

    def kept(self) -> dict[str, int]:
        """How much there is of what jobs may add."""
        with self.house.store.reading() as read:
            found = {name: len(read.archive(kind, "", 1000)) for name, kind in KEPT.items()}
            return {**found, "events": sum(row.source == SOURCE for row in pages(read))}


class Attempt:
    """One job on its way: its thread, its proposals, what it has noted."""

    def __init__(self, place: Place, job: Job) -> None:
        self._place = place
        self.done = Done(job)
        self._thread: str | None = None
        self._waiting: list[dict[str, Any]] = []
        self._noted: dict[str, str] = {}

    def run(self) -> Done:
        """All steps, then what was added."""
        before = self._place.kept()
        for number, step in enumerate(self.done.job.steps, 1):
            for wrong in self._step(step):
                self.done.missed.append(f"{self.done.job.name}, step {number}: {wrong}")
        after = self._place.kept()
        for name, count in after.items():
            wanted = self.done.job.adds.get(name, 0)
            if count - before[name] != wanted:
                self.done.missed.append(
                    f"{self.done.job.name}: added {count - before[name]} {name}, not {wanted}"
                )
        return self.done

    def _step(self, step: Mapping[str, Any]) -> list[str]:
        if "say" in step:
            return self._say(step)
        if "decide" in step:
            return self._decide(step)
        if "restart" in step:
            self._place.open()
            return []
        return self._ask(step)

    def _headers(self, step: Mapping[str, Any]) -> dict[str, str]:
        return {"authorization": f"Bearer {step.get('who', 'olga')}"}

    def _say(self, step: Mapping[str, Any]) -> list[str]:
        text = _table()["text"].get(step.get("text"))
        message = self._filled(step["say"]) + (f"\n\n```\n{text}\n```" if text else "")
        body = {"message": message, **({"thread_id": self._thread} if self._thread else {})}
        answer = self._place.http.post("/v1/chat", json=body, headers=self._headers(step))
        if answer.status_code != step.get("status", HTTPStatus.OK):
            return [f"status {answer.status_code}: {answer.text[:200]}"]
        if answer.status_code != HTTPStatus.OK:
            return []
        told = [_event(block) for block in answer.text.strip().split("\n\n")]
        said = next((data for name, data in told if name == "answer"), None)
        if said is None:
            return ["no answer"]
        self._thread = next((data["thread_id"] for name, data in told if name == "thread"), self._thread)
        made = [data for name, data in told if name == "approval"]
        self._waiting += made
        tools = [call["tool"] for call in said["result"]["looked_up"]]
        self.done.answered.append([_SPACES.sub(" ", said["text"]), tools])
        wrong = _holds(said["text"], step)
        wrong += [f"{one} is bound to nothing" for one in unbound(said["text"], said["evidence"], message)]
        kinds = [one["kind"] for one in made]
        if kinds != step.get("proposes", []):
            wrong.append(f"proposed {kinds}")
        if "tools" in step and tools != step["tools"]:
            wrong.append(f"ran {tools}")
        return wrong

    def _decide(self, step: Mapping[str, Any]) -> list[str]:
        if not self._waiting:
            return ["nothing to decide"]
        proposal = self._waiting[step.get("proposal", 0) - 1]
        body = {"decision": step["decide"], "hash": step.get("hash", proposal["hash"])}
        body |= {"edits": step["edits"]} if "edits" in step else {}
        answer = self._place.http.post(
            f"/v1/proposals/{proposal['id']}/decision", json=body, headers=self._headers(step)
        )
        told = answer.json()
        self.done.answered.append([answer.status_code])
        if answer.status_code != step.get("status", HTTPStatus.OK):
            return [f"status {answer.status_code}: {answer.text[:200]}"]
        if successor := told.get("successor"):
            self._waiting.append(successor)
        self._note(step, told)
        return _members(told, step)

    def _ask(self, step: Mapping[str, Any]) -> list[str]:
        method, path = next((name, step[name]) for name in ("get", "post", "delete") if name in step)
        more: dict[str, Any] = {}
        if "file" in step:
            more["files"] = {"file": (step["file"], _table()["text"][step["text"]].encode())}
        elif "body" in step or "text" in step:
            text = {"text": _table()["text"][step["text"]]} if "text" in step else {}
            more["json"] = {**step.get("body", {}), **text}
        answer = self._place.http.request(
            method.upper(), self._filled(path), headers=self._headers(step), **more
        )
        self.done.answered.append([answer.status_code])
        if answer.status_code != step.get("status", HTTPStatus.OK):
            return [f"status {answer.status_code}: {answer.text[:200]}"]
        if "application/json" not in answer.headers.get("content-type", ""):
            return (
                [] if answer.content or answer.status_code == HTTPStatus.NO_CONTENT else ["an empty answer"]
            )
        told = answer.json()
        self._note(step, told)
        return _members(told, step) + _holds(answer.text, step)

    def _note(self, step: Mapping[str, Any], told: Any) -> None:
        for name, where in step.get("note", {}).items():
            self._noted[name] = str(_member(told, where))

    def _filled(self, text: str) -> str:
        noted = {**self._noted, "thread": self._thread or ""}
        return _NAMED.sub(lambda found: noted.get(found[1], found[0]), text)


def _event(block: str) -> tuple[str, Any]:
    name, _, data = block.partition("\ndata: ")
    return name.removeprefix("event: "), json.loads(data)


def _holds(text: str, step: Mapping[str, Any]) -> list[str]:
    plain = _SPACES.sub(" ", text)
    wrong = [f"does not say {fact!r}" for fact in step.get("says", ()) if fact not in plain]
    return wrong + [f"says {claim!r}" for claim in step.get("silent", ()) if claim in plain]


def _member(told: Any, where: str) -> Any:
    for name in where.split("."):
        told = told[int(name)] if isinstance(told, list) else (told or {}).get(name)
    return told


def _members(told: Any, step: Mapping[str, Any]) -> list[str]:
    found = {where: _member(told, where) for where in step.get("holds", {})}
    return [f"{where} is {value!r}" for where, value in found.items() if value != step["holds"][where]]


@contextmanager
def prepared() -> Iterator[Path]:
    """A folder with the demo portfolio, of which each round takes a copy."""
    with tempfile.TemporaryDirectory() as folder:
        with portfolio("demo") as house:
            house.store.close()
            shutil.copytree(house.settings.data, folder, dirs_exist_ok=True)
        yield Path(folder)


def round_of(base: Path, wanted: Sequence[Job]) -> list[Done]:
    """Each job once, all in one installation that nobody else has used."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(base, folder, dirs_exist_ok=True)
        place = Place(Path(folder))
        try:
            return [Attempt(place, job).run() for job in wanted]
        finally:
            place.close()


def score() -> dict[str, object]:
    """The share of jobs that end right, of those that do so every time, and of those that go the same way every time."""
    with prepared() as base:
        rounds = [round_of(base, jobs()) for _ in range(TIMES)]
    by_job = list(zip(*rounds, strict=True))
    return {
        "jobs": len(by_job),
        "steps": sum(len(job.steps) for job in jobs()),
        "jobs_right": sum(not done.missed for done in rounds[0]) / len(by_job),
        f"pass_{TIMES}": sum(all(not done.missed for done in times) for times in by_job) / len(by_job),
        "same_way": sum(len({json.dumps(done.answered) for done in times}) == 1 for times in by_job)
        / len(by_job),
        "misses": list(dict.fromkeys(wrong for round_ in rounds for done in round_ for wrong in done.missed)),
    }
