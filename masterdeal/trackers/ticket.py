"""What a task tracker is told of an escalation, and what the adapters have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, Literal, Protocol

from msgspec import Struct

from masterdeal import instant
from masterdeal.errors import Misconfigured
from masterdeal.escalation import BREACH, Ladder, Task, ladder_at

OWNER: Final = "owner"
ERRAND: Final = "errand"
_CLOSED: Final = {
    "met": "этап завершён в срок",
    "met_late": "этап завершён с опозданием",
    "cancelled": "сделка отменена",
    "taken_back": "нарушения не было: позднее событие это доказало",
    "restated": "срок пересчитан",
    "breached": "предупреждение сменилось нарушением",
    "by_person": "закрыл сотрудник",
}


class Ticket(Struct, frozen=True):
    """The task as the tracker is to show it; one that a person asked for has no timer, and perhaps no due time and no
    deal. `key` names the change and is the same for every repeat; `assignee`,
    `priority` are the tracker's own names; instants are microseconds."""

    key: str
    task_id: str
    deal_id: str
    kind: str
    timer: str | None
    role: str
    addressee: str
    rung: int
    state: Literal["open", "closed"]
    title: str
    text: str
    due: int | None
    sent_at: int
    assignee: str | None
    priority: str | None
    acknowledged_by: str | None
    closed_because: str | None


class Tracker(Protocol):
    """A task tracker. Every call may be repeated; TrackerUnreachable if it may be tried again, TrackerRefused if not."""

    @property
    def name(self) -> str:
        """What the tracker is called in what is kept about it."""

    def find(self, task_id: str) -> str | None:
        """The tracker's own id of the task that carries our id."""

    def create(self, ticket: Ticket) -> str:
        """Open a task; returns the tracker's own id."""

    def show(self, remote: str, ticket: Ticket, turned: bool) -> None:
        """Bring the tracker's task to what the ticket says; `turned` if it is to be closed, or opened again."""


class Naming(Struct, frozen=True):
    """How tasks opened from `since` on are written in the tracker. `assignee`: rung's addressee -> role (or `*`) ->
    account; `person`: manager of a deal -> account; `priority`: rung's addressee -> the tracker's word."""

    since: int
    assignee: dict[str, dict[str, str]]
    person: dict[str, str]
    priority: dict[str, str]


class TrackerConfig(Struct, frozen=True):
    """What an installation is set to: which tracker, where, with which names. `place` holds what only that tracker
    asks for; `kinds` which tasks it is shown."""

    system: str
    url: str
    place: dict[str, Any]
    kinds: frozenset[str]
    link: str | None
    versions: tuple[Naming, ...]


def read_config(table: Mapping[str, Any], places: Mapping[str, Mapping[str, bool]]) -> TrackerConfig:
    """The configuration from its TOML table. `places` says of each known tracker which names its [place] takes and
    whether they must be there. Misconfigured names what does not fit."""
    system, url = str(table.get("system")), table.get("url")
    if system not in places:
        raise Misconfigured(f"system: {system!r} is not one of {', '.join(sorted(places))}")
    if not isinstance(url, str) or not url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise Misconfigured("url: an https address is needed")
    strange = set(table) - {"system", "url", "place", "kinds", "link", "version"}
    place = table.get("place", {})
    known = places[system]
    strange |= {f"place.{name}" for name in set(place) - set(known)}
    if strange:
        raise Misconfigured(f"not known: {', '.join(sorted(strange))}")
    if absent := [name for name, needed in known.items() if needed and name not in place]:
        raise Misconfigured(f"place: {', '.join(absent)} must be set for {system}")
    kinds = frozenset(table.get("kinds", [BREACH, ERRAND]))
    if kinds - {"breach", "warning", ERRAND}:
        raise Misconfigured("kinds: breach, warning, errand")
    versions = tuple(sorted((_version(row) for row in table.get("version", [])), key=lambda row: row.since))
    return TrackerConfig(system, url.rstrip("/"), dict(place), kinds, table.get("link"), versions)


def _version(row: Mapping[str, Any]) -> Naming:
    since = row.get("from")
    if not isinstance(since, date) or isinstance(since, datetime):
        raise Misconfigured("version.from: a date is needed")
    if strange := set(row) - {"from", "assignee", "person", "priority"}:
        raise Misconfigured(f"not known: {', '.join(f'version.{name}' for name in sorted(strange))}")
    tables = [row.get("person", {}), row.get("priority", {}), *row.get("assignee", {}).values()]
    for table in tables:
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise Misconfigured("version: accounts and priorities are texts")
    moment = instant.of_datetime(datetime.fromisoformat(f"{since.isoformat()}T00:00:00+00:00"))
    return Naming(moment, row.get("assignee", {}), row.get("person", {}), row.get("priority", {}))


def compose(
    task: Task,
    key: str,
    title: str | None,
    manager: str | None,
    ladders: Sequence[Ladder],
    config: TrackerConfig,
    now: int,
) -> Ticket:
    """The ticket of a task, in Russian. `title` and `manager` are the deal's."""
    ladder = ladder_at(ladders, task.due)
    addressee = ladder.rungs[min(task.rung, len(ladder.rungs) - 1)].addressee
    role = ladder.roles[task.timer]
    names = next((row for row in reversed(config.versions) if row.since <= task.opened), None)
    assignee = priority = None
    if names is not None:
        accounts = names.assignee.get(addressee, {})
        assignee = accounts.get(role, accounts.get("*"))
        if addressee == OWNER and manager is not None:
            assignee = names.person.get(manager, assignee)
        priority = names.priority.get(addressee)
    what = "SLA нарушен" if task.kind == BREACH else "SLA под угрозой"
    lines = [
        f"Сделка: {task.deal_id}" + (f" «{title}»" if title else ""),
        f"Таймер: {task.timer}, срок {instant.iso(task.due)}",
        f"Роль: {role}, ступень эскалации: {addressee} ({task.rung})",
    ]
    if config.link is not None:
        lines.append(config.link.replace("{master_deal_id}", task.deal_id))
    if task.acknowledged_by is not None:
        lines.append(f"Взял в работу: {task.acknowledged_by}")
    if task.closed_because is not None:
        lines.append(f"Закрыто: {_CLOSED.get(task.closed_because, task.closed_because)}")
    lines.append(f"MasterDeal {task.id}")
    return Ticket(
        key,
        task.id,
        task.deal_id,
        task.kind,
        task.timer,
        role,
        addressee,
        task.rung,
        task.state,
        f"{what}: {task.timer}, {task.deal_id} [{task.id}]",
        "\n".join(lines),
        task.due,
        now,
        assignee,
        priority,
        task.acknowledged_by,
        task.closed_because,
    )
