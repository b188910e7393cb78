"""For operators: is it alive, can it work, what does it hold."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from api import shapes
from api.asyncapi import document
from api.deals import house_of
from masterdeal.errors import DealError
from masterdeal.flow.relay import CURSOR
from masterdeal.instant import SECOND

router = APIRouter(tags=["operations"])


@router.get("/healthz", response_model=shapes.Health)
async def healthz() -> Any:
    """The process lives."""
    return {"status": "ok"}


@router.get("/readyz", response_model=shapes.Readiness, responses={503: {"model": shapes.Readiness}})
def readyz(request: Request) -> Response:
    """The event store answers and the worker keeps up."""
    house = house_of(request)
    checks: dict[str, str] = {}
    counts: dict[str, int] = {}
    try:
        with house.store.reading() as read:
            counts = dict(read.counts())
        checks["event_store"] = "ok"
    except DealError as error:
        checks["event_store"] = error.message
    silent = (house.clock() - house.worker.swept_at) / SECOND
    checks["worker"] = "ok" if silent < 30 else f"no sweep for {silent:.0f} s"
    ready = all(check == "ok" for check in checks.values())
    body = {"status": "ready" if ready else "not-ready", "checks": checks, "counts": counts}
    return JSONResponse(body, 200 if ready else 503)


@router.get("/asyncapi.json", response_model=None)
def asyncapi(request: Request) -> dict[str, Any]:
    """The events on the bus, in and out, as AsyncAPI 3."""
    return document(house_of(request).book.catalogue)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> str:
    """Figures in the Prometheus text format."""
    house = house_of(request)
    with house.store.reading() as read:
        counts = read.counts()
        waiting = read.last_outbox() - read.cursor(CURSOR)
        alarm = read.next_alarm()
    now = house.clock()
    overdue = max(0.0, (now - alarm) / SECOND) if alarm is not None else 0.0
    rows: list[tuple[str, str, str, float]] = [
        *(
            ("masterdeal_" + name, "gauge", f"Number of {name.replace('_', ' ')}", value)
            for name, value in counts.items()
        ),
        ("masterdeal_outbox_waiting", "gauge", "Canonical events not yet published", waiting),
        ("masterdeal_sweep_overdue_seconds", "gauge", "How long the earliest alarm has been due", overdue),
        (
            "masterdeal_worker_failures_total",
            "counter",
            "Rounds of the worker that failed",
            house.worker.failures,
        ),
        ("masterdeal_stream_listeners", "gauge", "Open streams of canonical events", house.bus.listeners),
    ]
    rows += house.marts.figures()
    if house.kafka is not None:
        rows += house.kafka.figures()
    if house.tracker is not None:
        rows += house.tracker.figures()
    return "".join(
        f"# HELP {name} {text}\n# TYPE {name} {kind}\n{name} {value}\n" for name, kind, text, value in rows
    )
