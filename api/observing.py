"""How a running process is seen from outside: its log lines and its traces."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from typing import Any, Final

from opentelemetry import trace

from api.settings import Settings

NAME: Final = "masterdeal"
# What may be somebody's address, telephone or tax number has no place in a log.
_PERSONAL: Final = (
    (re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+"), "<e-mail>"),
    (re.compile(r"(?<![\w-])(\+7|8)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}(?!\w)"), "<phone>"),
    (re.compile(r"(?<![\w.:-])\d{10}(\d{2})?(?![\w:-]|\.\w)"), "<number>"),
)


def impersonal(text: str) -> str:
    """The text without e-mail addresses, telephone and tax numbers."""
    for pattern, instead in _PERSONAL:
        text = pattern.sub(instead, text)
    return text


class _Impersonal(logging.Filter):
    """Takes personal data out of a line before anybody formats it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = impersonal(record.getMessage()), None
        return True


def _without_words(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Exceptions say in their own words what they stumbled over, and that may be a deal's content."""
    for exception in event.get("exception") or ():
        if isinstance(exception, dict):
            exception["exc_value"] = impersonal(str(exception.get("exc_value", "")))[:200]
    return event


def start_log(form: str) -> None:
    """Lines to standard error: `text` for a person, `json` for a machine, one object a line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(_Impersonal())
    if form == "json":
        import structlog

        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                foreign_pre_chain=[
                    structlog.stdlib.add_log_level,
                    structlog.stdlib.add_logger_name,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
                processors=[
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.ExceptionRenderer(
                        structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
                    ),
                    _without_words,
                    structlog.processors.JSONRenderer(ensure_ascii=False),
                ],
            )
        )
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


@contextmanager
def observe(settings: Settings) -> Iterator[None]:
    """Logs, and traces where OTEL_EXPORTER_OTLP_ENDPOINT says to whom, for as long as the block lasts."""
    start_log(settings.log_format)
    if settings.otlp_endpoint is None:
        yield
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import SERVICE_NAME, Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    headers = settings.otlp_headers.get_secret_value() if settings.otlp_headers is not None else ""
    pairs = (pair.partition("=") for pair in headers.split(",") if "=" in pair)
    exporter = OTLPSpanExporter(
        f"{settings.otlp_endpoint.rstrip('/')}/v1/traces",
        headers={name.strip(): value.strip() for name, _, value in pairs},
    )
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: settings.service_name}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def traced(name: str, work: Callable[[], int]) -> int:
    """Do the work; where it had something to do, or failed, leave a span with the number of items."""
    begun = time.time_ns()
    try:
        count = work()
    except BaseException as error:
        span = trace.get_tracer(NAME).start_span(name, start_time=begun)
        span.set_status(trace.StatusCode.ERROR, type(error).__name__)
        span.end()
        raise
    if count:
        span = trace.get_tracer(NAME).start_span(name, start_time=begun)
        span.set_attribute("masterdeal.items", count)
        span.end()
    return count
