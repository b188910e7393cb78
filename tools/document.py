"""Documents in: txt, md, docx, xlsx, pdf and eml become one plain text with stable character offsets."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from masterdeal.errors import Malformed, TooLarge
from tools.document_formats import mail, office, pdf, plain, spreadsheet
from tools.document_formats.piece import Broken, Encrypted, NoText, Piece

Kind = Literal["txt", "md", "docx", "xlsx", "pdf", "eml"]

DEFAULT_LIMIT = 20 * 1024 * 1024
"""Bytes accepted when the caller names no limit."""

MAX_DEPTH = 3
"""Mails attached to mails are followed this deep; what lies deeper is named, not read."""


class UnknownKind(Malformed):
    """The file is of a kind that is not read here; txt, md, docx, xlsx, pdf and eml are."""

    kind: ClassVar[str] = "unknown-document-kind"


class BrokenDocument(Malformed):
    """The file is damaged or is not what its name says."""

    kind: ClassVar[str] = "broken-document"


class EncryptedDocument(Malformed):
    """The file is protected by a password."""

    kind: ClassVar[str] = "encrypted-document"


class EmptyDocument(Malformed):
    """The file holds nothing to read."""

    kind: ClassVar[str] = "empty-document"


class ScanWithoutText(Malformed):
    """The file has pages but no text layer; it is a scan that must be recognised first."""

    kind: ClassVar[str] = "scan-without-text"


class HugeDocument(TooLarge):
    """The file, or what it unpacks to, is larger than the limit."""

    kind: ClassVar[str] = "huge-document"


class Part(BaseModel):
    """A stretch of the text that came from one place: the body of a mail, an attachment, a sheet, a page."""

    model_config = ConfigDict(frozen=True)

    name: str = Field(description="File name of an attachment, title of a sheet, number of a page, or 'body'")
    kind: str = Field(description="eml, attachment, sheet, page or body")
    start: int = Field(description="Offset of its first character in the document's text")
    end: int = Field(description="Offset one past its last character")
    skipped: str | None = Field(
        default=None,
        description="Why its content was not read, when it was not; the text then holds nothing of it",
    )


class Document(BaseModel):
    """A file as plain text. Offsets into `text` stay true: it is never reflowed after reading."""

    model_config = ConfigDict(frozen=True)

    name: str
    kind: Kind
    text: str = Field(description="Lines end in \\n; the cells of a table row are joined by ' | '")
    pages: int = Field(description="Pages of a pdf, sheets of a workbook, otherwise 1")
    sha256: str = Field(description="Hex digest of the bytes as they were given")
    parts: tuple[Part, ...] = ()


def kind_of(name: str, content: bytes) -> Kind:
    """The kind by the name's ending, checked against the first bytes; UnknownKind when neither fits."""
    ending = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    known: dict[str, Kind] = {
        "txt": "txt", "md": "md", "markdown": "md", "docx": "docx", "xlsx": "xlsx", "pdf": "pdf", "eml": "eml",
    }  # fmt: skip
    if ending in known:
        return known[ending]
    if content.startswith(b"%PDF-"):
        return "pdf"
    if not ending:
        return "txt"
    raise UnknownKind(f"{name}: the kind .{ending} is not read", name=name, ending=ending)


def read_document(name: str, content: bytes, limit: int = DEFAULT_LIMIT) -> Document:
    """The text of a file with its pages and parts.

    `limit` bounds the bytes given and, in a packed format, the bytes it unpacks to (ten times the limit).
    Raises UnknownKind, BrokenDocument, EncryptedDocument, EmptyDocument, ScanWithoutText or HugeDocument,
    each with `name` among its facts. A bad attachment does not spoil its mail: it is listed as skipped.
    """
    if len(content) > limit:
        raise HugeDocument(
            f"{name}: {len(content)} bytes, the limit is {limit}", name=name, size=len(content), limit=limit
        )
    if not content.strip():
        raise EmptyDocument(f"{name}: the file is empty", name=name)
    kind = kind_of(name, content)
    try:
        piece = _read(kind, content, limit, depth=0)
    except Encrypted as problem:
        raise EncryptedDocument(f"{name}: protected by a password", name=name) from problem
    except NoText as problem:
        raise ScanWithoutText(
            f"{name}: pages without a text layer", name=name, pages=problem.pages
        ) from problem
    except office.Unpacked as problem:
        raise HugeDocument(f"{name}: unpacks to more than allowed", name=name, limit=limit) from problem
    except Broken as problem:
        raise BrokenDocument(f"{name}: {problem}", name=name, reason=str(problem)) from problem
    if not piece.text.strip():
        raise EmptyDocument(f"{name}: the file holds no text", name=name)
    return Document(
        name=name,
        kind=kind,
        text=piece.text,
        pages=piece.pages,
        sha256=hashlib.sha256(content).hexdigest(),
        parts=tuple(
            Part(name=span.name, kind=span.kind, start=span.start, end=span.end, skipped=span.skipped)
            for span in piece.spans
        ),
    )


def _read(kind: Kind, content: bytes, limit: int, depth: int) -> Piece:
    if kind in ("txt", "md"):
        return plain.read(content)
    if kind == "pdf":
        return pdf.read(content)
    if kind == "eml":
        return mail.read(content, lambda name, body: _attachment(name, body, limit, depth + 1))
    office.check_package(content, kind, limit * 10)
    return spreadsheet.read(content) if kind == "xlsx" else office.read(content)


def _attachment(name: str, content: bytes, limit: int, depth: int) -> Piece | str:
    """What an attachment holds, or the reason it was not read."""
    if depth > MAX_DEPTH:
        return "nested too deep"
    try:
        return _read(kind_of(name, content), content, limit, depth)
    except UnknownKind:
        return "a kind that is not read"
    except Encrypted:
        return "protected by a password"
    except NoText:
        return "a scan without text"
    except office.Unpacked:
        return "unpacks to more than allowed"
    except Broken as problem:
        return f"damaged: {problem}"
