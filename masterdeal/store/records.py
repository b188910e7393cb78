"""The port's questions about proposals and the audit trail, in SQL that SQLite and PostgreSQL both understand."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, Protocol

from masterdeal.audit import AuditRow, chain
from masterdeal.proposal import Proposal

_COLUMNS: Final = Proposal.__struct_fields__
# One of the names is a word of SQL.
_NAMES: Final = tuple(f'"{name}"' for name in _COLUMNS)
_PROPOSAL: Final = f"select {', '.join(_NAMES)} from proposal"
_PUT: Final = (
    f"insert into proposal ({', '.join(_NAMES)}) values ({', '.join('?' * len(_COLUMNS))})"
    f" on conflict (id) do update set {', '.join(f'{name} = excluded.{name}' for name in _NAMES[1:])}"
)
_values = attrgetter(*_COLUMNS)
_AUDIT: Final = "select position, time, body, hash from audit"


class _Driver(Protocol):
    def execute(self, query: str, values: Sequence[Any] = ..., /) -> Any: ...

    def executemany(self, query: str, rows: Any, /) -> Any: ...


class Records:
    """Proposals and audit entries on one connection."""

    _db: _Driver

    def hold(self, deal_ids: Any) -> None:
        """As the port says; an adapter with several writers overrides it."""

    def proposal(self, id_: str) -> Proposal | None:
        row = self._db.execute(f"{_PROPOSAL} where id = ?", (id_,)).fetchone()
        return Proposal(*row) if row else None

    def proposals(
        self, state: str | None, kind: str | None, after: tuple[int, str], limit: int
    ) -> list[Proposal]:
        clauses, values = ["(created > ? or (created = ? and id > ?))"], [after[0], *after]
        for column, value in (("state", state), ("kind", kind)):
            if value is not None:
                clauses.append(f"{column} = ?")
                values.append(value)
        query = f"{_PROPOSAL} where {' and '.join(clauses)} order by created, id limit ?"
        return [Proposal(*row) for row in self._db.execute(query, (*values, limit))]

    def audit_head(self) -> AuditRow | None:
        row = self._db.execute(f"{_AUDIT} order by position desc limit 1").fetchone()
        return AuditRow(*row) if row else None

    def audit_noted(self) -> tuple[int, str]:
        row = self._db.execute("select position, hash from audit_head").fetchone()
        return (row[0], row[1]) if row else (0, "")

    def audit(self, after: int, limit: int) -> list[AuditRow]:
        query = f"{_AUDIT} where position > ? order by position limit ?"
        return [AuditRow(*row) for row in self._db.execute(query, (after, limit))]

    def put_proposals(self, proposals: Sequence[Proposal]) -> None:
        self._db.executemany(_PUT, [_values(proposal) for proposal in proposals])

    def audit_more(self, entries: Sequence[tuple[int, str]]) -> None:
        if not entries:
            return
        self.hold(["audit trail"])  # one at a time continues the chain
        rows = chain(self.audit_head(), entries)
        self._db.executemany(
            "insert into audit (position, time, body, hash) values (?, ?, ?, ?)",
            [(row.position, row.time, row.body, row.hash) for row in rows],
        )
        self._db.execute(
            'insert into audit_head ("only", position, hash) values (1, ?, ?) on conflict ("only") do update'
            " set position = excluded.position, hash = excluded.hash",
            (rows[-1].position, rows[-1].hash),
        )
