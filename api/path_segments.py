"""A slash inside a name ("2026/15", as subjects of events have) stays inside it when the name stands in a path as %2F."""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

# What stands for such a slash between here and the endpoint: no name that is kept may hold it.
HELD: Final = "\x00"


def released(name: str) -> str:
    """A name from a path, with its slashes."""
    return name.replace(HELD, "/")


class KeepsSlashes:
    """Servers decode a path before it is cut at its slashes; this holds back those that were written as %2F."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        raw: bytes = scope.get("raw_path") or b""
        if b"%2F" in raw or b"%2f" in raw:
            parts = raw.partition(b"?")[0].decode("ascii", "replace").replace("%2f", "%2F").split("%2F")
            scope = {**scope, "path": HELD.join(unquote(part) for part in parts)}
        await self.app(scope, receive, send)
