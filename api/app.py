"""The HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from api import (
    assist,
    deals,
    documents,
    escalations,
    intake,
    jobs,
    leads,
    letters,
    offers,
    operations,
    pages,
    stream,
)
from api.problems import install, problem
from api.wiring import House

CLOUD_EVENT = {
    "title": "CloudEvent",
    "description": "CloudEvents 1.0; `subject` is the master_deal_id, or `data.ref` {system, id} names the deal",
    "type": "object",
    "required": ["specversion", "id", "source", "type", "time"],
    "properties": {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "minLength": 1, "maxLength": 512},
        "source": {"type": "string", "minLength": 1, "maxLength": 512},
        "type": {"type": "string", "minLength": 1, "maxLength": 512},
        "time": {"type": "string", "format": "date-time"},
        "subject": {"type": "string", "maxLength": 512},
        "data": {},
    },
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]", "testserver"})


class LoopbackOnly:
    """Refuses other host names: a page elsewhere must not reach a local administrator through a name that it
    makes point here."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            host = next((value for name, value in scope["headers"] if name == b"host"), b"localhost").decode(
                "latin-1"
            )
            name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
            if name not in LOOPBACK:
                await problem("host-not-allowed", f"Host {host!r} is not a loopback name")(
                    scope, receive, send
                )
                return
        await self.app(scope, receive, send)


def build(house: House) -> FastAPI:
    """The application over a house. Its lifespan owns the writer and the worker."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.writer = house.writer()
        house.worker.start()
        if house.kafka is not None:
            house.kafka.start()
        try:
            yield
        finally:
            house.bus.close()
            if house.kafka is not None:
                house.kafka.stop()
            app.state.writer.stop()
            house.worker.stop()

    app = FastAPI(
        title="MasterDeal",
        version="0.1.0",
        description="Deals from events, and a copilot that answers about them with its sources.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    install(app)

    app.add_middleware(LoopbackOnly)
    for part in (
        intake,
        deals,
        escalations,
        letters,
        stream,
        assist,
        jobs,
        offers,
        documents,
        leads,
        operations,
        pages,
    ):
        app.include_router(part.router)
    _describe(app)
    return app


def _describe(app: FastAPI) -> None:
    """Add to /openapi.json what no signature says: the CloudEvent, and the problem documents."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            schema.setdefault("components", {}).setdefault("schemas", {})["CloudEvent"] = CLOUD_EVENT
            for path in schema["paths"].values():
                for operation in path.values():
                    operation["responses"]["default"] = {
                        "description": "A problem document (RFC 9457)",
                        "content": {"application/problem+json": {"schema": {"type": "object"}}},
                    }
                    operation["responses"].pop("422", None)
        return app.openapi_schema or plain()

    app.openapi = described  # type: ignore[method-assign]
