"""What the core asks of an event store, in its own words. One test suite runs on every adapter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Literal, Protocol

from msgspec import Struct

from masterdeal.audit import AuditRow
from masterdeal.delivery import Backlog, Delivery
from masterdeal.escalation import Task
from masterdeal.notice import Notice
from masterdeal.proposal import Proposal


class LogRow(Struct, frozen=True, gc=False):
    """An event as it is kept. `body` is what came in, verbatim; `type` is the catalogue's name where it is known.
    Instants are microseconds. `position` is 0 until the store has given one."""

    source: str
    id: str
    type: str
    deal_id: str
    time: int
    received: int
    marked: bool
    known: bool
    body: str
    position: int = 0


class DealRow(Struct, frozen=True, gc=False):
    """A deal's stored state: `state` is the encoded fold, `announced` what was published, `alarm` the next
    instant at which the clock alone changes something; the rest is there to be searched."""

    deal_id: str
    state: bytes
    announced: bytes
    alarm: int | None
    updated: int
    stage: str
    step: int | None
    industry: str | None
    client_type: str | None
    budget: int | None
    manager: str | None
    sla: str
    search: str


# A canonical event is kept as it was made.
OutboxRow = Notice


class ParkedRow(Struct, frozen=True, gc=False):
    """An event that waits for the deal its reference names."""

    source: str
    id: str
    system: str
    ref: str
    received: int
    body: str


class DeadLetter(Struct, frozen=True, gc=False):
    """What could not be taken in, why, and how often it came. `state` is open, replayed or set_aside."""

    number: int
    source: str | None
    id: str | None
    type: str | None
    reason: str
    detail: str
    body: str
    received: int
    times: int
    state: str


class DealFilter(Struct, frozen=True, gc=False):
    """Which deals to list. Budgets are in minor units of the deal's own currency and basis; `text` is
    looked for in id, title, client, manager and references, without case. `managers`: one of these has the deal."""

    stage: tuple[str, ...] = ()
    step: int | None = None
    industry: str | None = None
    client_type: str | None = None
    manager: str | None = None
    budget_min: int | None = None
    budget_max: int | None = None
    sla: str | None = None
    timer: str | None = None
    text: str | None = None
    managers: tuple[str, ...] | None = None


class Reading(Protocol):
    """A consistent view of the store."""

    def deal(self, deal_id: str) -> DealRow | None:
        """One deal."""

    def deals(self, where: DealFilter, after: str, limit: int) -> list[DealRow]:
        """Deals in the order of their ids, those after `after`."""

    def events(self, deal_id: str) -> list[LogRow]:
        """A deal's events in the order of event time, source and id."""

    def log(self, after: int, limit: int) -> list[LogRow]:
        """All events in the order of their positions, those after `after`."""

    def of_types(self, types: Sequence[str], after: int, limit: int) -> list[LogRow]:
        """Known events of these types, by the catalogue's names, in the order of their positions, those after `after`."""

    def last_logged(self) -> LogRow | None:
        """The newest event of the log, as far as `log` shows it; None if there is none."""

    def told(self, after: str, limit: int) -> list[str]:
        """The ids of the deals that known events in the log speak of, in their order, those after `after`."""

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        """Canonical events in the order of their positions, those after `after`; none is ever skipped."""

    def outbox_of(self, deal_id: str) -> list[OutboxRow]:
        """A deal's canonical events in the order of their sequence."""

    def last_outbox(self) -> int:
        """The position of the newest canonical event; 0 if there is none."""

    def cursor(self, name: str) -> int:
        """How far a reader of the outbox has come; 0 if it has not begun."""

    def parked(self, source: str, id_: str) -> ParkedRow | None:
        """The event that waits under a source and id."""

    def judged_by(self) -> str:
        """The edition of the rulebook that has judged all deals; empty where none is known to have."""

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        """Dead letters in the order of their numbers, those after `after`."""

    def dead_letter(self, number: int) -> DeadLetter | None:
        """One dead letter."""

    def next_alarm(self) -> int | None:
        """The earliest alarm of all deals."""

    def referenced(self, ref: str) -> str | None:
        """The deal that source systems call by this name, where they all mean one."""

    def values(self, column: Literal["industry", "client_type", "manager"]) -> list[str]:
        """The different values that deals have there, in order."""

    def archived(self, kind: str, id_: str) -> str | None:
        """The JSON kept under a kind and an id: a document, a lead."""

    def archive(self, kind: str, after: str, limit: int) -> list[tuple[str, str]]:
        """Id and JSON of what is kept of a kind, in the order of ids, those after `after`."""

    def task(self, id_: str) -> Task | None:
        """One task of the escalation."""

    def tasks_of(self, deal_id: str, timer: str) -> list[Task]:
        """All tasks of a deal's timer, open and closed."""

    def tasks(self, kind: str, state: str, after: str, limit: int) -> list[Task]:
        """Tasks in the order of their ids, those after `after`."""

    def climbing(self, now: int, limit: int) -> list[Task]:
        """Tasks that go up a rung at or before `now`, earliest first."""

    def proposal(self, id_: str) -> Proposal | None:
        """One proposal of the copilot."""

    def proposals(
        self, state: str | None, kind: str | None, after: tuple[int, str], limit: int
    ) -> list[Proposal]:
        """Proposals in the order of (created, id), those after `after`; of one state or kind where it is given."""

    def audit(self, after: int, limit: int) -> list[AuditRow]:
        """The audit trail in the order of positions, the entries after `after`."""

    def audit_head(self) -> AuditRow | None:
        """The newest entry of the audit trail."""

    def audit_noted(self) -> tuple[int, str]:
        """Position and hash of the newest entry as noted beside the trail; (0, "") before the first."""

    def delivery(self, task_id: str) -> Delivery | None:
        """How far the task tracker follows a task; None where it was never told of it."""

    def deliveries_due(self, now: int, limit: int) -> list[Delivery]:
        """Deliveries that are to be tried at or before `now`, earliest first."""

    def backlog(self) -> Backlog:
        """How much the task tracker has not been told yet."""

    def counts(self) -> Mapping[str, int]:
        """How many events, deals, unknown events, parked events, open dead letters and canonical events there are."""


