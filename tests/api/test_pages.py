"""The pages as files: what is served, under which policy, in both languages. What they do is proved in a browser."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import build
from api.pages import POLICY, SECTIONS
from api.settings import Settings
from api.wiring import open_house

PAGE = Path(__file__).parents[2] / "api" / "page"
OWN = sorted(path for path in PAGE.rglob("*") if path.is_file() and "vendor" not in path.parts)


@pytest.fixture
def http(tmp_path: Path) -> Iterator[TestClient]:
    with open_house(Settings(data=tmp_path)) as house, TestClient(build(house)) as client:
        yield client


@pytest.mark.parametrize("section", ["", *SECTIONS, "deals/MD-2026-0001"])
def test_every_address_shows_the_page_under_a_strict_policy(http: TestClient, section: str) -> None:
    answer = http.get(f"/{section}")
    assert answer.status_code == 200
    assert '<div id="app">' in answer.text
    assert answer.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY


def test_a_file_is_packed_tagged_and_typed(http: TestClient) -> None:
    answer = http.get("/page/vendor/ui.js", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["content-encoding"] == "gzip"
    again = http.get("/page/vendor/ui.js", headers={"if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize("path", ["index.html", "nothing.js", "../pages.py", "vendor/source/../../../app.py"])
def test_nothing_but_the_page_is_served(http: TestClient, path: str) -> None:
    assert http.get(f"/page/{path}").status_code == 404


@pytest.mark.parametrize("path", OWN, ids=lambda path: str(path.relative_to(PAGE)))
def test_nothing_is_loaded_from_outside_and_nothing_is_inline(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href|url|import|fetch)\s*[=(]?\s*[\"'(]\s*(?:https?:)?//", text)
    assert "innerHTML" not in text
    assert "dangerouslySetInnerHTML" not in text
    if path.suffix == ".html":
        assert not re.search(r"<script(?![^>]*src=)", text)
        assert not re.search(r"\son\w+=|\sstyle=", text)


def test_vendored_files_are_what_they_were() -> None:
    vendor = PAGE / "vendor"
    for line in (vendor / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name


def _keys(book: object, prefix: str = "") -> set[str]:
    if not isinstance(book, dict) or {"other", "one"} & book.keys():
        return {prefix}
    return {found for name, value in book.items() for found in _keys(value, f"{prefix}.{name}")}


def _words(lang: str) -> dict[str, object]:
    text = (PAGE / "app" / "words" / f"{lang}.js").read_text(encoding="utf-8")
    words: dict[str, object] = json.loads(text.removeprefix("export default ").rstrip().rstrip(";"))
    return words


def test_both_languages_say_the_same_things() -> None:
    assert _keys(_words("ru")) == _keys(_words("en"))
