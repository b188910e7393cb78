"""The port's questions in SQL that SQLite and PostgreSQL both understand; an adapter overrides what differs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, Final, Literal, Protocol

from msgspec.structs import astuple, replace

from masterdeal.delivery import Backlog, Delivery
from masterdeal.escalation import Task
from masterdeal.ports import DeadLetter, DealFilter, DealRow, LogRow, OutboxRow, ParkedRow
from masterdeal.store.records import Records

# Stays below SQLite's limit on bound values and keeps statements short enough to be cached.
_CHUNK: Final = 400

LOG: Final = "select source, id, type, deal_id, time, received, marked, known, body, position from event"
DEAL: Final = (
    "select deal_id, state, announced, alarm, updated, stage, step, industry, client_type, budget, manager,"
    " sla, search from deal"
)
OUTBOX: Final = "select deal_id, sequence, id, type, time, body, position from outbox"
_DEAD: Final = (
    "select number, source, id, type, reason, detail, body, received, times, state from dead_letter"
)
APPEND: Final = (
    "insert into event (source, id, type, deal_id, time, received, marked, known, body)"
    " values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (source, id) do nothing"
)
_PUT: Final = (
    "insert into deal (deal_id, state, announced, alarm, updated, stage, step, industry, client_type, budget,"
    " manager, sla, search) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
    " on conflict (deal_id) do update set state = excluded.state, announced = excluded.announced,"
    " alarm = excluded.alarm, updated = excluded.updated, stage = excluded.stage, step = excluded.step,"
    " industry = excluded.industry, client_type = excluded.client_type, budget = excluded.budget,"
    " manager = excluded.manager, sla = excluded.sla, search = excluded.search"
)
_TASK_COLUMNS: Final = Task.__struct_fields__
_TASK: Final = f"select {', '.join(_TASK_COLUMNS)} from task"
_PUT_TASK: Final = (
    f"insert into task ({', '.join(_TASK_COLUMNS)}) values ({', '.join('?' * len(_TASK_COLUMNS))})"
    f" on conflict (id) do update set {', '.join(f'{name} = excluded.{name}' for name in _TASK_COLUMNS[1:])}"
)
_task_values = attrgetter(*_TASK_COLUMNS)
_DELIVERY_COLUMNS: Final = Delivery.__struct_fields__
_DELIVERY: Final = f"select {', '.join(_DELIVERY_COLUMNS)} from delivery"
_PUT_DELIVERY: Final = (
    f"insert into delivery ({', '.join(_DELIVERY_COLUMNS)}) values ({', '.join('?' * len(_DELIVERY_COLUMNS))})"
    f" on conflict (task_id) do update set {', '.join(f'{name} = excluded.{name}' for name in _DELIVERY_COLUMNS[1:])}"
)
_delivery_values = attrgetter(*_DELIVERY_COLUMNS)
_VALUES: Final = {
    "industry": "select distinct industry from deal where industry is not null order by industry",
    "client_type": "select distinct client_type from deal where client_type is not null order by client_type",
    "manager": "select distinct manager from deal where manager is not null order by manager",
}
_COUNTS: Final = {
    "events": "select count(*) from event",
    "deals": "select count(*) from deal",
    "unknown_events": "select count(*) from event where known = 0",
    "parked_events": "select count(*) from parked",
    "dead_letters": "select count(*) from dead_letter where state = 'open'",
    "canonical_events": "select count(*) from outbox",
}


def log_row(row: tuple[Any, ...]) -> LogRow:
    """An event from its columns, in the order of LOG."""
    source, id_, type_, deal_id, time, received, marked, known, body, position = row
    return LogRow(source, id_, type_, deal_id, time, received, bool(marked), bool(known), body, position)


# The bound values of a row, in the order of the statement that writes it.
event_values = attrgetter("source", "id", "type", "deal_id", "time", "received", "marked", "known", "body")
outbox_values = attrgetter("deal_id", "sequence", "id", "type", "time", "body")
# The columns stand in the order of the row's own members.
deal_values = astuple


class Connection(Protocol):
    """What a session needs of a driver. Statements mark their values with question marks."""

    def execute(self, query: str, values: Sequence[Any] = ..., /) -> Any:
        """Run a statement."""

    def executemany(self, query: str, rows: Iterable[Sequence[Any]], /) -> Any:
        """Run a statement for many rows."""


class Session(Records):
    """The port's questions on one connection; used inside one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    # reading

    def deal(self, deal_id: str) -> DealRow | None:
        row = self._db.execute(f"{DEAL} where deal_id = ?", (deal_id,)).fetchone()
        return DealRow(*row) if row else None

    def deals(self, where: DealFilter, after: str, limit: int) -> list[DealRow]:
        clauses, values = ["deal_id > ?"], [after]
        for clause, value in _conditions(where):
            clauses.append(clause)
            values.append(value)
        if where.stage:
            clauses.append(f"stage in ({', '.join('?' * len(where.stage))})")
            values += where.stage
        if where.managers is not None:
            clauses.append(f"manager in ({', '.join('?' * len(where.managers))})")
            values += where.managers
        query = f"{DEAL} where {' and '.join(clauses)} order by deal_id limit ?"
        return [DealRow(*row) for row in self._db.execute(query, (*values, limit))]

    def events(self, deal_id: str) -> list[LogRow]:
        query = f"{LOG} where deal_id = ? order by time, source, id"
        return [log_row(row) for row in self._db.execute(query, (deal_id,))]

    def log(self, after: int, limit: int) -> list[LogRow]:
        query = f"{LOG} where position > ? order by position limit ?"
        return [log_row(row) for row in self._db.execute(query, (after, limit))]

    def of_types(self, types: Sequence[str], after: int, limit: int) -> list[LogRow]:
        marks = ", ".join("?" * len(types))
        query = f"{LOG} where known = 1 and type in ({marks}) and position > ? order by position limit ?"
        return [log_row(row) for row in self._db.execute(query, (*types, after, limit))]

    def last_logged(self) -> LogRow | None:
        row = self._db.execute(f"{LOG} order by position desc limit 1").fetchone()
        return log_row(row) if row else None

    def outbox(self, after: int, limit: int) -> list[OutboxRow]:
        query = f"{OUTBOX} where position > ? order by position limit ?"
        return [OutboxRow(*row) for row in self._db.execute(query, (after, limit))]

    def outbox_of(self, deal_id: str) -> list[OutboxRow]:
        query = f"{OUTBOX} where deal_id = ? order by sequence"
        return [OutboxRow(*row) for row in self._db.execute(query, (deal_id,))]

    def last_outbox(self) -> int:
        return int(self._db.execute("select coalesce(max(position), 0) from outbox").fetchone()[0])

    def told(self, after: str, limit: int) -> list[str]:
        query = "select distinct deal_id from event where deal_id > ? and known = 1 order by deal_id limit ?"
        return [row[0] for row in self._db.execute(query, (after, limit))]

    def parked(self, source: str, id_: str) -> ParkedRow | None:
        query = "select source, id, system, ref, received, body from parked where source = ? and id = ?"
        row = self._db.execute(query, (source, id_)).fetchone()
        return ParkedRow(*row) if row else None

    def judged_by(self) -> str:
        row = self._db.execute("select edition from judged").fetchone()
        return row[0] if row else ""

    def cursor(self, name: str) -> int:
        row = self._db.execute("select position from cursor where name = ?", (name,)).fetchone()
        return row[0] if row else 0

    def dead_letters(self, after: int, limit: int) -> list[DeadLetter]:
        query = f"{_DEAD} where number > ? order by number limit ?"
        return [DeadLetter(*row) for row in self._db.execute(query, (after, limit))]

    def dead_letter(self, number: int) -> DeadLetter | None:
        row = self._db.execute(f"{_DEAD} where number = ?", (number,)).fetchone()
        return DeadLetter(*row) if row else None

    def next_alarm(self) -> int | None:
        query = "select alarm from deal where alarm is not null order by alarm limit 1"
        row = self._db.execute(query).fetchone()
        return row[0] if row else None

    def referenced(self, ref: str) -> str | None:
        rows = self._db.execute("select distinct deal_id from ref where ref = ? limit 2", (ref,)).fetchall()
        return rows[0][0] if len(rows) == 1 else None

    def values(self, column: Literal["industry", "client_type", "manager"]) -> list[str]:
        return [row[0] for row in self._db.execute(_VALUES[column])]

    def task(self, id_: str) -> Task | None:
        row = self._db.execute(f"{_TASK} where id = ?", (id_,)).fetchone()
        return Task(*row) if row else None

    def tasks_of(self, deal_id: str, timer: str) -> list[Task]:
        query = f"{_TASK} where deal_id = ? and timer = ? order by id"
        return [Task(*row) for row in self._db.execute(query, (deal_id, timer))]

    def tasks(self, kind: str, state: str, after: str, limit: int) -> list[Task]:
        query = f"{_TASK} where state = ? and kind = ? and id > ? order by id limit ?"
        return [Task(*row) for row in self._db.execute(query, (state, kind, after, limit))]

    def climbing(self, now: int, limit: int) -> list[Task]:
        query = f"{_TASK} where climbs is not null and climbs <= ? order by climbs, id limit ?"
        return [Task(*row) for row in self._db.execute(query, (now, limit))]

    def delivery(self, task_id: str) -> Delivery | None:
        row = self._db.execute(f"{_DELIVERY} where task_id = ?", (task_id,)).fetchone()
        return _delivery(row) if row else None

    def deliveries_due(self, now: int, limit: int) -> list[Delivery]:
        query = f"{_DELIVERY} where next_try is not null and next_try <= ? order by next_try, task_id limit ?"
        return [_delivery(row) for row in self._db.execute(query, (now, limit))]

    def backlog(self) -> Backlog:
        waiting = self._db.execute(
            "select count(*), min(since) from delivery where next_try is not null"
        ).fetchone()
        refused = self._db.execute("select count(*) from delivery where state = 'refused'").fetchone()
        return Backlog(waiting[0], waiting[1], refused[0])

    def counts(self) -> Mapping[str, int]:
        return {name: self._db.execute(query).fetchone()[0] for name, query in _COUNTS.items()}

    def archived(self, kind: str, id_: str) -> str | None:
        row = self._db.execute("select body from archive where kind = ? and id = ?", (kind, id_)).fetchone()
        return row[0] if row else None

    def archive(self, kind: str, after: str, limit: int) -> list[tuple[str, str]]:
        query = "select id, body from archive where kind = ? and id > ? order by id limit ?"
        return [(row[0], row[1]) for row in self._db.execute(query, (kind, after, limit))]

    # writing

    def kept(self, source: str, id_: str) -> LogRow | None:
        row = self._db.execute(f"{LOG} where source = ? and id = ?", (source, id_)).fetchone()
        return log_row(row) if row else None

    def states(self, deal_ids: Iterable[str]) -> dict[str, DealRow]:
        found = {}
        for chunk in _chunks(list(deal_ids)):
            query = f"{DEAL} where deal_id in ({', '.join('?' * len(chunk))})"
            for row in self._db.execute(query, chunk):
                found[row[0]] = DealRow(*row)
        return found

    def put(self, rows: Sequence[DealRow]) -> None:
        self._db.executemany(_PUT, map(deal_values, rows))

    def publish(self, rows: Sequence[OutboxRow]) -> None:
        self._db.executemany(
            "insert into outbox (deal_id, sequence, id, type, time, body) values (?, ?, ?, ?, ?, ?)",
            map(outbox_values, rows),
        )

    def refs(self, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
        query = "select deal_id from ref where system = ? and ref = ?"
        found = {}
        for pair in pairs:
            row = self._db.execute(query, pair).fetchone()
            if row:
                found[pair] = row[0]
        return found

    def put_refs(self, refs: Mapping[tuple[str, str], str]) -> None:
        self._db.executemany(
            "insert into ref (system, ref, deal_id) values (?, ?, ?) on conflict do nothing",
            ((system, ref, deal_id) for (system, ref), deal_id in refs.items()),
        )

    def park(self, row: ParkedRow) -> bool:
        query = (
            "insert into parked (source, id, system, ref, received, body) values (?, ?, ?, ?, ?, ?)"
            " on conflict (source, id) do nothing returning id"
        )
        values = (row.source, row.id, row.system, row.ref, row.received, row.body)
        return self._db.execute(query, values).fetchone() is not None

    def unpark(self, refs: Iterable[tuple[str, str]]) -> list[ParkedRow]:
        query = (
            "delete from parked where system = ? and ref = ?"
            " returning number, source, id, system, ref, received, body"
        )
        taken = [row for pair in refs for row in self._db.execute(query, pair).fetchall()]
        return [ParkedRow(*row[1:]) for row in sorted(taken)]

    def bury(self, row: DeadLetter) -> int:
        digest = hashlib.blake2b(f"{row.reason}\0{row.body}".encode(), digest_size=16).hexdigest()
        query = (
            "insert into dead_letter (source, id, type, reason, detail, body, digest, received, times, state)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, 1, 'open')"
            " on conflict (digest) do update set times = dead_letter.times + 1, state = 'open' returning number"
        )
        values = (row.source, row.id, row.type, row.reason, row.detail, row.body, digest, row.received)
        return int(self._db.execute(query, values).fetchone()[0])

    def hold(self, deal_ids: Iterable[str]) -> None:
        """Nothing to do where there is one writer."""

    def claim(self, name: str, *, wait: bool = False) -> int | None:  # noqa: ARG002 - one writer waits for nobody
        return self.cursor(name)

    def file(self, kind: str, papers: Mapping[str, str], now: int) -> None:
        self._db.executemany(
            "insert into archive (kind, id, updated, body) values (?, ?, ?, ?)"
            " on conflict (kind, id) do update set updated = excluded.updated, body = excluded.body",
            [(kind, id_, now, body) for id_, body in papers.items()],
        )

    def discard(self, kind: str, ids: Iterable[str]) -> None:
        self._db.executemany("delete from archive where kind = ? and id = ?", [(kind, id_) for id_ in ids])

    def escalated(self, deal_ids: Iterable[str]) -> set[str]:
        query = "select distinct deal_id from task where deal_id in"
        return {
            row[0]
            for chunk in _chunks(list(deal_ids))
            for row in self._db.execute(f"{query} ({', '.join('?' * len(chunk))})", chunk)
        }

    def put_tasks(self, tasks: Sequence[Task]) -> None:
        self._db.executemany(_PUT_TASK, map(_task_values, tasks))

    def put_deliveries(self, rows: Sequence[Delivery]) -> None:
        values = map(_delivery_values, rows)
        self._db.executemany(
            _PUT_DELIVERY,
            [tuple(int(one) if one is True or one is False else one for one in row) for row in values],
        )

    def settle(self, number: int, state: str) -> None:
        self._db.execute("update dead_letter set state = ? where number = ?", (state, number))

    def due(self, now: int, limit: int) -> list[DealRow]:
        query = f"{DEAL} where alarm is not null and alarm <= ? order by alarm, deal_id limit ?"
        return [DealRow(*row) for row in self._db.execute(query, (now, limit))]

    def judge_by(self, edition: str) -> None:
        self._db.execute(
            'insert into judged ("only", edition) values (1, ?) on conflict ("only") do update set edition = excluded.edition',
            (edition,),
        )

    def move_cursor(self, name: str, position: int) -> None:
        self._db.execute(
            "insert into cursor (name, position) values (?, ?)"
            " on conflict (name) do update set position = excluded.position",
            (name, position),
        )


def _delivery(row: Sequence[Any]) -> Delivery:
    told = Delivery(*row)
    return replace(told, uncertain=bool(told.uncertain))


def _conditions(where: DealFilter) -> Iterator[tuple[str, Any]]:
    for column in ("step", "industry", "client_type", "manager"):
        value = getattr(where, column)
        if value is not None:
            yield f"{column} = ?", value
    if where.budget_min is not None:
        yield "budget >= ?", where.budget_min
    if where.budget_max is not None:
        yield "budget <= ?", where.budget_max
    if where.sla is not None:
        # `sla` reads " timer=state timer=state ": one look finds a state of any timer or of one.
        yield "instr(sla, ?) > 0", f" {where.timer}={where.sla} " if where.timer else f"={where.sla} "
    if where.text:
        yield "instr(search, ?) > 0", where.text.casefold()


def _chunks(items: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
