"""The page at `/`: deals, one deal, a question. It speaks to the same API as everybody else."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from fastapi import APIRouter
from fastapi.responses import Response

router = APIRouter(include_in_schema=False)

# Nothing from outside, nothing inline: a hostile text in a deal stays a text.
POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _file(name: str, media: str) -> Response:
    content = files("api").joinpath("page").joinpath(name).read_bytes()
    return Response(
        content,
        media_type=media,
        headers={
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-cache",
        },
    )


@router.get("/")
def index() -> Response:
    """The page."""
    return _file("index.html", "text/html; charset=utf-8")


@router.get("/page/app.js")
def script() -> Response:
    """Its script."""
    return _file("app.js", "text/javascript; charset=utf-8")


@router.get("/page/style.css")
def style() -> Response:
    """Its looks."""
    return _file("style.css", "text/css; charset=utf-8")
