"""Which deals a caller may see, and an event store that shows no others.

Every question of the port is answered as if the other deals were not there, so whatever reads through it (endpoints,
tools of the copilot, streams) cannot show them, whoever words the question.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from masterdeal.audit import AuditRow
from masterdeal.delivery import Backlog, Delivery
from masterdeal.escalation import Task
from masterdeal.ports import (
    DeadLetter,
    DealFilter,
    DealRow,
    EventStore,
    LogRow,
    OutboxRow,
    ParkedRow,
    Reading,
    Writing,
)
from masterdeal.proposal import Proposal

_PAGE: Final = 500
# The members by which kept papers (offers, documents, proposals) name the deal they belong to.
_DEAL_NAMES: Final = ("master_deal_id", "deal_id")


class Sight(Struct, frozen=True):
    """All deals (`managers` is None), or those whose manager is one of these names."""

    managers: frozenset[str] | None = None

    @property
    def everything(self) -> bool:
        """Whether no deal is hidden."""
        return self.managers is None

    def shows(self, row: DealRow | None) -> bool:
        """Whether this deal may be seen; one that does not exist may not, unless everything may."""
        return self.managers is None or (row is not None and row.manager in self.managers)

    def shows_deal(self, read: Reading, deal_id: str) -> bool:
        """Whether the deal of this id may be seen, by who manages it now."""
        return self.managers is None or self.shows(read.deal(deal_id))


EVERYTHING: Final = Sight()


class SeenReading:
    """A Reading through a sight."""

    def __init__(self, read: Reading, sight: Sight) -> None:
        self._read = read
        self._sight = sight
        self._known: dict[str, bool] = {}

    def _shows(self, deal_id: str) -> bool:
        if deal_id not in self._known:
            self._known[deal_id] = self._sight.shows_deal(self._read, deal_id)
        return self._known[deal_id]

    def deal(self, deal_id: str) -> DealRow | None:
        row = self._read.deal(deal_id)
        return row if self._sight.shows(row) else None

    def deals(self, where: DealFilter, after: str, limit: int) -> list[DealRow]:
        own = self._sight.managers or frozenset()
        wanted = own if where.managers is None else own & set(where.managers)
        if not wanted:
            return []
        return self._read.deals(replace(where, managers=tuple(sorted(wanted))), after, limit)

    def events(self, deal_id: str) -> list[LogRow]:
        return self._read.events(deal_id) if self._shows(deal_id) else []

    def log(self, after: int, limit: int) -> list[LogRow]:
        found: list[LogRow] = []
        while len(found) < limit and (rows := self._read.log(after, _PAGE)):
            found += [row for row in rows if self._shows(row.deal_id)]
            after = rows[-1].position
        return found[:limit]

    def last_logged(self) -> LogRow | None:
        row = self._read.last_logged()
        return row if row is not None and self._shows(row.deal_id) else None

    def of_types(self, types: Sequence[str], after: int, limit: int) -> list[LogRow]:
        found: list[LogRow] = []
        while len(found) < limit and (rows := self._read.of_types(types, after, _PAGE)):
            found += [row for row in rows if self._shows(row.deal_id)]
            after = rows[-1].position
        return found[:limit]

    def told(self, after: str, limit: int) -> list[str]:
        found: list[str] = []
        while len(found) < limit and (ids := self._read.told(after, _PAGE)):
            found += [id_ for id_ in ids if self._shows(id_)]
            after = ids[-1]
        return found[:limit]

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        found: list[OutboxRow] = []
        while len(found) < limit and (rows := self._read.outbox(after, _PAGE)):
            found += [row for row in rows if self._shows(row.deal_id)]
            after = rows[-1].position
        return found[:limit]

    def outbox_of(self, deal_id: str) -> list[OutboxRow]:
        return self._read.outbox_of(deal_id) if self._shows(deal_id) else []

    def last_outbox(self) -> int:
        return self._read.last_outbox()

    def cursor(self, name: str) -> int:
        return self._read.cursor(name)

    def parked(self, source: str, id_: str) -> ParkedRow | None:
        """Nothing: whose deal a parked event will be is not known."""

    def judged_by(self) -> str:
        return self._read.judged_by()

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:  # noqa: ARG002 (the port asks so)
        """Nothing: whose deal a dead letter speaks of is not known."""
        return []

    def dead_letter(self, number: int) -> DeadLetter | None:
        """Nothing, as above."""

    def next_alarm(self) -> int | None:
        return self._read.next_alarm()

    def referenced(self, ref: str) -> str | None:
        deal_id = self._read.referenced(ref)
        return deal_id if deal_id is not None and self._shows(deal_id) else None

    def values(self, column: Literal["industry", "client_type", "manager"]) -> list[str]:
        found: set[str] = set()
        after = ""
        while rows := self.deals(DealFilter(), after, _PAGE):
            found.update(value for row in rows if (value := getattr(row, column)) is not None)
            after = rows[-1].deal_id
        return sorted(found)

    def archived(self, kind: str, id_: str) -> str | None:
        body = self._read.archived(kind, id_)
        return body if body is not None and self._shows_paper(body) else None

    def archive(self, kind: str, after: str, limit: int) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        while len(found) < limit and (rows := self._read.archive(kind, after, _PAGE)):
            found += [row for row in rows if self._shows_paper(row[1])]
            after = rows[-1][0]
        return found[:limit]

    def _shows_paper(self, body: str) -> bool:
        """Papers that name a deal go with it; those that name none are everybody's."""
        if not any(f'"{name}"' in body for name in _DEAL_NAMES):
            return True
        paper: Any = msgspec.json.decode(body)
        if not isinstance(paper, dict):
            return True
        named = [paper[name] for name in _DEAL_NAMES if paper.get(name) is not None]
        return all(isinstance(deal_id, str) and self._shows(deal_id) for deal_id in named)

    def task(self, id_: str) -> Task | None:
        task = self._read.task(id_)
        return task if task is not None and self._shows(task.deal_id) else None

    def tasks_of(self, deal_id: str, timer: str) -> list[Task]:
        return self._read.tasks_of(deal_id, timer) if self._shows(deal_id) else []

    def tasks(self, kind: str, state: str, after: str, limit: int) -> list[Task]:
        found: list[Task] = []
        while len(found) < limit and (tasks := self._read.tasks(kind, state, after, _PAGE)):
            found += [task for task in tasks if self._shows(task.deal_id)]
            after = tasks[-1].id
        return found[:limit]

    def climbing(self, now: int, limit: int) -> list[Task]:
        return [task for task in self._read.climbing(now, limit) if self._shows(task.deal_id)]

    def proposal(self, id_: str) -> Proposal | None:
        proposal = self._read.proposal(id_)
        return proposal if proposal is not None and self._shows_proposal(proposal) else None

    def proposals(
        self, state: str | None, kind: str | None, after: tuple[int, str], limit: int
    ) -> list[Proposal]:
        found: list[Proposal] = []
        while len(found) < limit and (rows := self._read.proposals(state, kind, after, _PAGE)):
            found += [row for row in rows if self._shows_proposal(row)]
            after = (rows[-1].created, rows[-1].id)
        return found[:limit]

    def _shows_proposal(self, proposal: Proposal) -> bool:
        return proposal.deal_id is None or self._shows(proposal.deal_id)

    def audit(self, after: int, limit: int) -> list[AuditRow]:  # noqa: ARG002 (the port asks so)
        """Nothing: the trail speaks of everybody's deals."""
        return []

    def audit_head(self) -> AuditRow | None:
        """Nothing, as above."""

    def audit_noted(self) -> tuple[int, str]:
        return (0, "")

    def delivery(self, task_id: str) -> Delivery | None:
        row = self._read.delivery(task_id)
        return row if row is not None and self._shows(row.deal_id) else None

    def deliveries_due(self, now: int, limit: int) -> list[Delivery]:
        return [row for row in self._read.deliveries_due(now, limit) if self._shows(row.deal_id)]

    def backlog(self) -> Backlog:
        return self._read.backlog()

    def counts(self) -> Mapping[str, int]:
        return self._read.counts()


class SeenStore:
    """An EventStore through a sight. A transaction sees everything: what is written is decided by whoever opens it."""

    def __init__(self, store: EventStore, sight: Sight) -> None:
        self._store = store
        self._sight = sight

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with self._store.reading() as read:
            yield SeenReading(read, self._sight)

    def writing(self) -> AbstractContextManager[Writing]:
        return self._store.writing()

    def close(self) -> None:
        """Nothing: the store belongs to whoever opened it."""


def seen(store: EventStore, sight: Sight) -> EventStore:
    """The store as this sight shows it."""
    return store if sight.everything else SeenStore(store, sight)


def hidden(read: Reading, sight: Sight, deal_ids: Sequence[str]) -> list[str]:
    """Those of these deals that exist and may not be seen."""
    if sight.everything:
        return []
    return [id_ for id_ in deal_ids if (row := read.deal(id_)) is not None and not sight.shows(row)]
