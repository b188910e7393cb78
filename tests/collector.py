"""A receiver of traces over OTLP/HTTP, as a collector is, on a port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


@dataclass(frozen=True)
class Arrived:
    """A span as it came over the wire; times in nanoseconds."""

    name: str
    id: bytes
    parent: bytes
    trace: bytes
    kind: int
    facts: dict[str, Any]
    failed: bool
    took: int


@dataclass
class Collector:
    """What has arrived: the bodies as they came, and the spans in them."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    @property
    def spans(self) -> list[Arrived]:
        found = []
        for body in self.bodies:
            for group in ExportTraceServiceRequest.FromString(body).resource_spans:
                for scope in group.scope_spans:
                    for span in scope.spans:
                        facts = {
                            one.key: getattr(one.value, one.value.WhichOneof("value"))
                            for one in span.attributes
                        }
                        found.append(
                            Arrived(
                                span.name,
                                span.span_id,
                                span.parent_span_id,
                                span.trace_id,
                                span.kind,
                                facts,
                                span.status.code == 2,
                                span.end_time_unix_nano - span.start_time_unix_nano,
                            )
                        )
        return found


@contextmanager
def collecting() -> Iterator[Collector]:
    """A collector for as long as the block."""
    collector = Collector("")

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                import gzip

                body = gzip.decompress(body)
            collector.bodies.append(body)
            collector.headers.append({"path": self.path, **dict(self.headers.items())})
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        collector.url = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield collector
        finally:
            server.shutdown()
            thread.join()
