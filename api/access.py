"""The table of who may do what: one row an action, its routes, the roles that may."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from masterdeal.errors import Misconfigured
from masterdeal.sight import EVERYTHING, Sight

ADMIN: Final = "admin"
SOURCE: Final = "source:"
PUBLIC, ANYONE, PEOPLE, ANY_SOURCE = "public", "anyone", "people", "source"
_GROUPS: Final = frozenset({PUBLIC, ANYONE, PEOPLE, ANY_SOURCE})
_PART: Final = re.compile(r"\{\w+(\.\.\.)?\}")


@dataclass(frozen=True)
class Caller:
    """Who asks. `managers` are the names under which deals may belong to the caller."""

    subject: str
    roles: frozenset[str]
    name: str | None = None
    managers: frozenset[str] = frozenset()

    @property
    def sources(self) -> frozenset[str]:
        """The source systems the caller speaks for."""
        return frozenset(role.removeprefix(SOURCE) for role in self.roles if role.startswith(SOURCE))

    @property
    def own_names(self) -> frozenset[str]:
        """The names by which a deal's manager may be the caller."""
        return frozenset({self.subject, *self.managers, *([self.name] if self.name else [])})

    @property
    def shown(self) -> str:
        """The name that is kept where something is signed."""
        return self.name or self.subject


# Whoever reaches a service that has no identity configured: it answers this machine alone.
LOCAL: Final = Caller("local", frozenset({ADMIN}), "local administrator")


@dataclass(frozen=True)
class Action:
    """Something one may or may not do."""

    name: str
    about: str
    roles: frozenset[str]
    routes: tuple[str, ...]

    @property
    def public(self) -> bool:
        """Whether no token is needed."""
        return PUBLIC in self.roles

    def open_to(self, caller: Caller) -> bool:
        """Whether one of the caller's roles may."""
        if caller.roles & self.roles or ADMIN in caller.roles:
            return True
        people = any(not role.startswith(SOURCE) for role in caller.roles)
        return (
            PUBLIC in self.roles
            or (ANYONE in self.roles and bool(caller.roles))
            or (PEOPLE in self.roles and people)
            or (ANY_SOURCE in self.roles and bool(caller.sources))
        )


class Access:
    """The table, read. Misconfigured where it names a role or a form it does not know."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        try:
            self.version: str = str(table["version"])
            self.roles: dict[str, str] = {name: row["deals"] for name, row in table["role"].items()}
            rows = [
                Action(row["name"], row["about"], frozenset(row["roles"]), tuple(row.get("routes", ())))
                for row in table["action"]
            ]
        except (KeyError, TypeError, AttributeError) as error:
            raise Misconfigured(f"the table of who may do what: {type(error).__name__} {error}") from error
        self.actions: dict[str, Action] = {row.name: row for row in rows}
        known = _GROUPS | set(self.roles)
        for row in rows:
            if strange := {role for role in row.roles - known if not role.startswith(SOURCE)}:
                raise Misconfigured(
                    f"the action {row.name} names unknown roles: {', '.join(sorted(strange))}"
                )
        for name, deals in self.roles.items():
            if deals not in ("all", "own"):
                raise Misconfigured(f"the role {name}: deals is all or own, not {deals!r}")
        self._exact: dict[str, Action] = {}
        self._shaped: list[tuple[re.Pattern[str], Action]] = []
        for row in rows:
            for route in row.routes:
                if "{" in route:
                    self._shaped.append((_pattern(route), row))
                elif self._exact.setdefault(route, row) is not row:
                    raise Misconfigured(f"the route {route} stands in two actions")

    def action(self, method: str, path: str) -> Action | None:
        """What a request asks to do; None where no row speaks of it. The first row that fits decides."""
        route = f"{'GET' if method == 'HEAD' else method} {path}"
        found = self._exact.get(route)
        if found is not None:
            return found
        return next((action for pattern, action in self._shaped if pattern.fullmatch(route)), None)

    def allows(self, caller: Caller, action: str) -> bool:
        """Whether the caller may do what is asked by name; what no row names only `admin` may."""
        row = self.actions.get(action)
        return ADMIN in caller.roles if row is None else row.open_to(caller)

    def known_roles(self, named: object) -> frozenset[str]:
        """Those of some names that are roles here."""
        if not isinstance(named, list | tuple | set | frozenset):
            return frozenset()
        return frozenset(
            role
            for role in named
            if isinstance(role, str)
            and (role in self.roles or (role.startswith(SOURCE) and len(role) > len(SOURCE)))
        )

    def sight(self, caller: Caller) -> Sight:
        """Which deals the caller sees: all where one of the roles does."""
        if any(self.roles.get(role) == "all" for role in caller.roles):
            return EVERYTHING
        return Sight(caller.own_names if caller.roles & set(self.roles) else frozenset())


def _pattern(route: str) -> re.Pattern[str]:
    shape, end = "", 0
    for part in _PART.finditer(route):
        shape += re.escape(route[end : part.start()]) + (".+" if part.group(1) else "[^/]+")
        end = part.end()
    return re.compile(shape + re.escape(route[end:]), re.DOTALL)
