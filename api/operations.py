"""For operators: is it alive, can it work, what does it hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api import shapes
from api.answer_figures import AnswerFigures
from api.asyncapi import document
from api.deals import house_of
from api.wiring import House
from api.writer import Writer
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
    body["links"] = _links(house) if checks["event_store"] == "ok" else {}
    return JSONResponse(body, 200 if ready else 503)


def _links(house: House) -> dict[str, Any]:
    """Brokers and tracker: while they are away the service goes on, so they make it no less ready."""
    links: dict[str, Any] = {}
    if house.kafka is not None:
        links["kafka"] = {name: value for name, _, _, value in house.kafka.figures()}
    if house.tracker is not None:
        links["tracker"] = house.tracker.standing()
    return links


@router.get("/asyncapi.json", response_model=None)
def asyncapi(request: Request) -> dict[str, Any]:
    """The events on the bus, in and out, as AsyncAPI 3."""
    return document(house_of(request).book.catalogue)


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(request: Request) -> str:
    """Figures in the Prometheus text format."""
    house = house_of(request)
    writer: Writer = request.app.state.writer
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
        (
            "masterdeal_outbox_age_seconds",
            "gauge",
            "No canonical event has waited longer than this to be published",
            max(0.0, (now - house.worker.drained_at) / SECOND)
            if waiting and house.worker.drained_at
            else 0.0,
        ),
        (
            "masterdeal_ingest_requests_total",
            "counter",
            "Requests whose events became durable",
            writer.requests,
        ),
        (
            "masterdeal_ingest_seconds_total",
            "counter",
            "How long they waited for that, all together",
            writer.waited,
        ),
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
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(rows, house.answers))
    return generate_latest(registry).decode()


class _Figures(Collector):
    """Figures that are counted elsewhere, for one answer."""

    def __init__(self, rows: list[tuple[str, str, str, float]], answers: AnswerFigures) -> None:
        self._rows = rows
        self._answers = answers

    def collect(self) -> Iterator[Metric]:
        for name, kind, text, value in self._rows:
            if kind == "counter":
                yield CounterMetricFamily(name, text, value)
            else:
                yield GaugeMetricFamily(name, text, value)
        yield from self._answers.families()
