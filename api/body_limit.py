"""No body is read further than the limit, whoever reads it: what parses a body whole would hold all of it."""

from __future__ import annotations

from typing import Final

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

# A file of the largest size allowed comes with the boundaries and headings of its form.
_FORM: Final = 1 << 16


class BodyLimit:
    """Answers 413 to a body of more than `limit` bytes, at once where its length is declared."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        form = headers.get("content-type", "").lower().startswith("multipart/")
        most = self.limit + (_FORM if form else 0)
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > most:
            answer = problem(
                "too-large", f"the body has {declared} bytes; the limit is {self.limit}", limit=self.limit
            )
            await answer(scope, receive, send)
            return
        read = 0

        async def within() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > most:
                    # An exception of the framework: it makes a 400 of any other that comes while it parses a body.
                    raise HTTPException(413, f"the body is larger than the limit of {self.limit} bytes")
            return message

        await self.app(scope, within, send)
