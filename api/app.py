"""The HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route

from api import (
    agui_door,
    assist,
    audit,
    chat,
    configuration,
    dashboard,
    dashboard_export,
    deal_papers,
    deals,
    decisions,
    documents,
    escalations,
    intake,
    jobs,
    knowledge,
    law_change,
    leads,
    legal,
    letters,
    marts,
    me,
    memo,
    offer_versions,
    offers,
    openai_door,
    operations,
    pages,
    plans,
    proposals,
    sla,
    stream,
    views,
    webhooks,
)
from api.assessments import KeepsAssessments
from api.body_limit import BodyLimit
from api.identity import Door
from api.lead_imports import ImportRunner
from api.live import Live
from api.mcp_door import McpDoor
from api.path_segments import KeepsSlashes
from api.problems import install
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


def build(house: House) -> FastAPI:
    """The application over a house. Its lifespan owns the writer and the worker."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.writer = house.writer()
        app.state.live = Live(house)
        app.state.lead_imports = ImportRunner(house)
        house.trail.start()
        house.worker.start()
        house.marts.start()
        app.state.lead_imports.start()
        if house.kafka is not None:
            house.kafka.start()
        if house.tracker is not None:
            house.tracker.start()
        try:
            yield
        finally:
            house.bus.close()
            app.state.lead_imports.stop()
            await mcp.close()
            await app.state.live.close()
            if house.kafka is not None:
                house.kafka.stop()
            app.state.writer.stop()
            house.worker.stop()
            if house.tracker is not None:
                house.tracker.stop()
            house.trail.stop()
            house.marts.stop()

    app = FastAPI(
        title="MasterDeal",
        version="0.1.0",
        description="Deals from events, and a copilot that answers about them with its sources.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.house = house
    mcp = McpDoor()
    install(app)

    app.add_middleware(KeepsAssessments, house=house)
    app.add_middleware(BodyLimit, limit=house.settings.max_body)
    app.add_middleware(Door, identity=house.identity, trail=house.trail, quota=house.quota)
    app.add_middleware(KeepsSlashes)
    for part in (
        intake,
        webhooks,
        deals,
        sla,
        dashboard,
        dashboard_export,
        marts,
        escalations,
        letters,
        stream,
        assist,
        chat,
        agui_door,
        decisions,
        jobs,
        legal,
        memo,
        knowledge,
        law_change,
        offer_versions,
        offers,
        plans,
        documents,
        deal_papers,
        leads,
        operations,
        proposals,
        audit,
        me,
        configuration,
        views,
        pages,
    ):
        app.include_router(part.router)
    app.include_router(openai_door.router())
    app.router.routes.append(Route("/mcp", mcp, include_in_schema=False))
    _describe(app, house)
    return app


def _describe(app: FastAPI, house: House) -> None:
    """Add to /openapi.json what no signature says: the CloudEvent, the problem documents, where a token is needed."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            schema.setdefault("components", {}).setdefault("schemas", {})["CloudEvent"] = CLOUD_EVENT
            schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
            access = house.identity.access
            for path, operations in schema["paths"].items():
                for method, operation in operations.items():
                    action = access.action(method.upper(), path)
                    if action is None or not action.public:
                        operation["security"] = [{"bearer": []}]
                    operation["responses"]["default"] = {
                        "description": "A problem document (RFC 9457)",
                        "content": {"application/problem+json": {"schema": {"type": "object"}}},
                    }
                    operation["responses"].pop("422", None)
        return app.openapi_schema or plain()

    app.openapi = described  # type: ignore[method-assign]
