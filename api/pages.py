"""The pages: one shell for every address, and its files. They speak to the same API as everybody else."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Final, NamedTuple

from fastapi import APIRouter, Header
from fastapi.responses import Response

from masterdeal.errors import NotFound

router = APIRouter(include_in_schema=False)

# Nothing from outside, nothing inline: a hostile text in a deal stays a text.
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:;"
    " font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
# Sections of the page: `/deals/MD-1` is an address that can be sent to a colleague.
SECTIONS: Final = (
    "deals",
    "leads",
    "planning",
    "offers",
    "legal",
    "approvals",
    "escalations",
    "knowledge",
    "system",
    "settings",
)
_MEDIA: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
}


class _File(NamedTuple):
    content: bytes
    packed: bytes
    media: str
    tag: str


@cache
def _files() -> dict[str, _File]:
    """The page's files by their paths, packed once."""
    found: dict[str, _File] = {}

    def walk(folder: Traversable, prefix: str) -> None:
        for item in folder.iterdir():
            if item.is_dir():
                walk(item, f"{prefix}{item.name}/")
            elif (media := _MEDIA.get(item.name.rpartition(".")[2])) is not None:
                content = item.read_bytes()
                tag = f'"{hashlib.blake2b(content, digest_size=12).hexdigest()}"'
                found[f"{prefix}{item.name}"] = _File(content, gzip.compress(content, 6, mtime=0), media, tag)

    walk(files("api").joinpath("page"), "")
    return found


def _answer(file: _File, accepted: str, known: str | None) -> Response:
    headers = {
        "Content-Security-Policy": POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
        "ETag": file.tag,
        "Vary": "Accept-Encoding",
    }
    if known == file.tag:
        return Response(status_code=304, headers=headers)
    if "gzip" in accepted:
        return Response(file.packed, media_type=file.media, headers=headers | {"Content-Encoding": "gzip"})
    return Response(file.content, media_type=file.media, headers=headers)


_Accepted = Annotated[str, Header(alias="accept-encoding")]
_Known = Annotated[str | None, Header(alias="if-none-match")]


@router.get("/page/{path:path}")
def part(path: str, accept_encoding: _Accepted = "", if_none_match: _Known = None) -> Response:
    """A file of the page."""
    file = _files().get(path)
    if file is None or path == "index.html":
        raise NotFound(f"no file {path}", path=path)
    return _answer(file, accept_encoding, if_none_match)


def shell(accept_encoding: _Accepted = "", if_none_match: _Known = None) -> Response:
    """The page, whatever its address: which part of it is shown, it finds itself."""
    return _answer(_files()["index.html"], accept_encoding, if_none_match)


router.add_api_route("/", shell, methods=["GET"])
for _section in SECTIONS:
    router.add_api_route(f"/{_section}", shell, methods=["GET"])
    router.add_api_route(f"/{_section}/{{rest:path}}", shell, methods=["GET"])