class Writing(Reading, Protocol):
    """One transaction. Everything in it becomes durable together, or nothing does."""

    def hold(self, deal_ids: Iterable[str]) -> None:
        """Let no other transaction change these deals before this one ends. Called before anything is written."""

    def append(self, rows: Sequence[LogRow]) -> list[bool]:
        """Keep events; True for each that was new, False where source and id were known already."""

    def kept(self, source: str, id_: str) -> LogRow | None:
        """The event kept under a source and id."""

    def states(self, deal_ids: Iterable[str]) -> dict[str, DealRow]:
        """The deals of some ids, those that exist."""

    def put(self, rows: Sequence[DealRow]) -> None:
        """Write deals, new or not."""

    def publish(self, rows: Sequence[OutboxRow]) -> None:
        """Add canonical events to the outbox, in this order."""

    def refs(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        """The deals that some references (system, id) name, those that are known."""

    def put_refs(self, refs: Mapping[tuple[str, str], str]) -> None:
        """Learn references; one that is known already keeps its deal."""

    def park(self, row: ParkedRow) -> bool:
        """Let an event wait; False if it was waiting already."""

    def unpark(self, refs: Iterable[tuple[str, str]]) -> list[ParkedRow]:
        """Take out the events that wait for these references, in the order they came."""

    def bury(self, row: DeadLetter) -> int:
        """Keep a dead letter; the same body with the same reason counts once more. Returns its number."""

    def file(self, kind: str, papers: Mapping[str, str], now: int) -> None:
        """Keep JSON texts under a kind and their ids; what stood there before is replaced."""

    def discard(self, kind: str, ids: Iterable[str]) -> None:
        """Let what is kept under a kind and these ids be gone."""

    def escalated(self, deal_ids: Iterable[str]) -> set[str]:
        """Which of these deals have tasks, open or closed."""

    def put_tasks(self, tasks: Sequence[Task]) -> None:
        """Write tasks, new or not."""

    def put_proposals(self, proposals: Sequence[Proposal]) -> None:
        """Write proposals, new or not."""

    def audit_more(self, entries: Sequence[tuple[int, str]]) -> None:
        """Continue the audit trail with entries (time, JSON)."""

    def put_deliveries(self, rows: Sequence[Delivery]) -> None:
        """Write deliveries, new or not."""

    def settle(self, number: int, state: str) -> None:
        """Say what became of a dead letter."""

    def due(self, now: int, limit: int) -> list[DealRow]:
        """Deals whose alarm is at or before `now`, earliest first."""

    def judge_by(self, edition: str) -> None:
        """Say which edition of the rulebook has judged all deals."""

    def claim(self, name: str, *, wait: bool = False) -> int | None:
        """How far a reader of the outbox has come, with the sole right to move it until the end of the transaction;
        None while another has it, unless asked to `wait` for it."""

    def move_cursor(self, name: str, position: int) -> None:
        """Say how far a reader of the outbox has come."""


class EventStore(Protocol):
    """The append-only log of events with the state, the timers and the outbox that follow from it."""

    def reading(self) -> AbstractContextManager[Reading]:
        """A consistent view; cheap, any number at once."""

    def writing(self) -> AbstractContextManager[Writing]:
        """A transaction; commits at the end of the block, rolls back on an exception. StoreBusy if it must wait too
        long, StoreFailed if the file or the disk is at fault; after either it may be tried again."""

    def close(self) -> None:
        """Let go of everything."""


def pages(read: Reading, size: int = 1000) -> Iterator[LogRow]:
    """The whole log, page by page."""
    after = 0
    while rows := read.log(after, size):
        yield from rows
        after = rows[-1].position
