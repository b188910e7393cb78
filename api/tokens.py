"""Static tokens for small installations: a TOML file of digests, subjects and roles. A token itself is never kept."""

from __future__ import annotations

import hashlib
import logging
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.access import SOURCE, Access, Caller
from masterdeal import instant
from masterdeal.errors import Misconfigured, Unauthenticated

log = logging.getLogger(__name__)

# A token is this and 256 random bits; a digest of so much chance needs no salt and no slow hash.
PREFIX: Final = "md_"


class TokenRow(BaseModel):
    """One row of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field(min_length=1, max_length=200)
    roles: Annotated[tuple[str, ...], Field(min_length=1)]
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    name: str | None = None
    managers: tuple[str, ...] = ()
    expires: date | datetime | None = None


def digest(token: str) -> str:
    """What stands in the file for a token."""
    return hashlib.sha256(token.encode()).hexdigest()


class StaticTokens:
    """The file, read again when it changes: a row taken out ends its token without a restart."""

    def __init__(self, path: Path, access: Access, clock: Callable[[], int]) -> None:
        self._path = path
        self._access = access
        self._clock = clock
        self._stamp = self._look()
        self._rows = self._read()

    def caller(self, token: str) -> Caller | None:
        """Whose token this is; None where it is in no row. Unauthenticated once it has expired."""
        self._refresh()
        row = self._rows.get(digest(token))
        if row is None:
            return None
        if row.expires is not None and self._clock() >= _end(row.expires):
            raise Unauthenticated("this token has expired", presented=True)
        return Caller(row.subject, frozenset(row.roles), row.name, frozenset(row.managers))

    def _look(self) -> tuple[int, int]:
        try:
            found = self._path.stat()
        except OSError as error:
            raise Misconfigured(f"MASTERDEAL_TOKENS_FILE {self._path}: {error.strerror}") from error
        return (found.st_mtime_ns, found.st_size)

    def _refresh(self) -> None:
        try:
            stamp = self._look()
            if stamp != self._stamp:
                self._rows = self._read()
                self._stamp = stamp
        except Misconfigured as error:
            # A file half written or gone: no token is added by it, and none is taken out.
            log.error("the tokens stay as they were: %s", error.message)

    def _read(self) -> dict[str, TokenRow]:
        try:
            table: dict[str, Any] = tomllib.loads(self._path.read_text(encoding="utf-8"))
            rows = [TokenRow.model_validate(row) for row in table.get("token", ())]
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise Misconfigured(f"MASTERDEAL_TOKENS_FILE {self._path}: {error}") from error
        except ValidationError as error:
            first = error.errors()[0]
            where = "/".join(map(str, first["loc"]))
            raise Misconfigured(f"MASTERDEAL_TOKENS_FILE {self._path}: {where}: {first['msg']}") from error
        for row in rows:
            if strange := set(row.roles) - self._access.known_roles(row.roles):
                raise Misconfigured(
                    f"MASTERDEAL_TOKENS_FILE {self._path}: {row.subject} has unknown roles"
                    f" {', '.join(sorted(strange))}; known: {', '.join(self._access.roles)}, {SOURCE}SYSTEM"
                )
        return {row.sha256: row for row in rows}


def _end(expires: date | datetime) -> int:
    """The instant from which the token is void; a date, or a time without an offset, is read in UTC."""
    if not isinstance(expires, datetime):
        expires = datetime(expires.year, expires.month, expires.day, tzinfo=UTC)
    return instant.of_datetime(expires if expires.tzinfo is not None else expires.replace(tzinfo=UTC))
