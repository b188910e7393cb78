"""Problem documents (RFC 9457): one kind of error, one stable type, never a stack trace."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from masterdeal.errors import DealError

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

# kind of error -> HTTP status; used by every endpoint.
STATUS: Final = {
    "malformed": 422,
    "not-a-cloudevent": 422,
    "not-json": 400,
    "bad-content": 422,
    "bad-map": 422,
    "bad-request": 422,
    "too-large": 413,
    "unsupported-media-type": 415,
    "unauthenticated": 401,
    "forbidden": 403,
    "not-found": 404,
    "method-not-allowed": 405,
    "conflict": 409,
    "basis-mismatch": 422,
    "misconfigured": 422,
    "too-many-requests": 429,
    "store-busy": 503,
    "store-failed": 503,
    "bus-failed": 503,
    "tracker-unreachable": 503,
    "tracker-refused": 502,
    "identity-provider-failed": 503,
    "marts-held": 503,
    "marts-failed": 503,
    "marts-unavailable": 503,
    "host-not-allowed": 421,
    "internal": 500,
}

TITLES: Final = {
    "malformed": "The content cannot be read",
    "not-a-cloudevent": "The body is not a CloudEvent 1.0",
    "not-json": "The body is not JSON",
    "bad-content": "The event's content does not fit its type",
    "bad-map": "The map cannot be used",
    "bad-request": "The request does not fit the contract",
    "too-large": "The body is too large",
    "unsupported-media-type": "This media type is not understood here",
    "unauthenticated": "Say who you are: a valid bearer token is needed",
    "forbidden": "Your roles do not allow this",
    "not-found": "Nothing is kept under this name",
    "method-not-allowed": "The method is not allowed here",
    "conflict": "The request contradicts what is kept",
    "basis-mismatch": "Amounts of different bases cannot be combined",
    "misconfigured": "The terms given cannot be used",
    "too-many-requests": "More is asked than this caller may",
    "store-busy": "The event store is busy; try again",
    "store-failed": "The event store cannot be used",
    "bus-failed": "The message broker cannot be used",
    "tracker-unreachable": "The task tracker cannot be reached",
    "tracker-refused": "The task tracker refuses",
    "identity-provider-failed": "No token can be checked: the identity provider cannot be reached",
    "marts-held": "Another process holds the marts",
    "marts-failed": "The marts cannot be used",
    "marts-unavailable": "The server of the marts cannot be reached; it is caught up with once it answers",
    "host-not-allowed": "The service answers on the loopback interface only",
    "internal": "The service failed; the failure is in its log",
}


class UnsupportedMediaType(DealError):
    """This media type is not understood here."""

    kind = "unsupported-media-type"


def problem(kind: str, detail: str | None = None, status: int | None = None, **facts: Any) -> Response:
    """A problem document of a known kind."""
    status = status or STATUS[kind]
    body = {
        "type": f"urn:masterdeal:problem:{kind}",
        "title": TITLES[kind],
        "status": status,
        **({"detail": detail} if detail else {}),
        **facts,
    }
    return Response(msgspec.json.encode(body), status, _headers(status, facts), MEDIA_TYPE)


def _headers(status: int, facts: Mapping[str, Any]) -> dict[str, str] | None:
    """What a client needs in order to go on (RFC 6750, RFC 9110)."""
    if status == 401:
        reason = ', error="invalid_token"' if facts.get("presented") else ""
        return {"WWW-Authenticate": f'Bearer realm="masterdeal"{reason}'}
    if status == 403:
        return {"WWW-Authenticate": 'Bearer realm="masterdeal", error="insufficient_scope"'}
    if status == 429:
        return {"Retry-After": str(facts.get("retry_after_s", 1))}
    return {"Retry-After": "1"} if status == 503 else None


def of_error(error: DealError) -> Response:
    """The problem document of one of our own errors."""
    kind = "not-json" if error.facts.get("reason") == "not_json" else error.kind
    facts: dict[str, Any] = {
        name: value
        for name, value in error.facts.items()
        if isinstance(value, str | int | float | bool | list | dict)
        and name not in ("status", "type", "kind", "detail")
    }
    return problem(kind if kind in STATUS else "malformed", error.message, **facts)


async def _on_deal_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, DealError)
    return of_error(error)


async def _on_validation(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [{"where": "/".join(map(str, item["loc"])), "what": str(item["msg"])} for item in error.errors()]
    if any(item["type"] == "json_invalid" for item in error.errors()):
        return problem("not-json", errors[0]["what"], errors=errors)
    return problem("bad-request", "; ".join(f"{e['where']}: {e['what']}" for e in errors), errors=errors)


async def _on_http(_: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException | HTTPException)
    kinds = {
        401: "unauthenticated",
        403: "forbidden",
        404: "not-found",
        405: "method-not-allowed",
        413: "too-large",
        415: "unsupported-media-type",
    }
    kind = kinds.get(error.status_code, "bad-request" if error.status_code < 500 else "internal")
    answer = problem(kind, str(error.detail), error.status_code)
    for name, value in (error.headers or {}).items():
        answer.headers.setdefault(name, value)  # 405 says which methods there are
    return answer


async def _on_failure(request: Request, error: Exception) -> Response:
    log.exception("%s %s failed", request.method, request.url.path, exc_info=error)
    return problem("internal")


def install(app: FastAPI) -> None:
    """Let every error of the application end in a problem document."""
    app.add_exception_handler(DealError, _on_deal_error)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(StarletteHTTPException, _on_http)
    app.add_exception_handler(Exception, _on_failure)
