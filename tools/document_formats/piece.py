"""What a format reader gives back, and the three ways it can fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from masterdeal.errors import Malformed


@dataclass(frozen=True, slots=True)
class Span:
    """A named stretch of a piece's text."""

    name: str
    kind: str
    start: int
    end: int
    skipped: str | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Text with the stretches it is made of."""

    text: str
    pages: int = 1
    spans: tuple[Span, ...] = ()


class Broken(Malformed):
    """The bytes are not of the format they claim."""

    kind: ClassVar[str] = "broken"


class Encrypted(Malformed):
    """The bytes need a password."""

    kind: ClassVar[str] = "encrypted"


class NoText(Malformed):
    """There are pages, but no text on them."""

    kind: ClassVar[str] = "no-text"

    def __init__(self, pages: int) -> None:
        super().__init__(pages=pages)
        self.pages = pages


def unix_lines(text: str) -> str:
    """Line ends as \\n, without byte-order mark and NUL; nothing else is touched."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").replace("\x00", "")


def joined(named: list[tuple[str, str, str]]) -> Piece:
    """Texts one under another, a blank line between; each given as (name, kind, text)."""
    spans: list[Span] = []
    parts: list[str] = []
    at = 0
    for name, kind, text in named:
        spans.append(Span(name, kind, at, at + len(text)))
        parts.append(text)
        at += len(text) + 2
    return Piece("\n\n".join(parts), max(1, len(named)), tuple(spans))
